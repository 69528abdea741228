/* A block of rows in the order of their k-mer at one position (group_rows.c). */
#ifndef FMI_GROUP_ROWS_H
#define FMI_GROUP_ROWS_H

#include "fmi_internal.h"

typedef struct {
    size_t n_codes;
    uint16_t *codes; /* of each row of the block */
    uint32_t *order; /* rows, less `from`: those of code 0 first; missing k-mers last */
    uint32_t *start; /* rows of code c: order[start[c] .. start[c + 1]) */
    uint32_t *cursors;
} fmi_grouping;

/* Rows to sort at once, of so many: what lies in the L3 cache (6.5 MB at 100 packed letters),
 * in blocks of equal size. */
size_t fmi_group_block(size_t n_rows);

void fmi_grouping_cut(fmi_cutter *cutter, size_t n_codes, size_t block, fmi_grouping *g);

/* Rows from .. to-1 (a block at most) by their k-mer at i; n_codes is that of this k. */
void fmi_group_rows(const fmi_seqs *seqs, size_t k, size_t i, size_t from, size_t to,
                    const fmi_grouping *g);

#endif
