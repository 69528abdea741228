/* Groups of rows, counted by bits: the kernel for k >= 2 on four letters, and for any other
 * alphabet while its k-mers are few.
 *
 * 1. The rows are put in the order of their window of w letters at i (group_rows.c).  Rows
 *    of one group have the same k-mer at i, and at i + 1, ... i + w - k.
 * 2. 64 rows of a group become bit planes: for each position of the tile one word per
 *    "feature" of its letter, bit r belonging to row r (byte_columns).
 * 3. How many rows of the group have a k-mer b at j is then the number of bits set in the
 *    AND of k planes, added up over the group's words; LANES positions j at once.  Letters
 *    are never looked up, so the speed does not depend on them.
 * 4. The sums of a group are added to the counts of its k-mer at i, at i + 1, ...: one pass
 *    over the rows serves w - k + 1 positions i.
 *
 * Features.  With four letters and none missing: h and l, the two bits of the code, and
 * h & l.  The numbers of rows with each product of features, one a position or none, are
 * the moments of the table; the table follows from them (row), and those whose first
 * position has no feature are moments of the positions behind: 3/4 of 4^k numbers are
 * counted, not 4^k.  Otherwise: one plane a letter, and a missing letter is in none of
 * them.
 *
 * Bounds.  A group's words go through in chunks of CHUNK, so that planes stay in the L1 or
 * L2 cache and a sum below 64 CHUNK <= 2^16.  Four sums are added as 16-bit fields of a
 * word; before a k-mer at i would have seen more than task->most_rows (65,535) rows since,
 * its fields are added to 32-bit counts and start anew (widen).
 *
 * Cost, k = 3, four letters: sorting 1 ns a row and window, moving and turning it 1.7 ns,
 * 48 features x 3 operations on 512 (AVX-512), 256 or 128 bits for each 64 rows and
 * position; all of it shared by w - k + 1 pairs.  docs/performance.md has the measurements.
 */
#ifndef FMI_NAME
#include "simd_scalar.h"
#endif
#include "bit_planes.h"
#include "group_rows.h"

enum {
    GROUPS_CHUNK = 8,        /* words of 64 rows turned into planes at once */
    GROUPS_BLOCK = 1 << 18,  /* rows sorted at once: 6.5 MB at 100 letters */
    GROUPS_SIZE = 64,        /* rows that a group should have: below, padding costs more */
    GROUPS_WIDEST = 1024,    /* groups: beyond, sorting costs more than it saves */
    GROUPS_SMALL = 64,       /* k-mers: with more, adding a group's sums costs more than it
                              * saves to sort once for several i */
    GROUPS_FIELDS = 2 << 20, /* words of fields in a tile */
    GROUPS_MOST_K = 6,
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

typedef struct {
    groups_layout at;
    fmi_grouping rows;
    uint64_t *planes;  /* [GROUPS_CHUNK][n_planes][n_places] */
    uint64_t *fields;  /* [n_shifts][n_kmers][n_quads][n_counted], four 16-bit sums each */
    uint32_t *counts;  /* [n_shifts][n_kmers][4 n_quads][n_counted] */
    uint32_t *n_since; /* [n_shifts][n_kmers], rows in the fields */
    uint32_t *n_rows;  /* [n_shifts][n_kmers], rows in all */
    uint32_t *cells;   /* [n_kmers][FMI_LANES] */
    uint64_t *bits;    /* [9][n_places], of byte letters */
    uint8_t *tails[2]; /* the last rows again, and masks, with room to read past them */
    uint8_t *zeros, *ones;
} groups_scratch;

static size_t groups_power(size_t base, size_t exponent)
{
    size_t n = 1;

    while (exponent-- > 0) {
        n *= base;
    }
    return n;
}

/* Letters that come before a position in its byte or bytes: tiles begin at whole ones. */
static size_t groups_grain(const fmi_task *task)
{
    return task->seqs->n_letters != 4 ? 1 : task->has_missing ? 8 : 4;
}

/* The tile's first letter, and so the first position with planes and counts. */
static size_t groups_start(const fmi_task *task, const fmi_tile *tile)
{
    return tile->j0 / groups_grain(task) * groups_grain(task);
}

static groups_layout groups_lay_out(const fmi_task *task, const fmi_tile *tile)
{
    const size_t n_used = tile->j1 - groups_start(task, tile) + task->k - 1;
    const size_t k = task->k, letters = task->seqs->n_letters;
    const size_t per_chunk = letters == 4 ? 64 : 16; /* letters in 16 bytes */
    groups_layout at;

    at.moments = letters == 4 && !task->has_missing && k > 1;
    at.n_shifts = tile->i1 - tile->i0;
    at.width = k + at.n_shifts - 1;
    if (at.moments) {
        at.n_planes = 3;
        at.n_quads = 3 * groups_power(4, k - 2);
    } else {
        at.n_planes = fmi_round_up(letters, 4);
        at.n_quads = groups_power(letters, k - 1) * (at.n_planes / 4);
    }
    at.n_used = fmi_round_up(n_used, LANES);
    at.n_counted = fmi_round_up(n_used + FMI_LANES, 8); /* row reads that far */
    at.shape.n_letters = letters;
    at.shape.n_chunks = (n_used + per_chunk - 1) / per_chunk;
    at.shape.n_places = at.shape.n_chunks * per_chunk + 8 + k;
    return at;
}

/* The last rows, within so many bytes of the end, are read from a copy. */
static size_t groups_reach(const groups_layout *at)
{
    return 16 * (at->shape.n_chunks + 1);
}

/* Rows sorted at once: blocks of equal size, 2/3 to 4/3 of GROUPS_BLOCK where there are
 * several. */
static size_t groups_block(const fmi_task *task)
{
    const size_t n = task->seqs->n_rows;
    const size_t n_blocks = (n + GROUPS_BLOCK / 2) / GROUPS_BLOCK;

    return n_blocks < 2 ? n : (n + n_blocks - 1) / n_blocks;
}

static size_t groups_cut(const fmi_task *task, const fmi_tile *tile, void *memory,
                         groups_scratch *s)
{
    fmi_cutter cutter = {memory, 0};
    const groups_layout at = groups_lay_out(task, tile);
    const size_t tables = at.n_shifts * task->n_kmers;
    const size_t words = tables * at.n_quads * at.n_counted;

    (void)fmi_cut(&cutter, 1, sizeof *s); /* the description stands in front */
    s->at = at;
    fmi_grouping_cut(&cutter, groups_power(at.shape.n_letters, at.width),
                     groups_block(task), &s->rows);
    s->planes =
        fmi_cut(&cutter, GROUPS_CHUNK * at.n_planes * at.shape.n_places, sizeof *s->planes);
    s->n_since = fmi_cut(&cutter, tables, sizeof *s->n_since);
    s->n_rows = fmi_cut(&cutter, tables, sizeof *s->n_rows);
    s->cells = fmi_cut(&cutter, task->n_kmers * FMI_LANES, sizeof *s->cells);
    s->bits = fmi_cut(&cutter, 9 * at.shape.n_places, sizeof *s->bits);
    s->tails[0] = fmi_cut(&cutter, 2 * groups_reach(&at), 1);
    s->tails[1] = fmi_cut(&cutter, 2 * groups_reach(&at), 1);
    s->zeros = fmi_cut(&cutter, groups_reach(&at), 1);
    s->ones = fmi_cut(&cutter, groups_reach(&at), 1);
    s->fields = fmi_cut(&cutter, words, sizeof *s->fields);
    s->counts = fmi_cut(&cutter, 4 * words, sizeof *s->counts);
    return cutter.used;
}

/* The largest of the plan's tiles. */
static fmi_tile groups_largest(const fmi_task *task, const fmi_plan *plan)
{
    const size_t j0 = groups_grain(task) - 1;
    return (fmi_tile){0, plan->tile_i, j0, j0 + plan->tile_j};
}

static size_t groups_scratch_bytes(const fmi_task *task, const fmi_plan *plan)
{
    const fmi_tile tile = groups_largest(task, plan);
    groups_scratch s;

    return groups_cut(task, &tile, NULL, &s);
}

static void groups_plan(const fmi_task *task, fmi_plan *plan)
{
    const size_t n = groups_block(task), letters = task->seqs->n_letters;
    size_t codes = task->n_kmers;

    plan->tile_i = 1;
    /* a row with a missing letter has some of its window's k-mers, but not all */
    while (!task->has_missing && task->n_kmers <= GROUPS_SMALL &&
           task->k + plan->tile_i - 1 < GROUPS_MOST_K && codes * letters <= GROUPS_WIDEST &&
           n / (codes * letters) >= GROUPS_SIZE) {
        codes *= letters;
        plan->tile_i++;
    }
    for (plan->tile_j = 128; plan->tile_j > FMI_LANES; plan->tile_j /= 2) {
        const fmi_tile tile = groups_largest(task, plan);
        const groups_layout at = groups_lay_out(task, &tile);
        if (at.n_shifts * task->n_kmers * at.n_quads * at.n_counted <= GROUPS_FIELDS) {
            break;
        }
    }
    plan->block = n > 0 ? n : 1;
    plan->lanes = FMI_LANES;
}

static void groups_begin(const fmi_task *task, const fmi_tile *tile, void *scratch)
{
    groups_scratch s;

    (void)groups_cut(task, tile, scratch, &s);
    const groups_layout *at = &s.at;
    const size_t tables = at->n_shifts * task->n_kmers;
    memcpy(scratch, &s, sizeof s);
    memset(s.planes, 0,
           GROUPS_CHUNK * at->n_planes * at->shape.n_places * sizeof *s.planes);
    memset(s.n_since, 0, tables * sizeof *s.n_since);
    memset(s.n_rows, 0, tables * sizeof *s.n_rows);
    memset(s.tails[0], 0, 2 * groups_reach(at));
    memset(s.tails[1], 0, 2 * groups_reach(at));
    memset(s.zeros, 0, groups_reach(at));
    memset(s.ones, 0xFF, groups_reach(at));
}

/* --------------------------------------------------------------- planes to counts */

/* Where the planes of a run of quads stand, at position 0 of the first word: the features
 * of the first letters, in common to the run; of the letter before the last, one a quad,
 * the first quad having none; and of the last letter, four a quad. */
typedef struct {
    const uint64_t *prefix[GROUPS_MOST_K];
    size_t n_prefix;
    const uint64_t *middle, *last;
    size_t quad;
} groups_run;

/* Moments: all quads with the same features but for the last two letters.  With k = 2 there
 * is nothing before these two, and the quad without a feature at j is no quad. */
static groups_run groups_moment_run(const groups_layout *at, size_t k, size_t run,
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
static groups_run groups_letter_run(const groups_layout *at, size_t k, size_t quad,
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

static void groups_add(const groups_layout *at, size_t k, const uint64_t *planes,
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

/* Move the fields of one k-mer at one i to its 32-bit counts. */
static void groups_widen(const groups_scratch *s, size_t table)
{
    const groups_layout *at = &s->at;
    const uint64_t *fields = s->fields + table * at->n_quads * at->n_counted;
    uint32_t *counts = s->counts + table * at->n_quads * at->n_counted * 4;

    if (s->n_since[table] == s->n_rows[table]) { /* for the first time */
        memset(counts, 0, at->n_quads * at->n_counted * 4 * sizeof *counts);
    }
    for (size_t quad = 0; quad < at->n_quads; quad++) {
        for (size_t f = 0; f < 4; f++) {
            for (size_t p = 0; p < at->n_counted; p++) {
                counts[f * at->n_counted + p] += (uint32_t)(fields[p] >> 16 * f & 0xFFFF);
            }
        }
        fields += at->n_counted;
        counts += 4 * at->n_counted;
    }
    s->n_since[table] = 0;
}

/* Count n rows of one group, which is a chunk at most. */
static void groups_count_chunk(const fmi_task *task, const groups_scratch *s, size_t code,
                               size_t n, size_t n_words)
{
    const groups_layout *at = &s->at;
    uint64_t *fields[GROUPS_MOST_K];
    size_t after = groups_power(at->shape.n_letters, at->n_shifts - 1);

    for (size_t shift = 0; shift < at->n_shifts; shift++, after /= at->shape.n_letters) {
        const size_t table = shift * task->n_kmers + code / after % task->n_kmers;
        fields[shift] = s->fields + table * at->n_quads * at->n_counted;
        if (s->n_since[table] + n > task->most_rows) {
            groups_widen(s, table);
        }
        if (s->n_since[table] == 0) {
            memset(fields[shift], 0, at->n_quads * at->n_counted * sizeof **fields);
        }
        s->n_since[table] += (uint32_t)n;
        s->n_rows[table] += (uint32_t)n;
    }
    groups_add(at, task->k, s->planes, n_words, fields);
}

static void groups_count(const fmi_task *task, const fmi_tile *tile, size_t from, size_t to,
                         void *scratch)
{
    const fmi_seqs *seqs = task->seqs;
    const groups_scratch s = *(const groups_scratch *)scratch;
    const groups_layout *at = &s.at;
    const size_t start = groups_start(task, tile), reach = groups_reach(at);
    const size_t most =
        task->most_rows / 64 < GROUPS_CHUNK ? task->most_rows / 64 : GROUPS_CHUNK;
    const int packed = seqs->n_letters == 4, masked = packed && task->has_missing;
    const row_source rows = row_source_open(
        seqs->rows, fmi_row_bytes(seqs->length, seqs->n_letters), seqs->n_rows,
        packed ? start / 4 : start, reach, s.tails[0], packed ? s.zeros : s.ones);
    row_source masks = rows;
    if (masked) {
        masks = row_source_open(seqs->mask, fmi_mask_bytes(seqs->length), seqs->n_rows,
                                start / 8, reach, s.tails[1], s.ones);
    }

    fmi_group_rows(seqs, at->width, tile->i0, from, to, &s.rows);
    for (size_t code = 0; code < s.rows.n_codes; code++) {
        const size_t end = s.rows.start[code + 1];
        for (size_t x = s.rows.start[code]; x < end; x += 64 * most) {
            const size_t n = end - x < 64 * most ? end - x : 64 * most;
            const size_t n_words = (n + 63) / 64;
            for (size_t w = 0; w < n_words; w++) {
                const uint8_t *row[64], *mask[64];
                const uint32_t *order = s.rows.order + x + 64 * w;
                const size_t next = x + 64 * w + 64 < end ? x + 64 * w + 64 : end;
                const size_t here = n - 64 * w < 64 ? n - 64 * w : 64;
                uint64_t *planes = s.planes + w * at->n_planes * at->shape.n_places;
                if (next < s.rows.start[s.rows.n_codes]) {
                    row_source_ahead(&rows, s.rows.order + next, from,
                                     s.rows.start[s.rows.n_codes] - next);
                }
                row_source_64(&rows, order, from, here, row);
                if (masked) {
                    row_source_64(&masks, order, from, here, mask);
                    planes_of_masked(&at->shape, row, mask, planes);
                } else if (packed && at->moments) {
                    planes_of_moments(&at->shape, row, planes);
                } else if (packed) {
                    for (size_t r = 0; r < 64; r++) {
                        mask[r] = r < here ? s.zeros : s.ones;
                    }
                    planes_of_masked(&at->shape, row, mask, planes);
                } else {
                    planes_of_letters(&at->shape, row, s.bits, planes);
                }
            }
            groups_count_chunk(task, &s, code, n, n_words);
        }
    }
}

/* --------------------------------------------------------------- counts to tables */

/* From moments to counts, in place: position by position of the k-mer,
 * T = hl, G = h - hl, C = l - hl, A = 1 - h - l + hl. */
static void groups_from_moments(uint32_t *cells, size_t n_kmers)
{
    for (size_t step = FMI_LANES; step < n_kmers * FMI_LANES; step *= 4) {
        for (size_t from = 0; from < n_kmers * FMI_LANES; from += 4 * step) {
            for (size_t x = from; x < from + step; x += FMI_LANES) {
                fmi_lanes one = lanes_load(cells + x), h = lanes_load(cells + x + step);
                fmi_lanes l = lanes_load(cells + x + 2 * step);
                const fmi_lanes t = lanes_load(cells + x + 3 * step);
                const fmi_lanes g = h - t, c = l - t;
                lanes_store(cells + x, one - g - c - t);
                lanes_store(cells + x + step, c);
                lanes_store(cells + x + 2 * step, g);
            }
        }
    }
}

/* Feature f (of all quads) at FMI_LANES positions from p on. */
static inline void groups_feature(const groups_scratch *s, size_t table, size_t f, size_t p,
                                  uint32_t *to)
{
    const groups_layout *at = &s->at;
    const size_t quads = table * at->n_quads;

    if (s->n_since[table] > 0) {
        const uint64_t *fields = s->fields + (quads + f / 4) * at->n_counted + p;
        for (size_t lane = 0; lane < FMI_LANES; lane++) {
            to[lane] = (uint32_t)(fields[lane] >> 16 * (f % 4) & 0xFFFF);
        }
    } else {
        memset(to, 0, FMI_LANES * sizeof *to);
    }
    if (s->n_since[table] < s->n_rows[table]) {
        const uint32_t *counts = s->counts + (4 * quads + f) * at->n_counted + p;
        for (size_t lane = 0; lane < FMI_LANES; lane++) {
            to[lane] += counts[lane];
        }
    }
}

/* All four features of a quad, the usual case fast. */
static inline void groups_feature_quad(const groups_scratch *s, size_t table, size_t quad,
                                       size_t p, uint32_t *to)
{
    const groups_layout *at = &s->at;

    if (s->n_since[table] !=
        s->n_rows[table]) { /* some are in the counts, or there is none */
        for (size_t f = 0; f < 4; f++) {
            groups_feature(s, table, 4 * quad + f, p, to + f * FMI_LANES);
        }
        return;
    }
    const uint64_t *fields = s->fields + (table * at->n_quads + quad) * at->n_counted + p;
    for (size_t lane = 0; lane < FMI_LANES; lane++) {
        to[lane] = (uint32_t)(fields[lane] & 0xFFFF);
        to[lane + FMI_LANES] = (uint32_t)(fields[lane] >> 16 & 0xFFFF);
        to[lane + 2 * FMI_LANES] = (uint32_t)(fields[lane] >> 32 & 0xFFFF);
        to[lane + 3 * FMI_LANES] = (uint32_t)(fields[lane] >> 48);
    }
}

/* The 4^k moments: those with a feature at j stand together, those without are moments of
 * the positions behind. */
static void groups_row_of_moments(const groups_scratch *s, size_t table, size_t n_kmers,
                                  size_t p)
{
    const size_t n_later = n_kmers / 4; /* moments without a feature at j */

    for (size_t lane = 0; lane < FMI_LANES; lane++) {
        s->cells[lane] = s->n_rows[table];
    }
    for (size_t b = 1; b < n_later; b++) {
        size_t f = b, later = 0;
        while (f < n_later) {
            f *= 4;
            later++;
        }
        groups_feature(s, table, f - n_later, p + later, s->cells + b * FMI_LANES);
    }
    for (size_t b = n_later; b < n_kmers; b += 4) {
        groups_feature_quad(s, table, (b - n_later) / 4, p, s->cells + b * FMI_LANES);
    }
    groups_from_moments(s->cells, n_kmers);
}

static const uint32_t *groups_row(const fmi_task *task, const fmi_tile *tile, size_t i,
                                  size_t j, size_t a, void *scratch)
{
    const groups_scratch *s = scratch;
    const groups_layout *at = &s->at;
    const size_t table = (i - tile->i0) * task->n_kmers + a;
    const size_t p = j - groups_start(task, tile), n_letters = at->shape.n_letters;

    if (s->n_rows[table] == 0) {
        memset(s->cells, 0, task->n_kmers * FMI_LANES * sizeof *s->cells);
        return s->cells;
    }
    if (at->moments) {
        groups_row_of_moments(s, table, task->n_kmers, p);
    } else {
        for (size_t b = 0; b < task->n_kmers; b++) {
            const size_t f = b / n_letters * at->n_planes + b % n_letters;
            groups_feature(s, table, f, p, s->cells + b * FMI_LANES);
        }
    }
    lanes_clear(s->cells, task->n_kmers, tile->j1 - j);
    return s->cells;
}

const fmi_kernel FMI_NAME(fmi_groups) = {
    "groups-" FMI_ISA_TEXT,
    groups_plan,
    groups_scratch_bytes,
    groups_begin,
    groups_count,
    groups_row,
    NULL,
};
