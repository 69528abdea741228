/* Groups of rows, added up one by one: the kernel for rows that have weights, where these
 * are too large or too many-valued to count their bits one after the other (layers.c), and
 * for weighted k-mers so many that most cells of a table stay empty.
 *
 * 1. All rows are put in the order of their k-mer at i (group_rows.c).  A group holds one
 *    row of every table (i, j): that of its k-mer.
 * 2. Row by row, the k-mers at FMI_LANES positions j are read from one word of letters
 *    (row_codes.h), and the row's weight is added to a cell of each: cells of 64 bits,
 *    [n_kmers + 1][FMI_LANES], in the L1 or L2 cache; the last take k-mers with a missing
 *    letter.  The additions of a row go to sixteen tables, so none waits for another,
 *    whatever the data are like.
 * 3. When a group is done, its cells are one row of sixteen tables.  They are evaluated, or
 *    given away, and cleared; of a group with fewer rows than there are k-mers, those that
 *    its rows hit, which takes a second look at each row.
 *
 * Weights are whole numbers, so that their sums are exact and the same in any order; a
 * caller who has fractions says how small a unit they are counted in (fmi.h).
 *
 * Bounds: the weights sum to 2^63 - 1 at most; 2^32 - 1 rows, all sorted at once: 6 bytes a
 * row and thread.  Cost: 0.6 ns a row and pair, and 10 ns for the logarithm of each cell
 * that is not empty.
 */
#ifndef FMI_NAME
#include "simd_scalar.h"
#endif
#include "evaluator.h"
#include "group_rows.h"
#include "row_codes.h"

enum {
    WEIGHTS_AHEAD = 24, /* rows: how early one is fetched */
    WEIGHTS_CHUNK = 64  /* rows read, then counted: 2.5 KB */
};

/* How the rows of a tile are read. */
typedef struct {
    row_source rows, masks;
    size_t j, n_lanes;
    int has_missing;
} weights_reader;

typedef struct {
    fmi_grouping rows;
    weights_reader reader;
    uint64_t *cells; /* [n_kmers + 1][FMI_LANES], zeros between groups */
    uint8_t *tails[2];
} weights_scratch;

static size_t weights_cut(const fmi_task *task, void *memory, weights_scratch *s)
{
    fmi_cutter cutter = {memory, 0};

    (void)fmi_cut(&cutter, 1, sizeof *s); /* the description stands in front */
    fmi_grouping_cut(&cutter, task->n_kmers, task->seqs->n_rows, &s->rows);
    s->cells = fmi_cut(&cutter, (task->n_kmers + 1) * FMI_LANES, sizeof *s->cells);
    s->tails[0] = fmi_cut(&cutter, 2 * ROW_CODES_REACH, 1);
    s->tails[1] = fmi_cut(&cutter, 2 * ROW_CODES_REACH, 1);
    return cutter.used;
}

static void weights_plan(const fmi_task *task, fmi_plan *plan)
{
    *plan = (fmi_plan){1, FMI_LANES, task->seqs->n_rows, FMI_LANES};
}

static size_t weights_scratch_bytes(const fmi_task *task, const fmi_plan *plan)
{
    weights_scratch s;

    (void)plan;
    return weights_cut(task, NULL, &s);
}

/* Put all rows in groups. */
static void weights_begin(const fmi_task *task, const fmi_tile *tile, void *scratch)
{
    const fmi_seqs *seqs = task->seqs;
    const int packed = seqs->n_letters == 4;
    weights_scratch s;

    (void)weights_cut(task, scratch, &s);
    memset(s.cells, 0, (task->n_kmers + 1) * FMI_LANES * sizeof *s.cells);
    memset(s.tails[0], 0, 2 * ROW_CODES_REACH);
    memset(s.tails[1], 0, 2 * ROW_CODES_REACH);
    s.reader.j = tile->j0;
    s.reader.n_lanes = tile->j1 - tile->j0;
    s.reader.has_missing = task->has_missing;
    s.reader.rows = row_source_open(
        seqs->rows, fmi_row_bytes(seqs->length, seqs->n_letters), seqs->n_rows,
        packed ? tile->j0 / 4 : tile->j0, ROW_CODES_REACH, s.tails[0], NULL);
    s.reader.masks = s.reader.rows;
    if (packed && task->has_missing) {
        s.reader.masks =
            row_source_open(seqs->mask, fmi_mask_bytes(seqs->length), seqs->n_rows,
                            tile->j0 / 8, ROW_CODES_REACH, s.tails[1], NULL);
    }
    fmi_group_rows(seqs, task->k, tile->i0, 0, seqs->n_rows, &s.rows);
    memcpy(scratch, &s, sizeof s);
}

/* Some rows of a group, as codes; lanes beyond the tile have none. */
typedef struct {
    size_t n;
    uint16_t codes[WEIGHTS_CHUNK][FMI_LANES];
    uint64_t weights[WEIGHTS_CHUNK];
} weights_chunk;

/* The rows that stand at x, x + 1, ... in the order, before `end`. */
static inline void weights_read(const fmi_task *task, const weights_scratch *s, size_t x,
                                size_t end, weights_chunk *chunk)
{
    const weights_reader *from = &s->reader;
    const size_t n_rows = s->rows.start[task->n_kmers];
    const uint64_t *weights = task->seqs->weights;

    chunk->n = end - x < WEIGHTS_CHUNK ? end - x : WEIGHTS_CHUNK;
    for (size_t y = 0; y < chunk->n; y++) {
        const size_t row = s->rows.order[x + y];
        uint16_t *codes = chunk->codes[y];
        if (x + y + WEIGHTS_AHEAD < n_rows) {
            const size_t next = s->rows.order[x + y + WEIGHTS_AHEAD];
            FMI_PREFETCH(from->rows.rows + next * from->rows.row_bytes);
            if (weights != NULL) {
                FMI_PREFETCH(weights + next);
            }
        }
        chunk->weights[y] = weights == NULL ? 1 : weights[row];
        if (from->has_missing) {
            row_codes_missing(task, row_source_at(&from->rows, row),
                              row_source_at(&from->masks, row), from->j, codes);
        } else {
            row_codes(task, row_source_at(&from->rows, row), from->j, codes);
        }
        for (size_t lane = from->n_lanes; lane < FMI_LANES; lane++) {
            codes[lane] = (uint16_t)task->n_kmers;
        }
    }
}

/* Add the rows of group a to the cells. */
static void weights_add(const fmi_task *task, const weights_scratch *s, size_t a)
{
    uint64_t *FMI_RESTRICT cells = s->cells;
    weights_chunk chunk;

    for (size_t x = s->rows.start[a]; x < s->rows.start[a + 1]; x += chunk.n) {
        weights_read(task, s, x, s->rows.start[a + 1], &chunk);
        for (size_t y = 0; y < chunk.n; y++) {
            const uint64_t weight = chunk.weights[y];
            for (size_t lane = 0; lane < FMI_LANES; lane++) {
                cells[(size_t)chunk.codes[y][lane] * FMI_LANES + lane] += weight;
            }
        }
    }
}

/* Evaluate, and clear, the cells that the rows of group a have hit. */
static void weights_harvest(const fmi_task *task, const weights_scratch *s, size_t a,
                            fmi_evaluator *e)
{
    weights_chunk chunk;

    for (size_t x = s->rows.start[a]; x < s->rows.start[a + 1]; x += chunk.n) {
        weights_read(task, s, x, s->rows.start[a + 1], &chunk);
        for (size_t y = 0; y < chunk.n; y++) {
            for (size_t lane = 0; lane < FMI_LANES; lane++) {
                const size_t b = chunk.codes[y][lane];
                uint64_t *cell = s->cells + b * FMI_LANES + lane;
                if (*cell > 0 && b < task->n_kmers) {
                    fmi_evaluator_weight(e, lane, a, b, *cell);
                }
                *cell = 0;
            }
        }
    }
}

/* What the rows with both k-mers weigh, for each lane. */
static void weights_total(const fmi_task *task, const weights_scratch *s,
                          uint64_t n[FMI_LANES])
{
    weights_chunk chunk;

    for (size_t lane = 0; lane < s->reader.n_lanes; lane++) {
        n[lane] = task->has_missing ? 0 : task->total;
    }
    const size_t end = task->has_missing ? s->rows.start[task->n_kmers] : 0;
    for (size_t x = 0; x < end; x += chunk.n) {
        weights_read(task, s, x, end, &chunk);
        for (size_t y = 0; y < chunk.n; y++) {
            for (size_t lane = 0; lane < FMI_LANES; lane++) {
                n[lane] += chunk.codes[y][lane] < task->n_kmers ? chunk.weights[y] : 0;
            }
        }
    }
}

static void weights_evaluate(const fmi_task *task, const fmi_tile *tile,
                             const uint64_t *kmer_counts, void *scratch, fmi_evaluator *e,
                             uint64_t n[FMI_LANES], const fmi_control *control)
{
    const size_t m = task->n_kmers;
    const weights_scratch *s = scratch;

    (void)kmer_counts;
    weights_begin(task, tile, scratch);
    weights_total(task, s, n);
    fmi_evaluator_begin(e, n);
    for (size_t a = 0; a < m && !fmi_cancelled(control); a++) {
        const size_t n_rows = s->rows.start[a + 1] - s->rows.start[a];
        weights_add(task, s, a);
        if (n_rows < m) {
            weights_harvest(task, s, a, e);
        } else {
            fmi_evaluator_weights(e, a, s->cells);
            memset(s->cells, 0, (m + 1) * FMI_LANES * sizeof *s->cells);
        }
    }
}

static const uint64_t *weights_row(const fmi_task *task, const fmi_tile *tile, size_t a,
                                   void *scratch)
{
    const weights_scratch *s = scratch;

    (void)tile;
    memset(s->cells, 0, (task->n_kmers + 1) * FMI_LANES * sizeof *s->cells);
    weights_add(task, s, a);
    return s->cells;
}

const fmi_kernel FMI_NAME(fmi_weights) = {
    "weights-" FMI_ISA_TEXT, weights_plan, weights_scratch_bytes, weights_begin, NULL, NULL,
    weights_evaluate,        weights_row,
};
