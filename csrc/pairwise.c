/* The driver: tiles of pairs, threads over tiles, blocks of rows inside a tile.
 *
 * A tile is up to side x side pairs whose tables fit a thread's scratch.  One thread owns a
 * tile from the first row to the last and evaluates it, so counts and MI have the same bits
 * for any number of threads.  Scratch is allocated once, before the threads start.  Rows go
 * through in blocks of about a millisecond, between which the thread reports how far it is
 * and looks whether the caller wants to stop.
 */
#include <stdlib.h>
#include <string.h>

#include "fmi_internal.h"

#ifdef _OPENMP
#include <omp.h>
#endif

enum {
    MAX_SIDE = 16,
    TILE_BYTES = 8 << 20, /* tables of one tile, where a single one is not larger already */
    TILES_A_THREAD = 4,   /* at least, so that no thread waits long for the last one */
    ALIGN = 64
};

/* Scratch of all threads together; where tables are huge, fewer threads run. */
#define MOST_SCRATCH ((uint64_t)4 << 30)

int fmi_has_openmp(void)
{
#ifdef _OPENMP
    return 1;
#else
    return 0;
#endif
}

/* What a job is made of; the same for all threads. */
typedef struct {
    const fmi_seqs *seqs;
    const fmi_kernel *kernel;
    size_t k;
    size_t n_kmers;
    size_t n_starts; /* first positions that have a partner: i and j - k run over these */
    size_t side;
    size_t n_blocks; /* of `side` starts */
    size_t stride;   /* of a scratch table: one more than n_kmers, for missing k-mers */
    size_t cells;
    fmi_control *control;
} job;

/* One thread's share of the scratch. */
typedef struct {
    uint32_t *tables;
    uint32_t **first;
    uint64_t *margins;
    fmi_xlogx *memo;
    void *kernel;
} scratch;

static size_t round_up(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

/* Index of the pair (i, j) among all pairs. */
static size_t pair_index(const job *w, size_t i, size_t j)
{
    return i * w->n_starts - i * (i + 1) / 2 + (j - w->k);
}

static int job_init(job *w, const fmi_seqs *seqs, size_t k, int n_threads,
                    fmi_control *control)
{
    w->seqs = seqs;
    w->k = k;
    w->control = control;
    w->n_kmers = fmi_n_kmers(seqs->n_letters, k);
    if (w->n_kmers == 0 || n_threads < 1 || fmi_n_pairs(seqs->length, k) == 0) {
        return FMI_ERR_BAD_PARAM;
    }
    if (seqs->n_rows > UINT32_MAX) {
        return FMI_ERR_OVERFLOW;
    }
    w->kernel = fmi_kernel_pick(seqs, k);
    w->n_starts = seqs->length - 2 * k + 1;
    w->stride = w->n_kmers + 1;
    w->cells = w->stride * w->stride; /* at most 8193^2 */
    w->side = MAX_SIDE;
    while (w->side > 1 && w->side * w->side * w->cells * sizeof(uint32_t) > TILE_BYTES) {
        w->side /= 2;
    }
    for (;;) {
        w->n_blocks = (w->n_starts + w->side - 1) / w->side;
        if (w->side == 1 || n_threads == 1 ||
            w->n_blocks * (w->n_blocks + 1) / 2 >= (size_t)n_threads * TILES_A_THREAD) {
            return FMI_OK;
        }
        w->side /= 2;
    }
}

static size_t tables_bytes(const job *w)
{
    return round_up(w->side * w->side * w->cells * sizeof(uint32_t));
}

static size_t thread_bytes(const job *w, int with_tables)
{
    return (with_tables ? tables_bytes(w) : 0) + round_up(w->side * sizeof(uint32_t *)) +
           round_up(w->n_kmers * sizeof(uint64_t)) + round_up(sizeof(fmi_xlogx)) +
           round_up(w->kernel->scratch_bytes(w->k, w->side));
}

static scratch scratch_cut(const job *w, uint8_t *memory, int with_tables)
{
    scratch s = {NULL, NULL, NULL, NULL, NULL};

    if (with_tables) {
        s.tables = (void *)memory;
        memory += tables_bytes(w);
    }
    s.first = (void *)memory;
    memory += round_up(w->side * sizeof(uint32_t *));
    s.margins = (void *)memory;
    memory += round_up(w->n_kmers * sizeof(uint64_t));
    s.memo = (void *)memory;
    memory += round_up(sizeof(fmi_xlogx));
    s.kernel = memory;
    fmi_xlogx_init(s.memo);
    return s;
}

static size_t n_tiles_of(const job *w)
{
    return w->n_blocks * (w->n_blocks + 1) / 2;
}

/* How many threads can have a tile and their scratch. */
static int team_of(const job *w, int n_threads, size_t bytes)
{
    uint64_t team = (uint64_t)n_threads;

    team = n_tiles_of(w) < team ? n_tiles_of(w) : team;
    team = MOST_SCRATCH / bytes < team ? MOST_SCRATCH / bytes : team;
    return team < 1 ? 1 : (int)team;
}

size_t fmi_scratch_bytes(const fmi_seqs *seqs, size_t k, int n_threads)
{
    job w;

    if (job_init(&w, seqs, k, n_threads, NULL) != FMI_OK) {
        return 0;
    }
    const size_t bytes = thread_bytes(&w, 1);
    return bytes * (size_t)team_of(&w, n_threads, bytes);
}

/* Tile number t of the upper triangle of blocks, row by row. */
static fmi_tile tile_at(const job *w, size_t t)
{
    fmi_tile tile = {0, 0, 0, 0, NULL, 0, 0};
    size_t row = 0;

    while (t >= w->n_blocks - row) {
        t -= w->n_blocks - row;
        row++;
    }
    const size_t column = row + t;
    tile.i0 = row * w->side;
    tile.i1 = (row + 1) * w->side < w->n_starts ? (row + 1) * w->side : w->n_starts;
    tile.j0 = column * w->side + w->k;
    tile.j1 =
        ((column + 1) * w->side < w->n_starts ? (column + 1) * w->side : w->n_starts) +
        w->k;
    return tile;
}

static size_t tile_pairs(const job *w, const fmi_tile *tile)
{
    size_t n = 0;

    for (size_t i = tile->i0; i < tile->i1; i++) {
        n += tile->j1 - fmi_first_j(tile, i, w->k);
    }
    return n;
}

/* Point the tile at one thread's tables, packed one behind the other, and clear them. */
static void tile_on_scratch(const job *w, fmi_tile *tile, const scratch *s)
{
    uint32_t *next = s->tables;

    tile->first = s->first;
    tile->cells = w->cells;
    tile->stride = w->stride;
    for (size_t i = tile->i0; i < tile->i1; i++) {
        tile->first[i - tile->i0] = next;
        next += (tile->j1 - fmi_first_j(tile, i, w->k)) * w->cells;
    }
    memset(s->tables, 0, (size_t)(next - s->tables) * sizeof *next);
}

/* Point the tile at the caller's tables [n_pairs][n_kmers][n_kmers]. */
static void tile_on_tables(const job *w, fmi_tile *tile, const scratch *s, uint32_t *tables)
{
    tile->first = s->first;
    tile->stride = w->n_kmers;
    tile->cells = w->n_kmers * w->n_kmers;
    for (size_t i = tile->i0; i < tile->i1; i++) {
        tile->first[i - tile->i0] =
            tables + pair_index(w, i, fmi_first_j(tile, i, w->k)) * tile->cells;
    }
}

/* Count all rows into the tile; non-zero where the caller wants to stop. */
static int tile_count(const job *w, const fmi_tile *tile, const scratch *s)
{
    const size_t n_pairs = tile_pairs(w, tile);
    const size_t block = w->kernel->max_rows;

    for (size_t from = 0; from < w->seqs->n_rows; from += block) {
        const size_t left = w->seqs->n_rows - from;
        const size_t to = from + (left < block ? left : block);
        if (fmi_cancelled(w->control)) {
            return 1;
        }
        w->kernel->count(w->seqs, w->k, from, to, tile, s->kernel);
        fmi_report(w->control, (int64_t)(n_pairs * (to - from)));
    }
    return fmi_cancelled(w->control);
}

static void tile_evaluate(const job *w, const fmi_tile *tile, const scratch *s,
                          double pseudocount, double *mi, uint64_t *n_ij)
{
    for (size_t i = tile->i0; i < tile->i1; i++) {
        const uint32_t *table = tile->first[i - tile->i0];
        for (size_t j = fmi_first_j(tile, i, w->k); j < tile->j1; j++, table += w->cells) {
            const size_t pair = pair_index(w, i, j);
            mi[pair] = fmi_mi_table(table, w->n_kmers, w->stride, pseudocount, s->memo,
                                    s->margins, n_ij + pair);
        }
    }
}

/* Add one scratch table, less its row and column of missing k-mers, to a dense one. */
static void table_add(const uint32_t *from, size_t n_kmers, size_t stride, uint32_t *to)
{
    for (size_t a = 0; a < n_kmers; a++) {
        for (size_t b = 0; b < n_kmers; b++) {
            to[a * n_kmers + b] += from[a * stride + b];
        }
    }
}

static void tile_add(const job *w, const fmi_tile *tile, uint32_t *tables)
{
    for (size_t i = tile->i0; i < tile->i1; i++) {
        const uint32_t *table = tile->first[i - tile->i0];
        for (size_t j = fmi_first_j(tile, i, w->k); j < tile->j1; j++, table += w->cells) {
            table_add(table, w->n_kmers, w->stride,
                      tables + pair_index(w, i, j) * w->n_kmers * w->n_kmers);
        }
    }
}

/* What a job does with its tiles: exactly one of mi and tables is set. */
typedef struct {
    double pseudocount;
    double *mi;
    uint64_t *n_ij;
    uint32_t *tables;
    int direct;
} goal;

static void tile_run(const job *w, size_t t, const scratch *s, const goal *g)
{
    fmi_tile tile = tile_at(w, t);

    if (g->direct) {
        tile_on_tables(w, &tile, s, g->tables);
    } else {
        tile_on_scratch(w, &tile, s);
    }
    if (tile_count(w, &tile, s) != 0) {
        return;
    }
    if (g->mi != NULL) {
        tile_evaluate(w, &tile, s, g->pseudocount, g->mi, g->n_ij);
    } else if (!g->direct) {
        tile_add(w, &tile, g->tables);
    }
}

static int job_run(const job *w, int n_threads, const goal *g)
{
    const int64_t n_tiles = (int64_t)n_tiles_of(w);
    const size_t bytes = thread_bytes(w, !g->direct);
    const int team = team_of(w, n_threads, bytes);
    size_t all_bytes = 0;

    if (fmi_mul_size(bytes, (size_t)team, &all_bytes) != FMI_OK ||
        all_bytes > SIZE_MAX - ALIGN) {
        return FMI_ERR_NOMEM;
    }
    uint8_t *memory = malloc(all_bytes + ALIGN);
    if (memory == NULL) {
        return FMI_ERR_NOMEM;
    }
    uint8_t *aligned = memory + (ALIGN - (uintptr_t)memory % ALIGN);
#ifdef _OPENMP
#pragma omp parallel num_threads(team)
    {
        const scratch s =
            scratch_cut(w, aligned + (size_t)omp_get_thread_num() * bytes, !g->direct);
#pragma omp for schedule(dynamic, 1)
        for (int64_t t = 0; t < n_tiles; t++) {
            tile_run(w, (size_t)t, &s, g);
        }
    }
#else
    const scratch s = scratch_cut(w, aligned, !g->direct);
    for (int64_t t = 0; t < n_tiles; t++) {
        tile_run(w, (size_t)t, &s, g);
    }
#endif
    free(memory);
    return fmi_cancelled(w->control) ? FMI_ERR_CANCELLED : FMI_OK;
}

int fmi_pairwise_mi(const fmi_seqs *seqs, size_t k, double pseudocount, int n_threads,
                    fmi_control *control, double *mi, uint64_t *n_ij)
{
    job w;
    const goal g = {pseudocount, mi, n_ij, NULL, 0};
    const int status = job_init(&w, seqs, k, n_threads, control);

    if (status != FMI_OK) {
        return status;
    }
    if (!(pseudocount >= 0.0 && pseudocount <= FMI_MAX_PSEUDOCOUNT)) {
        return FMI_ERR_BAD_PARAM;
    }
    return job_run(&w, n_threads, &g);
}

int fmi_count_pairs(const fmi_seqs *seqs, size_t k, int n_threads, fmi_control *control,
                    uint32_t *tables)
{
    job w;
    const int status = job_init(&w, seqs, k, n_threads, control);

    if (status != FMI_OK) {
        return status;
    }
    /* without missing letters, counts can go straight to the caller's tables */
    const goal g = {0.0, NULL, NULL, tables, !fmi_any_missing(seqs)};
    return job_run(&w, n_threads, &g);
}

int fmi_count_pair(const fmi_seqs *seqs, size_t k, size_t i, size_t j, uint32_t *table)
{
    enum { ROWS = 4096 };
    uint16_t a[ROWS], b[ROWS];
    const size_t n_kmers = fmi_n_kmers(seqs->n_letters, k);

    if (n_kmers == 0 || i > j || seqs->length < k || j > seqs->length - k) {
        return FMI_ERR_BAD_PARAM;
    }
    if (seqs->n_rows > UINT32_MAX) {
        return FMI_ERR_OVERFLOW;
    }
    for (size_t from = 0; from < seqs->n_rows; from += ROWS) {
        const size_t to = seqs->n_rows - from < ROWS ? seqs->n_rows : from + ROWS;
        fmi_kmer_column(seqs, k, i, from, to, a);
        fmi_kmer_column(seqs, k, j, from, to, b);
        for (size_t n = 0; n < to - from; n++) {
            if (a[n] < n_kmers && b[n] < n_kmers) {
                table[(size_t)a[n] * n_kmers + b[n]]++;
            }
        }
    }
    return FMI_OK;
}

int fmi_mi_tables(const uint32_t *tables, size_t n_tables, size_t n_kmers,
                  double pseudocount, int n_threads, fmi_control *control, double *mi,
                  uint64_t *n_ij)
{
    if (n_kmers < 2 || n_kmers > FMI_MAX_KMERS || n_threads < 1 ||
        !(pseudocount >= 0.0 && pseudocount <= FMI_MAX_PSEUDOCOUNT)) {
        return FMI_ERR_BAD_PARAM;
    }
    if (n_tables == 0) {
        return FMI_OK;
    }
    const size_t one = round_up(n_kmers * sizeof(uint64_t)) + round_up(sizeof(fmi_xlogx));
    const int team = n_tables < (size_t)n_threads ? (int)n_tables : n_threads;
    uint8_t *memory = malloc(one * (size_t)team + ALIGN); /* below 100 kB a thread */
    if (memory == NULL) {
        return FMI_ERR_NOMEM;
    }
    uint8_t *aligned = memory + (ALIGN - (uintptr_t)memory % ALIGN);
#ifdef _OPENMP
#pragma omp parallel num_threads(team)
#endif
    {
#ifdef _OPENMP
        uint8_t *mine = aligned + (size_t)omp_get_thread_num() * one;
#else
        uint8_t *mine = aligned;
#endif
        uint64_t *margins = (void *)mine;
        fmi_xlogx *memo = (void *)(mine + round_up(n_kmers * sizeof(uint64_t)));
        fmi_xlogx_init(memo);
#ifdef _OPENMP
#pragma omp for schedule(static)
#endif
        for (int64_t t = 0; t < (int64_t)n_tables; t++) {
            if (!fmi_cancelled(control)) {
                mi[t] = fmi_mi_table(tables + (size_t)t * n_kmers * n_kmers, n_kmers,
                                     n_kmers, pseudocount, memo, margins, n_ij + t);
                fmi_report(control, 1);
            }
        }
    }
    free(memory);
    return fmi_cancelled(control) ? FMI_ERR_CANCELLED : FMI_OK;
}
