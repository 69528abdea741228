/* clang-format off */
/* Words of 64 rows in plain C.
 *
 * The three files simd_*.h give the kernels one vocabulary:
 *   vec                  LANES words of 64 bits; &, |, ~, + and << work on it
 *   vec_load, vec_store  from and to any address
 *   vec_count(n, x)      n plus the number of bits set in each word of x, in a form of its own
 *   vec_total(n)         that form as LANES numbers; at most COUNT_MOST words may be in it
 *   byte_columns         sixteen bytes of 64 rows to columns of bits (below)
 * gcc and clang compile a vec of two words to what every x86-64 and AArch64 has.
 */
/* clang-format on */
#ifndef FMI_SIMD_SCALAR_H
#define FMI_SIMD_SCALAR_H

#include <string.h>

#include "fmi_internal.h"
#include "simd_lanes.h"

#define FMI_NAME(kernel) kernel##_scalar
#define FMI_ISA_TEXT     "scalar"

typedef uint64_t vec __attribute__((vector_size(16)));

enum { LANES = sizeof(vec) / sizeof(uint64_t), COUNT_MOST = 31 };

static inline vec vec_load(const uint64_t *at)
{
    vec x;
    memcpy(&x, at, sizeof x);
    return x;
}

static inline void vec_store(uint64_t *at, vec x)
{
    memcpy(at, &x, sizeof x);
}

/* In each byte the number of its bits (at most 8), so that 31 words fit. */
static inline vec vec_count(vec n, vec x)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);

    x = x - (x >> 1 & ones * 0x55);
    x = (x & ones * 0x33) + (x >> 2 & ones * 0x33);
    return n + ((x + (x >> 4)) & ones * 0x0F);
}

static inline vec vec_total(vec n)
{
    const uint64_t bytes = UINT64_C(0x00FF00FF00FF00FF);

    n = (n & bytes) + (n >> 8 & bytes);
    n = n + (n >> 16);
    return (n + (n >> 32)) & 0xFFFF;
}

/* An 8 x 8 matrix of bits or of bytes, transposed by swapping its halves, quarters, eighths
 * (Warren, Hacker's Delight, 7-3). */
static inline uint64_t transpose_bits(uint64_t x)
{
    uint64_t t = (x ^ (x >> 7)) & UINT64_C(0x00AA00AA00AA00AA);
    x ^= t ^ (t << 7);
    t = (x ^ (x >> 14)) & UINT64_C(0x0000CCCC0000CCCC);
    x ^= t ^ (t << 14);
    t = (x ^ (x >> 28)) & UINT64_C(0x00000000F0F0F0F0);
    return x ^ t ^ (t << 28);
}

static inline void swap_parts(uint64_t *a, uint64_t *b, unsigned shift, uint64_t keep)
{
    const uint64_t t = (*a >> shift ^ *b) & keep;
    *b ^= t;
    *a ^= t << shift;
}

static inline void transpose_bytes(uint64_t x[8])
{
    for (size_t q = 0; q < 4; q++) {
        swap_parts(x + q, x + q + 4, 32, UINT64_C(0x00000000FFFFFFFF));
    }
    for (size_t q = 0; q < 8; q += 4) {
        swap_parts(x + q, x + q + 2, 16, UINT64_C(0x0000FFFF0000FFFF));
        swap_parts(x + q + 1, x + q + 3, 16, UINT64_C(0x0000FFFF0000FFFF));
    }
    for (size_t q = 0; q < 8; q += 2) {
        swap_parts(x + q, x + q + 1, 8, UINT64_C(0x00FF00FF00FF00FF));
    }
}

/* Sixteen bytes of each of 64 rows: bit r of out[8 byte + bit] is that bit of row r, bit 0
 * being the top one. */
static inline void byte_columns(const uint8_t *const rows[64], size_t offset,
                                uint64_t out[128])
{
    for (size_t half = 0; half < 16; half += 8) {
        uint64_t x[8][8]; /* [byte][eight rows] */
        for (size_t q = 0; q < 8; q++) {
            uint64_t y[8];
            for (size_t r = 0; r < 8; r++) {
                const uint8_t *at = rows[8 * q + r] + offset + half;
                y[r] = (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 |
                       (uint64_t)at[3] << 24 | (uint64_t)at[4] << 32 |
                       (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 |
                       (uint64_t)at[7] << 56;
            }
            transpose_bytes(y);
            for (size_t b = 0; b < 8; b++) {
                x[b][q] = transpose_bits(y[b]);
            }
        }
        for (size_t b = 0; b < 8; b++) {
            transpose_bytes(x[b]);
            for (size_t bit = 0; bit < 8; bit++) {
                out[8 * (half + b) + bit] = x[b][7 - bit];
            }
        }
    }
}

#endif
