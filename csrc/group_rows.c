/* A block of rows in the order of their k-mer at one position: a counting sort of row numbers.
 *
 * A block has at most 2^32 rows and a k-mer at most FMI_MAX_KMERS codes, so that what is
 * written while sorting (an index of rows, a few cursors a code) stays near the core.  Four
 * cursors a code walk through four quarters of the block: where many rows share a code, the
 * case that a motif makes usual, four increments are under way instead of one.
 * Cost: about 1.1 ns a row, twice a few instructions.
 */
#include <string.h>

#include "fmi_internal.h"
#include "group_rows.h"

enum { QUARTERS = 4 };


void fmi_grouping_cut(fmi_cutter *cutter, size_t n_codes, size_t block, fmi_grouping *g)
{
    g->n_codes = n_codes;
    g->codes = fmi_cut(cutter, block, sizeof *g->codes);
    g->order = fmi_cut(cutter, block, sizeof *g->order);
    g->start = fmi_cut(cutter, n_codes + 2, sizeof *g->start);
    g->cursors = fmi_cut(cutter, QUARTERS * (n_codes + 1), sizeof *g->cursors);
}

void fmi_group_rows(const fmi_seqs *seqs, size_t k, size_t i, size_t from, size_t to,
                    fmi_grouping *g)
{
    const size_t n = to - from, quarter = n / QUARTERS, width = g->n_codes + 1;
    const uint16_t *codes = g->codes;
    uint32_t *c0 = g->cursors, *c1 = c0 + width, *c2 = c1 + width, *c3 = c2 + width;
    uint32_t next = 0;

    fmi_kmer_column(seqs, k, i, from, to, g->codes);
    memset(g->cursors, 0, QUARTERS * width * sizeof *g->cursors);
    for (size_t x = 0; x < quarter; x++) {
        c0[codes[x]]++;
        c1[codes[x + quarter]]++;
        c2[codes[x + 2 * quarter]]++;
        c3[codes[x + 3 * quarter]]++;
    }
    for (size_t x = QUARTERS * quarter; x < n; x++) {
        c3[codes[x]]++;
    }
    for (size_t code = 0; code < width; code++) { /* the last: rows with a missing letter */
        g->start[code] = next;
        for (size_t q = 0; q < QUARTERS; q++) {
            const uint32_t rows = g->cursors[q * width + code];
            g->cursors[q * width + code] = next;
            next += rows;
        }
    }
    g->start[width] = next;
    for (size_t x = 0; x < quarter; x++) {
        g->order[c0[codes[x]]++] = (uint32_t)x;
        g->order[c1[codes[x + quarter]]++] = (uint32_t)(x + quarter);
        g->order[c2[codes[x + 2 * quarter]]++] = (uint32_t)(x + 2 * quarter);
        g->order[c3[codes[x + 3 * quarter]]++] = (uint32_t)(x + 3 * quarter);
    }
    for (size_t x = QUARTERS * quarter; x < n; x++) {
        g->order[c3[codes[x]]++] = (uint32_t)x;
    }
}
