/* FMI_LANES counts side by side, added and subtracted by whatever the compiler has. */
#ifndef FMI_SIMD_LANES_H
#define FMI_SIMD_LANES_H

#include <string.h>

#include "fmi_internal.h"

#if !defined(__GNUC__)
#error "the kernels need gcc or clang: vectors of integers"
#endif

typedef uint32_t fmi_lanes __attribute__((vector_size(4 * FMI_LANES)));

/* Macros, because a vector wider than the instruction set's cannot be returned */
#define lanes_load(at)     (((const lanes_anywhere *)(const void *)(at))->lanes)
#define lanes_store(at, x) (((lanes_anywhere *)(void *)(at))->lanes = (x))

typedef struct __attribute__((packed, aligned(4), may_alias)) {
    fmi_lanes lanes;
} lanes_anywhere;

/* Zeros in lanes n and beyond of n_cells x FMI_LANES cells. */
static inline void lanes_clear(uint32_t *cells, size_t n_cells, size_t n)
{
    for (size_t x = 0; n < FMI_LANES && x < n_cells; x++) {
        memset(cells + x * FMI_LANES + n, 0, (FMI_LANES - n) * sizeof *cells);
    }
}

/* Moments of one letter to counts of four, in place:
 * T = hl, G = h - hl, C = l - hl, A = one - h - l + hl, in the order A, C, G, T. */
static inline void lanes_from_moments(uint32_t *one, uint32_t *h, uint32_t *l,
                                      const uint32_t *hl)
{
    const fmi_lanes t = lanes_load(hl), g = lanes_load(h) - t, c = lanes_load(l) - t;

    lanes_store(one, lanes_load(one) - g - c - t);
    lanes_store(h, c);
    lanes_store(l, g);
}

/* Whether there is lanes_look_up(cells, n, coarse, fine, sum_coarse, sum_fine): for each of
 * n cells, below FMI_FEW, coarse[cell] added to its lane's sum_coarse, and the same for
 * fine. */
#ifdef FMI_SIMD_AVX512_H
#define FMI_LOOKS_UP 1
#else
#define FMI_LOOKS_UP                                                0
#define lanes_look_up(cells, n, coarse, fine, sum_coarse, sum_fine) ((void)0)
#endif

#endif
