/* One-hot: every number of every form against the decoded letters, whatever the length, the
 * alphabet, the missing letters, the type of the numbers and the threads. */
#include "check.h"

enum { ROWS = 131 };

/* The number that must stand in a column, by its bytes. */
static int is_right(const fmi_one_hot *form, unsigned code, size_t column,
                    const uint8_t *found)
{
    static const uint8_t zero[8] = {0};
    const void *wanted = zero;

    if (code == FMI_UNKNOWN) {
        wanted = form->unknown;
    } else if (form->columns[code] == column) {
        wanted = form->one;
    }
    return memcmp(found, wanted, form->size) == 0;
}

static void check_form(const fmi_seqs *seqs, const fmi_one_hot *form, int n_threads)
{
    const fmi_options options = {.n_threads = n_threads};
    const size_t length = seqs->length, n_columns = form->n_columns;
    uint8_t *out = exact(seqs->n_rows * length * n_columns * form->size);
    uint8_t *codes = exact(seqs->n_rows * length);
    int right = 1;

    fmi_decode_rows(seqs, codes);
    CHECK(fmi_write_one_hot(seqs, form, &options, out) == FMI_OK);
    for (size_t n = 0; n < seqs->n_rows; n++) {
        for (size_t i = 0; i < length; i++) {
            for (size_t c = 0; c < n_columns; c++) {
                const size_t at = form->by_letter ? (n * length + i) * n_columns + c
                                                  : (n * n_columns + c) * length + i;
                right &= is_right(form, codes[n * length + i], c, out + at * form->size);
            }
        }
    }
    CHECK(right);
    free(out);
    free(codes);
}

static void check_forms(const fmi_seqs *seqs)
{
    uint8_t same[20], other[20];
    const float f1 = 1, f4 = 0.25F;
    const double d1 = 1, d4 = 0.25;
    const uint8_t b1 = 1, b9 = 9;
    const uint16_t h1 = 0x3C00, h4 = 0x3400; /* of 16-bit floats */
    const struct {
        size_t size;
        const void *one, *unknown;
    } kinds[] = {{4, &f1, &f4}, {8, &d1, &d4}, {1, &b1, &b9}, {2, &h1, &h4}};

    for (size_t c = 0; c < seqs->n_letters; c++) {
        same[c] = (uint8_t)c;
        other[c] = (uint8_t)((c + 1) % seqs->n_letters);
    }
    for (size_t kind = 0; kind < 4; kind++) {
        for (int by_letter = 0; by_letter < 2; by_letter++) {
            for (size_t more = 0; more < 3; more++) {
                const fmi_one_hot form = {.columns = more == 1 ? other : same,
                                          .n_columns = seqs->n_letters + more / 2,
                                          .by_letter = by_letter,
                                          .size = kinds[kind].size,
                                          .one = kinds[kind].one,
                                          .unknown = kinds[kind].unknown};
                check_form(seqs, &form, 1 + 2 * by_letter);
            }
        }
    }
}

/* Random rows, with missing letters in some of them if `missing`. */
static void check_rows(uint32_t n_letters, size_t length, int missing)
{
    const size_t mask_bytes = fmi_mask_bytes(length);
    uint8_t *letters = exact(ROWS * length), *mask = exact(ROWS * mask_bytes);
    uint8_t *rows = exact(ROWS * fmi_row_bytes(length, n_letters));
    uint32_t n_unknown[ROWS];
    uint8_t lut[256];
    uint64_t random = 7 + length;

    memset(lut, FMI_UNKNOWN, sizeof lut);
    for (size_t c = 0; c < n_letters; c++) {
        lut[c] = (uint8_t)c;
    }
    for (size_t x = 0; x < ROWS * length; x++) {
        const int gone = missing && x / length % 3 == 0 && next_random(&random) % 5 == 0;
        letters[x] = (uint8_t)(gone ? 99 : next_random(&random) % n_letters);
    }
    fmi_encode_rows(letters, ROWS, length, lut, n_letters, rows,
                    n_letters == 4 ? mask : NULL, n_unknown);
    for (size_t n = 0; n < ROWS && length % 8 != 0;
         n++) { /* no letters: nobody's business */
        mask[(n + 1) * mask_bytes - 1] |= (uint8_t)(0xFFU >> (length % 8));
    }
    check_forms(&(fmi_seqs){.rows = rows,
                            .mask = n_letters == 4 && missing ? mask : NULL,
                            .n_rows = ROWS,
                            .length = length,
                            .n_letters = n_letters});
    free(letters);
    free(mask);
    free(rows);
}

static void check_refused(void)
{
    static const uint8_t columns[4] = {0, 1, 2, 3};
    const float one = 1, zero = 0;
    const fmi_options options = {.n_threads = 1}, none = {.n_threads = 0};
    const uint8_t row[2] = {0, 0};
    float out[20] = {0};
    const fmi_seqs seqs = {.rows = row, .n_rows = 1, .length = 5, .n_letters = 4};
    const fmi_seqs empty = {.rows = row, .n_rows = 1, .length = 0, .n_letters = 4};
    const fmi_one_hot form = {columns, 4, 1, sizeof one, &one, &zero};
    const fmi_one_hot narrow = {columns, 3, 1, sizeof one, &one, &zero};
    const fmi_one_hot odd = {columns, 4, 1, 3, &one, &zero};
    const fmi_one_hot wide = {columns, 256, 1, sizeof one, &one, &zero};

    CHECK(fmi_write_one_hot(&seqs, &form, &options, out) == FMI_OK);
    CHECK(fmi_write_one_hot(&seqs, &form, &none, out) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_write_one_hot(&empty, &form, &options, out) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_write_one_hot(&seqs, &narrow, &options, out) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_write_one_hot(&seqs, &odd, &options, out) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_write_one_hot(&seqs, &wide, &options, out) == FMI_ERR_BAD_PARAM);
}

int main(void)
{
    for (size_t length = 1; length <= 70; length += 1 + length / 6) {
        for (int missing = 0; missing < 2; missing++) {
            check_rows(4, length, missing);
            check_rows(20, length, missing);
            check_rows(3, length, missing);
        }
    }
    check_refused();
    return check_done();
}
