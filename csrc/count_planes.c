/* Bit planes against bit planes: the kernel for single letters, four of them, none missing.
 *
 * 64 rows become, for each position, three words: h and l, the two bits of the letter's
 * code, and h & l (bit_planes.h).  The number of rows with feature d at i and feature e at
 * j is the number of bits set in the AND of two words; nine such sums a pair, with the
 * three of each position alone, are the moments of its table of 16 cells, and the table
 * follows from them. No letter is looked up and nothing is sorted, so the speed does not
 * depend on the data.
 *
 * A block of WORDS words is turned into planes, then each position i of the tile runs
 * against LANES positions j at a time: 9 x (AND, count, add) for LANES x 64 rows.
 *
 * Bounds.  A sum over a block is below 64 WORDS <= 2^16.  Three sums are added as 16-bit
 * fields of a word; before they would have seen more than task->most_rows (65,535) rows,
 * they are added to 32-bit counts and cleared (widen).
 *
 * Cost with AVX-512: 27 operations on 512 bits for 512 rows of a pair, less than a fifth
 * of a nanosecond; turning rows into planes is shared by the tile.
 */
#ifndef FMI_NAME
#include "simd_scalar.h"
#endif
#include "bit_planes.h"

enum {
    PLANES_WORDS = COUNT_MOST < 32 ? COUNT_MOST : 32,
    PLANES_BLOCK = 1 << 15, /* rows in one call */
    PLANES_GRAIN = 4        /* letters in a byte */
};

/* One side of a tile: positions from its first whole byte on. */
typedef struct {
    size_t start, n_used, n_counted; /* first; with counts; with room for counts */
    plane_shape shape;
    uint64_t *planes; /* [PLANES_WORDS][3][shape.n_places] */
    uint64_t *fields; /* [n_counted], three sums each: features at this position */
    uint32_t *counts; /* [3][n_counted] */
    uint8_t *tail;
} planes_side;

typedef struct {
    planes_side i, j;
    uint64_t *fields;           /* [i][3][j.n_counted], three sums each */
    uint32_t *counts;           /* [i][3][3][j.n_counted] */
    uint32_t *n_since, *n_rows; /* rows in the fields; what all rows count */
    uint32_t *shift;            /* each row in the fields counts 2^shift times */
    uint32_t *cells;            /* [16][FMI_LANES] */
    uint8_t *zeros;
} planes_scratch;

static void planes_cut_side(fmi_cutter *cutter, size_t from, size_t to, planes_side *side)
{
    side->start = from / PLANES_GRAIN * PLANES_GRAIN;
    side->n_used = fmi_round_up(to - side->start, 8);
    side->n_counted = side->n_used + FMI_LANES; /* row reads that far */
    side->shape.n_letters = 4;
    side->shape.n_chunks = (side->n_used + 63) / 64;
    side->shape.n_places = 64 * side->shape.n_chunks + 8;
    side->planes =
        fmi_cut(cutter, 3 * PLANES_WORDS * side->shape.n_places, sizeof(uint64_t));
    side->fields = fmi_cut(cutter, side->n_counted, sizeof *side->fields);
    side->counts = fmi_cut(cutter, 3 * side->n_counted, sizeof *side->counts);
    side->tail = fmi_cut(cutter, 32 * (side->shape.n_chunks + 1), 1);
}

static size_t planes_cut(const fmi_tile *tile, void *memory, planes_scratch *s)
{
    fmi_cutter cutter = {memory, 0};

    planes_cut_side(&cutter, tile->i0, tile->i1, &s->i);
    planes_cut_side(&cutter, tile->j0, tile->j1, &s->j);
    const size_t words = (tile->i1 - tile->i0) * 3 * s->j.n_counted;
    s->fields = fmi_cut(&cutter, words, sizeof *s->fields);
    s->counts = fmi_cut(&cutter, 3 * words, sizeof *s->counts);
    s->n_since = fmi_cut(&cutter, 1, sizeof *s->n_since);
    s->n_rows = fmi_cut(&cutter, 1, sizeof *s->n_rows);
    s->shift = fmi_cut(&cutter, 1, sizeof *s->shift);
    s->cells = fmi_cut(&cutter, 16 * FMI_LANES, sizeof *s->cells);
    s->zeros = fmi_cut(&cutter, 16 * (s->i.shape.n_chunks + s->j.shape.n_chunks + 1), 1);
    return cutter.used;
}

static void planes_plan(const fmi_task *task, fmi_plan *plan)
{
    (void)task;
    *plan = (fmi_plan){32, 128, PLANES_BLOCK, FMI_LANES};
}

static size_t planes_scratch_bytes(const fmi_task *task, const fmi_plan *plan)
{
    const size_t worst = PLANES_GRAIN - 1; /* letters before the first one's byte begins */
    const fmi_tile tile = {worst, worst + plan->tile_i, worst, worst + plan->tile_j};
    planes_scratch s;

    (void)task;
    return planes_cut(&tile, NULL, &s);
}

static void planes_begin(const fmi_task *task, const fmi_tile *tile, void *scratch)
{
    planes_scratch s;

    (void)task;
    /* fields, counts, numbers of rows start at zero; the tails' rests are read as letters
     */
    memset(scratch, 0, planes_cut(tile, scratch, &s));
}

/* Sixteen-bit fields to the 32-bit counts behind them. */
static void planes_widen_row(uint64_t *fields, uint32_t *counts, size_t n, uint32_t shift)
{
    for (size_t f = 0; f < 3; f++) {
        for (size_t p = 0; p < n; p++) {
            counts[f * n + p] += (uint32_t)(fields[p] >> 16 * f & 0xFFFF) << shift;
        }
    }
    memset(fields, 0, n * sizeof *fields);
}

static void planes_widen(const planes_scratch *s, size_t n_i)
{
    planes_widen_row(s->i.fields, s->i.counts, s->i.n_counted, *s->shift);
    planes_widen_row(s->j.fields, s->j.counts, s->j.n_counted, *s->shift);
    for (size_t row = 0; row < 3 * n_i; row++) {
        planes_widen_row(s->fields + row * s->j.n_counted,
                         s->counts + 3 * row * s->j.n_counted, s->j.n_counted, *s->shift);
    }
    *s->n_since = 0;
}

static void planes_fill(const fmi_seqs *seqs, const planes_side *side, size_t from,
                        size_t n, const uint8_t *zeros)
{
    const row_source source = row_source_open(
        seqs->rows, fmi_row_bytes(seqs->length, 4), seqs->n_rows,
        side->start / PLANES_GRAIN, 16 * (side->shape.n_chunks + 1), side->tail, zeros);

    for (size_t w = 0; 64 * w < n; w++) {
        const uint8_t *rows[64];
        uint32_t order[64];
        for (uint32_t r = 0; r < 64; r++) {
            order[r] = r;
        }
        row_source_64(&source, order, from + 64 * w, n - 64 * w < 64 ? n - 64 * w : 64,
                      rows);
        planes_of_moments(&side->shape, rows, side->planes + w * 3 * side->shape.n_places);
    }
}

static inline vec planes_pack(const vec n[3])
{
    return vec_total(n[0]) | vec_total(n[1]) << 16 | vec_total(n[2]) << 32;
}

/* The features of each position alone. */
static void planes_add_side(const planes_side *side, size_t n_words)
{
    const size_t step = side->shape.n_places;

    for (size_t p = 0; p < side->n_used; p += LANES) {
        vec n[3] = {{0}, {0}, {0}};
        for (size_t w = 0; w < n_words; w++) {
            for (size_t e = 0; e < 3; e++) {
                n[e] = vec_count(n[e], vec_load(side->planes + (3 * w + e) * step + p));
            }
        }
        vec_store(side->fields + p, vec_load(side->fields + p) + planes_pack(n));
    }
}

/* The nine sums of a position i with LANES positions j, from p on. */
static inline void planes_add_pair(const planes_scratch *s, size_t at_i, size_t n_words,
                                   size_t p, uint64_t *fields)
{
    const size_t step_i = s->i.shape.n_places, step_j = s->j.shape.n_places;
    const uint64_t *x = s->i.planes + at_i, *y = s->j.planes + p;
    vec n[3][3] = {{{0}, {0}, {0}}, {{0}, {0}, {0}}, {{0}, {0}, {0}}};

    for (size_t w = 0; w < n_words; w++, x += 3 * step_i, y += 3 * step_j) {
        for (size_t d = 0; d < 3; d++) {
            for (size_t e = 0; e < 3; e++) {
                n[d][e] = vec_count(n[d][e], vec_load(y + e * step_j) & x[d * step_i]);
            }
        }
    }
    for (size_t d = 0; d < 3; d++) {
        uint64_t *to = fields + d * s->j.n_counted + p;
        vec_store(to, vec_load(to) + planes_pack(n[d]));
    }
}

static void planes_count(const fmi_task *task, const fmi_tile *tile, size_t from, size_t to,
                         unsigned shift, void *scratch)
{
    const size_t most =
        task->most_rows / 64 < PLANES_WORDS ? task->most_rows / 64 : PLANES_WORDS;
    const size_t n_i = tile->i1 - tile->i0;
    planes_scratch s;

    (void)planes_cut(tile, scratch, &s);
    if (shift != *s.shift) {
        planes_widen(&s, n_i);
        *s.shift = shift;
    }
    for (; from < to; from += 64 * most) {
        const size_t n = to - from < 64 * most ? to - from : 64 * most;
        const size_t n_words = (n + 63) / 64;
        if (*s.n_since + n > task->most_rows) {
            planes_widen(&s, n_i);
        }
        *s.n_since += (uint32_t)n;
        *s.n_rows += (uint32_t)n << shift;
        planes_fill(task->seqs, &s.i, from, n, s.zeros);
        planes_fill(task->seqs, &s.j, from, n, s.zeros);
        planes_add_side(&s.i, n_words);
        planes_add_side(&s.j, n_words);
        for (size_t p = 0; p < s.j.n_used; p += LANES) {
            for (size_t i = 0; i < n_i && tile->i0 + i < s.j.start + p + LANES; i++) {
                planes_add_pair(&s, tile->i0 + i - s.i.start, n_words, p,
                                s.fields + 3 * i * s.j.n_counted);
            }
        }
    }
}

/* Three sums at FMI_LANES positions from p on, fields and counts together. */
static void planes_sums(const uint64_t *fields, const uint32_t *counts, size_t n, size_t p,
                        uint32_t sums[3][FMI_LANES])
{
    for (size_t f = 0; f < 3; f++) {
        for (size_t lane = 0; lane < FMI_LANES; lane++) {
            sums[f][lane] =
                counts[f * n + p + lane] + (uint32_t)(fields[p + lane] >> 16 * f & 0xFFFF);
        }
    }
}

static const uint32_t *planes_row(const fmi_task *task, const fmi_tile *tile, size_t i,
                                  size_t j, size_t a, void *scratch)
{
    uint32_t(*cells)[4][FMI_LANES], alone[3][FMI_LANES];
    planes_scratch s;

    (void)task;
    (void)planes_cut(tile, scratch, &s);
    cells = (void *)s.cells;
    if (a == 0) { /* all four rows at once; the others are there already */
        const size_t n = s.j.n_counted, p = j - s.j.start;
        planes_sums(s.j.fields, s.j.counts, n, p, cells[0] + 1);
        planes_sums(s.i.fields, s.i.counts, s.i.n_counted, i - s.i.start, alone);
        for (size_t lane = 0; lane < FMI_LANES; lane++) {
            cells[0][0][lane] = *s.n_rows;
            for (size_t d = 0; d < 3; d++) {
                cells[d + 1][0][lane] = alone[d][0];
            }
        }
        for (size_t d = 0; d < 3; d++) {
            const size_t row = 3 * (i - tile->i0) + d;
            planes_sums(s.fields + row * n, s.counts + 3 * row * n, n, p, cells[d + 1] + 1);
        }
        for (size_t d = 0; d < 4; d++) {
            lanes_from_moments(cells[d][0], cells[d][1], cells[d][2], cells[d][3]);
        }
        for (size_t e = 0; e < 4; e++) {
            lanes_from_moments(cells[0][e], cells[1][e], cells[2][e], cells[3][e]);
        }
        lanes_clear(s.cells, 16, tile->j1 - j);
    }
    return *cells[a];
}

const fmi_kernel FMI_NAME(fmi_planes) = {
    "planes-" FMI_ISA_TEXT,
    planes_plan,
    planes_scratch_bytes,
    planes_begin,
    planes_count,
    planes_row,
    NULL,
    NULL,
};
