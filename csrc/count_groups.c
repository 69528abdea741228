/* Groups of rows, counted by bits: the kernel for k >= 2 on four letters, and for any other
 * alphabet while its k-mers are few.
 *
 * 1. The rows are put in the order of their window of w letters at i (group_rows.c).  Rows
 *    of one group have the same k-mer at i, and at i + 1, ... i + w - k.
 * 2. 64 rows of a group become bit planes: for each position of the tile one word per
 *    "feature" of its letter, bit r belonging to row r (byte_columns).
 * 3. How many rows of the group have a k-mer b at j is then the number of bits set in the
 *    AND of k planes, added up over the group's words; LANES positions j at once.  Letters
 *    are never looked up, so the speed does not depend on them.
 * 4. The sums of a group are added to the counts of its k-mer at i, at i + 1, ...: one pass
 *    over the rows serves w - k + 1 positions i.
 *
 * Features.  With four letters and none missing: h and l, the two bits of the code, and
 * h & l.  The numbers of rows with each product of features, one a position or none, are
 * the moments of the table; the table follows from them (row), and those whose first
 * position has no feature are moments of the positions behind: 3/4 of 4^k numbers are
 * counted, not 4^k.  Otherwise: one plane a letter, and a missing letter is in none of
 * them.
 *
 * Bounds.  A group's words go through in chunks of CHUNK, so that planes stay in the L1 or
 * L2 cache and a sum below 64 CHUNK <= 2^16.  Four sums are added as 16-bit fields of a
 * word; before a k-mer at i would have seen more than task->most_rows (65,535) rows since,
 * its fields are added to 32-bit counts and start anew (widen).
 *
 * Cost, k = 3, four letters: sorting 1 ns a row and window, moving and turning it 1.7 ns,
 * 48 features x 3 operations on 512 (AVX-512), 256 or 128 bits for each 64 rows and
 * position; all of it shared by w - k + 1 pairs.  docs/performance.md has the measurements.
 */
#ifndef FMI_NAME
#include "simd_scalar.h"
#endif
#include "group_bits.h"
#include "group_rows.h"

enum {
    GROUPS_CHUNK = 8,        /* words of 64 rows turned into planes at once */
    GROUPS_SIZE = 64,        /* rows that a group should have: below, padding costs more */
    GROUPS_WIDEST = 1024,    /* groups: beyond, sorting costs more than it saves */
    GROUPS_SMALL = 64,       /* k-mers: with more, adding a group's sums costs more than it
                              * saves to sort once for several i */
    GROUPS_FIELDS = 2 << 20, /* words of fields in a tile */
};

_Static_assert((1 << (GROUPS_MOST_PREFIX + 1)) > FMI_GROUPS_KMERS, "k - 1 letters fit");

typedef struct {
    groups_layout at;
    unsigned shift; /* each row in the fields counts 2^shift times */
    fmi_grouping rows;
    uint64_t *planes;  /* [GROUPS_CHUNK][n_planes][n_places] */
    uint64_t *fields;  /* [n_shifts][n_kmers][n_quads][n_counted], four 16-bit sums each */
    uint32_t *counts;  /* [n_shifts][n_kmers][4 n_quads][n_counted] */
    uint32_t *n_since; /* [n_shifts][n_kmers], rows in the fields */
    uint32_t *n_rows;  /* [n_shifts][n_kmers], what all rows count */
    uint32_t *cells;   /* [n_kmers][FMI_LANES] */
    uint64_t *bits;    /* [9][n_places], of byte letters */
    uint8_t *tails[2]; /* the last rows again, and masks, with room to read past them */
    uint8_t *zeros, *ones;
} groups_scratch;

/* Letters that come before a position in its byte or bytes: tiles begin at whole ones. */
static size_t groups_grain(const fmi_task *task)
{
    return task->seqs->n_letters != 4 ? 1 : task->has_missing ? 8 : 4;
}

/* The tile's first letter, and so the first position with planes and counts. */
static size_t groups_start(const fmi_task *task, const fmi_tile *tile)
{
    return tile->j0 / groups_grain(task) * groups_grain(task);
}

static groups_layout groups_lay_out(const fmi_task *task, const fmi_tile *tile)
{
    const size_t n_used = tile->j1 - groups_start(task, tile) + task->k - 1;
    const size_t k = task->k, letters = task->seqs->n_letters;
    const size_t per_chunk = letters == 4 ? 64 : 16; /* letters in 16 bytes */
    groups_layout at;

    at.moments = letters == 4 && !task->has_missing && k > 1;
    at.n_shifts = tile->i1 - tile->i0;
    at.width = k + at.n_shifts - 1;
    if (at.moments) {
        at.n_planes = 3;
        at.n_quads = 3 * groups_power(4, k - 2);
    } else {
        at.n_planes = fmi_round_up(letters, 4);
        at.n_quads = groups_power(letters, k - 1) * (at.n_planes / 4);
    }
    at.n_used = fmi_round_up(n_used, LANES);
    at.n_counted = fmi_round_up(n_used + FMI_LANES, 8); /* row reads that far */
    at.shape.n_letters = letters;
    at.shape.n_chunks = (n_used + per_chunk - 1) / per_chunk;
    at.shape.n_places = at.shape.n_chunks * per_chunk + 8 + k;
    return at;
}

/* The last rows, within so many bytes of the end, are read from a copy. */
static size_t groups_reach(const groups_layout *at)
{
    return 16 * (at->shape.n_chunks + 1);
}

static size_t groups_cut(const fmi_task *task, const fmi_tile *tile, void *memory,
                         groups_scratch *s)
{
    fmi_cutter cutter = {memory, 0};
    const groups_layout at = groups_lay_out(task, tile);
    const size_t tables = at.n_shifts * task->n_kmers;
    const size_t words = tables * at.n_quads * at.n_counted;

    (void)fmi_cut(&cutter, 1, sizeof *s); /* the description stands in front */
    s->at = at;
    fmi_grouping_cut(&cutter, groups_power(at.shape.n_letters, at.width),
                     fmi_group_block(task->seqs->n_rows), &s->rows);
    s->planes =
        fmi_cut(&cutter, GROUPS_CHUNK * at.n_planes * at.shape.n_places, sizeof *s->planes);
    s->n_since = fmi_cut(&cutter, tables, sizeof *s->n_since);
    s->n_rows = fmi_cut(&cutter, tables, sizeof *s->n_rows);
    s->cells = fmi_cut(&cutter, task->n_kmers * FMI_LANES, sizeof *s->cells);
    s->bits = fmi_cut(&cutter, 9 * at.shape.n_places, sizeof *s->bits);
    s->tails[0] = fmi_cut(&cutter, 2 * groups_reach(&at), 1);
    s->tails[1] = fmi_cut(&cutter, 2 * groups_reach(&at), 1);
    s->zeros = fmi_cut(&cutter, groups_reach(&at), 1);
    s->ones = fmi_cut(&cutter, groups_reach(&at), 1);
    s->fields = fmi_cut(&cutter, words, sizeof *s->fields);
    s->counts = fmi_cut(&cutter, 4 * words, sizeof *s->counts);
    return cutter.used;
}

/* The largest of the plan's tiles. */
static fmi_tile groups_largest(const fmi_task *task, const fmi_plan *plan)
{
    const size_t j0 = groups_grain(task) - 1;
    return (fmi_tile){0, plan->tile_i, j0, j0 + plan->tile_j};
}

static size_t groups_scratch_bytes(const fmi_task *task, const fmi_plan *plan)
{
    const fmi_tile tile = groups_largest(task, plan);
    groups_scratch s;

    return groups_cut(task, &tile, NULL, &s);
}

static void groups_plan(const fmi_task *task, fmi_plan *plan)
{
    const size_t n = fmi_group_block(task->seqs->n_rows), letters = task->seqs->n_letters;
    size_t codes = task->n_kmers;

    plan->tile_i = 1;
    /* a row with a missing letter has some of its window's k-mers, but not all */
    while (!task->has_missing && task->n_kmers <= GROUPS_SMALL &&
           task->k + plan->tile_i - 1 < GROUPS_MOST_K && codes * letters <= GROUPS_WIDEST &&
           n / (codes * letters) >= GROUPS_SIZE) {
        codes *= letters;
        plan->tile_i++;
    }
    for (plan->tile_j = 128; plan->tile_j > FMI_LANES; plan->tile_j /= 2) {
        const fmi_tile tile = groups_largest(task, plan);
        const groups_layout at = groups_lay_out(task, &tile);
        if (at.n_shifts * task->n_kmers * at.n_quads * at.n_counted <= GROUPS_FIELDS) {
            break;
        }
    }
    plan->block = n > 0 ? n : 1;
    plan->lanes = FMI_LANES;
}

static void groups_begin(const fmi_task *task, const fmi_tile *tile, void *scratch)
{
    groups_scratch s;

    (void)groups_cut(task, tile, scratch, &s);
    const groups_layout *at = &s.at;
    const size_t tables = at->n_shifts * task->n_kmers;
    s.shift = 0;
    memcpy(scratch, &s, sizeof s);
    memset(s.planes, 0,
           GROUPS_CHUNK * at->n_planes * at->shape.n_places * sizeof *s.planes);
    memset(s.n_since, 0, tables * sizeof *s.n_since);
    memset(s.n_rows, 0, tables * sizeof *s.n_rows);
    memset(s.tails[0], 0, 2 * groups_reach(at));
    memset(s.tails[1], 0, 2 * groups_reach(at));
    memset(s.zeros, 0, groups_reach(at));
    memset(s.ones, 0xFF, groups_reach(at));
}

/* ----------------------------------------------------------------- sums to counts */

/* Move the fields of one k-mer at one i to its 32-bit counts. */
static void groups_widen(const groups_scratch *s, size_t table)
{
    const groups_layout *at = &s->at;
    const uint64_t *fields = s->fields + table * at->n_quads * at->n_counted;
    uint32_t *counts = s->counts + table * at->n_quads * at->n_counted * 4;

    if (s->n_since[table] << s->shift == s->n_rows[table]) { /* for the first time */
        memset(counts, 0, at->n_quads * at->n_counted * 4 * sizeof *counts);
    }
    for (size_t quad = 0; quad < at->n_quads; quad++) {
        for (size_t f = 0; f < 4; f++) {
            for (size_t p = 0; p < at->n_counted; p++) {
                counts[f * at->n_counted + p] += (uint32_t)(fields[p] >> 16 * f & 0xFFFF)
                                                 << s->shift;
            }
        }
        fields += at->n_counted;
        counts += 4 * at->n_counted;
    }
    s->n_since[table] = 0;
}

/* From here on rows count 2^shift times. */
static void groups_set_shift(const fmi_task *task, groups_scratch *s, unsigned shift)
{
    for (size_t table = 0; shift != s->shift && table < s->at.n_shifts * task->n_kmers;
         table++) {
        if (s->n_since[table] > 0) {
            groups_widen(s, table);
        }
    }
    s->shift = shift;
}

/* Count n rows of one group, which is a chunk at most. */
static void groups_count_chunk(const fmi_task *task, const groups_scratch *s, size_t code,
                               size_t n, size_t n_words)
{
    const groups_layout *at = &s->at;
    uint64_t *fields[GROUPS_MOST_K];
    size_t after = groups_power(at->shape.n_letters, at->n_shifts - 1);

    for (size_t shift = 0; shift < at->n_shifts; shift++, after /= at->shape.n_letters) {
        const size_t table = shift * task->n_kmers + code / after % task->n_kmers;
        fields[shift] = s->fields + table * at->n_quads * at->n_counted;
        if (s->n_since[table] + n > task->most_rows) {
            groups_widen(s, table);
        }
        if (s->n_since[table] == 0) {
            memset(fields[shift], 0, at->n_quads * at->n_counted * sizeof **fields);
        }
        s->n_since[table] += (uint32_t)n;
        s->n_rows[table] += (uint32_t)n << s->shift;
    }
    groups_add(at, task->k, s->planes, n_words, fields);
}

static void groups_count(const fmi_task *task, const fmi_tile *tile, size_t from, size_t to,
                         unsigned shift, void *scratch)
{
    groups_set_shift(task, scratch, shift);
    const fmi_seqs *seqs = task->seqs;
    const groups_scratch s = *(const groups_scratch *)scratch;
    const groups_layout *at = &s.at;
    const size_t start = groups_start(task, tile), reach = groups_reach(at);
    const size_t most =
        task->most_rows / 64 < GROUPS_CHUNK ? task->most_rows / 64 : GROUPS_CHUNK;
    const int packed = seqs->n_letters == 4, masked = packed && task->has_missing;
    const row_source rows = row_source_open(
        seqs->rows, fmi_row_bytes(seqs->length, seqs->n_letters), seqs->n_rows,
        packed ? start / 4 : start, reach, s.tails[0], packed ? s.zeros : s.ones);
    row_source masks = rows;
    if (masked) {
        masks = row_source_open(seqs->mask, fmi_mask_bytes(seqs->length), seqs->n_rows,
                                start / 8, reach, s.tails[1], s.ones);
    }

    fmi_group_rows(seqs, at->width, tile->i0, from, to, &s.rows);
    for (size_t code = 0; code < s.rows.n_codes; code++) {
        const size_t end = s.rows.start[code + 1];
        for (size_t x = s.rows.start[code]; x < end; x += 64 * most) {
            const size_t n = end - x < 64 * most ? end - x : 64 * most;
            const size_t n_words = (n + 63) / 64;
            for (size_t w = 0; w < n_words; w++) {
                const uint8_t *row[64], *mask[64];
                const uint32_t *order = s.rows.order + x + 64 * w;
                const size_t next = x + 64 * w + 64 < end ? x + 64 * w + 64 : end;
                const size_t here = n - 64 * w < 64 ? n - 64 * w : 64;
                uint64_t *planes = s.planes + w * at->n_planes * at->shape.n_places;
                if (next < s.rows.start[s.rows.n_codes]) {
                    row_source_ahead(&rows, s.rows.order + next, from,
                                     s.rows.start[s.rows.n_codes] - next);
                }
                row_source_64(&rows, order, from, here, row);
                if (masked) {
                    row_source_64(&masks, order, from, here, mask);
                    planes_of_masked(&at->shape, row, mask, planes);
                } else if (packed && at->moments) {
                    planes_of_moments(&at->shape, row, planes);
                } else if (packed) {
                    for (size_t r = 0; r < 64; r++) {
                        mask[r] = r < here ? s.zeros : s.ones;
                    }
                    planes_of_masked(&at->shape, row, mask, planes);
                } else {
                    planes_of_letters(&at->shape, row, s.bits, planes);
                }
            }
            groups_count_chunk(task, &s, code, n, n_words);
        }
    }
}

/* --------------------------------------------------------------- counts to tables */

/* From moments to counts, in place, position by position of the k-mer. */
static void groups_from_moments(uint32_t *cells, size_t n_kmers)
{
    for (size_t step = FMI_LANES; step < n_kmers * FMI_LANES; step *= 4) {
        for (size_t from = 0; from < n_kmers * FMI_LANES; from += 4 * step) {
            for (uint32_t *x = cells + from; x < cells + from + step; x += FMI_LANES) {
                lanes_from_moments(x, x + step, x + 2 * step, x + 3 * step);
            }
        }
    }
}

/* Feature f (of all quads) at FMI_LANES positions from p on. */
static inline void groups_feature(const groups_scratch *s, size_t table, size_t f, size_t p,
                                  uint32_t *to)
{
    const groups_layout *at = &s->at;
    const size_t quads = table * at->n_quads;

    if (s->n_since[table] > 0) {
        const uint64_t *fields = s->fields + (quads + f / 4) * at->n_counted + p;
        for (size_t lane = 0; lane < FMI_LANES; lane++) {
            to[lane] = (uint32_t)(fields[lane] >> 16 * (f % 4) & 0xFFFF);
        }
    } else {
        memset(to, 0, FMI_LANES * sizeof *to);
    }
    if (s->n_since[table] < s->n_rows[table]) {
        const uint32_t *counts = s->counts + (4 * quads + f) * at->n_counted + p;
        for (size_t lane = 0; lane < FMI_LANES; lane++) {
            to[lane] += counts[lane];
        }
    }
}

/* All four features of a quad of a k-mer that some row has; the usual case fast. */
static inline void groups_feature_quad(const groups_scratch *s, size_t table, size_t quad,
                                       size_t p, uint32_t *to)
{
    const groups_layout *at = &s->at;

    if (s->n_since[table] != s->n_rows[table]) { /* some are in the counts */
        for (size_t f = 0; f < 4; f++) {
            groups_feature(s, table, 4 * quad + f, p, to + f * FMI_LANES);
        }
        return;
    }
    const uint64_t *fields = s->fields + (table * at->n_quads + quad) * at->n_counted + p;
    for (size_t lane = 0; lane < FMI_LANES; lane++) {
        to[lane] = (uint32_t)(fields[lane] & 0xFFFF);
        to[lane + FMI_LANES] = (uint32_t)(fields[lane] >> 16 & 0xFFFF);
        to[lane + 2 * FMI_LANES] = (uint32_t)(fields[lane] >> 32 & 0xFFFF);
        to[lane + 3 * FMI_LANES] = (uint32_t)(fields[lane] >> 48);
    }
}

/* The 4^k moments: those with a feature at j stand together, those without are moments of
 * the positions behind. */
static void groups_row_of_moments(const groups_scratch *s, size_t table, size_t n_kmers,
                                  size_t p)
{
    const size_t n_later = n_kmers / 4; /* moments without a feature at j */

    for (size_t lane = 0; lane < FMI_LANES; lane++) {
        s->cells[lane] = s->n_rows[table];
    }
    for (size_t b = 1; b < n_later; b++) {
        size_t f = b, later = 0;
        while (f < n_later) {
            f *= 4;
            later++;
        }
        groups_feature(s, table, f - n_later, p + later, s->cells + b * FMI_LANES);
    }
    for (size_t b = n_later; b < n_kmers; b += 4) {
        groups_feature_quad(s, table, (b - n_later) / 4, p, s->cells + b * FMI_LANES);
    }
    groups_from_moments(s->cells, n_kmers);
}

static const uint32_t *groups_row(const fmi_task *task, const fmi_tile *tile, size_t i,
                                  size_t j, size_t a, void *scratch)
{
    const groups_scratch *s = scratch;
    const groups_layout *at = &s->at;
    const size_t table = (i - tile->i0) * task->n_kmers + a;
    const size_t p = j - groups_start(task, tile), n_letters = at->shape.n_letters;

    if (s->n_rows[table] == 0) {
        memset(s->cells, 0, task->n_kmers * FMI_LANES * sizeof *s->cells);
        return s->cells;
    }
    if (at->moments) {
        groups_row_of_moments(s, table, task->n_kmers, p);
    } else {
        for (size_t b = 0; b < task->n_kmers; b++) {
            const size_t f = b / n_letters * at->n_planes + b % n_letters;
            groups_feature(s, table, f, p, s->cells + b * FMI_LANES);
        }
    }
    lanes_clear(s->cells, task->n_kmers, tile->j1 - j);
    return s->cells;
}

const fmi_kernel FMI_NAME(fmi_groups) = {
    "groups-" FMI_ISA_TEXT,
    groups_plan,
    groups_scratch_bytes,
    groups_begin,
    groups_count,
    groups_row,
    NULL,
    NULL,
};
