/* X^2 of pairs against loops over their tables: every kernel and instruction set gives the
 * same bits, from sequences and from tables, and pairs of two parts of a row are those of the
 * whole row.
 */
#include <math.h>

#include "check.h"

enum { ROWS = 700 };

/* Sequences whose first letters hardly vary, as whole bytes or packed. */
typedef struct {
    uint8_t *rows, *mask;
    uint64_t *weights;
    fmi_seqs seqs;
} sample;

static sample sample_new(size_t length, uint32_t n_letters, int missing, uint64_t most)
{
    const size_t row_bytes = fmi_row_bytes(length, n_letters);
    const int with_mask = missing && n_letters == 4;
    uint64_t random = 11 + length + n_letters;
    uint8_t *codes = exact(length), lut[256];
    sample s = {exact(ROWS * row_bytes), NULL, NULL, {0}};

    s.mask = with_mask ? exact(ROWS * fmi_mask_bytes(length)) : NULL;
    s.weights = most > 0 ? exact(ROWS * sizeof *s.weights) : NULL;
    for (size_t b = 0; b < 256; b++) {
        lut[b] = b < n_letters ? (uint8_t)b : FMI_UNKNOWN;
    }
    for (size_t n = 0; n < ROWS; n++) {
        for (size_t i = 0; i < length; i++) {
            const int varies = i > 1 || next_random(&random) % 50 == 0;
            codes[i] = (uint8_t)(varies ? next_random(&random) % n_letters : 0);
            if (missing && next_random(&random) % 9 == 0) {
                codes[i] = FMI_UNKNOWN;
            }
        }
        (void)fmi_encode_row(codes, length, lut, n_letters, s.rows + n * row_bytes,
                             with_mask ? s.mask + n * fmi_mask_bytes(length) : NULL);
        if (s.weights != NULL) {
            s.weights[n] = next_random(&random) % (most + 1);
        }
    }
    s.seqs = (fmi_seqs){s.rows, s.mask, ROWS, length, n_letters, s.weights};
    free(codes);
    return s;
}

static void sample_free(sample *s)
{
    free(s->rows);
    free(s->mask);
    free(s->weights);
}

static double apart(const uint64_t *margin, size_t m, double n, double damping)
{
    size_t n_kmers = 0;

    for (size_t a = 0; a < m; a++) {
        n_kmers += margin[a] > 0;
    }
    return sqrt(damping * n / (sqrt(2.0) * (n_kmers > 1 ? (double)(n_kmers - 1) : 1.0)));
}

/* X^2 by its definition; fills the margins. */
static double naive(const uint64_t *table, size_t m, double scale, double damping,
                    uint64_t *margins)
{
    uint64_t *rows = margins, *columns = margins + m, total = 0;
    double sum = 0.0;

    memset(margins, 0, 2 * m * sizeof *margins);
    for (size_t a = 0; a < m; a++) {
        for (size_t b = 0; b < m; b++) {
            rows[a] += table[a * m + b];
            columns[b] += table[a * m + b];
            total += table[a * m + b];
        }
    }
    const double n = (double)total * scale;
    const double s = apart(rows, m, n, damping), t = apart(columns, m, n, damping);
    for (size_t a = 0; a < m; a++) {
        for (size_t b = 0; b < m && rows[a] > 0; b++) {
            const double r = (double)rows[a] * scale, c = (double)columns[b] * scale;
            const double off = (double)table[a * m + b] * scale - r * c / n;
            sum += columns[b] > 0 ? off * off / ((r + s) * (c + t)) : 0.0;
        }
    }
    return total == 0 ? NAN : n * sum;
}

static int near(double x, double y)
{
    return (isnan(x) && isnan(y)) || fabs(x - y) <= 1e-9 * (1.0 + fabs(y));
}

/* The pairs the options name, one after the other, against tables counted one by one. */
static void check_sample(const sample *s, size_t k, fmi_options options, double damping)
{
    const size_t length = s->seqs.length, m = fmi_n_kmers(s->seqs.n_letters, k);
    const size_t n = fmi_n_chosen(length, k, &options), bytes = n * sizeof(double);
    const double scale = s->weights == NULL ? 1.0 : 0.25;
    fmi_control control = {0, 0};
    double *first = exact(bytes), *x2 = exact(bytes);
    uint64_t *n_ij = exact(n * sizeof *n_ij), *table = exact(m * m * sizeof *table);
    uint64_t *margins = exact(2 * n * m * sizeof *margins),
             *own = exact(2 * m * sizeof *own);
    size_t pair = 0, n_ways = 0;

    for (int way = 0; way < FMI_N_KERNELS * FMI_N_ISAS; way++) {
        options.kernel = way / FMI_N_ISAS;
        options.isa = way % FMI_N_ISAS;
        options.n_threads = 1 + way % 3;
        memset(x2, 1, bytes);
        const int status = fmi_pairwise_x2(&s->seqs, k, scale, damping, &options, &control,
                                           x2, n_ij, margins);
        CHECK(status == FMI_OK || way > 0);
        if (status == FMI_OK && n_ways++ == 0) {
            memcpy(first, x2, bytes);
        }
        CHECK(status != FMI_OK || memcmp(first, x2, bytes) == 0);
    }
    CHECK(n_ways >= 3);
    for (size_t i = 0; i + k <= (options.n_left == 0 ? length : options.n_left + k - 1);
         i++) {
        for (size_t j = options.n_left == 0 ? i + k : options.right; j + k <= length; j++) {
            memset(table, 0, m * m * sizeof *table);
            CHECK(fmi_count_pair(&s->seqs, k, i, j, table) == FMI_OK);
            CHECK(near(first[pair], naive(table, m, scale, damping, own)));
            CHECK(memcmp(own, margins + 2 * pair * m, 2 * m * sizeof *own) == 0);
            options.isa = options.kernel = 0;
            CHECK(fmi_x2_weights_tables(table, 1, m, scale, damping, &options, &control, x2,
                                        n_ij, NULL) == FMI_OK);
            CHECK(memcmp(x2, first + pair, sizeof *x2) == 0);
            pair++;
        }
    }
    CHECK(pair == n);
    free(first);
    free(x2);
    free(n_ij);
    free(table);
    free(margins);
    free(own);
}

static void test_pairs(void)
{
    static const uint64_t weights[] = {0, 3, UINT64_C(1) << 40};

    for (int missing = 0; missing < 2; missing++) {
        for (size_t w = 0; w < sizeof weights / sizeof *weights; w++) {
            for (size_t k = 1; k <= 3; k++) {
                sample s = sample_new(9 + k, 4, missing, weights[w]);
                check_sample(&s, k, (fmi_options){.n_threads = 1}, k == 2 ? 0.0 : 1.0);
                check_sample(&s, k, (fmi_options){.n_threads = 1, .n_left = 3, .right = 6},
                             1.0);
                sample_free(&s);
            }
            sample s = sample_new(7, 20, missing, weights[w]);
            check_sample(&s, 1, (fmi_options){.n_threads = 1}, 1.0);
            sample_free(&s);
        }
    }
}

static void test_refused(void)
{
    sample s = sample_new(8, 4, 0, 0);
    const fmi_options one = {.n_threads = 1};
    fmi_control control = {0, 0};
    double x2[100];
    uint64_t n_ij[100];

    CHECK(fmi_n_chosen(8, 2, &one) == 15);
    CHECK(fmi_n_chosen(8, 2, &(fmi_options){.n_left = 3, .right = 4}) == 9);
    CHECK(fmi_n_chosen(8, 2, &(fmi_options){.n_left = 4, .right = 4}) == 0);
    CHECK(fmi_n_chosen(8, 2, &(fmi_options){.n_left = 1, .right = 7}) == 0);
    CHECK(fmi_n_chosen(8, 2, &(fmi_options){.n_left = SIZE_MAX, .right = 4}) == 0);
    CHECK(fmi_n_chosen(8, 2, &(fmi_options){.n_left = 1, .right = SIZE_MAX}) == 0);
    CHECK(fmi_n_chosen(8, 2, &(fmi_options){.right = 4}) == 0);
    CHECK(fmi_n_chosen(8, 9, &one) == 0);
    CHECK(fmi_pairwise_x2(&s.seqs, 2, 0.0, 1.0, &one, &control, x2, n_ij, NULL) ==
          FMI_ERR_BAD_PARAM);
    CHECK(fmi_pairwise_x2(&s.seqs, 2, 1.0, -1.0, &one, &control, x2, n_ij, NULL) ==
          FMI_ERR_BAD_PARAM);
    CHECK(fmi_pairwise_x2(&s.seqs, 2, 1.0, (double)NAN, &one, &control, x2, n_ij, NULL) ==
          FMI_ERR_BAD_PARAM);
    control.cancel = 1;
    CHECK(fmi_pairwise_x2(&s.seqs, 2, 1.0, 1.0, &one, &control, x2, n_ij, NULL) ==
          FMI_ERR_CANCELLED);
    control.cancel = 0;
    s.seqs.n_rows = 0;
    uint64_t margins[15 * 2 * 16];
    memset(margins, 1, sizeof margins);
    CHECK(fmi_pairwise_x2(&s.seqs, 2, 1.0, 1.0, &one, &control, x2, n_ij, margins) ==
          FMI_OK);
    CHECK(isnan(x2[14]) && n_ij[14] == 0 && margins[15 * 2 * 16 - 1] == 0);
    sample_free(&s);
}

int main(void)
{
    test_pairs();
    test_refused();
    return check_done();
}
