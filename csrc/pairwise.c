/* The driver: tiles of pairs, threads over tiles, blocks of rows inside a tile.
 *
 * A tile is a few positions i against a run of positions j; the kernel says how many suit it.
 * One thread owns a tile from the first row to the last and evaluates it, and counts are
 * whole numbers, so counts and MI have the same bits for any number of threads.  Scratch is
 * allocated once, before the threads start.  Rows go through in blocks of some ten
 * milliseconds at most (of a kernel that evaluates: all at once), between which the thread
 * reports how far it is and looks whether the caller wants to stop.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fmi_internal.h"
#include "layers.h"
#include "tiles.h"
#include "x2.h"

#ifdef _OPENMP
#include <omp.h>
#endif

enum {
    TILES_A_THREAD = 4,     /* at least, so that no thread waits long for the last one */
    MOST_ROWS = 65535,      /* a 16-bit count */
    LEAST_ROWS = 64,        /* a word of rows */
    MOST_FLAT = 2,          /* copies of all rows, where weights are made rows */
    MOST_MARGINS = 16 << 20 /* k-mers of all positions, held for X^2 */
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
    fmi_task task;
    fmi_plan plan;
    const fmi_kernel *kernel;
    fmi_row_taker *take_row;
    fmi_x2_row_taker *take_x2_row;
    fmi_tiles tiles;
    int purpose;       /* FMI_FOR_* */
    int margins_known; /* whether kmer_counts are the margins of all pairs */
    size_t kernel_bytes;
    const fmi_seqs *given;
    /* task.seqs where weights are counted bit by bit: the rows without weights, or copies
     * of them in layers */
    fmi_seqs layered;
    fmi_layers layers;
    uint8_t *copies;       /* or NULL */
    uint64_t *kmer_counts; /* of all positions, where they are wanted; or NULL */
    fmi_control *control;
} job;

/* One thread's share of the scratch. */
typedef struct {
    void *kernel;
    fmi_evaluator *evaluator; /* or NULL */
    fmi_x2 *x2;               /* or NULL */
} scratch;

/* Room for rows in layers into *bytes; non-zero where a size_t does not hold that. */
static int copies_bytes(const job *w, size_t *bytes)
{
    const size_t masks = w->given->mask == NULL ? 0 : fmi_mask_bytes(w->given->length);
    const size_t rows = fmi_row_bytes(w->given->length, w->given->n_letters);

    *bytes = 0;
    return w->task.seqs == &w->layered && w->layers.copied
               ? fmi_mul_size(w->layers.n_rows, rows + masks, bytes)
               : FMI_OK;
}

/* Weights as so many rows each, for kernels that go through rows without weights at once and
 * take half the time or less of those that add weights: where that makes few copies, and one
 * of them would count as many rows. */
static void job_flatten(job *w)
{
    fmi_seqs rows = *w->given;
    fmi_task task = w->task;

    if (rows.weights == NULL || task.total > MOST_FLAT * (uint64_t)rows.n_rows) {
        return;
    }
    rows.weights = NULL;
    rows.n_rows = task.n_layered = (size_t)task.total;
    task.seqs = &rows;
    const fmi_kernel *kernel = fmi_kernel_pick(&task, FMI_KERNEL_BEST, w->purpose);
    if (kernel != NULL && kernel->count == NULL && kernel->weights_row == NULL) {
        fmi_layers_plan(w->given, SIZE_MAX, &w->layers);
        w->task.n_layered = w->layers.n_rows;
        w->kernel = kernel;
    }
}

static int job_init(job *w, const fmi_seqs *seqs, size_t k, const fmi_options *options,
                    int purpose, fmi_control *control)
{
    const size_t most_rows = options->most_rows == 0 ? MOST_ROWS : options->most_rows;
    const size_t n_kmers = fmi_n_kmers(seqs->n_letters, k);

    w->control = control;
    w->given = seqs;
    w->kmer_counts = NULL;
    w->copies = NULL;
    if (n_kmers == 0 || options->n_threads < 1 ||
        fmi_tiles_init(&w->tiles, seqs->length, k, options) != FMI_OK || options->isa < 0 ||
        options->isa >= FMI_N_ISAS || options->kernel < 0 ||
        options->kernel >= FMI_N_KERNELS || most_rows < LEAST_ROWS ||
        most_rows > MOST_ROWS) {
        return FMI_ERR_BAD_PARAM;
    }
    uint64_t total = 0;
    if (seqs->n_rows > UINT32_MAX || fmi_total_weight(seqs, &total) != FMI_OK) {
        return FMI_ERR_OVERFLOW;
    }
    const int isa = fmi_isa_resolve(options->isa);
    if (isa < 0) {
        return isa;
    }
    fmi_layers_none(seqs->n_rows, &w->layers);
    if (seqs->weights != NULL && total <= UINT32_MAX) {
        /* to move a layer's counts takes as long as to count some 16,384 rows */
        fmi_layers_plan(seqs, (most_rows + 1) / 4, &w->layers);
    }
    w->task = (fmi_task){seqs,
                         k,
                         n_kmers,
                         seqs->length - k + 1,
                         total,
                         w->layers.n_rows,
                         fmi_any_missing(seqs),
                         isa,
                         most_rows};
    w->take_row = fmi_row_taker_pick(isa);
    w->take_x2_row = fmi_x2_row_taker_pick(isa);
    w->kernel = fmi_kernel_pick(&w->task, options->kernel, purpose);
    if (w->kernel == NULL) {
        return FMI_ERR_BAD_PARAM;
    }
    w->purpose = purpose;
    if (options->kernel == FMI_KERNEL_BEST) {
        job_flatten(w);
    }
    if (seqs->weights != NULL && w->kernel->weights_row == NULL) {
        w->layered = *seqs;
        w->layered.weights = NULL;
        w->layered.n_rows = w->layers.n_rows;
        w->task.seqs = &w->layered;
    }
    w->margins_known = purpose == FMI_FOR_X2 && !w->task.has_missing &&
                       w->task.n_positions * n_kmers <= MOST_MARGINS;
    w->kernel->plan(&w->task, &w->plan);
    fmi_tiles_cut(&w->tiles, w->plan.tile_i, w->plan.tile_j);
    while (options->n_threads > 1 && w->plan.tile_j > FMI_LANES &&
           w->tiles.n_tiles < (size_t)options->n_threads * TILES_A_THREAD) {
        w->plan.tile_j /= 2;
        fmi_tiles_cut(&w->tiles, w->plan.tile_i, w->plan.tile_j);
    }
    w->kernel_bytes = fmi_round_up(w->kernel->scratch_bytes(&w->task, &w->plan), FMI_ALIGN);
    return FMI_OK;
}

static size_t thread_bytes(const job *w)
{
    switch (w->purpose) {
    case FMI_FOR_MI:
        return w->kernel_bytes + fmi_evaluator_bytes(w->task.n_kmers, w->plan.lanes);
    case FMI_FOR_X2:
        return w->kernel_bytes + fmi_x2_bytes(w->task.n_kmers, w->plan.lanes);
    default:
        return w->kernel_bytes;
    }
}

/* The k-mers of all positions, where they are wanted. */
static size_t margins_bytes(const job *w)
{
    const int wanted =
        w->margins_known || (w->kernel->evaluate != NULL && w->kernel->weights_row == NULL);

    return wanted ? w->task.n_positions * w->task.n_kmers * sizeof *w->kmer_counts : 0;
}

/* How many threads can have a tile and their scratch. */
static int team_of(const job *w, int n_threads, size_t bytes)
{
    uint64_t team = (uint64_t)n_threads;

    team = w->tiles.n_tiles < team ? w->tiles.n_tiles : team;
    team = MOST_SCRATCH / bytes < team ? MOST_SCRATCH / bytes : team;
    return team < 1 ? 1 : (int)team;
}

size_t fmi_scratch_bytes(const fmi_seqs *seqs, size_t k, const fmi_options *options)
{
    job w;

    if (job_init(&w, seqs, k, options, FMI_FOR_MI, NULL) != FMI_OK) {
        return 0;
    }
    const size_t bytes = thread_bytes(&w);
    size_t copies = 0;
    (void)copies_bytes(&w, &copies);
    return bytes * (size_t)team_of(&w, options->n_threads, bytes) + margins_bytes(&w) +
           copies;
}

const char *fmi_kernel_name(const fmi_seqs *seqs, size_t k, const fmi_options *options)
{
    job w;

    return job_init(&w, seqs, k, options, FMI_FOR_MI, NULL) == FMI_OK ? w.kernel->name
                                                                      : NULL;
}

/* How many of the rows given the first n rows of the layers stand for. */
static size_t rows_done(const job *w, size_t n)
{
    return n == w->layers.n_rows
               ? w->given->n_rows
               : (size_t)((double)n / (double)w->layers.n_rows * (double)w->given->n_rows);
}

/* Count all rows of the tile; non-zero where the caller wants to stop. */
static int tile_count(const job *w, const fmi_tile *tile, const scratch *s)
{
    const size_t n_pairs = fmi_tile_pairs(&w->tiles, tile);
    size_t done = 0;

    w->kernel->begin(&w->task, tile, s->kernel);
    for (const fmi_layer *layer = w->layers.at; layer < w->layers.at + w->layers.n;
         layer++) {
        size_t from = layer->from;
        do { /* once even for no rows: the last layer sets the shift back */
            const size_t left = layer->to - from;
            const size_t to = from + (left < w->plan.block ? left : w->plan.block);
            if (fmi_cancelled(w->control)) {
                return 1;
            }
            w->kernel->count(&w->task, tile, from, to, layer->shift, s->kernel);
            const size_t now = rows_done(w, to);
            fmi_report(w->control, (int64_t)(n_pairs * (now - done)));
            done = now;
            from = to;
        } while (from < layer->to);
    }
    return fmi_cancelled(w->control);
}

static const uint32_t *row_of(const job *w, const fmi_tile *tile, const scratch *s,
                              size_t i, size_t j, size_t a)
{
    return w->kernel->row(&w->task, tile, i, j, a, s->kernel);
}

/* How many sequences are behind each of the pairs (i, j), (i, j + 1), ... */
static void numbers(const job *w, const fmi_tile *tile, const scratch *s, size_t i,
                    size_t j, uint64_t n[FMI_LANES])
{
    const size_t lanes = w->plan.lanes, n_kmers = w->task.n_kmers;

    for (size_t lane = 0; lane < lanes; lane++) {
        n[lane] = w->task.total;
    }
    if (w->task.has_missing) {
        memset(n, 0, lanes * sizeof *n);
        for (size_t a = 0; a < n_kmers; a++) {
            const uint32_t *cells = row_of(w, tile, s, i, j, a);
            for (size_t b = 0; b < n_kmers; b++) {
                for (size_t lane = 0; lane < lanes; lane++) {
                    n[lane] += cells[b * lanes + lane];
                }
            }
        }
    }
    for (size_t lane = tile->j1 - j; lane < lanes; lane++) {
        n[lane] = 0;
    }
}

/* MI of the pairs (i, j), (i, j + 1), ... under evaluation. */
static void evaluator_results(const job *w, const fmi_tile *tile, const scratch *s,
                              size_t i, size_t j, const uint64_t *n, double *mi,
                              uint64_t *n_ij)
{
    for (size_t lane = 0; lane < w->plan.lanes && j + lane < tile->j1; lane++) {
        const size_t pair = fmi_tiles_index(&w->tiles, i, j + lane);
        mi[pair] = fmi_evaluator_end(s->evaluator, lane);
        n_ij[pair] = n[lane];
    }
}

static void tile_evaluate(const job *w, const fmi_tile *tile, const scratch *s, double *mi,
                          uint64_t *n_ij)
{
    for (size_t i = tile->i0; i < tile->i1; i++) {
        for (size_t j = fmi_first_j(tile, i, w->task.k); j < tile->j1; j += w->plan.lanes) {
            uint64_t n[FMI_LANES];
            numbers(w, tile, s, i, j, n);
            fmi_evaluator_begin(s->evaluator, n);
            for (size_t a = 0; a < w->task.n_kmers; a++) {
                w->take_row(s->evaluator, a, row_of(w, tile, s, i, j, a));
            }
            evaluator_results(w, tile, s, i, j, n, mi, n_ij);
        }
    }
}

/* The same by a kernel that evaluates while it counts. */
static void tile_evaluate_at_once(const job *w, const fmi_tile *tile, const scratch *s,
                                  double *mi, uint64_t *n_ij)
{
    uint64_t n[FMI_LANES] = {0};

    if (fmi_cancelled(w->control)) {
        return;
    }
    w->kernel->evaluate(&w->task, tile, w->kmer_counts, s->kernel, s->evaluator, n,
                        w->control);
    evaluator_results(w, tile, s, tile->i0, tile->j0, n, mi, n_ij);
    fmi_report(w->control, (int64_t)(fmi_tile_pairs(&w->tiles, tile) * w->given->n_rows));
}

/* What a job does with its tiles: exactly one of mi, x2, tables and weights is set; the last
 * two are [n_pairs][n_kmers][n_kmers].  margins: NULL, or [n_pairs][2][n_kmers]. */
typedef struct {
    double pseudocount;
    double *mi;
    double scale, damping;
    double *x2;
    uint64_t *margins;
    uint64_t *n_ij;
    uint32_t *tables;
    uint64_t *weights;
} goal;

/* Add the row of k-mer a to the tables of a pair and of those behind it: cells of one kind
 * to tables of one kind. */
static void row_add(const job *w, const goal *g, size_t pair, size_t n_pairs, size_t a,
                    const uint32_t *counts, const uint64_t *weights)
{
    const size_t lanes = w->plan.lanes, m = w->task.n_kmers;

    for (size_t lane = 0; lane < n_pairs; lane++) {
        const size_t at = ((pair + lane) * m + a) * m;
        for (size_t b = 0; b < m; b++) {
            const size_t x = b * lanes + lane;
            const uint64_t cell = counts != NULL ? counts[x] : weights[x];
            if (g->tables != NULL) {
                g->tables[at + b] += (uint32_t)cell;
            } else {
                g->weights[at + b] += cell;
            }
        }
    }
}

/* Add the tile's counts to the caller's tables. */
static void tile_add(const job *w, const fmi_tile *tile, const scratch *s, const goal *g)
{
    const size_t lanes = w->plan.lanes;

    for (size_t i = tile->i0; i < tile->i1; i++) {
        for (size_t j = fmi_first_j(tile, i, w->task.k); j < tile->j1; j += lanes) {
            const size_t n_j = tile->j1 - j < lanes ? tile->j1 - j : lanes;
            for (size_t a = 0; a < w->task.n_kmers; a++) {
                row_add(w, g, fmi_tiles_index(&w->tiles, i, j), n_j, a,
                        row_of(w, tile, s, i, j, a), NULL);
            }
        }
    }
}

/* The same by a kernel that goes through all rows at once. */
static void tile_add_at_once(const job *w, const fmi_tile *tile, const scratch *s,
                             const goal *g)
{
    w->kernel->begin(&w->task, tile, s->kernel);
    for (size_t a = 0; a < w->task.n_kmers && !fmi_cancelled(w->control); a++) {
        row_add(w, g, fmi_tiles_index(&w->tiles, tile->i0, tile->j0), tile->j1 - tile->j0,
                a, NULL, w->kernel->weights_row(&w->task, tile, a, s->kernel));
    }
    fmi_report(w->control, (int64_t)(fmi_tile_pairs(&w->tiles, tile) * w->given->n_rows));
}

/* A row for X^2: the margins first, then the sums. */
static void x2_row(const job *w, const scratch *s, size_t a, const uint32_t *counts,
                   const uint64_t *weights, int sums)
{
    if (!sums) {
        fmi_x2_margins(s->x2, a, counts, weights);
    } else if (counts != NULL) {
        w->take_x2_row(s->x2, a, counts);
    } else {
        fmi_x2_weights(s->x2, a, weights);
    }
}

/* Whether no lane counts anything in row a: it would add 0 to the sums. */
static int x2_row_empty(const fmi_x2 *x, size_t a)
{
    uint64_t any = 0;

    for (size_t lane = 0; lane < x->lanes; lane++) {
        any |= x->rows[a * x->lanes + lane];
    }
    return any == 0;
}

/* X^2 of the pairs (i, j), (i, j + 1), ... of the tile, up to as many as are evaluated side
 * by side: in one pass over their rows where the margins are known, else in two.  Of kernels
 * that count a row at a time, empty ones are left out: with long k-mers nearly all are. */
static void x2_pairs(const job *w, const fmi_tile *tile, const scratch *s, size_t i,
                     size_t j, const goal *g)
{
    const size_t m = w->task.n_kmers, lanes = w->plan.lanes;

    fmi_x2_begin(s->x2);
    for (size_t lane = 0; w->margins_known && lane < lanes && j + lane < tile->j1; lane++) {
        fmi_x2_known(s->x2, lane, w->kmer_counts + i * m, w->kmer_counts + (j + lane) * m);
    }
    for (int sums = w->margins_known; sums < 2; sums++) {
        if (sums) {
            fmi_x2_ready(s->x2);
        }
        if (w->kernel->evaluate != NULL) {
            w->kernel->begin(&w->task, tile, s->kernel);
        }
        for (size_t a = 0; a < m; a++) {
            if (w->kernel->evaluate == NULL) {
                x2_row(w, s, a, row_of(w, tile, s, i, j, a), NULL, sums);
            } else if (!(sums && x2_row_empty(s->x2, a)) && !fmi_cancelled(w->control)) {
                x2_row(w, s, a, NULL, w->kernel->weights_row(&w->task, tile, a, s->kernel),
                       sums);
            }
        }
    }
    for (size_t lane = 0; lane < lanes && j + lane < tile->j1; lane++) {
        const size_t pair = fmi_tiles_index(&w->tiles, i, j + lane);
        g->x2[pair] = fmi_x2_end(s->x2, lane, g->n_ij + pair,
                                 g->margins == NULL ? NULL : g->margins + pair * 2 * m);
    }
}

static void tile_x2(const job *w, const fmi_tile *tile, const scratch *s, const goal *g)
{
    for (size_t i = tile->i0; i < tile->i1; i++) {
        for (size_t j = fmi_first_j(tile, i, w->task.k); j < tile->j1; j += w->plan.lanes) {
            x2_pairs(w, tile, s, i, j, g);
        }
    }
}

static scratch scratch_cut(const job *w, const goal *g, uint8_t *memory)
{
    scratch s = {memory, NULL, NULL};

    if (g->mi != NULL) {
        s.evaluator = fmi_evaluator_init(memory + w->kernel_bytes, w->task.n_kmers,
                                         w->plan.lanes, g->pseudocount);
    } else if (g->x2 != NULL) {
        s.x2 = fmi_x2_init(memory + w->kernel_bytes, w->task.n_kmers, w->plan.lanes,
                           g->scale, g->damping);
    }
    return s;
}

static void tile_run(const job *w, size_t t, fmi_tile_cursor *cursor, const scratch *s,
                     const goal *g)
{
    if (fmi_cancelled(w->control)) {
        return; /* before a tile's memory is cleared */
    }
    const fmi_tile tile = fmi_tiles_at(&w->tiles, t, cursor);
    if (fmi_tile_pairs(&w->tiles, &tile) == 0) {
        return;
    }
    if (w->kernel->evaluate != NULL && g->mi != NULL) {
        tile_evaluate_at_once(w, &tile, s, g->mi, g->n_ij);
        return;
    }
    if (w->kernel->evaluate != NULL && g->x2 != NULL) {
        tile_x2(w, &tile, s, g);
        fmi_report(w->control,
                   (int64_t)(fmi_tile_pairs(&w->tiles, &tile) * w->given->n_rows));
        return;
    }
    if (w->kernel->evaluate != NULL) {
        tile_add_at_once(w, &tile, s, g);
        return;
    }
    if (tile_count(w, &tile, s) != 0) {
        return;
    }
    if (g->mi != NULL) {
        tile_evaluate(w, &tile, s, g->mi, g->n_ij);
    } else if (g->x2 != NULL) {
        tile_x2(w, &tile, s, g);
    } else {
        tile_add(w, &tile, s, g);
    }
}

/* What kernels want beforehand: the k-mers of all positions, rows in layers. */
static int job_prepare(job *w, int n_threads)
{
    const fmi_seqs *seqs = w->given;
    size_t n_bytes = 0;

    if (margins_bytes(w) > 0) {
        w->kmer_counts = calloc(margins_bytes(w), 1);
        if (w->kmer_counts == NULL) {
            return FMI_ERR_NOMEM;
        }
        fmi_count_columns(seqs, w->task.k, n_threads, w->control, 0, w->kmer_counts);
    }
    if (copies_bytes(w, &n_bytes) != FMI_OK) {
        return FMI_ERR_NOMEM;
    }
    if (n_bytes > 0) {
        const size_t row_bytes = fmi_row_bytes(seqs->length, seqs->n_letters);
        w->copies = malloc(n_bytes);
        if (w->copies == NULL) {
            return FMI_ERR_NOMEM;
        }
        uint8_t *masks =
            seqs->mask == NULL ? NULL : w->copies + w->layers.n_rows * row_bytes;
        w->layered.rows = w->copies;
        w->layered.mask = masks;
        fmi_layers_fill(seqs, &w->layers, w->control, w->copies, masks);
    }
    return FMI_OK;
}

/* Nothing counts: no rows, or none with a weight. */
static int job_of_nothing(const job *w, const goal *g)
{
    const size_t n_pairs = fmi_tiles_pairs(&w->tiles);
    double *values = g->mi != NULL ? g->mi : g->x2;

    if (fmi_cancelled(w->control)) {
        return FMI_ERR_CANCELLED;
    }
    for (size_t pair = 0; values != NULL && pair < n_pairs; pair++) {
        values[pair] = NAN;
        g->n_ij[pair] = 0;
    }
    if (g->margins != NULL) {
        memset(g->margins, 0, n_pairs * 2 * w->task.n_kmers * sizeof *g->margins);
    }
    fmi_report(w->control, (int64_t)(n_pairs * w->given->n_rows));
    return FMI_OK;
}

static int job_run(job *w, int n_threads, const goal *g)
{
    if (w->task.total == 0) {
        return job_of_nothing(w, g);
    }
    const size_t bytes = thread_bytes(w);
    const int team = team_of(w, n_threads, bytes);
    uint8_t *memory = NULL;
    size_t all_bytes = 0;

    int status = fmi_cancelled(w->control) ? FMI_ERR_CANCELLED : job_prepare(w, n_threads);
    if (status == FMI_OK && (fmi_mul_size(bytes, (size_t)team, &all_bytes) != FMI_OK ||
                             all_bytes > SIZE_MAX - FMI_ALIGN)) {
        status = FMI_ERR_NOMEM;
    }
    if (status != FMI_OK) {
        goto out;
    }
    memory = malloc(all_bytes + FMI_ALIGN);
    if (memory == NULL) {
        status = FMI_ERR_NOMEM;
        goto out;
    }
    uint8_t *aligned = memory + (FMI_ALIGN - (uintptr_t)memory % FMI_ALIGN);
#ifdef _OPENMP
#pragma omp parallel num_threads(team)
    {
        const scratch s = scratch_cut(w, g, aligned + (size_t)omp_get_thread_num() * bytes);
        fmi_tile_cursor cursor = {0, 0};
#pragma omp for schedule(dynamic, 1)
        for (int64_t t = 0; t < (int64_t)w->tiles.n_tiles; t++) {
            tile_run(w, (size_t)t, &cursor, &s, g);
        }
    }
#else
    const scratch s = scratch_cut(w, g, aligned);
    fmi_tile_cursor cursor = {0, 0};
    for (size_t t = 0; t < w->tiles.n_tiles; t++) {
        tile_run(w, t, &cursor, &s, g);
    }
#endif
    status = fmi_cancelled(w->control) ? FMI_ERR_CANCELLED : FMI_OK;
out:
    free(memory);
    free(w->kmer_counts);
    free(w->copies);
    return status;
}

int fmi_pairwise_mi(const fmi_seqs *seqs, size_t k, double pseudocount,
                    const fmi_options *options, fmi_control *control, double *mi,
                    uint64_t *n_ij)
{
    job w;
    const goal g = {.pseudocount = pseudocount, .mi = mi, .n_ij = n_ij};
    const int status = job_init(&w, seqs, k, options, FMI_FOR_MI, control);

    if (status != FMI_OK) {
        return status;
    }
    if (!(pseudocount >= 0.0 && pseudocount <= FMI_MAX_PSEUDOCOUNT)) {
        return FMI_ERR_BAD_PARAM;
    }
    return job_run(&w, options->n_threads, &g);
}

int fmi_pairwise_x2(const fmi_seqs *seqs, size_t k, double scale, double damping,
                    const fmi_options *options, fmi_control *control, double *x2,
                    uint64_t *n_ij, uint64_t *margins)
{
    job w;
    const goal g = {
        .scale = scale, .damping = damping, .x2 = x2, .n_ij = n_ij, .margins = margins};
    const int status = job_init(&w, seqs, k, options, FMI_FOR_X2, control);

    if (status != FMI_OK) {
        return status;
    }
    return fmi_x2_bad(scale, damping) ? FMI_ERR_BAD_PARAM
                                      : job_run(&w, options->n_threads, &g);
}

int fmi_count_pairs(const fmi_seqs *seqs, size_t k, const fmi_options *options,
                    fmi_control *control, uint32_t *tables)
{
    job w;
    const goal g = {.tables = tables};
    const int status = job_init(&w, seqs, k, options, FMI_FOR_TABLES, control);

    if (status == FMI_OK && w.task.total > UINT32_MAX) {
        return FMI_ERR_OVERFLOW;
    }
    return status != FMI_OK ? status : job_run(&w, options->n_threads, &g);
}

int fmi_weigh_pairs(const fmi_seqs *seqs, size_t k, const fmi_options *options,
                    fmi_control *control, uint64_t *tables)
{
    job w;
    const goal g = {.weights = tables};
    const int status = job_init(&w, seqs, k, options, FMI_FOR_TABLES, control);

    return status != FMI_OK ? status : job_run(&w, options->n_threads, &g);
}
