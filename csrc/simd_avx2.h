/* Words of 64 rows in AVX2: four at once, their bits counted by half bytes.
 * What the names mean stands in simd_scalar.h.
 */
#ifndef FMI_SIMD_AVX2_H
#define FMI_SIMD_AVX2_H

#include <immintrin.h>
#include <string.h>

#include "fmi_internal.h"
#include "simd_lanes.h"

#define FMI_NAME(kernel) kernel##_avx2
#define FMI_ISA_TEXT     "avx2"

typedef uint64_t vec __attribute__((vector_size(32)));

enum { LANES = 4, COUNT_MOST = 31 };

static inline vec vec_load(const uint64_t *at)
{
    return (vec)_mm256_loadu_si256((const void *)at);
}

static inline void vec_store(uint64_t *at, vec x)
{
    _mm256_storeu_si256((void *)at, (__m256i)x);
}

/* In each byte the number of its bits (at most 8), so that 31 words fit; looked up by half
 * bytes (Mula, Kurz, Lemire 2018). */
static inline vec vec_count(vec n, vec x)
{
    const __m256i bits = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0,
                                          1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i half = _mm256_set1_epi8(0x0F);
    const __m256i low = _mm256_and_si256((__m256i)x, half);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16((__m256i)x, 4), half);
    const __m256i both =
        _mm256_add_epi8(_mm256_shuffle_epi8(bits, low), _mm256_shuffle_epi8(bits, high));

    return (vec)_mm256_add_epi8((__m256i)n, both);
}

static inline vec vec_total(vec n)
{
    return (vec)_mm256_sad_epu8((__m256i)n, _mm256_setzero_si256());
}

/* Four perfect shuffles of bytes transpose 16 x 16 of them in each 128-bit part; then a
 * register holds one byte of 32 rows, whose top bits are gathered eight times. */
static inline void half_columns(const uint8_t *const *rows, size_t offset,
                                uint64_t out[128], unsigned shift)
{
    __m256i x[16], y[16];

    for (size_t r = 0; r < 16; r++) {
        const __m128i low = _mm_loadu_si128((const void *)(rows[r] + offset));
        const __m128i high = _mm_loadu_si128((const void *)(rows[r + 16] + offset));
        x[r] = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    }
    for (size_t stage = 0; stage < 2; stage++) {
        for (size_t r = 0; r < 8; r++) {
            y[2 * r] = _mm256_unpacklo_epi8(x[r], x[r + 8]);
            y[2 * r + 1] = _mm256_unpackhi_epi8(x[r], x[r + 8]);
        }
        for (size_t r = 0; r < 8; r++) {
            x[2 * r] = _mm256_unpacklo_epi8(y[r], y[r + 8]);
            x[2 * r + 1] = _mm256_unpackhi_epi8(y[r], y[r + 8]);
        }
    }
    for (size_t b = 0; b < 16; b++) {
        __m256i byte = x[b];
        for (size_t bit = 0; bit < 8; bit++) {
            const uint64_t top = (uint32_t)_mm256_movemask_epi8(byte);
            out[8 * b + bit] |= top << shift;
            byte = _mm256_add_epi8(byte, byte);
        }
    }
}

static inline void byte_columns(const uint8_t *const rows[64], size_t offset,
                                uint64_t out[128])
{
    memset(out, 0, 128 * sizeof *out);
    half_columns(rows, offset, out, 0);
    half_columns(rows + 32, offset, out, 32);
}

#endif
