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

void FMI_NAME(fmi_x2_row)(fmi_x2 *x, size_t a, const uint32_t *cells)
{
    const size_t lanes = x->lanes;
    double squares[FMI_LANES] = {0}, products[FMI_LANES] = {0};

    if (lanes == FMI_LANES) {
        for (size_t h = 0; h < FMI_LANES; h += HALF) {
            half_sums square = {0}, product = {0};
            for (size_t b = 0; b < x->n_kmers; b++) {
                half_counts counts;
                half_sums weights, expected;
                memcpy(&counts, cells + b * FMI_LANES + h, sizeof counts);
                memcpy(&weights, x->column_weights + b * FMI_LANES + h, sizeof weights);
                memcpy(&expected, x->column_products + b * FMI_LANES + h, sizeof expected);
                const half_sums n = __builtin_convertvector(counts, half_sums);
                square += n * n * weights;
                product += n * expected;
            }
            memcpy(squares + h, &square, sizeof square);
            memcpy(products + h, &product, sizeof product);
        }
    } else {
        for (size_t b = 0; b < x->n_kmers; b++) {
            const double n = (double)cells[b];
            squares[0] += n * n * x->column_weights[b];
            products[0] += n * x->column_products[b];
        }
    }
    for (size_t lane = 0; lane < lanes; lane++) {
        x->squares[lane] += squares[lane] * x->row_weights[a * lanes + lane];
        x->products[lane] += products[lane] * x->row_products[a * lanes + lane];
    }
}
