/* Packing: letters -> rows -> codes, the unknown ones included, and the error texts. */
#include "check.h"

static const char DNA[] = "ACGT";
static const char PROTEIN[] = "ACDEFGHIKLMNPQRSTVWY";

/* Random letters, one in `rarity` of them unknown (0: none). */
static void fill_letters(uint8_t *letters, size_t size, const char *alphabet,
                         unsigned rarity, uint64_t *random)
{
    const size_t n_letters = strlen(alphabet);

    for (size_t x = 0; x < size; x++) {
        letters[x] = (uint8_t)alphabet[next_random(random) % n_letters];
        if (rarity > 0 && next_random(random) % rarity == 0) {
            letters[x] = next_random(random) % 2 == 0 ? 'X' : 0xFF;
        }
    }
}

/* The bytes a row and its mask must have by the header's text, unused bits 0. */
static uint32_t naive_encode(const uint8_t *letters, size_t length, const uint8_t lut[256],
                             uint32_t n_letters, uint8_t *row, uint8_t *mask_row)
{
    uint32_t n_unknown = 0;

    memset(row, 0, fmi_row_bytes(length, n_letters));
    memset(mask_row, 0, fmi_mask_bytes(length));
    for (size_t i = 0; i < length; i++) {
        const uint8_t code = lut[letters[i]];
        const unsigned known = code == FMI_UNKNOWN ? 0 : code;
        n_unknown += code == FMI_UNKNOWN;
        if (n_letters != 4) {
            row[i] = code;
            continue;
        }
        row[i / 4] = (uint8_t)(row[i / 4] + (known << (2 * (3 - i % 4))));
        if (code == FMI_UNKNOWN) {
            mask_row[i / 8] = (uint8_t)(mask_row[i / 8] + (1U << (7 - i % 8)));
        }
    }
    return n_unknown;
}

static void check_decoded(const fmi_seqs *seqs, const uint8_t *letters,
                          const uint8_t lut[256])
{
    const size_t size = seqs->n_rows * seqs->length;
    const int marked = seqs->n_letters != 4 || seqs->mask != NULL;
    uint8_t *codes = exact(size);
    size_t n_wrong = 0;

    fmi_decode_rows(seqs, codes);
    for (size_t x = 0; x < size; x++) {
        const uint8_t code = lut[letters[x]];
        n_wrong += codes[x] != (code == FMI_UNKNOWN && !marked ? 0 : code);
    }
    CHECK(n_wrong == 0);
    free(codes);
}

static void check_encoded(const fmi_seqs *seqs, const uint8_t *letters,
                          const uint8_t lut[256], const uint32_t *n_unknown)
{
    const size_t row_bytes = fmi_row_bytes(seqs->length, seqs->n_letters);
    const size_t mask_bytes = fmi_mask_bytes(seqs->length);
    uint8_t *row = exact(row_bytes);
    uint8_t *mask_row = exact(mask_bytes);

    for (size_t n = 0; n < seqs->n_rows; n++) {
        const uint32_t found = naive_encode(letters + n * seqs->length, seqs->length, lut,
                                            seqs->n_letters, row, mask_row);
        CHECK(found == n_unknown[n]);
        CHECK(memcmp(row, seqs->rows + n * row_bytes, row_bytes) == 0);
        if (seqs->mask != NULL) {
            CHECK(memcmp(mask_row, seqs->mask + n * mask_bytes, mask_bytes) == 0);
        }
    }
    free(row);
    free(mask_row);
}

static void round_trip(const char *alphabet, size_t length, unsigned rarity, int with_mask,
                       uint64_t *random)
{
    const size_t n_rows = 6;
    const uint32_t n_letters = (uint32_t)strlen(alphabet);
    uint8_t *letters = exact(n_rows * length);
    uint8_t *rows = exact(n_rows * fmi_row_bytes(length, n_letters));
    uint8_t *mask = with_mask ? exact(n_rows * fmi_mask_bytes(length)) : NULL;
    uint32_t *n_unknown = exact(n_rows * sizeof *n_unknown);
    const fmi_seqs seqs = {rows, mask, n_rows, length, n_letters, NULL};
    uint8_t lut[256];

    fill_lut(alphabet, lut);
    fill_letters(letters, n_rows * length, alphabet, rarity, random);
    fmi_encode_rows(letters, n_rows, length, lut, n_letters, rows, mask, n_unknown);
    check_encoded(&seqs, letters, lut, n_unknown);
    check_decoded(&seqs, letters, lut);
    free(letters);
    free(rows);
    free(mask);
    free(n_unknown);
}

static void test_round_trips(void)
{
    uint64_t random = 1;

    for (size_t length = 1; length <= 70; length++) {
        for (unsigned rarity = 0; rarity <= 8; rarity += 4) {
            round_trip(DNA, length, rarity, 0, &random);
            round_trip(DNA, length, rarity, 1, &random);
            round_trip(PROTEIN, length, rarity, 0, &random);
        }
        round_trip(DNA, length, 1, 1, &random); /* nothing but unknown letters */
        round_trip(PROTEIN, length, 1, 0, &random);
    }
}

/* One unknown letter at every place: the careful pass must leave the others alone. */
static void test_one_unknown(void)
{
    enum { LENGTH = 19 };
    uint8_t lut[256], letters[LENGTH], codes[LENGTH];
    uint8_t row[(LENGTH + 3) / 4], mask[(LENGTH + 7) / 8];

    fill_lut(DNA, lut);
    for (size_t place = 0; place < LENGTH; place++) {
        const fmi_seqs seqs = {row, mask, 1, LENGTH, 4, NULL};
        memset(letters, 'T', sizeof letters);
        letters[place] = 'N';
        CHECK(fmi_encode_row(letters, LENGTH, lut, 4, row, NULL) == 1);
        CHECK((row[place / 4] >> (2 * (3 - place % 4)) & 3) == 0);
        CHECK(fmi_encode_row(letters, LENGTH, lut, 4, row, mask) == 1);
        fmi_decode_rows(&seqs, codes);
        for (size_t i = 0; i < LENGTH; i++) {
            CHECK(codes[i] == (i == place ? FMI_UNKNOWN : 3));
        }
    }
}

static void test_by_hand(void)
{
    static const uint8_t letters[] = {'A', 'C', 'G', 'T', 'T', 'N'};
    uint8_t lut[256], row[2], mask[1];

    fill_lut(DNA, lut);
    CHECK(fmi_encode_row(letters, sizeof letters, lut, 4, row, mask) == 1);
    CHECK(row[0] == 0x1B); /* 00 01 10 11 */
    CHECK(row[1] == 0xC0); /* 11 00 .. .. */
    CHECK(mask[0] == 0x04);
}

static void test_no_rows(void)
{
    uint8_t lut[256], nothing[1] = {0};
    uint32_t n_unknown[1] = {77};
    const fmi_seqs seqs = {nothing, NULL, 0, 5, 4, NULL};

    fill_lut(DNA, lut);
    fmi_encode_rows(nothing, 0, 5, lut, 4, nothing, NULL, n_unknown);
    fmi_decode_rows(&seqs, nothing);
    CHECK(n_unknown[0] == 77 && nothing[0] == 0);
}

static void test_sizes(void)
{
    CHECK(fmi_row_bytes(0, 4) == 0 && fmi_mask_bytes(0) == 0);
    for (size_t length = 1; length <= 70; length++) {
        CHECK(fmi_row_bytes(length, 4) == (2 * length - 1) / 8 + 1);
        CHECK(fmi_row_bytes(length, 2) == length);
        CHECK(fmi_row_bytes(length, 20) == length);
        CHECK(fmi_mask_bytes(length) == (length - 1) / 8 + 1);
    }
}

static int ends_with(const char *text, const char *end)
{
    const size_t size = strlen(text), end_size = strlen(end);

    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static void test_strerror(void)
{
    CHECK(ends_with(fmi_strerror(FMI_OK), "(FMI_OK)"));
    CHECK(ends_with(fmi_strerror(FMI_ERR_NOMEM), "(FMI_ERR_NOMEM)"));
    CHECK(ends_with(fmi_strerror(FMI_ERR_BAD_PARAM), "(FMI_ERR_BAD_PARAM)"));
    CHECK(ends_with(fmi_strerror(FMI_ERR_CANCELLED), "(FMI_ERR_CANCELLED)"));
    CHECK(ends_with(fmi_strerror(FMI_ERR_OVERFLOW), "(FMI_ERR_OVERFLOW)"));
    CHECK(ends_with(fmi_strerror(FMI_ERR_PARSE), "(FMI_ERR_PARSE)"));
    CHECK(fmi_strerror(12345) != NULL && fmi_strerror(-12345) != NULL);
}

static void test_mul_size(void)
{
    size_t out = 5;

    CHECK(fmi_mul_size(0, SIZE_MAX, &out) == FMI_OK && out == 0);
    CHECK(fmi_mul_size(SIZE_MAX, 0, &out) == FMI_OK && out == 0);
    CHECK(fmi_mul_size(SIZE_MAX, 1, &out) == FMI_OK && out == SIZE_MAX);
    CHECK(fmi_mul_size(SIZE_MAX / 2, 2, &out) == FMI_OK && out == SIZE_MAX - 1);
    out = 5;
    CHECK(fmi_mul_size(SIZE_MAX / 2 + 1, 2, &out) == FMI_ERR_OVERFLOW && out == 5);
}

int main(void)
{
    test_sizes();
    test_mul_size();
    test_by_hand();
    test_round_trips();
    test_one_unknown();
    test_no_rows();
    test_strerror();
    return check_done();
}
