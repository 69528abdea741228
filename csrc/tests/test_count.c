/* K-mers, joint counts and mutual information against loops over plain letter codes.
 *
 * The loops know nothing of packing, tiles or threads, and the MI is summed in long
 * double from its definition over all cells; 1e-12 covers the rounding of both sides.
 */
#include <math.h>

#include "check.h"

static const fmi_options TWO_THREADS = {.n_threads = 2};

/* A sequence set twice: as one code a byte, and packed. */
typedef struct {
    uint8_t *codes;
    uint8_t *rows;
    uint8_t *mask;
    uint64_t *weights;
    fmi_seqs seqs;
} sample;

/* Random letters; later ones lean on earlier ones, so that the MI is not all noise. One
 * letter in `rarity` is missing (0: none, and no mask). */
static sample sample_new(size_t n_rows, size_t length, uint32_t n_letters, unsigned rarity,
                         uint64_t *random)
{
    const size_t row_bytes = fmi_row_bytes(length, n_letters);
    const size_t mask_bytes = fmi_mask_bytes(length);
    const int with_mask = rarity > 0 && n_letters == 4;
    uint8_t lut[256];
    sample s;

    s.codes = exact(n_rows * length);
    s.rows = exact(n_rows * row_bytes);
    s.mask = with_mask ? exact(n_rows * mask_bytes) : NULL;
    s.weights = NULL;
    for (size_t b = 0; b < 256; b++) {
        lut[b] = b < n_letters ? (uint8_t)b : FMI_UNKNOWN;
    }
    for (size_t n = 0; n < n_rows; n++) {
        uint8_t *row = s.codes + n * length;
        for (size_t i = 0; i < length; i++) {
            const uint64_t r = next_random(random);
            row[i] = (uint8_t)(r / 3 % n_letters);
            if (i >= 3 && r % 3 == 0) {
                row[i] = row[i - 3];
            }
            if (rarity > 0 && next_random(random) % rarity == 0) {
                row[i] = FMI_UNKNOWN;
            }
        }
        (void)fmi_encode_row(row, length, lut, n_letters, s.rows + n * row_bytes,
                             with_mask ? s.mask + n * mask_bytes : NULL);
    }
    s.seqs = (fmi_seqs){s.rows, s.mask, n_rows, length, n_letters, NULL};
    return s;
}

static void sample_free(sample *s)
{
    free(s->codes);
    free(s->rows);
    free(s->mask);
    free(s->weights);
}

/* Rows count 0 .. most times, in a few rows of 64 `large` times as often. */
static void sample_weigh(sample *s, uint64_t most, uint64_t large, uint64_t *random)
{
    free(s->weights);
    s->weights = exact(s->seqs.n_rows * sizeof *s->weights);
    for (size_t n = 0; n < s->seqs.n_rows; n++) {
        s->weights[n] = next_random(random) % (most + 1);
        if (next_random(random) % 64 == 0) {
            s->weights[n] *= large;
        }
    }
    s->seqs.weights = s->weights;
}

/* Code of the k-mer at i of row n; n_letters^k where a letter is missing. */
static size_t naive_kmer(const sample *s, size_t k, size_t n, size_t i)
{
    const uint8_t *row = s->codes + n * s->seqs.length;
    size_t code = 0, n_kmers = 1;
    int known = 1;

    for (size_t t = i; t < i + k; t++) {
        known = known && row[t] != FMI_UNKNOWN;
        code = code * s->seqs.n_letters + row[t];
        n_kmers *= s->seqs.n_letters;
    }
    return known ? code : n_kmers;
}

static void naive_table(const sample *s, size_t k, size_t i, size_t j, size_t n_kmers,
                        uint64_t *table)
{
    memset(table, 0, n_kmers * n_kmers * sizeof *table);
    for (size_t n = 0; n < s->seqs.n_rows; n++) {
        const size_t a = naive_kmer(s, k, n, i);
        const size_t b = naive_kmer(s, k, n, j);
        if (a < n_kmers && b < n_kmers) {
            table[a * n_kmers + b] += s->weights == NULL ? 1 : s->weights[n];
        }
    }
}

/* sum of p log2(p / (p_i p_j)) over all cells, the pseudocount spread evenly over them.
 * Kahan's sum, because long double is no wider than double on some platforms and under
 * valgrind. */
static double naive_mi(const uint64_t *table, size_t n_kmers, double pseudocount,
                       uint64_t *n)
{
    uint64_t *n_i = exact_zeroed(n_kmers * sizeof *n_i);
    uint64_t *n_j = exact_zeroed(n_kmers * sizeof *n_j);
    volatile long double sum = 0, lost = 0;

    *n = 0;
    for (size_t x = 0; x < n_kmers * n_kmers; x++) {
        n_i[x / n_kmers] += table[x];
        n_j[x % n_kmers] += table[x];
        *n += table[x];
    }
    const long double m = (long double)n_kmers;
    const long double g = (long double)pseudocount * (long double)*n;
    const long double total = (long double)*n + g;
    for (size_t x = 0; x < n_kmers * n_kmers; x++) {
        const long double p = ((long double)table[x] + g / (m * m)) / total;
        const long double p_i = ((long double)n_i[x / n_kmers] + g / m) / total;
        const long double p_j = ((long double)n_j[x % n_kmers] + g / m) / total;
        if (p > 0) {
            const volatile long double term = p * log2l(p / (p_i * p_j)) - lost;
            const volatile long double next = sum + term;
            lost = (next - sum) - term;
            sum = next;
        }
    }
    free(n_i);
    free(n_j);
    return *n == 0 ? (double)NAN : (double)sum;
}

static int same_mi(double mi, double expected)
{
    return isnan(expected) ? isnan(mi) : fabs(mi - expected) <= 1e-12;
}

/* ------------------------------------------------------------------------- sizes */

static void test_n_kmers(void)
{
    CHECK(fmi_n_kmers(4, 0) == 0);
    CHECK(fmi_n_kmers(4, 1) == 4);
    CHECK(fmi_n_kmers(4, 6) == 4096);
    CHECK(fmi_n_kmers(4, 7) == 0);
    CHECK(fmi_n_kmers(2, 13) == FMI_MAX_KMERS);
    CHECK(fmi_n_kmers(2, 14) == 0);
    CHECK(fmi_n_kmers(20, 3) == 8000);
    CHECK(fmi_n_kmers(20, 4) == 0);
    CHECK(fmi_n_kmers(90, 2) == 8100);
    CHECK(fmi_n_kmers(91, 2) == 0);
    CHECK(fmi_n_kmers(255, 1) == 255);
    CHECK(fmi_n_kmers(255, 2) == 0);
    CHECK(fmi_n_kmers(0, 1) == 0);
    CHECK(fmi_n_kmers(1, 1) == 0);
    CHECK(fmi_n_kmers(256, 1) == 0);
    CHECK(fmi_n_kmers(UINT32_MAX, 2) == 0);
    CHECK(fmi_n_kmers(2, 64) == 0 && fmi_n_kmers(4, 32) == 0); /* 2^64 wraps to 0 */
    CHECK(fmi_n_kmers(2, SIZE_MAX) == 0 && fmi_n_kmers(255, SIZE_MAX) == 0);
}

static void test_n_pairs(void)
{
    for (size_t length = 0; length <= 30; length++) {
        for (size_t k = 1; k <= 16; k++) {
            size_t n = 0;
            for (size_t i = 0; i + k <= length; i++) {
                for (size_t j = i + k; j + k <= length; j++) {
                    n++;
                }
            }
            CHECK(fmi_n_pairs(length, k) == n);
        }
        CHECK(fmi_n_pairs(length, 0) == 0);
    }
    CHECK(fmi_n_pairs(10, SIZE_MAX) == 0);
    CHECK(fmi_n_pairs(10, SIZE_MAX / 2 + 1) == 0); /* 2k wraps to 0 */
    CHECK(fmi_n_pairs(SIZE_MAX, SIZE_MAX / 2) == 0);
    CHECK(fmi_n_pairs(SIZE_MAX, SIZE_MAX / 2 + 1) == 0);
    if (SIZE_MAX > UINT32_MAX) {
        const uint64_t length = FMI_MAX_LENGTH;
        CHECK(fmi_n_pairs((size_t)length, 1) == length / 2 * (length - 1));
    }
}

/* ------------------------------------------------------------------------- k-mers */

static void check_columns(const sample *s, size_t k)
{
    const size_t n_rows = s->seqs.n_rows;
    uint16_t *codes = exact(n_rows * sizeof *codes);
    uint16_t *some = exact((n_rows - 3) * sizeof *some);

    for (size_t i = 0; i + k <= s->seqs.length; i++) {
        size_t n_wrong = 0;
        fmi_kmer_column(&s->seqs, k, i, 0, n_rows, codes);
        for (size_t n = 0; n < n_rows; n++) {
            n_wrong += codes[n] != naive_kmer(s, k, n, i);
        }
        CHECK(n_wrong == 0);
        fmi_kmer_column(&s->seqs, k, i, 2, n_rows - 1, some);
        CHECK(memcmp(some, codes + 2, (n_rows - 3) * sizeof *some) == 0);
    }
    free(codes);
    free(some);
}

static void test_columns(void)
{
    uint64_t random = 2;

    for (size_t length = 1; length <= 40; length++) {
        for (unsigned rarity = 0; rarity <= 9; rarity += 9) {
            sample dna = sample_new(25, length, 4, rarity, &random);
            sample protein = sample_new(25, length, 20, rarity, &random);
            for (size_t k = 1; k <= 6; k++) {
                check_columns(&dna, k);
                if (k <= 3) {
                    check_columns(&protein, k);
                }
            }
            sample_free(&dna);
            sample_free(&protein);
        }
    }
}

static void check_count_kmers(size_t n_rows, size_t length, uint32_t n_letters, size_t k,
                              unsigned rarity)
{
    uint64_t random = 3;
    sample s = sample_new(n_rows, length, n_letters, rarity, &random);
    if (rarity > 0) {
        sample_weigh(&s, UINT64_C(1) << 36, 1, &random);
    }
    const size_t n_kmers = fmi_n_kmers(n_letters, k);
    const size_t size = (length - k + 1) * n_kmers;
    uint64_t *counts = exact_zeroed(size * sizeof *counts);
    uint64_t *expected = exact_zeroed(size * sizeof *expected);

    counts[size - 1] = expected[size - 1] = UINT64_C(1) << 40; /* counts are added to */
    fmi_control control = {0, 0};
    CHECK(fmi_count_kmers(&s.seqs, k, &TWO_THREADS, &control, counts) == FMI_OK);
    CHECK(control.done == (int64_t)(n_rows * (length - k + 1)));
    for (size_t n = 0; n < n_rows; n++) {
        for (size_t i = 0; i + k <= length; i++) {
            const size_t code = naive_kmer(&s, k, n, i);
            if (code < n_kmers) {
                expected[i * n_kmers + code] += s.weights == NULL ? 1 : s.weights[n];
            }
        }
    }
    CHECK(memcmp(counts, expected, size * sizeof *counts) == 0);
    free(counts);
    free(expected);
    sample_free(&s);
}

static void test_count_kmers(void)
{
    for (unsigned rarity = 0; rarity <= 10; rarity += 10) {
        check_count_kmers(9000, 7, 4, 2, rarity); /* three blocks of rows */
        check_count_kmers(300, 11, 4, 6, rarity);
        check_count_kmers(200, 3, 4, 3, rarity); /* one position */
        check_count_kmers(200, 9, 20, 2, rarity);
        check_count_kmers(100, 26, 2, 13, rarity); /* FMI_MAX_KMERS */
        check_count_kmers(0, 5, 4, 1, rarity);
    }
}

/* --------------------------------------------------------------------------- pairs */

/* All tables of a set, one behind the other, by the loops above. */
static uint64_t *naive_tables(const sample *s, size_t k, size_t n_kmers)
{
    const size_t cells = n_kmers * n_kmers;
    uint64_t *tables = exact(fmi_n_pairs(s->seqs.length, k) * cells * sizeof *tables);
    size_t pair = 0;

    for (size_t i = 0; i + k <= s->seqs.length; i++) {
        for (size_t j = i + k; j + k <= s->seqs.length; j++) {
            naive_table(s, k, i, j, n_kmers, tables + pair * cells);
            pair++;
        }
    }
    return tables;
}

static void check_count_pair(const sample *s, size_t k, size_t n_kmers,
                             const uint64_t *expected)
{
    const size_t cells = n_kmers * n_kmers;
    uint64_t *table = exact(cells * sizeof *table);
    size_t pair = 0;

    for (size_t i = 0; i + k <= s->seqs.length; i++) {
        for (size_t j = i + k; j + k <= s->seqs.length; j++) {
            memset(table, 0, cells * sizeof *table);
            CHECK(fmi_count_pair(&s->seqs, k, i, j, table) == FMI_OK);
            CHECK(memcmp(table, expected + pair * cells, cells * sizeof *table) == 0);
            pair++;
        }
    }
    free(table);
}

static void check_count_pairs(const sample *s, size_t k, size_t n_kmers,
                              const fmi_options *options, const uint64_t *expected)
{
    const size_t n_pairs = fmi_n_pairs(s->seqs.length, k);
    const size_t size = n_pairs * n_kmers * n_kmers;
    fmi_control control = {0, 0};
    uint32_t *tables = exact(size * sizeof *tables);
    size_t n_wrong = 0;

    for (size_t x = 0; x < size; x++) {
        tables[x] = (uint32_t)(x % 5); /* counts are added to */
    }
    CHECK(fmi_count_pairs(&s->seqs, k, options, &control, tables) == FMI_OK);
    for (size_t x = 0; x < size; x++) {
        n_wrong += tables[x] != expected[x] + x % 5;
    }
    CHECK(n_wrong == 0);
    CHECK(control.done == (int64_t)(n_pairs * s->seqs.n_rows) && control.cancel == 0);
    free(tables);
}

static void check_weigh_pairs(const sample *s, size_t k, size_t n_kmers,
                              const fmi_options *options, const uint64_t *expected)
{
    const size_t n_pairs = fmi_n_pairs(s->seqs.length, k);
    const size_t size = n_pairs * n_kmers * n_kmers;
    fmi_control control = {0, 0};
    uint64_t *tables = exact(size * sizeof *tables);
    size_t n_wrong = 0;

    for (size_t x = 0; x < size; x++) {
        tables[x] = x % 5; /* weights are added to */
    }
    CHECK(fmi_weigh_pairs(&s->seqs, k, options, &control, tables) == FMI_OK);
    for (size_t x = 0; x < size; x++) {
        n_wrong += tables[x] != expected[x] + x % 5;
    }
    CHECK(n_wrong == 0);
    CHECK(control.done == (int64_t)(n_pairs * s->seqs.n_rows) && control.cancel == 0);
    free(tables);
}

/* fmi_mi_tables, where the counts have 32 bits, or fmi_mi_weights. */
static int mi_of_tables(const uint64_t *tables, size_t n_pairs, size_t n_kmers,
                        double pseudocount, const fmi_options *options, int narrow,
                        double *mi, uint64_t *n_ij)
{
    const size_t size = n_pairs * n_kmers * n_kmers;
    fmi_control control = {0, 0};

    if (!narrow) {
        return fmi_mi_weights(tables, n_pairs, n_kmers, pseudocount, options, &control, mi,
                              n_ij);
    }
    uint32_t *counts = exact(size * sizeof *counts);
    for (size_t x = 0; x < size; x++) {
        counts[x] = (uint32_t)tables[x];
    }
    const int status =
        fmi_mi_tables(counts, n_pairs, n_kmers, pseudocount, options, &control, mi, n_ij);
    free(counts);
    return status;
}

/* What a sample's MI must be, at one pseudocount: bit for bit the same from all kernels. */
typedef struct {
    size_t n_pairs;
    double pseudocount;
    double *mi, *again;
    uint64_t *n_ij, *n_again;
} answer;

static int same_answer(const answer *x)
{
    return memcmp(x->again, x->mi, x->n_pairs * sizeof *x->mi) == 0 &&
           memcmp(x->n_again, x->n_ij, x->n_pairs * sizeof *x->n_ij) == 0;
}

static void forget(const answer *x)
{
    memset(x->again, 1, x->n_pairs * sizeof *x->again);
    memset(x->n_again, 1, x->n_pairs * sizeof *x->n_again);
}

/* The answer of one thread, held against the loops above. */
static answer answer_new(const sample *s, size_t k, size_t n_kmers, double pseudocount,
                         const uint64_t *tables)
{
    static const fmi_options one_thread = {.n_threads = 1};
    const size_t n = fmi_n_pairs(s->seqs.length, k);
    fmi_control control = {0, 0};
    const answer x = {n,
                      pseudocount,
                      exact(n * sizeof(double)),
                      exact(n * sizeof(double)),
                      exact(n * sizeof(uint64_t)),
                      exact(n * sizeof(uint64_t))};

    CHECK(fmi_pairwise_mi(&s->seqs, k, pseudocount, &one_thread, &control, x.mi, x.n_ij) ==
          FMI_OK);
    for (size_t pair = 0; pair < n; pair++) {
        uint64_t n_pair = 0;
        const double expected =
            naive_mi(tables + pair * n_kmers * n_kmers, n_kmers, pseudocount, &n_pair);
        CHECK(same_mi(x.mi[pair], expected));
        CHECK(!(x.mi[pair] < 0.0));
        CHECK(x.n_ij[pair] == n_pair);
    }
    return x;
}

static void answer_free(answer *x)
{
    free(x->mi);
    free(x->again);
    free(x->n_ij);
    free(x->n_again);
}

static void check_mi(const sample *s, size_t k, const fmi_options *options, const answer *x)
{
    static const int threads[] = {1, 2, 5};

    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        fmi_control control = {0, 0};
        fmi_options with = *options;
        with.n_threads = threads[t];
        forget(x);
        CHECK(fmi_pairwise_mi(&s->seqs, k, x->pseudocount, &with, &control, x->again,
                              x->n_again) == FMI_OK);
        CHECK(control.done == (int64_t)(x->n_pairs * s->seqs.n_rows));
        CHECK(same_answer(x));
    }
}

/* MI of the tables, as weights and, where they are narrow, as counts. */
static void check_mi_of_tables(size_t n_kmers, int isa, int narrow, const uint64_t *tables,
                               const answer *x)
{
    static const int threads[] = {1, 2, 5};

    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        const fmi_options options = {.n_threads = threads[t], .isa = isa};
        for (int few = 0; few <= narrow; few++) {
            forget(x);
            CHECK(mi_of_tables(tables, x->n_pairs, n_kmers, x->pseudocount, &options, few,
                               x->again, x->n_again) == FMI_OK);
            CHECK(same_answer(x));
        }
    }
}

/* The tables of a sample, whose weights sum to less than 2^32 or, if not narrow, to less
 * than 2^63, by all kernels that can make them. */
static void check_tables(const sample *s, size_t k, size_t n_kmers,
                         const fmi_options *options, int narrow, const uint64_t *tables)
{
    static const struct {
        int n_threads;
        size_t most_rows; /* flush as often as can be, and between */
    } ways[] = {{1, 0}, {5, 64}, {2, 200}};

    for (size_t x = s->weights == NULL ? 0 : 1; x < sizeof ways / sizeof *ways; x++) {
        fmi_options with = *options;
        with.n_threads = ways[x].n_threads;
        with.most_rows = ways[x].most_rows;
        if (options->kernel != FMI_KERNEL_SPARSE) {
            check_weigh_pairs(s, k, n_kmers, &with, tables);
        }
        if (options->kernel != FMI_KERNEL_SPARSE && narrow) {
            check_count_pairs(s, k, n_kmers, &with, tables);
        }
    }
}

static void check_sample(const sample *s, size_t k, int narrow)
{
    static const double pseudocounts[] = {0.5, 0.0, 5.0};
    const size_t n_answers = s->weights == NULL ? 3 : 1; /* time is short under valgrind */
    const size_t n_kmers = fmi_n_kmers(s->seqs.n_letters, k);
    uint64_t *tables = naive_tables(s, k, n_kmers);
    answer answers[3];

    check_count_pair(s, k, n_kmers, tables);
    for (size_t p = 0; p < n_answers; p++) {
        answers[p] = answer_new(s, k, n_kmers, pseudocounts[p], tables);
        for (int isa = 0; isa < FMI_N_ISAS; isa++) {
            if (fmi_isa_resolve(isa) >= 0) {
                check_mi_of_tables(n_kmers, isa, narrow, tables, answers + p);
            }
        }
    }
    for (int kernel = 0; kernel < FMI_N_KERNELS; kernel++) {
        for (int isa = 0; isa < FMI_N_ISAS; isa++) {
            const fmi_options options = {.n_threads = 1, .isa = isa, .kernel = kernel};
            if (fmi_kernel_name(&s->seqs, k, &options) == NULL) {
                CHECK((kernel > FMI_KERNEL_PLAIN && kernel != FMI_KERNEL_WEIGHTS) ||
                      (kernel == FMI_KERNEL_PLAIN && !narrow) || fmi_isa_resolve(isa) < 0);
                continue;
            }
            CHECK(fmi_scratch_bytes(&s->seqs, k, &options) > 0);
            check_tables(s, k, n_kmers, &options, narrow, tables);
            for (size_t p = 0; p < n_answers; p++) {
                check_mi(s, k, &options, answers + p);
            }
        }
    }
    for (size_t p = 0; p < n_answers; p++) {
        answer_free(answers + p);
    }
    free(tables);
}

static void test_pairs(void)
{
    static const struct {
        size_t n_rows, length;
        uint32_t n_letters;
        size_t k;
    } shapes[] = {
        {9001, 6, 4, 1}, /* three blocks of rows */
        {300, 37, 4, 1}, /* three tiles a side, the last one cut */
        {1, 5, 4, 1},     {0, 5, 4, 1},     {200, 2, 4, 1}, /* nearly nothing */
        {500, 23, 4, 2},  {500, 9, 4, 3},   {120, 22, 4, 3}, {300, 10, 4, 4},
        {50, 8, 4, 4},    {400, 19, 20, 1}, {300, 6, 20, 2}, {400, 33, 2, 1},
        {900, 5, 255, 1}, {300, 20, 2, 8},  {300, 17, 2, 7},
    };
    uint64_t random = 4;

    for (size_t x = 0; x < sizeof shapes / sizeof *shapes; x++) {
        for (unsigned rarity = 0; rarity <= 8; rarity += 8) {
            sample s = sample_new(shapes[x].n_rows, shapes[x].length, shapes[x].n_letters,
                                  rarity, &random);
            check_sample(&s, shapes[x].k, 1);
            sample_weigh(&s, 3, 100, &random);
            check_sample(&s, shapes[x].k, 1);
            sample_weigh(&s, UINT64_C(1) << 36, 1, &random);
            check_sample(&s, shapes[x].k, 0);
            sample_free(&s);
        }
    }
}

/* A column without a single known letter: its pairs have nothing behind them. */
static void test_all_missing(void)
{
    uint64_t random = 5;
    sample s = sample_new(40, 6, 20, 0, &random);

    for (size_t n = 0; n < s.seqs.n_rows; n++) {
        s.codes[n * 6 + 2] = s.rows[n * 6 + 2] = FMI_UNKNOWN;
    }
    check_sample(&s, 1, 1);
    check_sample(&s, 2, 1);
    sample_weigh(&s, UINT64_C(1) << 40, 1, &random);
    check_sample(&s, 1, 0);
    check_sample(&s, 2, 0);
    sample_free(&s);
}

/* Numbers known without any loop: a copied column gives log2 of its equally frequent
 * letters, an independent or a constant one 0. */
static void test_by_hand(void)
{
    enum { ROWS = 16, LENGTH = 4, PAIRS = 6 };
    static const double expected[PAIRS] = {2, 0, 0, 0, 0, 0};
    uint8_t codes[ROWS * LENGTH], rows[ROWS];
    uint32_t n_unknown[ROWS];
    uint64_t n_ij[PAIRS];
    double mi[PAIRS];
    uint8_t lut[256] = {0, 1, 2, 3};
    const fmi_seqs seqs = {rows, NULL, ROWS, LENGTH, 4, NULL};
    fmi_control control = {0, 0};

    for (size_t n = 0; n < ROWS; n++) {
        const uint8_t row[LENGTH] = {(uint8_t)(n % 4), (uint8_t)(n % 4), (uint8_t)(n / 4),
                                     3};
        memcpy(codes + n * LENGTH, row, LENGTH);
    }
    fmi_encode_rows(codes, ROWS, LENGTH, lut, 4, rows, NULL, n_unknown);
    CHECK(fmi_pairwise_mi(&seqs, 1, 0.0, &TWO_THREADS, &control, mi, n_ij) == FMI_OK);
    for (size_t pair = 0; pair < PAIRS; pair++) {
        CHECK(same_mi(mi[pair], expected[pair]));
        CHECK(n_ij[pair] == ROWS);
    }
}

/* Counts beyond the memo of small ones, up to the largest a cell can hold. */
static void test_large_counts(void)
{
    static const uint64_t tables[3][4] = {
        {UINT32_MAX / 2, 0, 0, UINT32_MAX / 2 + 1},
        {UINT32_MAX / 4, UINT32_MAX / 4, UINT32_MAX / 4, UINT32_MAX / 4 + 3},
        {4094, 4095, 4096, 4097},
    };
    double mi[3];
    uint64_t n_ij[3];

    for (double pseudocount = 0.0; pseudocount < 6.0; pseudocount += 2.5) {
        CHECK(mi_of_tables(*tables, 3, 2, pseudocount, &TWO_THREADS, 1, mi, n_ij) ==
              FMI_OK);
        for (size_t t = 0; t < 3; t++) {
            uint64_t n = 0;
            CHECK(same_mi(mi[t], naive_mi(tables[t], 2, pseudocount, &n)));
            CHECK(n_ij[t] == n);
        }
    }
}

/* Weights up to the largest sum. */
static void test_large_weights(void)
{
    const uint64_t most = INT64_MAX;
    const uint64_t tables[3][4] = {{most / 2, 0, 0, most / 2 + 1},
                                   {most / 4, most / 4, most / 4, most / 4 + 3},
                                   {1, 0, most / 3, 1}};
    const uint64_t too_much[2][4] = {{most, 1, 0, 0}, {UINT64_MAX, UINT64_MAX, 3, 0}};
    static const uint8_t rows[3] = {0};
    static const uint64_t weights[3] = {INT64_MAX - 1, 2, 0};
    fmi_seqs seqs = {rows, NULL, 3, 2, 4, weights};
    fmi_control control = {0, 0};
    double mi[3];
    uint64_t n_ij[3], table[16] = {0};
    uint32_t counts[16] = {0};

    for (double pseudocount = 0.0; pseudocount < 6.0; pseudocount += 2.5) {
        CHECK(mi_of_tables(*tables, 3, 2, pseudocount, &TWO_THREADS, 0, mi, n_ij) ==
              FMI_OK);
        for (size_t t = 0; t < 3; t++) {
            uint64_t n = 0;
            CHECK(same_mi(mi[t], naive_mi(tables[t], 2, pseudocount, &n)));
            CHECK(n_ij[t] == n);
        }
    }
    CHECK(mi_of_tables(*too_much, 2, 2, 0.0, &TWO_THREADS, 0, mi, n_ij) ==
          FMI_ERR_OVERFLOW);
    CHECK(isnan(mi[0]) && isnan(mi[1]));
    CHECK(fmi_weigh_pairs(&seqs, 1, &TWO_THREADS, &control, table) == FMI_ERR_OVERFLOW);
    CHECK(fmi_pairwise_mi(&seqs, 1, 0.0, &TWO_THREADS, &control, mi, n_ij) ==
          FMI_ERR_OVERFLOW);
    CHECK(fmi_count_pair(&seqs, 1, 0, 1, table) == FMI_ERR_OVERFLOW);
    CHECK(fmi_count_kmers(&seqs, 1, &TWO_THREADS, &control, table) == FMI_ERR_OVERFLOW);
    seqs.n_rows = 1;
    CHECK(fmi_weigh_pairs(&seqs, 1, &TWO_THREADS, &control, table) == FMI_OK);
    CHECK(table[0] == INT64_MAX - 1);
    CHECK(fmi_count_pairs(&seqs, 1, &TWO_THREADS, &control, counts) == FMI_ERR_OVERFLOW);
    CHECK(counts[0] == 0);
}

/* Rows that count nothing are not there. */
static void test_no_weight(void)
{
    static const uint8_t rows[2] = {0x1B, 0xE4};
    static const uint64_t weights[2] = {0, 0};
    const fmi_seqs seqs = {rows, NULL, 2, 4, 4, weights};
    fmi_control control = {0, 0};
    double mi[6];
    uint64_t n_ij[6];

    CHECK(fmi_pairwise_mi(&seqs, 1, 5.0, &TWO_THREADS, &control, mi, n_ij) == FMI_OK);
    for (size_t pair = 0; pair < 6; pair++) {
        CHECK(isnan(mi[pair]) && n_ij[pair] == 0);
    }
    CHECK(control.done == 12);
}

/* --------------------------------------------------------------------------- refusals
 */

static void test_cancelled(void)
{
    uint64_t random = 6;
    sample s = sample_new(50, 6, 4, 0, &random);
    fmi_control control = {0, 1};
    uint32_t tables[15 * 16] = {0};
    uint64_t n_ij[15];
    double mi[15];

    for (int n_threads = 1; n_threads <= 5; n_threads += 2) {
        const fmi_options options = {.n_threads = n_threads};
        CHECK(fmi_pairwise_mi(&s.seqs, 1, 0.0, &options, &control, mi, n_ij) ==
              FMI_ERR_CANCELLED);
        CHECK(fmi_count_pairs(&s.seqs, 1, &options, &control, tables) == FMI_ERR_CANCELLED);
        CHECK(fmi_mi_tables(tables, 15, 4, 0.0, &options, &control, mi, n_ij) ==
              FMI_ERR_CANCELLED);
    }
    CHECK(control.done == 0 && control.cancel == 1);
    sample_free(&s);
}

/* What both drivers, and fmi_scratch_bytes, say to a set and a k. */
static int run_both(fmi_seqs seqs, size_t k, int n_threads)
{
    const fmi_options options = {.n_threads = n_threads}, one = {.n_threads = 1};
    fmi_control control = {0, 0};
    uint32_t table[1] = {0};
    uint64_t n_ij[1];
    double mi[1];
    const int status = fmi_pairwise_mi(&seqs, k, 0.5, &options, &control, mi, n_ij);

    CHECK(fmi_count_pairs(&seqs, k, &options, &control, table) == status);
    if (n_threads > 0) {
        CHECK(fmi_scratch_bytes(&seqs, k, &one) == 0);
    }
    CHECK(table[0] == 0 && control.done == 0);
    return status;
}

static void test_bad_sets(void)
{
    static const uint8_t rows[16] = {0};
    const fmi_seqs dna = {rows, NULL, 2, 8, 4, NULL};
    fmi_seqs other = dna;

    CHECK(run_both(dna, 0, 1) == FMI_ERR_BAD_PARAM);
    CHECK(run_both(dna, 5, 1) == FMI_ERR_BAD_PARAM); /* length < 2k */
    CHECK(run_both(dna, 7, 1) == FMI_ERR_BAD_PARAM); /* 4^7 k-mers */
    CHECK(run_both(dna, SIZE_MAX, 1) == FMI_ERR_BAD_PARAM);
    CHECK(run_both(dna, 1, 0) == FMI_ERR_BAD_PARAM);
    CHECK(run_both(dna, 1, -1) == FMI_ERR_BAD_PARAM);
    other.n_letters = 1;
    CHECK(run_both(other, 1, 1) == FMI_ERR_BAD_PARAM);
    other.n_letters = 256;
    CHECK(run_both(other, 1, 1) == FMI_ERR_BAD_PARAM);
    other = dna;
    other.length = 0;
    CHECK(run_both(other, 1, 1) == FMI_ERR_BAD_PARAM);
    other.length = FMI_MAX_LENGTH + 1;
    CHECK(run_both(other, 1, 1) == FMI_ERR_BAD_PARAM);
    other = dna;
    other.n_rows = UINT32_MAX;
    if (SIZE_MAX > UINT32_MAX) {
        other.n_rows++;
        CHECK(run_both(other, 1, 1) == FMI_ERR_OVERFLOW);
    }
}

static void test_bad_numbers(void)
{
    static const double bad[] = {-1.0, -1e-300, (double)NAN, (double)INFINITY};
    static const uint8_t rows[2] = {0x1B, 0xE4};
    const fmi_seqs seqs = {rows, NULL, 2, 4, 4, NULL};
    uint32_t tables[6 * 16] = {0};
    fmi_control control = {0, 0};
    uint64_t n_ij[6];
    double mi[6];

    for (size_t x = 0; x < sizeof bad / sizeof *bad; x++) {
        CHECK(fmi_pairwise_mi(&seqs, 1, bad[x], &TWO_THREADS, &control, mi, n_ij) ==
              FMI_ERR_BAD_PARAM);
        CHECK(fmi_mi_tables(tables, 6, 4, bad[x], &TWO_THREADS, &control, mi, n_ij) ==
              FMI_ERR_BAD_PARAM);
    }
    CHECK(fmi_mi_tables(tables, 6, 0, 0.0, &TWO_THREADS, &control, mi, n_ij) ==
          FMI_ERR_BAD_PARAM);
    CHECK(fmi_mi_tables(tables, 6, 1, 0.0, &TWO_THREADS, &control, mi, n_ij) ==
          FMI_ERR_BAD_PARAM);
    CHECK(fmi_mi_tables(tables, 6, FMI_MAX_KMERS + 1, 0.0, &TWO_THREADS, &control, mi,
                        n_ij) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_mi_tables(tables, 6, 4, 0.0, &(fmi_options){.n_threads = 0}, &control, mi,
                        n_ij) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_mi_tables(tables, 0, 4, 0.0, &TWO_THREADS, &control, mi, n_ij) == FMI_OK);
}

static void test_bad_positions(void)
{
    static const uint8_t rows[2] = {0x1B, 0xE4};
    const fmi_seqs seqs = {rows, NULL, 2, 4, 4, NULL};
    uint64_t table[16] = {0}, counts[16] = {0};
    fmi_control control = {0, 0};

    CHECK(fmi_count_pair(&seqs, 1, 0, 4, table) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_count_pair(&seqs, 1, 2, 1, table) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_count_pair(&seqs, 1, 0, SIZE_MAX, table) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_count_pair(&seqs, 0, 0, 1, table) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_count_pair(&seqs, 5, 0, 0, table) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_count_pair(&seqs, 7, 0, 0, table) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_count_kmers(&seqs, 0, &TWO_THREADS, &control, counts) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_count_kmers(&seqs, 5, &TWO_THREADS, &control, counts) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_count_kmers(&seqs, 7, &TWO_THREADS, &control, counts) == FMI_ERR_BAD_PARAM);
    for (size_t x = 0; x < 16; x++) {
        CHECK(table[x] == 0 && counts[x] == 0);
    }
}

int main(void)
{
#ifdef _OPENMP
    CHECK(fmi_has_openmp() == 1);
#else
    CHECK(fmi_has_openmp() == 0);
#endif
    test_n_kmers();
    test_n_pairs();
    test_columns();
    test_count_kmers();
    test_pairs();
    test_all_missing();
    test_by_hand();
    test_large_counts();
    test_large_weights();
    test_no_weight();
    test_cancelled();
    test_bad_sets();
    test_bad_numbers();
    test_bad_positions();
    return check_done();
}
