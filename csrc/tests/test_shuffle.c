/* Shuffles: words of k letters are kept, what is free moves and nothing else does, and rows
 * are the same for any threads, blocks, and way of numbering (k-1)-mers. */
#include "check.h"

enum { STREAM = 3, ROWS = 150 };

typedef struct {
    uint32_t n_letters;
    size_t length;
    uint32_t n_used; /* letters that occur */
    int missing;     /* of 16 letters, so many */
} kind;

/* Codes of ROWS sequences; what is free is random. */
static uint8_t *random_codes(const kind *what, uint64_t seed)
{
    uint8_t *codes = exact(ROWS * what->length);

    for (size_t n = 0; n < ROWS * what->length; n++) {
        const int missing = (int)(next_random(&seed) % 16) < what->missing;
        const unsigned code = (unsigned)(next_random(&seed) % what->n_used);
        codes[n] = (uint8_t)(missing ? FMI_UNKNOWN : code);
    }
    return codes;
}

/* Packs codes, shuffles them by blocks of `step` rows, and unpacks them again. */
static void shuffled(const kind *what, const uint8_t *codes, const fmi_shuffle *how,
                     int n_threads, size_t step, int in_place, uint8_t *out)
{
    const size_t row_bytes = fmi_row_bytes(what->length, what->n_letters);
    const size_t mask_bytes = fmi_mask_bytes(what->length);
    const int masked = what->n_letters == 4;
    uint8_t *rows = exact(ROWS * row_bytes), *mask = exact(ROWS * mask_bytes);
    uint8_t *to = in_place ? rows : exact(ROWS * row_bytes), lut[256];
    const fmi_options options = {.n_threads = n_threads};
    uint32_t n_unknown[ROWS];

    for (unsigned c = 0; c < 256; c++) {
        lut[c] = c < what->n_letters ? (uint8_t)c : (uint8_t)FMI_UNKNOWN;
    }
    fmi_encode_rows(codes, ROWS, what->length, lut, what->n_letters, rows,
                    masked ? mask : NULL, n_unknown);
    for (size_t r = 0; r < ROWS; r += step) {
        const fmi_seqs some = {.rows = rows + r * row_bytes,
                               .mask = masked ? mask + r * mask_bytes : NULL,
                               .n_rows = ROWS - r < step ? ROWS - r : step,
                               .length = what->length,
                               .n_letters = what->n_letters};
        CHECK(fmi_shuffle_rows(&some, how, 11, STREAM, 70 + r, &options,
                               to + r * row_bytes) == FMI_OK);
    }
    const fmi_seqs all = {.rows = to,
                          .mask = masked ? mask : NULL,
                          .n_rows = ROWS,
                          .length = what->length,
                          .n_letters = what->n_letters};
    fmi_decode_rows(&all, out);
    if (!in_place) {
        free(to);
    }
    free(rows);
    free(mask);
}

/* How often the k letters at `at` occur in n letters; words with a missing letter are none. */
static size_t occurrences(const uint8_t *word, size_t k, const uint8_t *letters, size_t n)
{
    size_t found = 0;

    for (size_t p = 0; p + k <= n; p++) {
        found += memcmp(letters + p, word, k) == 0 && memchr(word, FMI_UNKNOWN, k) == NULL;
    }
    return found;
}

static void check_kind(const kind *what, const fmi_shuffle *how)
{
    const size_t length = what->length, step = how->window == 0 ? length : how->window;
    uint8_t *codes = random_codes(what, 5 + length), *one = exact(ROWS * length);
    uint8_t *other = exact(ROWS * length);

    shuffled(what, codes, how, 1, ROWS, 0, one);
    shuffled(what, codes, how, 3, ROWS, 1, other);
    CHECK(memcmp(one, other, ROWS * length) == 0);
    shuffled(what, codes, how, 2, 37, 0, other);
    CHECK(memcmp(one, other, ROWS * length) == 0);
    for (size_t r = 0; r < ROWS; r++) {
        const uint8_t *before = codes + r * length, *after = one + r * length;
        for (size_t i = 0; i < length; i++) {
            const int stays =
                before[i] == FMI_UNKNOWN || (how->keep != NULL && how->keep[i]);
            CHECK(stays ? after[i] == before[i] : after[i] < what->n_used);
        }
        for (size_t from = 0; r % 8 == 0 && from < length; from += step) {
            const size_t n = length - from < step ? length - from : step;
            for (size_t p = from; n >= how->k && p + how->k <= from + n; p++) {
                const uint8_t *word = before + p;
                CHECK(how->keep != NULL || occurrences(word, how->k, before + from, n) ==
                                               occurrences(word, how->k, after + from, n));
            }
        }
    }
    free(codes);
    free(one);
    free(other);
}

/* The same letters among 4, where words are listed, and among 255, where they are not. */
static void check_numbering(size_t length, size_t k)
{
    const kind few = {4, length, 4, 0}, many = {255, length, 4, 0};
    const fmi_shuffle how = {.k = k};
    uint8_t *codes = random_codes(&few, length), *one = exact(ROWS * length);
    uint8_t *other = exact(ROWS * length);

    shuffled(&few, codes, &how, 1, ROWS, 0, one);
    shuffled(&many, codes, &how, 1, ROWS, 0, other);
    CHECK(memcmp(one, other, ROWS * length) == 0);
    free(codes);
    free(one);
    free(other);
}

/* How many of ROWS rows are not what they were. */
static size_t changed(const kind *what, const fmi_shuffle *how)
{
    uint8_t *codes = random_codes(what, 1), *out = exact(ROWS * what->length);
    size_t n = 0;

    shuffled(what, codes, how, 1, ROWS, 0, out);
    for (size_t r = 0; r < ROWS; r++) {
        n += memcmp(codes + r * what->length, out + r * what->length, what->length) != 0;
    }
    free(codes);
    free(out);
    return n;
}

static void check_refused(void)
{
    const fmi_options one = {.n_threads = 1}, none = {.n_threads = 0};
    const fmi_shuffle pairs = {.k = 2}, nothing = {.k = 0};
    uint8_t row[2] = {0x1B, 0x1B}, out[2] = {7, 7};
    const fmi_seqs right = {.rows = row, .n_rows = 1, .length = 8, .n_letters = 4};
    fmi_seqs wrong[4] = {right, right, right, right};

    wrong[0].length = 0;
    wrong[1].length = FMI_MAX_LENGTH + 1;
    wrong[2].n_letters = 1;
    wrong[3].n_letters = 256;
    for (size_t n = 0; n < 4; n++) {
        CHECK(fmi_shuffle_rows(wrong + n, &pairs, 0, 0, 0, &one, out) == FMI_ERR_BAD_PARAM);
    }
    CHECK(fmi_shuffle_rows(&right, &nothing, 0, 0, 0, &one, out) == FMI_ERR_BAD_PARAM);
    CHECK(fmi_shuffle_rows(&right, &pairs, 0, 0, 0, &none, out) == FMI_ERR_BAD_PARAM);
    fmi_seqs empty = right;
    empty.n_rows = 0;
    CHECK(fmi_shuffle_rows(&empty, &pairs, 0, 0, 0, &one, out) == FMI_OK);
    CHECK(out[0] == 7 && out[1] == 7);
}

int main(void)
{
    static uint8_t keep[300];
    const size_t ks[] = {1, 2, 3, 4, 6, 9, 40, SIZE_MAX};
    const size_t windows[] = {0, 1, 10, 64, SIZE_MAX};
    const size_t lengths[] = {1, 2, 3, 5, 8, 33, 64, 101, 250};

    for (size_t i = 0; i < sizeof keep; i++) {
        keep[i] = i % 7 == 3;
    }
    for (size_t a = 0; a < sizeof lengths / sizeof *lengths; a++) {
        for (size_t b = 0; b < sizeof ks / sizeof *ks; b++) {
            const size_t length = lengths[a], k = ks[b];
            for (size_t c = 0; c < sizeof windows / sizeof *windows; c++) {
                const fmi_shuffle how = {k, windows[c], NULL}, some = {k, windows[c], keep};
                check_kind(&(kind){4, length, 4, 0}, &how);
                check_kind(&(kind){4, length, 4, 2}, &some);
                check_kind(&(kind){20, length, 20, 0}, &how);
                check_kind(&(kind){255, length, 3, 1}, &how);
            }
            if (k > 3) {
                check_numbering(length, k);
            }
        }
        check_kind(&(kind){4, lengths[a], 4, 0}, &(fmi_shuffle){1, 0, NULL});
        check_kind(&(kind){2, lengths[a], 1, 0}, &(fmi_shuffle){2, 0, NULL}); /* constant */
        check_kind(&(kind){4, lengths[a], 4, 16}, &(fmi_shuffle){2, 0, NULL}); /* missing */
    }
    CHECK(changed(&(kind){4, 100, 4, 0}, &(fmi_shuffle){1, 0, NULL}) == ROWS);
    CHECK(changed(&(kind){4, 100, 4, 0}, &(fmi_shuffle){3, 0, NULL}) == ROWS);
    CHECK(changed(&(kind){4, 100, 4, 0}, &(fmi_shuffle){3, 3, NULL}) == 0);
    CHECK(changed(&(kind){4, 100, 4, 0}, &(fmi_shuffle){100, 0, NULL}) == 0);
    check_refused();
    return check_done();
}
