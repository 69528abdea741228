/* What x2.c, x2_rows.c and their callers share: tables on their way to X^2. */
#ifndef FMI_X2_H
#define FMI_X2_H

#include "fmi_internal.h"

/* FMI_LANES tables side by side, or one; arrays are [n_kmers][lanes]. */
typedef struct {
    size_t n_kmers, lanes;
    double scale, damping;
    uint64_t *rows, *columns;                 /* margins */
    double *row_weights, *row_products;       /* w = 1 / (r + s); w r */
    double *column_weights, *column_products; /* v = 1 / (c + t); v c */
    double n[FMI_LANES], margins[FMI_LANES];  /* margins: sum w r^2 times sum v c^2 */
    double squares[FMI_LANES], products[FMI_LANES];
} fmi_x2;

/* Whether scale is not above 0, or damping below 0, or one of them too large. */
int fmi_x2_bad(double scale, double damping);
size_t fmi_x2_bytes(size_t n_kmers, size_t lanes);
fmi_x2 *fmi_x2_init(void *memory, size_t n_kmers, size_t lanes, double scale,
                    double damping);
/* New tables: first their margins, by rows of k-mer a = 0, 1, ... or those of one lane at
 * once; then ready; then all rows once more; then end. */
void fmi_x2_begin(fmi_x2 *x);
void fmi_x2_margins(fmi_x2 *x, size_t a, const uint32_t *counts, const uint64_t *weights);
void fmi_x2_known(fmi_x2 *x, size_t lane, const uint64_t *rows, const uint64_t *columns);
void fmi_x2_ready(fmi_x2 *x);
typedef void fmi_x2_row_taker(fmi_x2 *x, size_t a, const uint32_t *cells);
fmi_x2_row_taker fmi_x2_row_scalar, fmi_x2_row_avx2, fmi_x2_row_avx512;
fmi_x2_row_taker *fmi_x2_row_taker_pick(int isa); /* dispatch.c */
void fmi_x2_weights(fmi_x2 *x, size_t a, const uint64_t *cells);
/* X^2 of a lane, and what it counts; NaN where it is empty. */
double fmi_x2_end(const fmi_x2 *x, size_t lane, uint64_t *n, uint64_t *margins);

#endif
