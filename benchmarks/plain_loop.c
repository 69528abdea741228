/* The yardstick of benchmarks/run.py: joint counts by the loop that everybody writes first.
 *
 * columns[position][n_rows] are the codes of k-mers, made beforehand and not timed.  Pair p
 * has the positions pairs[2 p] and pairs[2 p + 1].  Its table of n_kmers x n_kmers is
 * cleared, then counted.  `step` is the distance from one table to the next: n_kmers^2 to
 * keep them all, 0 to use one again and again.  weighted_loop: the same with a weight a row,
 * one table of 64-bit cells again and again.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

void plain_loop(const uint16_t *columns, size_t n_rows, size_t n_kmers,
                const uint32_t *pairs, size_t n_pairs, uint32_t *tables, size_t step)
{
    for (size_t p = 0; p < n_pairs; p++) {
        const uint16_t *a = columns + pairs[2 * p] * n_rows;
        const uint16_t *b = columns + pairs[2 * p + 1] * n_rows;
        uint32_t *table = tables + p * step;

        memset(table, 0, n_kmers * n_kmers * sizeof *table);
        for (size_t n = 0; n < n_rows; n++) {
            table[a[n] * n_kmers + b[n]]++;
        }
    }
}

void weighted_loop(const uint16_t *columns, size_t n_rows, size_t n_kmers,
                   const uint64_t *weights, const uint32_t *pairs, size_t n_pairs,
                   uint64_t *table)
{
    for (size_t p = 0; p < n_pairs; p++) {
        const uint16_t *a = columns + pairs[2 * p] * n_rows;
        const uint16_t *b = columns + pairs[2 * p + 1] * n_rows;

        memset(table, 0, n_kmers * n_kmers * sizeof *table);
        for (size_t n = 0; n < n_rows; n++) {
            table[a[n] * n_kmers + b[n]] += weights[n];
        }
    }
}
