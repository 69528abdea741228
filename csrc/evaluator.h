/* What mi.c and mi_rows.c share: the tables under evaluation. */
#ifndef FMI_EVALUATOR_H
#define FMI_EVALUATOR_H

#include "fmi_internal.h"

enum {
    FMI_SMALL = 4096,          /* counts below have their bin */
    FMI_BINS = FMI_SMALL + 16, /* distance of two histograms, which would share cache sets */
    FMI_MEMO = 4096
};

/* f(count + extra), direct-mapped by count. */
typedef struct {
    uint64_t count;
    double extra, value;
} fmi_known;

typedef struct {
    double coarse, fine; /* exact sums of multiples of q1 and of q2 */
    double round1, round2;
} fmi_exact_sum;

struct fmi_evaluator {
    size_t n_kmers, lanes;
    double pseudocount;
    uint64_t n[FMI_LANES];
    fmi_exact_sum sum[FMI_LANES];
    uint64_t n_large[FMI_LANES]; /* cells of FMI_SMALL counts and more, already in sum */
    fmi_known cells[FMI_MEMO], margins[FMI_MEMO];
    uint32_t seen; /* all counts in the bins, ORed */
    /* histograms: one a lane; or, of one lane, in turn, so that equal counts do not wait */
    uint32_t bins[FMI_LANES * FMI_BINS];
    uint32_t *row_sums, *column_sums; /* [n_kmers][lanes] */
};

/* A count of FMI_SMALL and more, in any order. */
void fmi_evaluator_large(fmi_evaluator *e, size_t lane, uint32_t count);

#endif
