/* One row of the tables on their way to X^2: two sums a lane.
 *
 * Compiled once per instruction set (isa_*.c): sixteen lanes are two vectors of doubles.
 * Each lane adds its cells in order, as one lane alone does, so that all have the same bits.
 */
#ifndef FMI_NAME
#include "simd_scalar.h"
#endif
#include "x2.h"

enum { HALF = FMI_LANES / 2 };

typedef uint32_t half_counts __attribute__((vector_size(4 * HALF)));
typedef double half_sums __attribute__((vector_size(8 * HALF)));
/* The same at any address, read and written there: no vector lies on the stack, where the
 * frames of a sanitizer are not aligned for the widest. */
typedef uint32_t counts_anywhere
    __attribute__((vector_size(4 * HALF), aligned(4), may_alias));
typedef double sums_anywhere __attribute__((vector_size(8 * HALF), aligned(8), may_alias));

#define READ(type, at) (*(const type *)(const void *)(at))
#define ADD(at, x)     (*(sums_anywhere *)(void *)(at) += (x))

void FMI_NAME(fmi_x2_row)(fmi_x2 *x, size_t a, const uint32_t *cells)
{
    const size_t lanes = x->lanes;
    const double *weights = x->row_weights + a * lanes;
    const double *row_products = x->row_products + a * lanes;

    if (lanes == 1) {
        double square = 0.0, product = 0.0;
        for (size_t b = 0; b < x->n_kmers; b++) {
            const double n = (double)cells[b];
            square += n * n * x->column_weights[b];
            product += n * x->column_products[b];
        }
        x->squares[0] += square * weights[0];
        x->products[0] += product * row_products[0];
        return;
    }
    for (size_t h = 0; h < FMI_LANES; h += HALF) {
        half_sums square = {0}, product = {0};
        for (size_t b = 0; b < x->n_kmers; b++) {
            const size_t at = b * FMI_LANES + h;
            const half_counts counts = READ(counts_anywhere, cells + at);
            const half_sums n = __builtin_convertvector(counts, half_sums);
            square += n * n * READ(sums_anywhere, x->column_weights + at);
            product += n * READ(sums_anywhere, x->column_products + at);
        }
        ADD(x->squares + h, square * READ(sums_anywhere, weights + h));
        ADD(x->products + h, product * READ(sums_anywhere, row_products + h));
    }
}

#undef READ
#undef ADD
