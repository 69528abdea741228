/* DeepBind: every window scored as the rule says it, position by position, against the sums
 * that windows share; and the same bits whatever the threads, the instructions, and the rows
 * around a row. */
#include <math.h>

#include "check.h"

enum { N = 4 }; /* the code of a missing letter in the plain version */

static double relu(double x)
{
    return x > 0 ? x : 0;
}

/* A window of `n` letters, as the rule has it. */
static double plain_window(const fmi_deepbind *model, const uint8_t *codes, size_t n)
{
    const size_t m = model->detector_length, d = model->n_detectors, h = model->n_hidden;
    const size_t n_inputs = d * (model->has_mean ? 2 : 1), units = h > 0 ? h : 1;
    const size_t n_positions = n + m - 1;
    double *inputs = exact_zeroed(n_inputs * sizeof *inputs);
    double score = h > 0 ? (double)model->biases2[0] : 0;

    for (size_t x = 0; x < d; x++) {
        double top = 0, sum = 0;
        for (size_t at = 0; at < n_positions; at++) {
            double value = model->thresholds[x];
            for (size_t t = 0; t < m; t++) {
                const size_t i = at + t; /* in the padded window */
                const uint8_t code = i < m - 1 || i >= m - 1 + n ? N : codes[i - (m - 1)];
                for (size_t c = 0; c < 4; c++) {
                    const double share = code == N ? 0.25 : code == c;
                    value += share * (double)model->detectors[(t * 4 + c) * d + x];
                }
            }
            top = value > top ? value : top;
            sum += relu(value);
        }
        if (model->has_mean) {
            inputs[2 * x] = top;
            inputs[2 * x + 1] = sum / (double)n_positions;
        } else {
            inputs[x] = top;
        }
    }
    for (size_t u = 0; u < units; u++) {
        double value = model->biases1[u];
        for (size_t i = 0; i < n_inputs; i++) {
            value += inputs[i] * (double)model->weights1[i * units + u];
        }
        score += h > 0 ? relu(value) * (double)model->weights2[u] : value;
    }
    free(inputs);
    return score;
}

static double plain_score(const fmi_deepbind *model, const uint8_t *codes, size_t length)
{
    const size_t m = model->detector_length, most = m + m / 2;
    const size_t w = length < most ? length : most;
    uint8_t *other = exact(length);
    double best = -INFINITY;

    for (size_t i = 0; i < length; i++) {
        const uint8_t code = codes[length - 1 - i];
        other[i] = code == N ? N : (uint8_t)(3 - code);
    }
    for (size_t from = 0; from + w <= length; from++) {
        best = fmax(best, plain_window(model, codes + from, w));
        if (model->both_strands) {
            best = fmax(best, plain_window(model, other + from, w));
        }
    }
    free(other);
    return best;
}

static float *random_floats(size_t n, double scale, uint64_t *state)
{
    float *numbers = exact(n * sizeof *numbers);

    for (size_t i = 0; i < n; i++) {
        numbers[i] = (float)(scale * ((double)(next_random(state) % 20001) / 1e4 - 1));
    }
    return numbers;
}

static fmi_deepbind random_model(size_t m, size_t d, size_t h, int has_mean,
                                 int both_strands, uint64_t *state)
{
    const size_t n_inputs = d * (has_mean ? 2 : 1), units = h > 0 ? h : 1;

    return (fmi_deepbind){
        .detector_length = m,
        .n_detectors = d,
        .n_hidden = h,
        .has_mean = has_mean,
        .both_strands = both_strands,
        .detectors = random_floats(m * 4 * d, 1, state),
        .thresholds = random_floats(d, 1, state),
        .weights1 = random_floats(n_inputs * units, 1.0 / (double)n_inputs, state),
        .biases1 = random_floats(units, 0.5, state),
        .weights2 = h > 0 ? random_floats(h, 1.0 / (double)h, state) : NULL,
        .biases2 = h > 0 ? random_floats(1, 1, state) : NULL};
}

static void model_free(const fmi_deepbind *model)
{
    const float *const all[] = {model->detectors, model->thresholds, model->weights1,
                                model->biases1,   model->weights2,   model->biases2};

    for (size_t n = 0; n < sizeof all / sizeof *all; n++) {
        free((void *)(uintptr_t)all[n]);
    }
}

/* Packed rows of random letters, and, if asked for, a mask of missing ones. */
static fmi_seqs random_rows(size_t n_rows, size_t length, int with_mask, uint64_t *state,
                            uint8_t *codes)
{
    const size_t row_bytes = fmi_row_bytes(length, 4), mask_bytes = fmi_mask_bytes(length);
    uint8_t *rows = exact_zeroed(n_rows * row_bytes);
    uint8_t *mask = with_mask ? exact_zeroed(n_rows * mask_bytes) : NULL;

    for (size_t n = 0; n < n_rows; n++) {
        for (size_t i = 0; i < length; i++) {
            const unsigned drawn = (unsigned)(next_random(state) % 64);
            uint8_t *byte = rows + n * row_bytes + i / 4;
            if (with_mask && drawn < 6) {
                codes[n * length + i] = N;
                mask[n * mask_bytes + i / 8] |= (uint8_t)(0x80U >> (i % 8));
                continue;
            }
            codes[n * length + i] = (uint8_t)(drawn % 4);
            *byte = (uint8_t)(*byte | (drawn % 4) << (6 - 2 * (i % 4)));
        }
    }
    return (fmi_seqs){
        .rows = rows, .mask = mask, .n_rows = n_rows, .length = length, .n_letters = 4};
}

static void seqs_free(const fmi_seqs *seqs)
{
    free((void *)(uintptr_t)seqs->rows);
    free((void *)(uintptr_t)seqs->mask);
}

static void check_rows(const fmi_deepbind *model, size_t n_rows, size_t length,
                       int with_mask, uint64_t *state)
{
    uint8_t *codes = exact(n_rows * length);
    float *scores = exact(n_rows * sizeof *scores), *again = exact(n_rows * sizeof *again);
    const fmi_seqs seqs = random_rows(n_rows, length, with_mask, state, codes);
    const fmi_options plain = {.n_threads = 1, .isa = FMI_ISA_SCALAR};
    fmi_control control = {0, 0};

    CHECK(fmi_deepbind_scores(model, &seqs, &plain, &control, scores) == FMI_OK);
    CHECK(control.done == (int64_t)n_rows);
    for (size_t n = 0; n < n_rows; n += 1 + n / 4) {
        const double expected = plain_score(model, codes + n * length, length);
        CHECK(fabs((double)scores[n] - expected) < 2e-5);
    }
    for (int isa = FMI_ISA_BEST; isa < FMI_N_ISAS; isa++) {
        const fmi_options three = {.n_threads = 3, .isa = isa};
        if (fmi_isa_resolve(isa) < 0) {
            continue;
        }
        memset(again, 0xA5, n_rows * sizeof *again);
        CHECK(fmi_deepbind_scores(model, &seqs, &three, &control, again) == FMI_OK);
        CHECK(memcmp(scores, again, n_rows * sizeof *again) == 0);
    }
    for (size_t n = 0; n < n_rows; n += 7) {
        fmi_seqs one = seqs;
        one.rows += n * fmi_row_bytes(length, 4);
        one.mask = seqs.mask == NULL ? NULL : seqs.mask + n * fmi_mask_bytes(length);
        one.n_rows = 1;
        CHECK(fmi_deepbind_scores(model, &one, &plain, &control, again) == FMI_OK);
        CHECK(memcmp(scores + n, again, sizeof *again) == 0);
    }
    seqs_free(&seqs);
    free(codes);
    free(scores);
    free(again);
}

static void check_refused(const fmi_deepbind *good, uint64_t *state)
{
    uint8_t codes[10];
    float score;
    const fmi_seqs seqs = random_rows(1, 10, 0, state, codes);
    const fmi_options one = {.n_threads = 1}, none = {.n_threads = 0};
    const fmi_options no_isa = {.n_threads = 1, .isa = FMI_N_ISAS};
    fmi_control control = {0, 0}, stopped = {0, 1};
    fmi_deepbind wrong[6] = {*good, *good, *good, *good, *good, *good};
    fmi_seqs others[3] = {seqs, seqs, seqs};

    wrong[0].detector_length = 0;
    wrong[1].detector_length = FMI_MAX_DETECTOR + 1;
    wrong[2].n_detectors = 0;
    wrong[3].n_detectors = FMI_MAX_DETECTORS + 1;
    wrong[4].n_hidden = FMI_MAX_HIDDEN + 1;
    wrong[5].n_hidden = SIZE_MAX;
    for (int n = 0; n < 6; n++) {
        CHECK(fmi_deepbind_scores(wrong + n, &seqs, &one, &control, &score) ==
              FMI_ERR_BAD_PARAM);
    }
    others[0].n_letters = 20;
    others[1].length = 0;
    others[2].length = (size_t)FMI_MAX_LENGTH + 1;
    for (int n = 0; n < 3; n++) {
        CHECK(fmi_deepbind_scores(good, others + n, &one, &control, &score) ==
              FMI_ERR_BAD_PARAM);
    }
    CHECK(fmi_deepbind_scores(good, &seqs, &none, &control, &score) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_deepbind_scores(good, &seqs, &no_isa, &control, &score) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_deepbind_scores(good, &seqs, &one, &stopped, &score) == FMI_ERR_CANCELLED);
    others[0] = (fmi_seqs){.rows = NULL, .n_rows = 0, .length = 10, .n_letters = 4};
    CHECK(fmi_deepbind_scores(good, others, &one, &control, NULL) == FMI_OK);
    seqs_free(&seqs);
}

int main(void)
{
    static const size_t DETECTORS[] = {1, 2, 3, 5, 16, 20}, NUMBERS[] = {1, 16, 17};
    uint64_t state = 11;
    size_t turn = 0;

    CHECK(fmi_deepbind_window(16) == 24 && fmi_deepbind_window(1) == 1 &&
          fmi_deepbind_window(11) == 16);
    for (size_t a = 0; a < sizeof DETECTORS / sizeof *DETECTORS; a++) {
        for (size_t b = 0; b < sizeof NUMBERS / sizeof *NUMBERS; b++) {
            for (int kind = 0; kind < 4; kind++, turn++) {
                const size_t m = DETECTORS[a], w = fmi_deepbind_window(m);
                const size_t hidden[] = {0, 32, 5};
                const fmi_deepbind model = random_model(m, NUMBERS[b], hidden[turn % 3],
                                                        kind % 2, kind / 2, &state);
                for (size_t length = 1; length <= 3 * w; length += 1 + length / 6) {
                    check_rows(&model, 3, length, (int)(length % 2), &state);
                }
                check_rows(&model, 3, m, 1, &state);
                check_rows(&model, 3, w, 0, &state);
                check_rows(&model, 3, w + 1, 0, &state);
                model_free(&model);
            }
        }
    }
    const fmi_deepbind model = random_model(16, 16, 32, 1, 1, &state);
    check_rows(&model, 200, 40, 0, &state); /* several tasks, and windows that wait */
    check_rows(&model, 2, 400, 1, &state);  /* several pieces */
    check_refused(&model, &state);
    model_free(&model);
    return check_done();
}
