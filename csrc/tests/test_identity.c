/* Numbers of alike rows against a loop over plain letter codes.
 *
 * The loop compares every ordered pair letter by letter and divides; it knows nothing of
 * planes, blocks, equal rows or tiles.
 */
#include <math.h>

#include "check.h"

static const int ISAS[] = {FMI_ISA_BEST, FMI_ISA_SCALAR, FMI_ISA_AVX2, FMI_ISA_AVX512};

/* A sequence set twice: as one code a byte, and packed. */
typedef struct {
    uint8_t *codes;
    uint8_t *rows;
    uint8_t *mask;
    fmi_seqs seqs;
} sample;

static void sample_pack(sample *s, size_t n_rows, size_t length, uint32_t n_letters,
                        int with_mask)
{
    const size_t row_bytes = fmi_row_bytes(length, n_letters);
    const size_t mask_bytes = fmi_mask_bytes(length);
    uint8_t lut[256];

    s->rows = exact(n_rows * row_bytes);
    s->mask = with_mask ? exact(n_rows * mask_bytes) : NULL;
    for (size_t b = 0; b < 256; b++) {
        lut[b] = b < n_letters ? (uint8_t)b : FMI_UNKNOWN;
    }
    for (size_t n = 0; n < n_rows; n++) {
        (void)fmi_encode_row(s->codes + n * length, length, lut, n_letters,
                             s->rows + n * row_bytes,
                             with_mask ? s->mask + n * mask_bytes : NULL);
    }
    s->seqs = (fmi_seqs){s->rows, s->mask, n_rows, length, n_letters, NULL};
}

/* Rows that lean on one another: each a copy of an earlier one in which every tenth letter
 * or so is drawn anew, or none. One letter in `rarity` is missing (0: none, no mask). */
static sample sample_new(size_t n_rows, size_t length, uint32_t n_letters, unsigned rarity,
                         uint64_t *random)
{
    sample s;

    s.codes = exact(n_rows * length);
    for (size_t n = 0; n < n_rows; n++) {
        const size_t like = n == 0 ? 0 : (size_t)(next_random(random) % n);
        const uint64_t change = next_random(random) % 3; /* 0: an equal row */
        for (size_t i = 0; i < length; i++) {
            uint8_t *letter = s.codes + n * length + i;
            *letter = s.codes[like * length + i];
            if (n == 0 || (change > 0 && next_random(random) % 10 == 0)) {
                *letter = (uint8_t)(next_random(random) % n_letters);
                if (rarity > 0 && next_random(random) % rarity == 0) {
                    *letter = FMI_UNKNOWN;
                }
            }
        }
    }
    sample_pack(&s, n_rows, length, n_letters, rarity > 0 && n_letters == 4);
    return s;
}

static void sample_free(sample *s)
{
    free(s->codes);
    free(s->rows);
    free(s->mask);
}

static void count_by_letters(const sample *s, double identity, int gaps,
                             uint32_t *neighbours)
{
    const size_t length = s->seqs.length;

    for (size_t a = 0; a < s->seqs.n_rows; a++) {
        const uint8_t *x = s->codes + a * length;
        neighbours[a] = 0;
        for (size_t b = 0; b < s->seqs.n_rows; b++) {
            const uint8_t *y = s->codes + b * length;
            size_t matches = 0, known = 0;
            for (size_t i = 0; i < length; i++) {
                const size_t counts = gaps == FMI_GAPS_MATCH || x[i] != FMI_UNKNOWN;
                known += counts;
                matches += counts && x[i] == y[i];
            }
            neighbours[a] +=
                a == b || (known > 0 && (double)matches / (double)known >= identity);
        }
    }
}

static int64_t pairs_of(size_t n)
{
    return n == 0 ? 0 : (int64_t)(n * (n - 1) / 2);
}

static void check_sample(const sample *s, double identity, int gaps, int all_threads)
{
    const size_t n = s->seqs.n_rows, bytes = n * sizeof(uint32_t);
    uint32_t *expected = exact(bytes);

    count_by_letters(s, identity, gaps, expected);
    for (size_t x = 0; x < sizeof ISAS / sizeof *ISAS; x++) {
        if (fmi_isa_resolve(ISAS[x]) < 0) {
            continue;
        }
        for (int threads = 1; threads <= (all_threads ? 5 : 1); threads += 2) {
            uint32_t *found = exact(bytes);
            fmi_control control = {0, 0};
            CHECK(fmi_count_neighbours(&s->seqs, identity, gaps,
                                       &(fmi_options){.n_threads = threads, .isa = ISAS[x]},
                                       &control, found) == FMI_OK);
            CHECK(n == 0 || memcmp(found, expected, bytes) == 0);
            CHECK(control.done == pairs_of(n));
            free(found);
        }
    }
    free(expected);
}

static void test_shapes(void)
{
    static const size_t sizes[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 33, 63, 64, 65, 130};
    static const uint32_t letters[] = {2, 3, 4, 20, 21, 254, 255};
    static const double identities[] = {0.01, 0.3, 0.5, 0.8, 0.95, 1.0};
    uint64_t random = 7;
    size_t turn = 0;

    for (size_t a = 0; a < sizeof sizes / sizeof *sizes; a++) {
        for (size_t b = 0; b < sizeof sizes / sizeof *sizes; b++) {
            for (size_t c = 0; c < sizeof letters / sizeof *letters; c++, turn++) {
                const unsigned rarity = turn % 3 == 0 ? 0 : 3;
                sample s = sample_new(sizes[a], sizes[b], letters[c], rarity, &random);
                check_sample(&s, identities[turn % 6], FMI_GAPS_MATCH, turn % 5 == 0);
                check_sample(&s, identities[turn % 6], FMI_GAPS_IGNORE, turn % 5 == 0);
                sample_free(&s);
            }
        }
    }
}

/* Several tiles, with a last one that is not full. */
static void test_tiles(void)
{
    uint64_t random = 11;

    for (unsigned rarity = 0; rarity < 10; rarity += 9) {
        sample s = sample_new(1100, 20, 20, rarity, &random);
        check_sample(&s, 0.8, FMI_GAPS_MATCH, 1);
        check_sample(&s, 0.8, FMI_GAPS_IGNORE, 1);
        sample_free(&s);
    }
    sample s = sample_new(50, 20000, 20, 9, &random); /* one block a tile */
    check_sample(&s, 0.9, FMI_GAPS_MATCH, 1);
    check_sample(&s, 0.9, FMI_GAPS_IGNORE, 1);
    sample_free(&s);
}

/* Four rows at 0.8, - is missing.  Where gaps match, 1 and 2 are alike (8 of 10), and 3 and
 * 4 (9 of 10).  Where they are ignored, 1 and 2; all of 3's two letters are in 1 and 2, and
 * 4's only letter is in all others.
 *   1 ACGTACGTAC   2 ACGTACGTTT   3 AC--------   4 A--------- */
static void test_by_hand(void)
{
    static const uint8_t codes[4][10] = {
        {0, 1, 2, 3, 0, 1, 2, 3, 0, 1},
        {0, 1, 2, 3, 0, 1, 2, 3, 3, 3},
        {0, 1, 255, 255, 255, 255, 255, 255, 255, 255},
        {0, 255, 255, 255, 255, 255, 255, 255, 255, 255},
    };
    static const uint32_t match[4] = {2, 2, 2, 2}, ignore[4] = {2, 2, 3, 4};
    sample s;
    uint32_t found[4];
    fmi_control control = {0, 0};

    s.codes = exact(sizeof codes);
    memcpy(s.codes, codes, sizeof codes);
    sample_pack(&s, 4, 10, 4, 1);
    CHECK(fmi_count_neighbours(&s.seqs, 0.8, FMI_GAPS_MATCH, &(fmi_options){.n_threads = 1},
                               &control, found) == FMI_OK);
    CHECK(memcmp(found, match, sizeof match) == 0);
    CHECK(fmi_count_neighbours(&s.seqs, 0.8, FMI_GAPS_IGNORE,
                               &(fmi_options){.n_threads = 1}, &control, found) == FMI_OK);
    CHECK(memcmp(found, ignore, sizeof ignore) == 0);
    check_sample(&s, 0.8, FMI_GAPS_MATCH, 1);
    check_sample(&s, 0.8, FMI_GAPS_IGNORE, 1);
    sample_free(&s);
}

/* A fraction a / b asks for a matches of b, whatever a / b * b rounds to. */
static void test_least_matches(void)
{
    int wrong = 0;

    for (size_t n = 1; n <= 700; n++) {
        for (size_t m = 1; m <= n; m++) {
            wrong += fmi_least_matches((double)m / (double)n, n) != m;
        }
    }
    CHECK(wrong == 0);
    CHECK(fmi_least_matches(0.8, 5) == 4);
    CHECK(fmi_least_matches(0.8, 10) == 8);
    CHECK(fmi_least_matches(0.8, 11) == 9);
    CHECK(fmi_least_matches(1e-9, 11) == 1);
    CHECK(fmi_least_matches(1.0, FMI_MAX_LENGTH) == FMI_MAX_LENGTH);
    CHECK(fmi_least_matches(0.5, 0) == 1);
}

static void test_refusals(void)
{
    uint64_t random = 3;
    sample s = sample_new(40, 30, 20, 0, &random);
    fmi_control control = {0, 0};
    uint32_t found[40];
    fmi_seqs seqs = s.seqs;

#define REFUSED(identity, gaps, set, threads)                                              \
    CHECK(fmi_count_neighbours(&seqs, identity, gaps,                                      \
                               &(fmi_options){.n_threads = threads, .isa = set}, &control, \
                               found) == FMI_ERR_BAD_PARAM)
    REFUSED(0.0, FMI_GAPS_MATCH, FMI_ISA_BEST, 1);
    REFUSED(-0.5, FMI_GAPS_MATCH, FMI_ISA_BEST, 1);
    REFUSED(1.0001, FMI_GAPS_MATCH, FMI_ISA_BEST, 1);
    REFUSED((double)NAN, FMI_GAPS_MATCH, FMI_ISA_BEST, 1);
    REFUSED(0.8, 2, FMI_ISA_BEST, 1);
    REFUSED(0.8, FMI_GAPS_MATCH, FMI_ISA_BEST, 0);
    REFUSED(0.8, FMI_GAPS_MATCH, -1, 1);
    REFUSED(0.8, FMI_GAPS_MATCH, 4, 1);
    for (int isa = FMI_ISA_SCALAR; isa <= FMI_ISA_AVX512; isa++) {
        if (fmi_isa_resolve(isa) < 0) {
            CHECK(fmi_count_neighbours(&seqs, 0.8, FMI_GAPS_MATCH,
                                       &(fmi_options){.n_threads = 1, .isa = isa}, &control,
                                       found) == FMI_ERR_NO_ISA);
        }
    }
    seqs.length = 0;
    REFUSED(0.8, FMI_GAPS_MATCH, FMI_ISA_BEST, 1);
    seqs.length = (size_t)FMI_MAX_LENGTH + 1;
    REFUSED(0.8, FMI_GAPS_MATCH, FMI_ISA_BEST, 1);
#undef REFUSED
    seqs = (fmi_seqs){NULL, NULL, 0, 30, 20, NULL};
    CHECK(fmi_count_neighbours(&seqs, 0.8, FMI_GAPS_MATCH, &(fmi_options){.n_threads = 1},
                               &control, NULL) == FMI_OK);
    control.cancel = 1;
    CHECK(fmi_count_neighbours(&s.seqs, 0.8, FMI_GAPS_MATCH, &(fmi_options){.n_threads = 2},
                               &control, found) == FMI_ERR_CANCELLED);
    sample_free(&s);
}

int main(void)
{
    CHECK(fmi_isa_resolve(FMI_ISA_BEST) > 0 && fmi_isa_resolve(FMI_ISA_SCALAR) > 0);
    test_by_hand();
    test_least_matches();
    test_shapes();
    test_tiles();
    test_refusals();
    return check_done();
}
