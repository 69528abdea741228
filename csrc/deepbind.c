/* Scores of DeepBind v0.11, without a framework.
 *
 * The rule: a window is padded with m - 1 N (0.25 of each base) on both ends, so that most
 * positions of a detector see letters and padding, and each window other padding.  Detectors
 * are centred on N first, so that padding adds nothing:
 *
 *   position = (threshold + all of the detector on N) + sum of centred[t][letter t]
 *
 * over the letters that are there.  A position that a window cuts on the left is a sum over
 * the last letters of the detector, one cut on the right over the first; and where a window
 * begins or ends one letter further, all of these sums are those of the letter before, one
 * place on, plus one term.  So a letter costs m additions on either side, whatever it has
 * windows; a window has its maxima (and sums) over m - 1 positions of each side, and over
 * the w - m + 1 in its middle, which windows share.
 *
 * Same bits always: each of these sums runs from the end of the detector inwards, each mean
 * over positions by how much is cut, a hidden unit over its inputs in the order of the plan
 * below, so that nothing depends on threads, on rows around a row, on pieces of a row, or on
 * vectors: lanes are detectors and hidden units, and nothing is contracted to fused
 * operations (-ffp-contract=off).  Exact sums, which are rounded once, would differ by a few
 * units in the seventh digit.
 *
 * Cost of RNA of 40 letters, 16 detectors of 16 letters and 32 hidden units: three quarters
 * the positions, one the hidden units of 17 windows.  More sums side by side gain nothing:
 * the adders are busy.  All memory is allocated before the threads start.
 */
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "fmi_internal.h"

#ifdef _OPENMP
#include <omp.h>
#endif

#if FMI_X86
#include <immintrin.h>
#endif

enum {
    LANES = 16,          /* detectors, or hidden units, that lie side by side in tables */
    N_CODES = 5,         /* the four letters, and N */
    TOGETHER = 8,        /* windows whose hidden units are summed at once */
    PIECE = 64,          /* windows of a row at a time */
    HELD = 2 * PIECE,    /* pooled windows that wait for the rest of the network, at most */
    TASK_ROWS = 64,      /* that a thread takes at a time, at most */
    TASK_WINDOWS = 4096, /* about, so that a stop is heard among long rows, too */
};

/* The model as the loops want it, and what one length of sequences makes of it. */
typedef struct {
    size_t m, n_groups, n_hidden; /* n_hidden: a multiple of LANES */
    size_t width, n_windows;      /* letters of a window; windows of a row */
    size_t task_rows;             /* rows that a thread takes at a time */
    size_t group_inputs;          /* of LANES detectors: their maxima, then their means */
    size_t n_inputs, n_last;      /* of a window; those of the last layer */
    int has_mean, both_strands;
    float share;           /* of a position in a mean */
    float bias;            /* of the last layer */
    const float *table;    /* [group][code][m][LANES]: centred detectors, 0 for N */
    const float *base;     /* [group][LANES]: a position that sees N only */
    const float *weights1; /* [hidden / LANES][input][LANES] */
    const float *biases1;
    const float *weights; /* of the last layer, [n_last] */
} plan;

/* Some windows of a row, one after the other, and where their pooled detectors go. */
typedef struct {
    const uint8_t *codes;
    size_t n_letters, n_windows;
    float *pooled;
} piece;

/* A thread's own. */
typedef struct {
    uint8_t *codes; /* of a row */
    float *state;   /* [m + 1][LANES]: detectors that are partly summed */
    float *whole;   /* [letters of a piece][LANES]: positions that no window cuts */
    float *pooled;  /* [HELD][n_inputs] */
    float *hidden;  /* [TOGETHER][n_hidden] */
    float *scores;  /* [HELD] */
    size_t *row;    /* [HELD]: whose window it is */
    size_t n_held;
} scratch;

/* The loops, compiled for some instruction set. */
typedef struct {
    void (*pool_windows)(const plan *p, const piece *at, scratch *own);
    void (*score_windows)(const plan *p, const float *pooled, size_t n_windows,
                          scratch *own, float *scores);
} loops;

/* ------------------------------------------------------------------ the loops, thrice */

#define WINDOWS_NAME(f) f##_plain
#define VEC             4
#if FMI_X86
#define VEC_MAX(a, b) ((vec_plain)_mm_max_ps((__m128)(a), (__m128)(b)))
#else
typedef int32_t bits_plain __attribute__((vector_size(16)));
static inline float __attribute__((vector_size(16)))
greater_plain(float __attribute__((vector_size(16))) a,
              float __attribute__((vector_size(16))) b)
{
    const bits_plain greater = (bits_plain)(a > b);
    return (float __attribute__((vector_size(16))))((greater & (bits_plain)a) |
                                                    (~greater & (bits_plain)b));
}
#define VEC_MAX(a, b) greater_plain(a, b)
#endif
#include "deepbind_windows.h"
#undef WINDOWS_NAME
#undef VEC
#undef VEC_MAX

#if FMI_X86

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
#define WINDOWS_NAME(f) f##_avx2
#define VEC             8
#define VEC_MAX(a, b)   ((vec_avx2)_mm256_max_ps((__m256)(a), (__m256)(b)))
#include "deepbind_windows.h"
#undef WINDOWS_NAME
#undef VEC
#undef VEC_MAX
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f")
#endif
#define WINDOWS_NAME(f) f##_avx512
#define VEC             16
#define VEC_MAX(a, b)   ((vec_avx512)_mm512_max_ps((__m512)(a), (__m512)(b)))
#include "deepbind_windows.h"
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif

static const loops *loops_of(int isa)
{
#if FMI_X86
    if (isa == FMI_ISA_AVX512) {
        return &loops_avx512;
    }
    if (isa == FMI_ISA_AVX2) {
        return &loops_avx2;
    }
#endif
    (void)isa;
    return &loops_plain;
}

/* ------------------------------------------------------------------------- the plan */

size_t fmi_deepbind_window(size_t detector_length)
{
    return 3 * detector_length / 2;
}

/* Detectors centred on N, and what they are on N. */
static void centre(const fmi_deepbind *model, float *table, float *base)
{
    const size_t m = model->detector_length, d = model->n_detectors;

    for (size_t n = 0; n < d; n++) {
        float *own = table + n / LANES * N_CODES * m * LANES + n % LANES;
        double sum = model->thresholds[n];
        for (size_t t = 0; t < m; t++) {
            const float *letters = model->detectors + t * 4 * d + n;
            double any = 0;
            for (size_t c = 0; c < 4; c++) {
                any += 0.25 * (double)letters[c * d];
            }
            for (size_t c = 0; c < 4; c++) {
                own[(c * m + t) * LANES] = (float)((double)letters[c * d] - any);
            }
            sum += any;
        }
        base[n] = (float)sum;
    }
}

/* Where an input of the parameter file lies among the inputs of a window. */
static size_t place_of(size_t input, int has_mean)
{
    const size_t detector = has_mean ? input / 2 : input, mean = has_mean ? input % 2 : 0;

    return (detector / LANES * (has_mean ? 2 : 1) + mean) * LANES + detector % LANES;
}

/* Cuts the tables of a plan; those of a real one begin as zeros. */
static void plan_layout(fmi_cutter *cutter, const fmi_deepbind *model, plan *p,
                        float *tables[5])
{
    const size_t first = p->n_hidden > 0 ? p->n_inputs * p->n_hidden : 0;
    const size_t sizes[5] = {p->n_groups * N_CODES * model->detector_length * LANES,
                             p->n_groups * LANES, first, p->n_hidden, p->n_last};

    for (int n = 0; n < 5; n++) {
        tables[n] = fmi_cut(cutter, sizes[n], sizeof(float));
    }
}

static void plan_sizes(const fmi_deepbind *model, size_t length, plan *p)
{
    const size_t most = fmi_deepbind_window(model->detector_length);

    p->m = model->detector_length;
    p->n_groups = (model->n_detectors + LANES - 1) / LANES;
    p->n_hidden = fmi_round_up(model->n_hidden, LANES);
    p->width = length < most ? length : most;
    p->n_windows = length - p->width + 1;
    p->task_rows = 1 + TASK_WINDOWS / p->n_windows;
    p->task_rows = p->task_rows < TASK_ROWS ? p->task_rows : TASK_ROWS;
    p->has_mean = model->has_mean != 0;
    p->both_strands = model->both_strands != 0;
    p->group_inputs = p->has_mean ? 2 * LANES : LANES;
    p->n_inputs = p->n_groups * p->group_inputs;
    p->n_last = p->n_hidden > 0 ? p->n_hidden : p->n_inputs;
    p->share = (float)(1.0 / (double)(p->width + p->m - 1));
}

static void plan_tables(const fmi_deepbind *model, plan *p, float *tables[5])
{
    const size_t n_inputs = model->n_detectors * (p->has_mean ? 2 : 1), h = model->n_hidden;

    centre(model, tables[0], tables[1]);
    for (size_t i = 0; i < n_inputs; i++) {
        const size_t place = place_of(i, p->has_mean);
        if (h == 0) {
            tables[4][place] = model->weights1[i];
        }
        for (size_t u = 0; u < h; u++) {
            tables[2][(u / LANES * p->n_inputs + place) * LANES + u % LANES] =
                model->weights1[i * h + u];
        }
    }
    for (size_t u = 0; u < h; u++) {
        tables[3][u] = model->biases1[u];
        tables[4][u] = model->weights2[u];
    }
    p->bias = h == 0 ? model->biases1[0] : model->biases2[0];
    p->table = tables[0];
    p->base = tables[1];
    p->weights1 = tables[2];
    p->biases1 = tables[3];
    p->weights = tables[4];
}

static void scratch_layout(fmi_cutter *cutter, const plan *p, size_t length, scratch *own)
{
    const size_t letters = p->width - 1 + (p->n_windows < PIECE ? p->n_windows : PIECE);

    own->codes = fmi_cut(cutter, length, 1);
    own->state = fmi_cut(cutter, (p->m + 1) * LANES, sizeof(float));
    own->whole = fmi_cut(cutter, letters * LANES, sizeof(float));
    own->pooled = fmi_cut(cutter, HELD * p->n_inputs, sizeof(float));
    own->hidden = fmi_cut(cutter, TOGETHER * p->n_hidden, sizeof(float));
    own->scores = fmi_cut(cutter, HELD, sizeof(float));
    own->row = fmi_cut(cutter, HELD, sizeof(size_t));
    own->n_held = 0;
}

/* ------------------------------------------------------------------------------ rows */

/* The scores of the windows held, into those of their rows. */
static void flush(const plan *p, const loops *run, scratch *own, float *scores)
{
    run->score_windows(p, own->pooled, own->n_held, own, own->scores);
    for (size_t w = 0; w < own->n_held; w++) {
        float *best = scores + own->row[w];
        *best = own->scores[w] > *best ? own->scores[w] : *best;
    }
    own->n_held = 0;
}

/* All windows of a row whose codes are there. */
static void take_strand(const plan *p, const loops *run, size_t row, scratch *own,
                        float *scores)
{
    for (size_t from = 0; from < p->n_windows; from += PIECE) {
        const size_t rest = p->n_windows - from, n = rest < PIECE ? rest : PIECE;
        if (own->n_held + n > HELD) {
            flush(p, run, own, scores);
        }
        const piece some = {.codes = own->codes + from,
                            .n_letters = n + p->width - 1,
                            .n_windows = n,
                            .pooled = own->pooled + own->n_held * p->n_inputs};
        run->pool_windows(p, &some, own);
        for (size_t w = 0; w < n; w++) {
            own->row[own->n_held++] = row;
        }
    }
}

static void reverse_complement(uint8_t *codes, size_t length)
{
    static const uint8_t OTHER[N_CODES] = {3, 2, 1, 0, 4};

    for (size_t a = 0, b = length - 1; a <= b && b < length; a++, b--) {
        const uint8_t code = OTHER[codes[a]];
        codes[a] = OTHER[codes[b]];
        codes[b] = code;
    }
}

/* Rows from .. to-1. */
static void score_rows(const plan *p, const loops *run, const fmi_seqs *seqs, size_t from,
                       size_t to, scratch *own, float *scores)
{
    const size_t row_bytes = fmi_row_bytes(seqs->length, 4);
    const size_t mask_bytes = fmi_mask_bytes(seqs->length);

    for (size_t r = from; r < to; r++) {
        const fmi_seqs one = {.rows = seqs->rows + r * row_bytes,
                              .mask =
                                  seqs->mask == NULL ? NULL : seqs->mask + r * mask_bytes,
                              .n_rows = 1,
                              .length = seqs->length,
                              .n_letters = 4};
        fmi_decode_rows(&one, own->codes);
        for (size_t i = 0; one.mask != NULL && i < seqs->length; i++) {
            own->codes[i] = own->codes[i] < N_CODES ? own->codes[i] : N_CODES - 1;
        }
        scores[r] = -FLT_MAX;
        take_strand(p, run, r, own, scores);
        if (p->both_strands) {
            reverse_complement(own->codes, seqs->length);
            take_strand(p, run, r, own, scores);
        }
    }
    flush(p, run, own, scores);
}

static int refused(const fmi_deepbind *model, const fmi_seqs *seqs,
                   const fmi_options *options)
{
    return model->detector_length < 1 || model->detector_length > FMI_MAX_DETECTOR ||
           model->n_detectors < 1 || model->n_detectors > FMI_MAX_DETECTORS ||
           model->n_hidden > FMI_MAX_HIDDEN || seqs->n_letters != 4 || seqs->length < 1 ||
           seqs->length > FMI_MAX_LENGTH || options->n_threads < 1;
}

int fmi_deepbind_scores(const fmi_deepbind *model, const fmi_seqs *seqs,
                        const fmi_options *options, fmi_control *control, float *scores)
{
    if (refused(model, seqs, options)) {
        return FMI_ERR_BAD_PARAM;
    }
    if (seqs->n_rows == 0) {
        return FMI_OK;
    }
    const int isa = fmi_isa_resolve(options->isa);
    if (isa < 0) {
        return isa;
    }
    const loops *const run = loops_of(isa);
    plan p;
    scratch none;
    float *tables[5];
    fmi_cutter shared = {NULL, 0}, own = {NULL, 0};

    plan_sizes(model, seqs->length, &p);
    const int64_t n_tasks = (int64_t)((seqs->n_rows + p.task_rows - 1) / p.task_rows);
    const int n_threads = options->n_threads < n_tasks ? options->n_threads : (int)n_tasks;
    plan_layout(&shared, model, &p, tables);
    scratch_layout(&own, &p, seqs->length, &none);
    const size_t n_bytes = shared.used + own.used * (size_t)n_threads;
    uint8_t *const memory = malloc(n_bytes + FMI_ALIGN);
    if (memory == NULL) {
        return FMI_ERR_NOMEM;
    }
    uint8_t *const aligned = memory + (FMI_ALIGN - (uintptr_t)memory % FMI_ALIGN);
    memset(aligned, 0, n_bytes); /* lanes beyond the last detector, rows beyond the last */
    shared = (fmi_cutter){aligned, 0};
    plan_layout(&shared, model, &p, tables);
    plan_tables(model, &p, tables);

#ifdef _OPENMP
#pragma omp parallel num_threads(n_threads) if (n_threads > 1)
#endif
    {
        size_t thread = 0;
#ifdef _OPENMP
        thread = (size_t)omp_get_thread_num();
#endif
        fmi_cutter cutter = {aligned + shared.used + thread * own.used, 0};
        scratch mine;
        scratch_layout(&cutter, &p, seqs->length, &mine);
#ifdef _OPENMP
#pragma omp for schedule(dynamic)
#endif
        for (int64_t task = 0; task < n_tasks; task++) {
            const size_t from = (size_t)task * p.task_rows, rest = seqs->n_rows - from;
            const size_t to = from + (rest < p.task_rows ? rest : p.task_rows);
            if (!fmi_cancelled(control)) {
                score_rows(&p, run, seqs, from, to, &mine, scores);
                fmi_report(control, (int64_t)(to - from));
            }
        }
    }
    free(memory);
    return fmi_cancelled(control) ? FMI_ERR_CANCELLED : FMI_OK;
}
