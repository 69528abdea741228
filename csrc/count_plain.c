/* The plain kernel: one table a pair, one increment a row.  The yardstick for all others.
 *
 * A block of rows is turned into columns of k-mer codes once per tile, then every pair of
 * the tile runs down its two columns.  At k = 3 the pair's table (16.5 KiB) and its two
 * columns (2 x 8 KiB) share the L1 cache; the columns of the whole tile stay in L2.
 * Measured by benchmarks/run.py.
 */
#include "fmi_internal.h"

enum { ROWS = 4096 };

static size_t scratch_bytes(size_t k, size_t side)
{
    (void)k;
    return 2 * side * ROWS * sizeof(uint16_t); /* the columns of side i's and side j's */
}

static void count(const fmi_seqs *seqs, size_t k, size_t from, size_t to,
                  const fmi_tile *tile, void *scratch)
{
    uint16_t *columns_i = scratch;
    uint16_t *columns_j = columns_i + (tile->i1 - tile->i0) * ROWS;
    const size_t rows = to - from;

    for (size_t i = tile->i0; i < tile->i1; i++) {
        fmi_kmer_column(seqs, k, i, from, to, columns_i + (i - tile->i0) * ROWS);
    }
    for (size_t j = tile->j0; j < tile->j1; j++) {
        fmi_kmer_column(seqs, k, j, from, to, columns_j + (j - tile->j0) * ROWS);
    }
    for (size_t i = tile->i0; i < tile->i1; i++) {
        const uint16_t *FMI_RESTRICT a = columns_i + (i - tile->i0) * ROWS;
        uint32_t *FMI_RESTRICT table = tile->first[i - tile->i0];
        for (size_t j = fmi_first_j(tile, i, k); j < tile->j1; j++, table += tile->cells) {
            const uint16_t *FMI_RESTRICT b = columns_j + (j - tile->j0) * ROWS;
            for (size_t n = 0; n < rows; n++) {
                table[(size_t)a[n] * tile->stride + b[n]]++;
            }
        }
    }
}

const fmi_kernel fmi_kernel_plain = {"plain", ROWS, scratch_bytes, count};
