/* A block of rows in the order of their k-mer at one position: a counting sort of row
 * numbers.
 *
 * The block is sorted as two halves with cursors of their own: where many rows share a
 * code, the case that a motif makes usual, two increments are under way instead of one that
 * waits for the last.  (Four halve nothing more: their ends no longer fit the L1 cache.)
 *
 * Bounds: 2^32 - 1 rows in a block, FMI_MAX_KMERS codes.  Cost: 1.5 ns a row, most of it
 * for reading rows that lie in the L3 cache.
 */
#include <string.h>

#include "group_rows.h"

enum { STRIP = 64, BLOCK = 1 << 18 };

size_t fmi_group_block(size_t n_rows)
{
    const size_t n_blocks = (n_rows + BLOCK / 2) / BLOCK; /* 2/3 to 3/2 of BLOCK each */

    return n_blocks < 2 ? n_rows : (n_rows + n_blocks - 1) / n_blocks;
}

void fmi_grouping_cut(fmi_cutter *cutter, size_t n_codes, size_t block, fmi_grouping *g)
{
    g->n_codes = n_codes;
    g->codes = fmi_cut(cutter, block, sizeof *g->codes);
    g->order = fmi_cut(cutter, block, sizeof *g->order);
    g->start = fmi_cut(cutter, n_codes + 2, sizeof *g->start);
    g->cursors = fmi_cut(cutter, 2 * (n_codes + 1), sizeof *g->cursors);
}

/* The code of each row, and how many rows of each half have it. */
static void count_codes(const fmi_seqs *seqs, size_t k, size_t i, size_t from, size_t n,
                        const fmi_grouping *g)
{
    const size_t half = n / 2;
    uint32_t *first = g->cursors, *second = first + g->n_codes + 1;
    uint16_t *codes = g->codes;

    memset(g->cursors, 0, 2 * (g->n_codes + 1) * sizeof *g->cursors);
    /* strips, so that some are counted while the next rows are on their way */
    for (size_t x = 0; x < half; x += STRIP) {
        const size_t end = half - x < STRIP ? half : x + STRIP;
        fmi_kmer_column(seqs, k, i, from + x, from + end, codes + x);
        fmi_kmer_column(seqs, k, i, from + half + x, from + half + end, codes + half + x);
        for (size_t y = x; y < end; y++) {
            first[codes[y]]++;
            second[codes[half + y]]++;
        }
    }
    if (n % 2 == 1) {
        fmi_kmer_column(seqs, k, i, from + n - 1, from + n, codes + n - 1);
        second[codes[n - 1]]++;
    }
}

void fmi_group_rows(const fmi_seqs *seqs, size_t k, size_t i, size_t from, size_t to,
                    const fmi_grouping *g)
{
    const size_t n = to - from, half = n / 2;
    uint32_t *first = g->cursors, *second = first + g->n_codes + 1;
    const uint16_t *codes = g->codes;
    uint32_t next = 0;

    count_codes(seqs, k, i, from, n, g);
    for (size_t code = 0; code <= g->n_codes; code++) { /* the last: a letter is missing */
        const uint32_t n_first = first[code], n_second = second[code];
        g->start[code] = next;
        first[code] = next;
        second[code] = next + n_first;
        next += n_first + n_second;
    }
    g->start[g->n_codes + 1] = next;
    for (size_t x = 0; x < half; x++) {
        g->order[first[codes[x]]++] = (uint32_t)x;
        g->order[second[codes[half + x]]++] = (uint32_t)(half + x);
    }
    if (n % 2 == 1) {
        g->order[second[codes[n - 1]]++] = (uint32_t)(n - 1);
    }
}
