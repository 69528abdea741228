/* Groups of rows, counted by bytes: the kernel for k = 2 to 4 on four letters where
 * registers are too narrow to count by bits.
 *
 * 1. The rows are put in the order of their window of w letters at i (group_rows.c).  Rows
 *    of one group have the same k-mer at i, and at i + 1, ... i + w - k.
 * 2. Four letters are a byte, and a row is a string of them: a byte of a row, and two bytes
 *    shifted into one another, are windows of four letters with nothing to decode.  A
 *    histogram of 256 is kept for each window of the tile: at every second letter, or with
 *    k = 4 at every letter.  The increments of a row all go to different histograms, so they
 *    never wait for one another, whatever the data are like.
 * 3. The histograms of a group are added to those of its k-mer at i, at i + 1, ...: one pass
 *    over the rows serves w - k + 1 positions i, and a histogram serves 5 - k positions j,
 *    of which two are used where k < 4.
 * 4. At the end a k-mer at j is the sum over the letters of the window around it (row).
 *
 * Bounds: no missing letters.  Histograms are 16-bit; before a k-mer at i would have seen
 * more than task->most_rows (65,535) rows since, they are added to 32-bit counts (widen).
 * Cost, k = 3: half an increment in the L1 cache a row and position, shared by w - 2 pairs.
 */
#ifndef FMI_NAME
#include "simd_scalar.h"
#endif
#include "bit_planes.h"
#include "group_rows.h"

enum {
    BYTES_SIZE = 256, /* rows that a group should have, as many as a histogram has bins */
    BYTES_WIDEST = 1024,    /* groups */
    BYTES_FIELDS = 4 << 20, /* 16-bit bins of a tile */
    BYTES_MOST_SHIFTS = 4
};

/* How a tile is laid out; a pure function of task and tile. */
typedef struct {
    size_t n_shifts;  /* positions i that the window at i serves: all of the tile */
    size_t start;     /* first letter of the tile's first byte */
    size_t n_bytes;   /* of a row; one more is read */
    size_t stride;    /* letters from window to window */
    size_t n_windows; /* of four letters */
} bytes_layout;

typedef struct {
    bytes_layout at;
    unsigned shift; /* each row in the fields counts 2^shift times */
    fmi_grouping rows;
    uint16_t *bins;    /* [n_windows][256], of one group */
    uint16_t *fields;  /* [n_shifts][n_kmers][n_windows][256] */
    uint32_t *counts;  /* the same */
    uint32_t *n_since; /* [n_shifts][n_kmers], rows in the fields */
    uint32_t *n_rows;  /* [n_shifts][n_kmers], what all rows count */
    uint32_t *cells;   /* [n_kmers][FMI_LANES] */
    uint8_t *tail;     /* the last rows again, with room to read past them */
} bytes_scratch;

static bytes_layout bytes_lay_out(const fmi_task *task, const fmi_tile *tile)
{
    bytes_layout at;

    at.n_shifts = tile->i1 - tile->i0;
    at.start = tile->j0 / 4 * 4;
    at.n_bytes = (tile->j1 - at.start + 3) / 4;
    at.stride = task->k == 4 ? 1 : 2;
    at.n_windows = at.n_bytes * 4 / at.stride;
    return at;
}

static size_t bytes_cut(const fmi_task *task, const fmi_tile *tile, void *memory,
                        bytes_scratch *s)
{
    fmi_cutter cutter = {memory, 0};
    const bytes_layout at = bytes_lay_out(task, tile);
    const size_t tables = at.n_shifts * task->n_kmers, bins = at.n_windows * 256;
    const size_t codes = (size_t)1 << 2 * (task->k + at.n_shifts - 1);

    (void)fmi_cut(&cutter, 1, sizeof *s); /* the description stands in front */
    s->at = at;
    fmi_grouping_cut(&cutter, codes, fmi_group_block(task->seqs->n_rows), &s->rows);
    s->bins = fmi_cut(&cutter, bins, sizeof *s->bins);
    s->n_since = fmi_cut(&cutter, tables, sizeof *s->n_since);
    s->n_rows = fmi_cut(&cutter, tables, sizeof *s->n_rows);
    s->cells = fmi_cut(&cutter, task->n_kmers * FMI_LANES, sizeof *s->cells);
    s->tail = fmi_cut(&cutter, 2 * (at.n_bytes + 1), 1);
    s->fields = fmi_cut(&cutter, tables * bins, sizeof *s->fields);
    s->counts = fmi_cut(&cutter, tables * bins, sizeof *s->counts);
    return cutter.used;
}

/* The largest of the plan's tiles. */
static fmi_tile bytes_largest(const fmi_plan *plan)
{
    return (fmi_tile){0, plan->tile_i, 3, 3 + plan->tile_j};
}

static size_t bytes_scratch_bytes(const fmi_task *task, const fmi_plan *plan)
{
    const fmi_tile tile = bytes_largest(plan);
    bytes_scratch s;

    return bytes_cut(task, &tile, NULL, &s);
}

static void bytes_plan(const fmi_task *task, fmi_plan *plan)
{
    const size_t n = fmi_group_block(task->seqs->n_rows);
    size_t codes = task->n_kmers;

    *plan = (fmi_plan){1, 128, n > 0 ? n : 1, FMI_LANES};
    while (task->k < 4 && plan->tile_i < BYTES_MOST_SHIFTS && codes * 4 <= BYTES_WIDEST &&
           n / (codes * 4) >= BYTES_SIZE) {
        codes *= 4;
        plan->tile_i++;
    }
    for (; plan->tile_j > FMI_LANES; plan->tile_j /= 2) {
        const fmi_tile tile = bytes_largest(plan);
        const bytes_layout at = bytes_lay_out(task, &tile);
        if (at.n_shifts * task->n_kmers * at.n_windows * 256 <= BYTES_FIELDS) {
            break;
        }
    }
}

static void bytes_begin(const fmi_task *task, const fmi_tile *tile, void *scratch)
{
    bytes_scratch s;

    (void)bytes_cut(task, tile, scratch, &s);
    const size_t tables = s.at.n_shifts * task->n_kmers;
    s.shift = 0;
    memcpy(scratch, &s, sizeof s);
    memset(s.n_since, 0, tables * sizeof *s.n_since);
    memset(s.n_rows, 0, tables * sizeof *s.n_rows);
    memset(s.tail, 0, 2 * (s.at.n_bytes + 1));
}

/* One row into the histograms of a group. */
static inline void bytes_count_row(const uint8_t *row, size_t n_bytes, size_t stride,
                                   uint16_t *bins)
{
    for (size_t m = 0; m < n_bytes; m++) {
        const unsigned two = (unsigned)row[m] << 8 | row[m + 1];
        for (unsigned shift = 0; shift < 8; shift += (unsigned)(2 * stride), bins += 256) {
            bins[two >> (8 - shift) & 255]++;
        }
    }
}

/* Move the histograms of one k-mer at one i to its 32-bit counts. */
static void bytes_widen(const bytes_scratch *s, size_t table)
{
    const size_t n = s->at.n_windows * 256;
    const uint16_t *fields = s->fields + table * n;
    uint32_t *counts = s->counts + table * n;

    if (s->n_since[table] << s->shift == s->n_rows[table]) { /* for the first time */
        memset(counts, 0, n * sizeof *counts);
    }
    for (size_t x = 0; x < n; x++) {
        counts[x] += (uint32_t)fields[x] << s->shift;
    }
    s->n_since[table] = 0;
}

/* From here on rows count 2^shift times. */
static void bytes_set_shift(const fmi_task *task, bytes_scratch *s, unsigned shift)
{
    for (size_t table = 0; shift != s->shift && table < s->at.n_shifts * task->n_kmers;
         table++) {
        if (s->n_since[table] > 0) {
            bytes_widen(s, table);
        }
    }
    s->shift = shift;
}

/* Add a group's histograms, of n rows, to those of the k-mers that it has at i, i + 1, ...
 */
static void bytes_add(const fmi_task *task, const bytes_scratch *s, size_t code, size_t n)
{
    const size_t n_bins = s->at.n_windows * 256;

    for (size_t shift = 0; shift < s->at.n_shifts; shift++) {
        const size_t after = 2 * (s->at.n_shifts - 1 - shift);
        const size_t table = shift * task->n_kmers + (code >> after & (task->n_kmers - 1));
        uint16_t *FMI_RESTRICT fields = s->fields + table * n_bins;
        const uint16_t *FMI_RESTRICT bins = s->bins;
        if (s->n_since[table] + n > task->most_rows) {
            bytes_widen(s, table);
        }
        if (s->n_since[table] == 0) {
            memcpy(fields, bins, n_bins * sizeof *fields);
        } else {
            for (size_t x = 0; x < n_bins; x++) {
                fields[x] = (uint16_t)(fields[x] + bins[x]);
            }
        }
        s->n_since[table] += (uint32_t)n;
        s->n_rows[table] += (uint32_t)n << s->shift;
    }
}

static void bytes_count(const fmi_task *task, const fmi_tile *tile, size_t from, size_t to,
                        unsigned shift, void *scratch)
{
    bytes_set_shift(task, scratch, shift);
    const bytes_scratch s = *(const bytes_scratch *)scratch;
    const bytes_layout *at = &s.at;
    const row_source source =
        row_source_open(task->seqs->rows, fmi_row_bytes(task->seqs->length, 4),
                        task->seqs->n_rows, at->start / 4, at->n_bytes + 1, s.tail, NULL);

    fmi_group_rows(task->seqs, task->k + at->n_shifts - 1, tile->i0, from, to, &s.rows);
    const size_t n_sorted = s.rows.start[s.rows.n_codes];
    for (size_t code = 0; code < s.rows.n_codes; code++) {
        const size_t end = s.rows.start[code + 1];
        for (size_t x = s.rows.start[code]; x < end;) {
            const size_t most = end - x < task->most_rows ? end - x : task->most_rows;
            const size_t stop = x + most;
            memset(s.bins, 0, at->n_windows * 256 * sizeof *s.bins);
            for (; x < stop; x++) {
                if (x + 16 < n_sorted) {
                    FMI_PREFETCH(source.rows +
                                 (from + s.rows.order[x + 16]) * source.row_bytes);
                }
                const uint8_t *row = row_source_at(&source, from + s.rows.order[x]);
                if (at->stride == 2) {
                    bytes_count_row(row, at->n_bytes, 2, s.bins);
                } else {
                    bytes_count_row(row, at->n_bytes, 1, s.bins);
                }
            }
            bytes_add(task, &s, code, most);
        }
    }
}

/* The histogram of one window, fields and counts together. */
static void bytes_window(const bytes_scratch *s, size_t table, size_t window,
                         uint32_t bins[256])
{
    const size_t from = (table * s->at.n_windows + window) * 256;

    for (size_t x = 0; x < 256; x++) {
        bins[x] = s->n_since[table] > 0 ? s->fields[from + x] : 0;
    }
    if (s->n_since[table] < s->n_rows[table]) {
        for (size_t x = 0; x < 256; x++) {
            bins[x] += s->counts[from + x];
        }
    }
}

static const uint32_t *bytes_row(const fmi_task *task, const fmi_tile *tile, size_t i,
                                 size_t j, size_t a, void *scratch)
{
    const bytes_scratch *s = scratch;
    const size_t table = (i - tile->i0) * task->n_kmers + a;
    const size_t n_lanes = tile->j1 - j < FMI_LANES ? tile->j1 - j : FMI_LANES;

    memset(s->cells, 0, task->n_kmers * FMI_LANES * sizeof *s->cells);
    for (size_t lane = 0; lane < n_lanes && s->n_rows[table] > 0; lane++) {
        const size_t p = j + lane - s->at.start, before = p % s->at.stride;
        const size_t n_before = (size_t)1 << 2 * before;
        const size_t n_after = (size_t)1 << 2 * (4 - task->k - before);
        uint32_t bins[256];
        bytes_window(s, table, p / s->at.stride, bins);
        for (size_t b = 0; b < task->n_kmers; b++) {
            uint32_t sum = 0;
            for (size_t y = 0; y < n_before; y++) {
                for (size_t z = 0; z < n_after; z++) {
                    sum += bins[(y * task->n_kmers + b) * n_after + z];
                }
            }
            s->cells[b * FMI_LANES + lane] = sum;
        }
    }
    return s->cells;
}

const fmi_kernel FMI_NAME(fmi_bytes) = {
    "bytes-" FMI_ISA_TEXT,
    bytes_plan,
    bytes_scratch_bytes,
    bytes_begin,
    bytes_count,
    bytes_row,
    NULL,
    NULL,
};
