/* Shuffles that keep the counts of k-mers, each arrangement as likely as the others.
 *
 * A sequence is a walk over its (k-1)-mers: each k-mer is an edge from its first k-1 letters
 * to its last.  Sequences with the same k-mers and the same beginning are the walks that use
 * each edge once (Altschul & Erickson 1985; Kandel, Matias, Unger & Winkler 1996).  The edges
 * by which such a walk leaves each vertex for the last time are a tree towards the vertex
 * where it ends, and by the BEST theorem any such tree comes with any order of the remaining
 * edges of each vertex, exactly once.  So: all edges of each vertex in any order; a uniform
 * tree, by loop-erased random walks along edges (Wilson's algorithm: Propp & Wilson 1998;
 * Jiang, Anderson, Gillespie & Mayne 2008 shuffle so), whose edges change places with the
 * last of their vertex, which leaves the others in any order; and the walk along that.
 *
 * Vertices are numbered as they first occur, so that random words are used in an order that
 * has nothing to do with how vertices are found.
 */
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "fmi_internal.h"
#include "philox.h"

enum {
    ROWS_A_TASK = 64,
    MOST_LISTED = 1 << 16, /* (k-1)-mers, where each has an entry of its own in a table */
    NO_VERTEX = UINT32_MAX
};

typedef struct {
    uint32_t first, end; /* its edges, side by side */
    uint32_t last;       /* the edge by which it is left for the last time */
    uint8_t letter;      /* its last */
    uint8_t in_tree;
} vertex;

/* What all rows share. */
typedef struct {
    const fmi_seqs *seqs;
    const fmi_shuffle *how;
    size_t row_bytes, mask_bytes;
    size_t n_listed; /* possible (k-1)-mers; 0: too many to list */
    size_t n_slots;  /* of the hash table, then: a power of two */
    uint8_t lut[256];
} shuffling;

/* Of one thread. */
typedef struct {
    uint8_t *codes;
    uint32_t *places; /* of free letters, for k = 1 */
    uint16_t *words;  /* (k-1)-mers as numbers, where they are listed */
    uint32_t *ids;    /* vertices in the order of the walk */
    uint32_t *heads;  /* where each edge leads */
    vertex *vertices;
    uint32_t *known; /* vertex of each (k-1)-mer, or of each slot; NO_VERTEX between runs */
    uint64_t *keys;  /* of the slots */
} scratch;

static scratch cut_scratch(const shuffling *s, fmi_cutter *cutter)
{
    const size_t length = s->seqs->length;
    scratch own = {.codes = fmi_cut(cutter, length, 1)};

    if (s->how->k == 1) {
        own.places = fmi_cut(cutter, length, sizeof *own.places);
        return own;
    }
    own.ids = fmi_cut(cutter, length, sizeof *own.ids);
    own.heads = fmi_cut(cutter, length, sizeof *own.heads);
    own.vertices = fmi_cut(cutter, length, sizeof *own.vertices);
    if (s->n_listed > 0) {
        own.words = fmi_cut(cutter, length, sizeof *own.words);
        own.known = fmi_cut(cutter, s->n_listed, sizeof *own.known);
    } else {
        own.known = fmi_cut(cutter, s->n_slots, sizeof *own.known);
        own.keys = fmi_cut(cutter, s->n_slots, sizeof *own.keys);
    }
    return own;
}

/* ---------------------------------------------------------------- numbering vertices */

/* Numbers ids[] of the (k-1)-mers of n letters; gives how many are different. */
static size_t number_listed(const shuffling *s, const uint8_t *letters, size_t n,
                            scratch *own)
{
    const size_t k = s->how->k, n_steps = n - k + 2;
    uint32_t *known = own->known;
    uint16_t *words = own->words;
    uint32_t n_vertices = 0;

    memset(words, 0, n_steps * sizeof *words);
    for (size_t i = 0; i + 1 < k; i++) {
        for (size_t p = 0; p < n_steps; p++) {
            words[p] = (uint16_t)(words[p] * s->seqs->n_letters + letters[p + i]);
        }
    }
    for (size_t p = 0; p < n_steps; p++) { /* no branches: nobody can tell what is new */
        const uint32_t found = known[words[p]], is_new = found == NO_VERTEX;
        const uint32_t id = is_new ? n_vertices : found;
        known[words[p]] = own->ids[p] = id;
        n_vertices += is_new;
    }
    for (size_t p = 0; p < n_steps; p++) { /* as it was, for the next run */
        known[words[p]] = NO_VERTEX;
    }
    return n_vertices;
}

/* Numbers of pairs (ids[p], ids[p + apart]) in their place, in the order in which they
 * occur; gives how many are different. */
static size_t number_pairs(size_t n, size_t apart, scratch *own)
{
    size_t n_pairs = 0, n_slots = 1;

    while (n_slots < 2 * n) {
        n_slots *= 2;
    }
    memset(own->known, 0xFF, n_slots * sizeof *own->known); /* NO_VERTEX */
    for (size_t p = 0; p < n; p++) {
        const uint64_t key = (uint64_t)own->ids[p] << 32 | own->ids[p + apart];
        size_t slot = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (n_slots - 1);
        while (own->known[slot] != NO_VERTEX && own->keys[slot] != key) {
            slot = (slot + 1) & (n_slots - 1);
        }
        if (own->known[slot] == NO_VERTEX) {
            own->known[slot] = (uint32_t)n_pairs++;
            own->keys[slot] = key;
        }
        own->ids[p] = own->known[slot];
    }
    return n_pairs;
}

/* The same as number_listed() for any k and alphabet: words of 1, 2, 4 .. letters are
 * numbered, and those of k - 1 as two that overlap. */
static size_t number_any(const shuffling *s, const uint8_t *letters, size_t n, scratch *own)
{
    const size_t span = s->how->k - 1;
    size_t n_vertices = 0, have = 1;

    for (size_t p = 0; p < n; p++) {
        own->ids[p] = letters[p];
    }
    while (have < span) {
        const size_t next = 2 * have < span ? 2 * have : span;
        n_vertices = number_pairs(n - next + 1, next - have, own);
        have = next;
    }
    return n_vertices;
}

/* ------------------------------------------------------------------------- one run */

/* The edges of each vertex side by side, in any order; last[p] is the last letter of the
 * vertex ids[p]. */
static void lay_edges(fmi_draws *draws, const uint8_t *last, size_t n_edges,
                      size_t n_vertices, scratch *own)
{
    const uint32_t *ids = own->ids;
    uint32_t *heads = own->heads;
    vertex *vertices = own->vertices;

    memset(vertices, 0, n_vertices * sizeof *vertices);
    for (size_t p = 0; p < n_edges; p++) {
        vertices[ids[p]].end++;
        vertices[ids[p]].letter = last[p];
    }
    vertices[ids[n_edges]].letter = last[n_edges];
    uint32_t at = 0;
    for (size_t v = 0; v < n_vertices; v++) {
        const uint32_t n = vertices[v].end;
        vertices[v].first = vertices[v].end = at;
        at += n;
    }
    for (size_t e = 0; e < n_edges; e++) { /* each at any place, whose edge moves behind */
        vertex *v = vertices + ids[e];
        const uint32_t place = v->first + fmi_draw_below(draws, v->end - v->first + 1);
        heads[v->end++] = heads[place];
        heads[place] = ids[e + 1];
    }
}

/* A tree of last edges towards `root`, each behind the others of its vertex. */
static void grow_tree(fmi_draws *draws, uint32_t root, size_t n_vertices, scratch *own)
{
    uint32_t *heads = own->heads;
    vertex *vertices = own->vertices;

    vertices[root].in_tree = 1;
    for (uint32_t from = 0; from < n_vertices; from++) {
        uint32_t v = from;
        while (!vertices[v].in_tree) {
            const uint32_t n = vertices[v].end - vertices[v].first;
            vertices[v].last = vertices[v].first + fmi_draw_below(draws, n);
            v = heads[vertices[v].last];
        }
        for (v = from; !vertices[v].in_tree;) {
            const uint32_t end = vertices[v].end - 1, head = heads[vertices[v].last];
            heads[vertices[v].last] = heads[end];
            heads[end] = head;
            vertices[v].in_tree = 1;
            v = head;
        }
    }
}

/* Shuffles n letters in place, keeping their k-mers, k > 1. */
static void shuffle_run(const shuffling *s, fmi_draws *draws, uint8_t *letters, size_t n,
                        scratch *own)
{
    const size_t k = s->how->k;

    if (n <= k) {
        return;
    }
    const size_t n_edges = n - k + 1;
    const size_t n_vertices = s->n_listed > 0 ? number_listed(s, letters, n, own)
                                              : number_any(s, letters, n, own);
    const uint32_t *heads = own->heads;
    vertex *vertices = own->vertices;
    lay_edges(draws, letters + k - 2, n_edges, n_vertices, own);
    grow_tree(draws, own->ids[n_edges], n_vertices, own);
    uint32_t at = own->ids[0];
    for (size_t e = 0; e < n_edges; e++) {
        at = heads[vertices[at].first++];
        letters[k - 1 + e] = vertices[at].letter;
    }
}

/* Shuffles the letters at these places among themselves (Fisher & Yates). */
static void shuffle_places(fmi_draws *draws, uint8_t *letters, const uint32_t *places,
                           size_t n)
{
    for (size_t i = n; i > 1; i--) {
        const uint32_t a = places[i - 1], b = places[fmi_draw_below(draws, (uint32_t)i)];
        const uint8_t letter = letters[a];
        letters[a] = letters[b];
        letters[b] = letter;
    }
}

/* ---------------------------------------------------------------------------- rows */

static int is_free(const shuffling *s, const uint8_t *codes, size_t i)
{
    return codes[i] < s->seqs->n_letters && (s->how->keep == NULL || !s->how->keep[i]);
}

static int all_free(const shuffling *s, const uint8_t *codes)
{
    unsigned stays = s->how->keep != NULL;

    for (size_t i = 0; i < s->seqs->length; i++) {
        stays |= codes[i] >= s->seqs->n_letters;
    }
    return !stays;
}

static void shuffle_window(const shuffling *s, fmi_draws *draws, size_t from, size_t to,
                           scratch *own)
{
    if (s->how->k == 1) {
        size_t n = 0;
        for (size_t i = from; i < to; i++) {
            own->places[n] = (uint32_t)i;
            n += (size_t)is_free(s, own->codes, i);
        }
        shuffle_places(draws, own->codes, own->places, n);
        return;
    }
    for (size_t i = from, start = from; i <= to; i++) {
        if (i == to || !is_free(s, own->codes, i)) {
            shuffle_run(s, draws, own->codes + start, i - start, own);
            start = i + 1;
        }
    }
}

static void shuffle_row(const shuffling *s, fmi_draws draws, size_t r, scratch *own,
                        uint8_t *to)
{
    const size_t length = s->seqs->length;
    const size_t step = s->how->window == 0 ? length : s->how->window;
    fmi_seqs row = *s->seqs;

    row.n_rows = 1;
    row.rows += r * s->row_bytes;
    row.mask = row.mask == NULL ? NULL : row.mask + r * s->mask_bytes;
    fmi_decode_rows(&row, own->codes);
    const int whole = s->how->k > 1 && all_free(s, own->codes);
    for (size_t from = 0; from < length; from += step) {
        const size_t end = length - from < step ? length : from + step;
        if (whole) {
            shuffle_run(s, &draws, own->codes + from, end - from, own);
        } else {
            shuffle_window(s, &draws, from, end, own);
        }
    }
    fmi_encode_row(own->codes, length, s->lut, row.n_letters, to, NULL);
}

static int refused(const fmi_seqs *seqs, const fmi_shuffle *how, const fmi_options *options)
{
    return seqs->length == 0 || seqs->length > FMI_MAX_LENGTH || seqs->n_letters < 2 ||
           seqs->n_letters > FMI_MAX_LETTERS || how->k == 0 || options->n_threads < 1;
}

static shuffling plan(const fmi_seqs *seqs, const fmi_shuffle *how)
{
    shuffling s = {.seqs = seqs,
                   .how = how,
                   .row_bytes = fmi_row_bytes(seqs->length, seqs->n_letters),
                   .mask_bytes = fmi_mask_bytes(seqs->length),
                   .n_listed = 1,
                   .n_slots = 1};

    for (size_t i = 1; i < how->k && s.n_listed > 0; i++) {
        s.n_listed *= seqs->n_letters;
        s.n_listed = s.n_listed > MOST_LISTED ? 0 : s.n_listed;
    }
    while (s.n_slots < 2 * seqs->length) {
        s.n_slots *= 2;
    }
    for (unsigned code = 0; code < 256; code++) {
        s.lut[code] = code < seqs->n_letters ? (uint8_t)code : (uint8_t)FMI_UNKNOWN;
    }
    return s;
}

int fmi_shuffle_rows(const fmi_seqs *seqs, const fmi_shuffle *how, uint64_t seed,
                     uint32_t stream, uint64_t first, const fmi_options *options,
                     uint8_t *rows)
{
    if (refused(seqs, how, options)) {
        return FMI_ERR_BAD_PARAM;
    }
    const shuffling s = plan(seqs, how);
    const size_t n_tasks = (seqs->n_rows + ROWS_A_TASK - 1) / ROWS_A_TASK;
    const int64_t n = (int64_t)seqs->n_rows;
    size_t team = (size_t)options->n_threads, size;
    fmi_cutter needed = {.memory = NULL, .used = 0};

#ifndef _OPENMP
    team = 1;
#endif
    team = n_tasks < team ? n_tasks : team;
    if (team == 0) {
        return FMI_OK;
    }
    cut_scratch(&s, &needed);
    if (fmi_mul_size(team, needed.used, &size) != FMI_OK) {
        return FMI_ERR_NOMEM;
    }
    uint8_t *memory = malloc(size);
    if (memory == NULL) {
        return FMI_ERR_NOMEM;
    }
#ifdef _OPENMP
#pragma omp parallel num_threads((int)team) if (team > 1)
#endif
    {
        fmi_cutter cutter = {.memory = memory, .used = 0};
#ifdef _OPENMP
        cutter.memory += (size_t)omp_get_thread_num() * needed.used;
#endif
        scratch own = cut_scratch(&s, &cutter);
        if (how->k > 1 && s.n_listed > 0) {
            memset(own.known, 0xFF, s.n_listed * sizeof *own.known); /* NO_VERTEX */
        }
#ifdef _OPENMP
#pragma omp for schedule(dynamic, ROWS_A_TASK)
#endif
        for (int64_t r = 0; r < n; r++) {
            shuffle_row(&s, fmi_draws_of(seed, stream, first + (uint64_t)r), (size_t)r,
                        &own, rows + (size_t)r * s.row_bytes);
        }
    }
    free(memory);
    return FMI_OK;
}
