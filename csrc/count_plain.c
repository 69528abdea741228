/* The plain kernel: one table a pair, one increment a row.  The yardstick for all others,
 * and what counts where their tables do not fit.
 *
 * A block of rows is turned into columns of k-mer codes once per tile, then every pair of
 * the tile runs down its two columns.  At k = 3 the pair's table (16.5 KiB) and its two
 * columns (2 x 8 KiB) share the L1 cache; the columns of the whole tile stay in L2.  A
 * k-mer with a missing letter has the code one past the last: tables have a row and a
 * column more, which nothing reads.
 *
 * Bound: 2^32 - 1 rows, the driver's own.  Cost: 2 loads and an increment a row and pair;
 * where neighbouring rows hit the same cell, an increment waits for the one before.
 */
#include <string.h>

#include "fmi_internal.h"

enum {
    PLAIN_ROWS = 4096,
    PLAIN_SIDE = 16,
    PLAIN_BYTES = 8 << 20 /* tables of one tile, where a single one is not larger already */
};

typedef struct {
    size_t stride, cells; /* of a table */
    uint16_t *columns_i, *columns_j;
    uint32_t *tables; /* [tile_i][tile_j] */
} plain_scratch;

static size_t plain_cut(const fmi_task *task, size_t tile_i, size_t tile_j, void *memory,
                        plain_scratch *s)
{
    fmi_cutter cutter = {memory, 0};

    s->stride = task->n_kmers + 1;
    s->cells = s->stride * s->stride; /* at most 8193^2 */
    s->columns_i = fmi_cut(&cutter, tile_i * PLAIN_ROWS, sizeof *s->columns_i);
    s->columns_j = fmi_cut(&cutter, tile_j * PLAIN_ROWS, sizeof *s->columns_j);
    s->tables = fmi_cut(&cutter, tile_i * tile_j * s->cells, sizeof *s->tables);
    return cutter.used;
}

static size_t plain_cut_tile(const fmi_task *task, const fmi_tile *tile, void *memory,
                             plain_scratch *s)
{
    return plain_cut(task, tile->i1 - tile->i0, tile->j1 - tile->j0, memory, s);
}

static size_t plain_scratch_bytes(const fmi_task *task, const fmi_plan *plan)
{
    plain_scratch s;
    return plain_cut(task, plan->tile_i, plan->tile_j, NULL, &s);
}

static void plain_plan(const fmi_task *task, fmi_plan *plan)
{
    const size_t bytes = (task->n_kmers + 1) * (task->n_kmers + 1) * sizeof(uint32_t);
    size_t side = PLAIN_SIDE;

    while (side > 1 && side * side * bytes > PLAIN_BYTES) {
        side /= 2;
    }
    *plan = (fmi_plan){side, side, PLAIN_ROWS, 1};
}

static uint32_t *plain_table(const plain_scratch *s, const fmi_tile *tile, size_t i,
                             size_t j)
{
    return s->tables + ((i - tile->i0) * (tile->j1 - tile->j0) + j - tile->j0) * s->cells;
}

static void plain_begin(const fmi_task *task, const fmi_tile *tile, void *scratch)
{
    plain_scratch s;

    (void)plain_cut_tile(task, tile, scratch, &s);
    for (size_t i = tile->i0; i < tile->i1; i++) {
        for (size_t j = fmi_first_j(tile, i, task->k); j < tile->j1; j++) {
            memset(plain_table(&s, tile, i, j), 0, s.cells * sizeof *s.tables);
        }
    }
}

static void plain_count(const fmi_task *task, const fmi_tile *tile, size_t from, size_t to,
                        unsigned shift, void *scratch)
{
    const size_t rows = to - from;
    const uint32_t times = (uint32_t)1 << shift;
    plain_scratch s;

    (void)plain_cut_tile(task, tile, scratch, &s);
    for (size_t i = tile->i0; i < tile->i1; i++) {
        fmi_kmer_column(task->seqs, task->k, i, from, to,
                        s.columns_i + (i - tile->i0) * PLAIN_ROWS);
    }
    for (size_t j = tile->j0; j < tile->j1; j++) {
        fmi_kmer_column(task->seqs, task->k, j, from, to,
                        s.columns_j + (j - tile->j0) * PLAIN_ROWS);
    }
    for (size_t i = tile->i0; i < tile->i1; i++) {
        const uint16_t *FMI_RESTRICT a = s.columns_i + (i - tile->i0) * PLAIN_ROWS;
        for (size_t j = fmi_first_j(tile, i, task->k); j < tile->j1; j++) {
            const uint16_t *FMI_RESTRICT b = s.columns_j + (j - tile->j0) * PLAIN_ROWS;
            uint32_t *FMI_RESTRICT table = plain_table(&s, tile, i, j);
            for (size_t n = 0; n < rows; n++) {
                table[(size_t)a[n] * s.stride + b[n]] += times;
            }
        }
    }
}

static const uint32_t *plain_row(const fmi_task *task, const fmi_tile *tile, size_t i,
                                 size_t j, size_t a, void *scratch)
{
    plain_scratch s;

    (void)plain_cut_tile(task, tile, scratch, &s);
    return plain_table(&s, tile, i, j) + a * s.stride;
}

const fmi_kernel fmi_plain_scalar = {"plain",     plain_plan,  plain_scratch_bytes,
                                     plain_begin, plain_count, plain_row,
                                     NULL,        NULL};
