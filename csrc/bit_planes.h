/* 64 rows to bit planes: for each position one word per feature of its letter, in which bit
 * r says whether row r has it.  Included by kernels, once per instruction set, after a
 * simd_*.h.
 *
 * Sixteen bytes of a row are read at once, from the byte of the tile's first letter on;
 * bytes of the next row that this brings are features of positions that nobody asks for.
 */
#ifndef FMI_BIT_PLANES_H
#define FMI_BIT_PLANES_H

#include "row_source.h"

/* Planes of one word of rows: [feature][n_places], from the tile's first letter on. */
typedef struct {
    size_t n_letters; /* of the alphabet */
    size_t n_chunks;  /* of 16 bytes */
    size_t n_places;  /* positions; n_chunks cover fewer */
} plane_shape;

/* 64 rows, or n of them and nothing. */
static inline void row_source_64(const row_source *source, const uint32_t *order,
                                 size_t from, size_t n, const uint8_t *rows[64])
{
    for (size_t r = 0; r < n; r++) {
        rows[r] = row_source_at(source, from + order[r]);
    }
    for (size_t r = n; r < 64; r++) {
        rows[r] = source->nothing;
    }
}

static inline void planes_of_moments(const plane_shape *at, const uint8_t *const rows[64],
                                     uint64_t *planes)
{
    uint64_t *h = planes, *l = h + at->n_places, *hl = l + at->n_places;

    for (size_t chunk = 0; chunk < at->n_chunks; chunk++) {
        uint64_t bit[128];
        const size_t p = 64 * chunk;
        byte_columns(rows, 16 * chunk, bit);
        for (size_t x = 0; x < 64; x++) {
            h[p + x] = bit[2 * x];
            l[p + x] = bit[2 * x + 1];
            hl[p + x] = bit[2 * x] & bit[2 * x + 1];
        }
    }
}

/* Four letters, one plane each; nothing where the mask says that the letter is missing. */
static inline void planes_of_masked(const plane_shape *at, const uint8_t *const rows[64],
                                    const uint8_t *const masks[64], uint64_t *planes)
{
    for (size_t chunk = 0; chunk < at->n_chunks; chunk++) {
        uint64_t bit[128], missing[128];
        uint64_t *out = planes + 64 * chunk;
        byte_columns(rows, 16 * chunk, bit);
        byte_columns(masks, 8 * chunk, missing);
        for (size_t x = 0; x < 64; x++) {
            const uint64_t h = bit[2 * x], l = bit[2 * x + 1];
            const uint64_t known = ~missing[x];
            out[x] = known & ~h & ~l;
            out[at->n_places + x] = known & ~h & l;
            out[2 * at->n_places + x] = known & h & ~l;
            out[3 * at->n_places + x] = known & h & l;
        }
    }
}

/* One plane a letter: the AND of the bits of its code, each as it is or inverted.  Four
 * letters differ in the last two bits only and share the others.  `other` has the bits that
 * no letter's code has, ORed: where one is set, the byte is no letter.  (Planes behind the
 * last letter's, up to a multiple of four, hold anything and are not read.) */
static inline void planes_of_letters(const plane_shape *at, const uint8_t *const rows[64],
                                     uint64_t *scratch, uint64_t *planes)
{
    const size_t step = at->n_places, n_places = 16 * at->n_chunks;
    uint64_t *other = scratch + 8 * step;
    size_t n_bits = 2;

    while (((size_t)1 << n_bits) < at->n_letters) {
        n_bits++;
    }
    for (size_t chunk = 0; chunk < at->n_chunks; chunk++) {
        uint64_t bits[128];
        byte_columns(rows, 16 * chunk, bits);
        for (size_t x = 0; x < 16; x++) {
            uint64_t any = 0;
            for (size_t b = 0; b < 8 - n_bits; b++) {
                any |= bits[8 * x + b];
            }
            other[16 * chunk + x] = any;
            for (size_t b = 0; b < n_bits; b++) {
                scratch[b * step + 16 * chunk + x] = bits[8 * x + 8 - n_bits + b];
            }
        }
    }
    for (size_t p = 0; p < n_places; p += LANES) {
        const vec h = vec_load(scratch + (n_bits - 2) * step + p);
        const vec l = vec_load(scratch + (n_bits - 1) * step + p);
        const vec last[4] = {~h & ~l, ~h & l, h & ~l, h & l};
        for (size_t code = 0; code < at->n_letters; code += 4) {
            uint64_t *to = planes + code * step + p;
            vec first = ~vec_load(other + p);
            for (size_t b = 0; b < n_bits - 2; b++) {
                const vec bit = vec_load(scratch + b * step + p);
                first &= code >> (n_bits - 1 - b) & 1 ? bit : ~bit;
            }
            for (size_t f = 0; f < 4; f++) {
                vec_store(to + f * step, first & last[f]);
            }
        }
    }
}

#endif
