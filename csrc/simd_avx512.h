/* Words of 64 rows in AVX-512: eight at once, and an instruction that counts their bits.
 * What the names mean stands in simd_scalar.h.
 */
#ifndef FMI_SIMD_AVX512_H
#define FMI_SIMD_AVX512_H

#include <immintrin.h>
#include <string.h>

#include "fmi_internal.h"
#include "simd_lanes.h"

#define FMI_NAME(kernel) kernel##_avx512
#define FMI_ISA_TEXT     "avx512"

typedef uint64_t vec __attribute__((vector_size(64)));

enum { LANES = 8, COUNT_MOST = 1023 };

static inline vec vec_load(const uint64_t *at)
{
    return (vec)_mm512_loadu_si512(at);
}

static inline void vec_store(uint64_t *at, vec x)
{
    _mm512_storeu_si512(at, (__m512i)x);
}

static inline vec vec_count(vec n, vec x)
{
    return n + (vec)_mm512_popcnt_epi64((__m512i)x);
}

static inline vec vec_total(vec n)
{
    return n;
}

static inline __m512i four_rows(const uint8_t *const rows[64], size_t r, size_t offset)
{
    __m512i x = _mm512_castsi128_si512(_mm_loadu_si128((const void *)(rows[r] + offset)));

    x = _mm512_inserti32x4(x, _mm_loadu_si128((const void *)(rows[r + 16] + offset)), 1);
    x = _mm512_inserti32x4(x, _mm_loadu_si128((const void *)(rows[r + 32] + offset)), 2);
    return _mm512_inserti32x4(x, _mm_loadu_si128((const void *)(rows[r + 48] + offset)), 3);
}

/* Four perfect shuffles of bytes transpose 16 x 16 of them in each 128-bit part; then a
 * register holds one byte of 64 rows.  The affine instruction, with the unit vectors as its
 * x and the data as its matrix, transposes the bits of every eight rows; a permutation of
 * bytes puts those of the same bit side by side. */
static inline void byte_columns(const uint8_t *const rows[64], size_t offset,
                                uint64_t out[128])
{
    const __m512i units = _mm512_set1_epi64(INT64_C(0x0102040810204080));
    const __m512i eighths =
        _mm512_set_epi64(INT64_C(0x3F372F271F170F07), INT64_C(0x3E362E261E160E06),
                         INT64_C(0x3D352D251D150D05), INT64_C(0x3C342C241C140C04),
                         INT64_C(0x3B332B231B130B03), INT64_C(0x3A322A221A120A02),
                         INT64_C(0x3931292119110901), INT64_C(0x3830282018100800));
    __m512i x[16], y[16];

    for (size_t r = 0; r < 16; r++) {
        x[r] = four_rows(rows, r ^ 7, offset); /* the matrix counts its rows from below */
    }
    for (size_t stage = 0; stage < 2; stage++) {
        for (size_t r = 0; r < 8; r++) {
            y[2 * r] = _mm512_unpacklo_epi8(x[r], x[r + 8]);
            y[2 * r + 1] = _mm512_unpackhi_epi8(x[r], x[r + 8]);
        }
        for (size_t r = 0; r < 8; r++) {
            x[2 * r] = _mm512_unpacklo_epi8(y[r], y[r + 8]);
            x[2 * r + 1] = _mm512_unpackhi_epi8(y[r], y[r + 8]);
        }
    }
    for (size_t b = 0; b < 16; b++) {
        const __m512i bits = _mm512_gf2p8affine_epi64_epi8(units, x[b], 0);
        _mm512_storeu_si512(out + 8 * b, _mm512_permutexvar_epi8(eighths, bits));
    }
}

/* A table of 32 numbers in four registers; two permutations and a choice look up eight. */
static inline __m512d look_up(const __m512d table[4], __m512i at)
{
    const __m512d low = _mm512_permutex2var_pd(table[0], at, table[1]);
    const __m512d high = _mm512_permutex2var_pd(table[2], at, table[3]);

    return _mm512_mask_mov_pd(low, _mm512_test_epi64_mask(at, _mm512_set1_epi64(16)), high);
}

static inline void lanes_look_up(const uint32_t *cells, size_t n, const double *coarse,
                                 const double *fine, double *sum_coarse, double *sum_fine)
{
    __m512d c[4], f[4], sum_c[2], sum_f[2];

    for (size_t q = 0; q < 4; q++) {
        c[q] = _mm512_loadu_pd(coarse + 8 * q);
        f[q] = _mm512_loadu_pd(fine + 8 * q);
    }
    for (size_t half = 0; half < 2; half++) {
        sum_c[half] = _mm512_loadu_pd(sum_coarse + 8 * half);
        sum_f[half] = _mm512_loadu_pd(sum_fine + 8 * half);
    }
    for (size_t x = 0; x < n; x += FMI_LANES) {
        for (size_t half = 0; half < 2; half++) {
            const __m512i at = _mm512_cvtepu32_epi64(
                _mm256_loadu_si256((const void *)(cells + x + 8 * half)));
            sum_c[half] = _mm512_add_pd(sum_c[half], look_up(c, at));
            sum_f[half] = _mm512_add_pd(sum_f[half], look_up(f, at));
        }
    }
    for (size_t half = 0; half < 2; half++) {
        _mm512_storeu_pd(sum_coarse + 8 * half, sum_c[half]);
        _mm512_storeu_pd(sum_fine + 8 * half, sum_f[half]);
    }
}

#endif
