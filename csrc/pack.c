/* Letters <-> packed rows.
 *
 * Four-letter alphabets take 2 bits a letter, first letter in the top bits of the first
 * byte (the order of np.packbits), so that a k-mer read as a big-endian number is its code.
 * All others take a byte.  The common case, a row without unknown letters, is one pass of
 * table look-ups; only a row that turns out to have some is done again with care.
 */
#include <string.h>

#include "fmi_internal.h"

size_t fmi_row_bytes(size_t length, uint32_t n_letters)
{
    return n_letters == 4 ? (length + 3) / 4 : length;
}

size_t fmi_mask_bytes(size_t length)
{
    return (length + 7) / 8;
}

/* A 2-bit row letter by letter, with its missing letters marked. */
static size_t encode_masked(const uint8_t *letters, size_t length, const uint8_t lut[256],
                            uint8_t *row, uint8_t *mask_row)
{
    size_t n_unknown = 0;

    memset(row, 0, fmi_row_bytes(length, 4));
    for (size_t i = 0; i < length; i++) {
        const unsigned code = lut[letters[i]];
        if (code == FMI_UNKNOWN) {
            n_unknown++;
            if (mask_row != NULL) {
                mask_row[i / 8] = (uint8_t)(mask_row[i / 8] | (0x80U >> (i % 8)));
            }
        } else {
            row[i / 4] = (uint8_t)(row[i / 4] | (code << (6 - 2 * (i % 4))));
        }
    }
    return n_unknown;
}

size_t fmi_encode_row(const uint8_t *letters, size_t length, const uint8_t lut[256],
                      uint32_t n_letters, uint8_t *row, uint8_t *mask_row)
{
    if (n_letters != 4) {
        size_t n_unknown = 0;
        for (size_t i = 0; i < length; i++) {
            row[i] = lut[letters[i]];
            n_unknown += row[i] == FMI_UNKNOWN;
        }
        return n_unknown;
    }

    if (mask_row != NULL) {
        memset(mask_row, 0, fmi_mask_bytes(length));
    }
    unsigned seen = 0; /* codes are 0..3, so any higher bit means an unknown letter */
    size_t i = 0;
    for (; i + 4 <= length; i += 4) {
        const unsigned a = lut[letters[i]], b = lut[letters[i + 1]];
        const unsigned c = lut[letters[i + 2]], d = lut[letters[i + 3]];
        seen |= a | b | c | d;
        row[i / 4] = (uint8_t)(a << 6 | b << 4 | c << 2 | d);
    }
    if (i < length) {
        unsigned byte = 0;
        for (size_t t = 0; i + t < length; t++) {
            const unsigned code = lut[letters[i + t]];
            seen |= code;
            byte |= code << (6 - 2 * t);
        }
        row[i / 4] = (uint8_t)byte;
    }
    return seen < 4 ? 0 : encode_masked(letters, length, lut, row, mask_row);
}

void fmi_encode_rows(const uint8_t *letters, size_t n_rows, size_t length,
                     const uint8_t lut[256], uint32_t n_letters, uint8_t *rows,
                     uint8_t *mask, uint32_t *n_unknown)
{
    const size_t row_bytes = fmi_row_bytes(length, n_letters);
    const size_t mask_bytes = fmi_mask_bytes(length);

    for (size_t n = 0; n < n_rows; n++) {
        n_unknown[n] = (uint32_t)fmi_encode_row(
            letters + n * length, length, lut, n_letters, rows + n * row_bytes,
            mask == NULL ? NULL : mask + n * mask_bytes);
    }
}

void fmi_decode_rows(const fmi_seqs *seqs, uint8_t *codes)
{
    const size_t length = seqs->length;

    if (seqs->n_rows == 0) {
        return; /* rows may be NULL, which memcpy must not see */
    }
    if (seqs->n_letters != 4) {
        memcpy(codes, seqs->rows, seqs->n_rows * length);
        return;
    }
    const size_t row_bytes = fmi_row_bytes(length, 4);
    const size_t mask_bytes = fmi_mask_bytes(length);
    for (size_t n = 0; n < seqs->n_rows; n++) {
        const uint8_t *row = seqs->rows + n * row_bytes;
        const uint8_t *mask = seqs->mask == NULL ? NULL : seqs->mask + n * mask_bytes;
        uint8_t *out = codes + n * length;
        for (size_t i = 0; i < length; i++) {
            const unsigned code = (unsigned)row[i / 4] >> (6 - 2 * (i % 4)) & 3U;
            const unsigned missing = mask != NULL && (mask[i / 8] << (i % 8) & 0x80) != 0;
            out[i] = missing ? (uint8_t)FMI_UNKNOWN : (uint8_t)code;
        }
    }
}

int fmi_total_weight(const fmi_seqs *seqs, uint64_t *total)
{
    uint64_t sum = seqs->n_rows;

    if (seqs->weights != NULL) {
        sum = 0;
        for (size_t n = 0; n < seqs->n_rows; n++) {
            if (seqs->weights[n] > INT64_MAX - sum) {
                return FMI_ERR_OVERFLOW;
            }
            sum += seqs->weights[n];
        }
    }
    *total = sum;
    return FMI_OK;
}

int fmi_any_missing(const fmi_seqs *seqs)
{
    unsigned found = 0;

    if (seqs->n_letters == 4) { /* a mask may be all zeros */
        const size_t n = seqs->n_rows * fmi_mask_bytes(seqs->length);
        for (size_t x = 0; seqs->mask != NULL && x < n; x++) {
            found |= seqs->mask[x];
        }
    } else {
        const size_t n = seqs->n_rows * seqs->length;
        for (size_t x = 0; x < n; x++) {
            found |= seqs->rows[x] >= seqs->n_letters;
        }
    }
    return found != 0;
}
