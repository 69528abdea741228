/* Bit planes of one group's rows to sums: how many of them have which letters where.
 *
 * A "quad" is the four sums that differ in the last letter of the k-mer only: its features
 * h, l, h & l and none, or four letters.  They are counted for LANES positions at once and
 * added, as four 16-bit fields of a word, to the fields of every k-mer that the group has
 * at i, i + 1, ...  Quads that share their first letters are counted in one run, as far as
 * registers hold their sums: the planes of these letters are then loaded and ANDed once.
 * Included by count_groups.c, once per instruction set.
 */
#ifndef FMI_GROUP_BITS_H
#define FMI_GROUP_BITS_H

#include "bit_planes.h"

enum {
    GROUPS_MOST_K = 6,      /* letters of a window that serves several i; so shifts, too */
    GROUPS_MOST_PREFIX = 8, /* letters before the last: 2^9 k-mers are more than it takes */
    GROUPS_QUADS = LANES == 8 ? 4 : 1 /* counted at once: as many as registers hold */
};

/* How a tile is laid out; a pure function of task and tile. */
typedef struct {
    int moments;
    size_t width;    /* letters of the window at i */
    size_t n_shifts; /* positions i that the window serves: all of the tile */
    size_t n_planes; /* a position */
    size_t n_quads;  /* four features of the last letter, for each prefix */
    plane_shape shape;
    size_t n_used;    /* positions counted; all from the tile's first letter on */
    size_t n_counted; /* positions with room for counts */
} groups_layout;

static inline size_t groups_power(size_t base, size_t exponent)
{
    size_t n = 1;

    while (exponent-- > 0) {
        n *= base;
    }
    return n;
}

/* Where the planes of a run of quads stand, at position 0 of the first word: the features
 * of the first letters, in common to the run; of the letter before the last, one a quad,
 * the first quad having none; and of the last letter, four a quad. */
typedef struct {
    const uint64_t *prefix[GROUPS_MOST_PREFIX];
    size_t n_prefix;
    const uint64_t *middle, *last;
    size_t quad;
} groups_run;

/* Moments: all quads with the same features but for the last two letters.  With k = 2 there
 * is nothing before these two, and the quad without a feature at j is no quad. */
static inline groups_run groups_moment_run(const groups_layout *at, size_t k, size_t run,
                                           const uint64_t *planes)
{
    groups_run r = {{NULL}, 0, planes + k - 2, planes + k - 1, 4 * run};
    size_t rest = k > 2 ? run + groups_power(4, k - 3) : 0;

    for (size_t t = k - 2; t-- > 0; rest /= 4) {
        if (rest % 4 > 0) {
            r.prefix[r.n_prefix++] = planes + (rest % 4 - 1) * at->shape.n_places + t;
        }
    }
    return r;
}

/* Letters: one quad. */
static inline groups_run groups_letter_run(const groups_layout *at, size_t k, size_t quad,
                                           const uint64_t *planes)
{
    const size_t a_prefix = at->n_planes / 4, n_letters = at->shape.n_letters;
    groups_run r = {{NULL}, 0, NULL, NULL, quad};
    size_t rest = quad / a_prefix;

    for (size_t t = k - 1; t-- > 0; rest /= n_letters) {
        r.prefix[r.n_prefix++] = planes + rest % n_letters * at->shape.n_places + t;
    }
    r.last = planes + 4 * (quad % a_prefix) * at->shape.n_places + k - 1;
    return r;
}

static inline vec groups_pack(const vec n[4])
{
    return vec_total(n[0]) | vec_total(n[1]) << 16 | vec_total(n[2]) << 32 |
           vec_total(n[3]) << 48;
}

/* The sums of quads q0 .. q1-1 of a run at LANES positions from p on, four 16-bit fields a
 * quad. */
static inline void groups_count_moments(const groups_run *r, size_t n_prefix, size_t q0,
                                        size_t q1, size_t step, size_t n_words, size_t p,
                                        vec sums[4])
{
    vec n[4][4] = {{{0}, {0}, {0}, {0}},
                   {{0}, {0}, {0}, {0}},
                   {{0}, {0}, {0}, {0}},
                   {{0}, {0}, {0}, {0}}};

    for (size_t x = p; x < p + 3 * step * n_words; x += 3 * step) {
        vec quad[4] = {{0}, {0}, {0}, {0}}, last[3];
        for (size_t f = 0; f < 3; f++) {
            last[f] = vec_load(r->last + f * step + x);
        }
        if (n_prefix > 0) {
            quad[0] = vec_load(r->prefix[0] + x);
            for (size_t t = 1; t < n_prefix; t++) {
                quad[0] &= vec_load(r->prefix[t] + x);
            }
        }
        for (size_t q = q0; q < q1; q++) {
            if (q > 0) {
                quad[q] = vec_load(r->middle + (q - 1) * step + x);
                quad[q] = n_prefix > 0 ? quad[q] & quad[0] : quad[q];
            }
            n[q][0] = vec_count(n[q][0], quad[q]); /* the moment without the last letter */
            for (size_t f = 0; f < 3; f++) {
                n[q][f + 1] = vec_count(n[q][f + 1], quad[q] & last[f]);
            }
        }
    }
    for (size_t q = q0; q < q1; q++) {
        sums[q] = groups_pack(n[q]);
    }
}

static inline void groups_count_letters(const groups_run *r, size_t n_prefix, size_t step,
                                        size_t word_step, size_t n_words, size_t p,
                                        vec sums[1])
{
    vec n[4] = {{0}, {0}, {0}, {0}};

    for (size_t x = p; x < p + word_step * n_words; x += word_step) {
        vec last[4];
        for (size_t f = 0; f < 4; f++) {
            last[f] = vec_load(r->last + f * step + x);
        }
        if (n_prefix > 0) {
            vec prefix = vec_load(r->prefix[0] + x);
            for (size_t t = 1; t < n_prefix; t++) {
                prefix &= vec_load(r->prefix[t] + x);
            }
            for (size_t f = 0; f < 4; f++) {
                last[f] &= prefix;
            }
        }
        for (size_t f = 0; f < 4; f++) {
            n[f] = vec_count(n[f], last[f]);
        }
    }
    sums[0] = groups_pack(n);
}

/* Add a run's sums at all positions to the fields of the k-mers at i, i + 1, ... */
static inline void groups_add_run(const groups_run *r, size_t n_prefix, int moments,
                                  size_t n_shifts, const groups_layout *at, size_t n_words,
                                  uint64_t *const *fields)
{
    const size_t step = at->shape.n_places;
    /* with k = 2 there is no quad 0 */
    const size_t first = moments && n_prefix == 0, n_quads = moments ? 4 : 1;

    for (size_t p = 0; p < at->n_used; p += LANES) {
        vec sums[4];
        if (!moments) {
            groups_count_letters(r, n_prefix, step, at->n_planes * step, n_words, p, sums);
        } else if (GROUPS_QUADS == 4) {
            groups_count_moments(r, n_prefix, first, 4, step, n_words, p, sums);
        } else {
            if (first == 0) {
                groups_count_moments(r, n_prefix, 0, 1, step, n_words, p, sums);
            }
            groups_count_moments(r, n_prefix, 1, 2, step, n_words, p, sums);
            groups_count_moments(r, n_prefix, 2, 3, step, n_words, p, sums);
            groups_count_moments(r, n_prefix, 3, 4, step, n_words, p, sums);
        }
        for (size_t shift = 0; shift < n_shifts; shift++) {
            uint64_t *to = fields[shift] + p;
            for (size_t q = first; q < n_quads; q++, to += at->n_counted) {
                vec_store(to, vec_load(to) + sums[q]);
            }
        }
    }
}

/* The same with what is constant in a task made constant in the loops. */
static inline void groups_add_shifts(const groups_run *r, size_t n_shifts,
                                     const groups_layout *at, size_t n_words,
                                     uint64_t *const *fields)
{
    if (at->moments && r->n_prefix == 0) {
        groups_add_run(r, 0, 1, n_shifts, at, n_words, fields);
    } else if (at->moments && r->n_prefix == 1) {
        groups_add_run(r, 1, 1, n_shifts, at, n_words, fields);
    } else if (at->moments && r->n_prefix == 2) {
        groups_add_run(r, 2, 1, n_shifts, at, n_words, fields);
    } else if (at->moments) {
        groups_add_run(r, r->n_prefix, 1, n_shifts, at, n_words, fields);
    } else if (r->n_prefix == 0) {
        groups_add_run(r, 0, 0, n_shifts, at, n_words, fields);
    } else if (r->n_prefix == 1) {
        groups_add_run(r, 1, 0, n_shifts, at, n_words, fields);
    } else {
        groups_add_run(r, r->n_prefix, 0, n_shifts, at, n_words, fields);
    }
}

static inline void groups_add(const groups_layout *at, size_t k, const uint64_t *planes,
                              size_t n_words, uint64_t *const *tables)
{
    const size_t n_runs = at->moments ? (at->n_quads + 3) / 4 : at->n_quads;

    for (size_t run = 0; run < n_runs; run++) {
        const groups_run r = at->moments ? groups_moment_run(at, k, run, planes)
                                         : groups_letter_run(at, k, run, planes);
        uint64_t *fields[GROUPS_MOST_K];
        for (size_t shift = 0; shift < at->n_shifts; shift++) {
            fields[shift] = tables[shift] + r.quad * at->n_counted;
        }
        if (at->n_shifts == 1) {
            groups_add_shifts(&r, 1, at, n_words, fields);
        } else if (at->n_shifts == 2) {
            groups_add_shifts(&r, 2, at, n_words, fields);
        } else if (at->n_shifts == 3) {
            groups_add_shifts(&r, 3, at, n_words, fields);
        } else {
            groups_add_shifts(&r, at->n_shifts, at, n_words, fields);
        }
    }
}

#endif
