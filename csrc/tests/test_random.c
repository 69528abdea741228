/* Random sequences: published vectors of the generator, its vector form, and the same rows
 * whatever is asked for around them. */
#include "check.h"
#include "philox.h"

/* The known answers of the authors' own test (Random123, kat_vectors, philox4x32 10). */
static void check_published(void)
{
    uint32_t words[4];
    fmi_philox(0, 0, 0, 0, words);
    CHECK(words[0] == 0x6627e8d5 && words[1] == 0xe169c58d && words[2] == 0xbc57ac4c &&
          words[3] == 0x9b00dbd8);
    fmi_philox(UINT64_MAX, UINT32_MAX, UINT64_MAX, UINT32_MAX, words);
    CHECK(words[0] == 0x408f276d && words[1] == 0x41c83b0e && words[2] == 0xa20bc7c6 &&
          words[3] == 0x6d5451fd);
    fmi_philox(0x299f31d0a4093822, 0x85a308d3, 0x0370734413198a2e, 0x243f6a88, words);
    CHECK(words[0] == 0xd16cfe09 && words[1] == 0x94fdcceb && words[2] == 0x5001e420 &&
          words[3] == 0x24126ea1);
}

static void check_words(void)
{
    enum { ROWS = 3, WORDS = 77 };
    uint32_t all[ROWS][WORDS], part[WORDS];

    fmi_random_words(5, 2, 9, ROWS, 0, WORDS, all[0]);
    for (size_t r = 0; r < ROWS; r++) {
        fmi_draws draws = fmi_draws_of(5, 2, 9 + r);
        for (size_t w = 0; w < WORDS; w++) {
            CHECK(fmi_draw(&draws) == all[r][w]);
        }
        for (size_t at = 0; at < WORDS; at++) {
            for (size_t n = 0; at + n <= WORDS; n += 1 + n / 3) {
                fmi_random_words(5, 2, 9 + r, 1, at, n, part);
                CHECK(memcmp(part, all[r] + at, n * sizeof *part) == 0);
            }
        }
    }
}

static void check_below(void)
{
    uint32_t seen[3] = {0, 0, 0};
    fmi_draws draws = fmi_draws_of(1, 0, 0);

    for (int n = 0; n < 30000; n++) {
        const uint32_t drawn = fmi_draw_below(&draws, 3);
        CHECK(drawn < 3);
        seen[drawn < 3 ? drawn : 0]++;
    }
    for (int n = 0; n < 3; n++) {
        CHECK(seen[n] > 9600 && seen[n] < 10400); /* 5 standard deviations */
    }
    CHECK(fmi_draw_below(&draws, 1) == 0);
}

/* All rows at once are the rows one by one, with several threads, too; a letter is what
 * its words say. */
static void check_rows(const fmi_letters *letters)
{
    enum { ROWS = 600 };
    const size_t row_bytes = fmi_row_bytes(letters->length, letters->n_letters);
    const fmi_options one = {.n_threads = 1}, three = {.n_threads = 3};
    uint8_t *all = exact(ROWS * row_bytes), *again = exact(ROWS * row_bytes);
    uint8_t *codes = exact(letters->length);
    uint32_t *words = exact(letters->length * sizeof *words);

    CHECK(fmi_random_rows(letters, 3, 1, 1000, ROWS, &one, all) == FMI_OK);
    CHECK(fmi_random_rows(letters, 3, 1, 1000, ROWS, &three, again) == FMI_OK);
    CHECK(memcmp(all, again, ROWS * row_bytes) == 0);
    for (size_t r = 0; r < ROWS; r += 97) {
        CHECK(fmi_random_rows(letters, 3, 1, 1000 + r, 1, &one, again) == FMI_OK);
        CHECK(memcmp(all + r * row_bytes, again, row_bytes) == 0);
        const fmi_seqs row = {.rows = again,
                              .n_rows = 1,
                              .length = letters->length,
                              .n_letters = letters->n_letters};
        fmi_decode_rows(&row, codes);
        fmi_random_words(3, 1, 1000 + r, 1, 0, letters->length, words);
        if (letters->thresholds != NULL && letters->order == 0) {
            for (size_t i = 0; i < letters->length; i++) {
                const size_t at = letters->n_positions == 1 ? 0 : i;
                const uint32_t *thresholds =
                    letters->thresholds + at * (letters->n_letters - 1);
                uint32_t code = 0;
                for (uint32_t t = 0; t + 1 < letters->n_letters; t++) {
                    code += words[i] >> 1 >= thresholds[t];
                }
                CHECK(codes[i] == code);
            }
        }
    }
    free(all);
    free(again);
    free(codes);
    free(words);
}

int main(void)
{
    static uint32_t profile[150 * 19];
    const uint32_t skewed[3] = {0x10000000, 0x10000000, FMI_CERTAIN}; /* no C, no T */
    uint32_t chain[21 * 3];

    for (size_t i = 0; i < 150; i++) {
        for (size_t t = 0; t < 19; t++) {
            profile[19 * i + t] = (uint32_t)((t + 1) * (0x80000000U / 20) - 1000 * i);
        }
    }
    for (size_t n = 0; n < 21 * 3; n++) { /* A after A, C after C, mostly */
        chain[n] = 0x20000000U * (uint32_t)(1 + n % 3);
    }
    check_published();
    check_words();
    check_below();
    for (size_t length = 1; length <= 150; length += 1 + length / 3) {
        check_rows(&(fmi_letters){4, length, 0, 1, NULL});
        check_rows(&(fmi_letters){4, length, 0, 1, skewed});
        check_rows(&(fmi_letters){4, length, 2, 1, chain});
        check_rows(&(fmi_letters){20, length, 0, 1, profile});
        check_rows(&(fmi_letters){20, length, 0, length, profile});
    }
    check_rows(&(fmi_letters){4, 9001, 0, 1, skewed}); /* several pieces */
    check_rows(&(fmi_letters){4, 9001, 2, 1, chain});

    const fmi_options one = {.n_threads = 1}, none = {.n_threads = 0};
    uint8_t row[8];
    const fmi_letters wrong[] = {{4, 0, 0, 1, NULL},  {3, 5, 0, 1, NULL},
                                 {4, 5, 1, 1, NULL},  {4, 5, 0, 2, NULL},
                                 {1, 5, 0, 1, chain}, {4, 5, 9, 1, chain},
                                 {4, 5, 2, 5, chain}, {200, 5, 3, 1, chain}};
    for (size_t n = 0; n < sizeof wrong / sizeof *wrong; n++) {
        CHECK(fmi_random_rows(wrong + n, 0, 0, 0, 1, &one, row) == FMI_ERR_BAD_PARAM);
    }
    CHECK(fmi_random_rows(&(fmi_letters){4, 5, 0, 1, NULL}, 0, 0, 0, 1, &none, row) ==
          FMI_ERR_BAD_PARAM);
    return check_done();
}
