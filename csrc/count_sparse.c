/* Groups of rows, evaluated one by one: the kernel for k-mers so many that most cells of a
 * table of pairs stay empty (k = 5 and 6 on four letters, k = 2 and 3 on twenty).
 *
 * 1. All rows are put in the order of their k-mer at i (group_rows.c).  A group holds one
 *    row of every table (i, j): that of its k-mer.
 * 2. Row by row the k-mers at FMI_LANES positions j are read from one word of letters, and a
 *    counter is kept for each of them: a table of n_kmers x FMI_LANES, in the L1 or L2 cache.
 * 3. MI needs the sum of f over the cells (mi.c).  A counter that goes from c to c + 1 adds
 *    f(c + 1) - f(c), a number from a table; so no cell is visited but those that rows hit,
 *    and the counters of a group are forgotten when it is done.  As those sums are exact,
 *    the result has the same bits as from whole tables.  A group with more rows than there
 *    are k-mers is counted first and given as a row.
 * 4. The margins are the k-mers of each position, counted once for all pairs.
 *
 * Bounds: no missing letters (they would take rows out of single pairs); 2^22 rows, which are
 * sorted as one block (dispatch.c).  Cost: about ten instructions and 1 ns a row and pair,
 * however many k-mers there are; with fewer rows than k-mers, what is done once a tile for
 * each k-mer outweighs that.
 */
#ifndef FMI_NAME
#include "simd_scalar.h"
#endif
#include "evaluator.h"
#include "group_rows.h"
#include "row_codes.h"

typedef struct {
    fmi_grouping rows;
    uint16_t *codes;  /* [rows of a group][FMI_LANES], of groups smaller than n_kmers */
    uint16_t *counts; /* [n_kmers][FMI_LANES], zeros between groups */
    uint32_t *cells;  /* [n_kmers][FMI_LANES], of larger groups */
    uint8_t *tail;
} sparse_scratch;

enum {
    SPARSE_AHEAD = 24, /* rows: how early one is fetched */
    SPARSE_AT_ONCE = 4 /* lanes: measured */
};

static size_t sparse_cut(const fmi_task *task, void *memory, sparse_scratch *s)
{
    fmi_cutter cutter = {memory, 0};
    const size_t cells = task->n_kmers * FMI_LANES;

    fmi_grouping_cut(&cutter, task->n_kmers, task->seqs->n_rows, &s->rows);
    s->codes = fmi_cut(&cutter, cells, sizeof *s->codes);
    s->counts = fmi_cut(&cutter, cells, sizeof *s->counts);
    s->cells = fmi_cut(&cutter, cells, sizeof *s->cells);
    s->tail = fmi_cut(&cutter, 2 * ROW_CODES_REACH, 1);
    return cutter.used;
}

static void sparse_plan(const fmi_task *task, fmi_plan *plan)
{
    *plan = (fmi_plan){1, FMI_LANES, task->seqs->n_rows, FMI_LANES};
}

static size_t sparse_scratch_bytes(const fmi_task *task, const fmi_plan *plan)
{
    sparse_scratch s;

    (void)plan;
    return sparse_cut(task, NULL, &s);
}

/* Where the rows of a group are. */
typedef struct {
    row_source source;
    const uint32_t *order;
    size_t n, n_left; /* rows of the group; and with those of all groups behind */
    size_t j, n_lanes;
} sparse_group;

static inline const uint8_t *sparse_row(const sparse_group *g, size_t x)
{
    const size_t row = g->order[x];

    if (x + SPARSE_AHEAD < g->n_left) {
        FMI_PREFETCH(g->source.rows + g->order[x + SPARSE_AHEAD] * g->source.row_bytes);
    }
    return row_source_at(&g->source, row);
}

static void sparse_read(const fmi_task *task, const sparse_group *g, uint16_t *codes)
{
    for (size_t x = 0; x < g->n; x++) {
        row_codes(task, sparse_row(g, x), g->j, codes + x * FMI_LANES);
    }
}

typedef double two_sums __attribute__((vector_size(16)));

/* Some lanes at once: their counters and sums do not wait for one another. */
static void sparse_count_some(const uint16_t *codes, size_t n, size_t lane,
                              uint16_t *counts, fmi_evaluator *e)
{
    two_sums sums[SPARSE_AT_ONCE]; /* coarse and fine, as in a step */

    for (size_t q = 0; q < SPARSE_AT_ONCE; q++) {
        sums[q] = (two_sums){e->sums.coarse[lane + q], e->sums.fine[lane + q]};
    }
    for (size_t x = 0; x < n; x++) {
        for (size_t q = 0; q < SPARSE_AT_ONCE; q++) {
            const size_t code = codes[x * FMI_LANES + lane + q];
            uint16_t *count = counts + code * FMI_LANES + lane + q;
            two_sums step;
            memcpy(&step, e->steps + *count, sizeof step);
            *count = (uint16_t)(*count + 1);
            sums[q] += step;
        }
    }
    for (size_t q = 0; q < SPARSE_AT_ONCE; q++) {
        e->sums.coarse[lane + q] = sums[q][0];
        e->sums.fine[lane + q] = sums[q][1];
    }
}

static void sparse_small_group(const fmi_task *task, const sparse_group *g,
                               const sparse_scratch *s, fmi_evaluator *e)
{
    sparse_read(task, g, s->codes);
    for (size_t lane = 0; lane < g->n_lanes; lane += SPARSE_AT_ONCE) {
        sparse_count_some(s->codes, g->n, lane, s->counts, e);
    }
    if (g->n >= task->n_kmers / 8) {
        memset(s->counts, 0, task->n_kmers * FMI_LANES * sizeof *s->counts);
        return;
    }
    for (size_t x = 0; x < g->n; x++) {
        for (size_t lane = 0; lane < fmi_round_up(g->n_lanes, SPARSE_AT_ONCE); lane++) {
            s->counts[s->codes[x * FMI_LANES + lane] * FMI_LANES + lane] = 0;
        }
    }
}

static void sparse_large_group(const fmi_task *task, const sparse_group *g, size_t a,
                               const sparse_scratch *s, fmi_evaluator *e)
{
    memset(s->cells, 0, task->n_kmers * FMI_LANES * sizeof *s->cells);
    for (size_t x = 0; x < g->n; x++) {
        uint16_t codes[FMI_LANES];
        row_codes(task, sparse_row(g, x), g->j, codes);
        for (size_t lane = 0; lane < FMI_LANES; lane++) {
            s->cells[codes[lane] * FMI_LANES + lane]++;
        }
    }
    lanes_clear(s->cells, task->n_kmers, g->n_lanes);
    FMI_NAME(fmi_evaluator_row)(e, a, s->cells);
}

static void sparse_evaluate(const fmi_task *task, const fmi_tile *tile,
                            const uint64_t *kmer_counts, void *scratch, fmi_evaluator *e,
                            uint64_t n[FMI_LANES], const fmi_control *control)
{
    const fmi_seqs *seqs = task->seqs;
    const size_t m = task->n_kmers, j = tile->j0, n_lanes = tile->j1 - j;
    sparse_scratch s;

    for (size_t lane = 0; lane < n_lanes; lane++) {
        n[lane] = seqs->n_rows;
    }
    fmi_evaluator_begin(e, n);
    (void)sparse_cut(task, scratch, &s);
    memset(s.codes, 0, m * FMI_LANES * sizeof *s.codes);
    memset(s.counts, 0, m * FMI_LANES * sizeof *s.counts);
    memset(s.tail, 0, 2 * ROW_CODES_REACH);
    fmi_evaluator_make_steps(e);
    fmi_group_rows(seqs, task->k, tile->i0, 0, seqs->n_rows, &s.rows);
    const row_source source = row_source_open(
        seqs->rows, fmi_row_bytes(seqs->length, seqs->n_letters), seqs->n_rows,
        seqs->n_letters == 4 ? j / 4 : j, ROW_CODES_REACH, s.tail, NULL);
    for (size_t a = 0; a < m && !fmi_cancelled(control); a++) {
        const uint32_t start = s.rows.start[a], here = s.rows.start[a + 1] - start;
        const sparse_group g = {source, s.rows.order + start, here, seqs->n_rows - start, j,
                                n_lanes};
        if (here > 0 && here < m) {
            sparse_small_group(task, &g, &s, e);
        } else if (here > 0) {
            sparse_large_group(task, &g, a, &s, e);
        }
    }
    /* the margins of whole columns of letters, whatever the rows above have left there */
    for (size_t lane = 0; lane < n_lanes; lane++) {
        for (size_t b = 0; b < m; b++) {
            e->row_sums[b * FMI_LANES + lane] = (uint32_t)kmer_counts[tile->i0 * m + b];
            e->column_sums[b * FMI_LANES + lane] =
                (uint32_t)kmer_counts[(j + lane) * m + b];
        }
    }
}

const fmi_kernel FMI_NAME(fmi_sparse) = {
    "sparse-" FMI_ISA_TEXT, sparse_plan, sparse_scratch_bytes, NULL, NULL, NULL,
    sparse_evaluate,        NULL,
};
