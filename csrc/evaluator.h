/* What mi.c and mi_rows.c share: the tables under evaluation. */
#ifndef FMI_EVALUATOR_H
#define FMI_EVALUATOR_H

#include "fmi_internal.h"

enum {
    FMI_SMALL = 4096, /* counts below have their bin */
    FMI_BINS =
        FMI_SMALL + 16, /* distance of two histograms, which would share cache sets */
    FMI_BLOCKS = FMI_SMALL / 64,
    FMI_FEW = 32, /* counts below are looked up in registers, if wide enough */
    FMI_MEMO = 4096
};

/* f(count + extra), direct-mapped by count. */
typedef struct {
    uint64_t count;
    double extra, value;
} fmi_known;

/* Sums that are exact, one a lane: of multiples of q1 and of q2. */
typedef struct {
    double coarse[FMI_LANES], fine[FMI_LANES];
    double round1[FMI_LANES], round2[FMI_LANES];
    double coarse0[FMI_LANES], fine0[FMI_LANES]; /* f0 of an empty cell */
} fmi_exact_sums;

/* f(c + 1) - f(c), split as the sums are. */
typedef struct {
    double coarse, fine;
} fmi_step;

struct fmi_evaluator {
    size_t n_kmers, lanes;
    double pseudocount;
    uint64_t n[FMI_LANES];
    double extra[FMI_LANES]; /* what each cell gets of the pseudocount */
    fmi_exact_sums sums;
    /* f - f0 of the smallest counts, split as the sums are; if all lanes have the same n */
    int with_few;
    double few_coarse[FMI_FEW], few_fine[FMI_FEW];
    fmi_known cells[FMI_MEMO], margins[FMI_MEMO];
    /* for all lanes, if with_few; c = 0 .. n_kmers - 1 */
    fmi_step *steps;
    double steps_extra, steps_round; /* what they were made for */
    uint64_t used; /* bit b: some of the 64 bins from 64 b on may hold something */
    /* histograms: one a lane; or, of one lane, in turn, so that equal counts do not wait */
    uint32_t bins[FMI_LANES * FMI_BINS];
    /* margins [n_kmers][lanes]; those of a table of weights, in the same memory, if weighed */
    uint32_t *row_sums, *column_sums;
    uint64_t *row_weights, *column_weights;
    int weighed;
};

/* A count of FMI_SMALL and more, in any order. */
void fmi_evaluator_large(fmi_evaluator *e, size_t lane, uint32_t count);

#endif
