/* One row of the tables under evaluation: margins, and how many cells hold which count.
 *
 * Compiled once per instruction set (isa_*.c): the sums are over sixteen lanes at once, the
 * histograms sixteen increments in sixteen arrays, so that none waits for another.  Empty
 * cells need no bin: mi.c takes them together.  Cost: about a cycle a cell;
 * a third of that where the row has only counts below FMI_FEW and their f fit in registers.
 */
#ifndef FMI_NAME
#include "simd_scalar.h"
#endif
#include "evaluator.h"

/* Sums over the row; returns the OR of all its cells.  n is a multiple of FMI_LANES. */
static uint32_t row_add(const uint32_t *cells, size_t n, uint32_t *column_sums,
                        uint32_t part[FMI_LANES])
{
    fmi_lanes sum = {0}, seen = {0};
    uint32_t each[FMI_LANES], all = 0;

    for (size_t x = 0; x < n; x += FMI_LANES) {
        const fmi_lanes c = lanes_load(cells + x);
        lanes_store(column_sums + x, lanes_load(column_sums + x) + c);
        sum += c;
        seen |= c;
    }
    memcpy(part, &sum, sizeof sum);
    memcpy(each, &seen, sizeof seen);
    for (size_t lane = 0; lane < FMI_LANES; lane++) {
        all |= each[lane];
    }
    return all;
}

/* All counts have bins: no question is asked but, where most cells are empty, whether
 * sixteen are.  Every block of bins up to the largest count is taken as used. */
static void row_bin(fmi_evaluator *e, const uint32_t *cells, size_t n, uint32_t seen,
                    int mostly_empty)
{
    for (size_t x = 0; x < n; x += FMI_LANES) {
        uint64_t some = 1;
        if (mostly_empty) {
            uint64_t two[FMI_LANES / 2];
            memcpy(two, cells + x, sizeof two);
            some =
                (two[0] | two[1] | two[2] | two[3]) | (two[4] | two[5] | two[6] | two[7]);
        }
        for (size_t lane = 0; some != 0 && lane < FMI_LANES; lane++) {
            e->bins[lane * FMI_BINS + cells[x + lane]]++;
        }
    }
    e->used |= ~UINT64_C(0) >> (FMI_BLOCKS - 1 - seen / 64);
}

/* The same where a count may have no bin, or cells are few. */
static void row_bin_some(fmi_evaluator *e, const uint32_t *cells, size_t n)
{
    for (size_t x = 0; x < n; x++) {
        const size_t lane = x % FMI_LANES;
        if (cells[x] >= FMI_SMALL) {
            fmi_evaluator_large(e, e->lanes == 1 ? 0 : lane, cells[x]);
        } else if (cells[x] > 0) {
            e->bins[lane * FMI_BINS + cells[x]]++;
            e->used |= UINT64_C(1) << cells[x] / 64;
        }
    }
}

void FMI_NAME(fmi_evaluator_row)(fmi_evaluator *e, size_t a, const uint32_t *cells)
{
    const size_t lanes = e->lanes, n = e->n_kmers * lanes;
    const size_t whole = n / FMI_LANES * FMI_LANES;
    uint32_t *row_sums = e->row_sums + a * lanes;
    uint32_t part[FMI_LANES];
    uint32_t seen = row_add(cells, whole, e->column_sums, part);

    for (size_t x = whole; x < n; x++) { /* of one lane */
        part[0] += cells[x];
        e->column_sums[x] += cells[x];
        seen |= cells[x];
    }
    memset(row_sums, 0, lanes * sizeof *row_sums);
    for (size_t lane = 0; lane < FMI_LANES; lane++) {
        row_sums[lanes == 1 ? 0 : lane] += part[lane];
    }
    if (FMI_LOOKS_UP && lanes > 1 && seen < FMI_FEW && e->with_few) {
        lanes_look_up(cells, n, e->few_coarse, e->few_fine, e->sums.coarse, e->sums.fine);
        return;
    }
    if (seen < FMI_SMALL && e->n_kmers >= 64) {
        row_bin(e, cells, whole, seen, lanes == 1 && row_sums[0] < n / 8);
        row_bin_some(e, cells + whole, n - whole);
    } else if (seen > 0) {
        row_bin_some(e, cells, n);
    }
}
