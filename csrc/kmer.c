/* Packed rows -> the k-mer codes of one position, their counts, and those of one pair. */
#include "fmi_internal.h"

#include <string.h>

enum { COLUMN_ROWS = 4096 };

size_t fmi_n_kmers(uint32_t n_letters, size_t k)
{
    size_t n = 1;

    if (n_letters < 2 || n_letters > FMI_MAX_LETTERS || k == 0) {
        return 0;
    }
    for (size_t t = 0; t < k; t++) {
        n *= n_letters;
        if (n > FMI_MAX_KMERS) {
            return 0;
        }
    }
    return n;
}

size_t fmi_n_pairs(size_t length, size_t k)
{
    if (k == 0 || length / 2 < k || length > FMI_MAX_LENGTH) {
        return 0;
    }
    const size_t q = length - 2 * k + 1; /* first positions that have a partner */
    return q % 2 == 0 ? q / 2 * (q + 1) : (q + 1) / 2 * q;
}

/* Four bytes, the first on top.  Compilers do not reliably see that as one load. */
static inline uint32_t load_word(const uint8_t *bytes)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    return __builtin_bswap32(word);
#else
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           bytes[3];
#endif
}

/* 2-bit rows.  A k-mer of up to 6 letters lies in at most 3 bytes: (3 letters before it in
 * its first byte) + 6 = 9 letters < 12.  Bytes past the row are never read: their index is
 * held at the row's last byte, and what it brings is shifted out. */
static void column_packed(const fmi_seqs *seqs, size_t k, size_t i, size_t from, size_t to,
                          uint16_t *codes)
{
    const size_t row_bytes = fmi_row_bytes(seqs->length, 4);
    const size_t b0 = i / 4;
    const size_t b1 = b0 + 1 < row_bytes ? b0 + 1 : row_bytes - 1;
    const size_t b2 = b0 + 2 < row_bytes ? b0 + 2 : row_bytes - 1;
    const unsigned shift = (unsigned)(24 - 2 * (i % 4) - 2 * k);
    const uint32_t keep = (1U << (2 * k)) - 1U;
    const uint8_t *row = seqs->rows + from * row_bytes;

    if (b0 + 4 <= row_bytes) { /* the same by one load of four bytes */
        for (size_t n = from; n < to; n++, row += row_bytes) {
            codes[n - from] = (uint16_t)(load_word(row + b0) >> (shift + 8) & keep);
        }
        row = seqs->rows + to * row_bytes;
    }
    for (size_t n = b0 + 4 <= row_bytes ? to : from; n < to; n++, row += row_bytes) {
        const uint32_t word = (uint32_t)row[b0] << 16 | (uint32_t)row[b1] << 8 | row[b2];
        codes[n - from] = (uint16_t)(word >> shift & keep);
    }
    if (seqs->mask == NULL) {
        return;
    }
    /* 6 mask bits starting anywhere lie in at most 2 bytes */
    const size_t mask_bytes = fmi_mask_bytes(seqs->length);
    const size_t m0 = i / 8;
    const size_t m1 = m0 + 1 < mask_bytes ? m0 + 1 : mask_bytes - 1;
    const unsigned mask_shift = (unsigned)(16 - i % 8 - k);
    const uint32_t mask_keep = (1U << k) - 1U;
    const uint16_t missing = (uint16_t)(1U << (2 * k));
    const uint8_t *mask = seqs->mask + from * mask_bytes;
    for (size_t n = from; n < to; n++, mask += mask_bytes) {
        const uint32_t bits = (uint32_t)mask[m0] << 8 | mask[m1];
        if ((bits >> mask_shift & mask_keep) != 0) {
            codes[n - from] = missing;
        }
    }
}

static void column_bytes(const fmi_seqs *seqs, size_t k, size_t i, size_t from, size_t to,
                         uint16_t *codes)
{
    const uint16_t missing = (uint16_t)fmi_n_kmers(seqs->n_letters, k);
    const uint8_t *row = seqs->rows + from * seqs->length + i;

    for (size_t n = from; n < to; n++, row += seqs->length) {
        uint32_t code = 0;
        int known = 1;
        for (size_t t = 0; t < k; t++) {
            known &= row[t] < seqs->n_letters;
            code = code * seqs->n_letters + row[t];
        }
        codes[n - from] = known ? (uint16_t)code : missing;
    }
}

void fmi_kmer_column(const fmi_seqs *seqs, size_t k, size_t i, size_t from, size_t to,
                     uint16_t *codes)
{
    if (seqs->n_letters == 4) {
        column_packed(seqs, k, i, from, to, codes);
    } else {
        column_bytes(seqs, k, i, from, to, codes);
    }
}

/* Rows from .. to-1 into the counts of the position i. */
static void count_column(const fmi_seqs *seqs, size_t k, size_t i, size_t from, size_t to,
                         size_t n_kmers, uint64_t *counts)
{
    uint16_t codes[COLUMN_ROWS];

    fmi_kmer_column(seqs, k, i, from, to, codes);
    for (size_t n = from; n < to; n++) {
        if (codes[n - from] < n_kmers) {
            counts[codes[n - from]] += seqs->weights == NULL ? 1 : seqs->weights[n];
        }
    }
}

void fmi_count_columns(const fmi_seqs *seqs, size_t k, int n_threads, fmi_control *control,
                       int report, uint64_t *counts)
{
    const size_t n_kmers = fmi_n_kmers(seqs->n_letters, k), n_rows = seqs->n_rows;
    const int64_t n_positions = (int64_t)(seqs->length - k + 1);

    (void)n_threads;
    /* a thread has positions of its own, and all of them go through the same rows */
#ifdef _OPENMP
#pragma omp parallel num_threads(n_threads)
#endif
    for (size_t from = 0; from < n_rows; from += COLUMN_ROWS) {
        const size_t to = n_rows - from < COLUMN_ROWS ? n_rows : from + COLUMN_ROWS;
#ifdef _OPENMP
#pragma omp for schedule(static) nowait
#endif
        for (int64_t i = 0; i < n_positions; i++) {
            if (!fmi_cancelled(control)) {
                count_column(seqs, k, (size_t)i, from, to, n_kmers,
                             counts + (size_t)i * n_kmers);
                fmi_report(control, report ? (int64_t)(to - from) : 0);
            }
        }
    }
}

int fmi_count_kmers(const fmi_seqs *seqs, size_t k, const fmi_options *options,
                    fmi_control *control, uint64_t *counts)
{
    uint64_t total;

    if (fmi_n_kmers(seqs->n_letters, k) == 0 || seqs->length < k ||
        seqs->length > FMI_MAX_LENGTH || options->n_threads < 1) {
        return FMI_ERR_BAD_PARAM;
    }
    if (fmi_total_weight(seqs, &total) != FMI_OK) {
        return FMI_ERR_OVERFLOW;
    }
    fmi_count_columns(seqs, k, options->n_threads, control, 1, counts);
    return fmi_cancelled(control) ? FMI_ERR_CANCELLED : FMI_OK;
}

int fmi_count_pair(const fmi_seqs *seqs, size_t k, size_t i, size_t j, uint64_t *table)
{
    uint16_t a[COLUMN_ROWS], b[COLUMN_ROWS];
    const size_t n_kmers = fmi_n_kmers(seqs->n_letters, k);
    uint64_t total;

    if (n_kmers == 0 || i > j || seqs->length < k || j > seqs->length - k) {
        return FMI_ERR_BAD_PARAM;
    }
    if (fmi_total_weight(seqs, &total) != FMI_OK) {
        return FMI_ERR_OVERFLOW;
    }
    for (size_t from = 0; from < seqs->n_rows; from += COLUMN_ROWS) {
        const size_t to =
            seqs->n_rows - from < COLUMN_ROWS ? seqs->n_rows : from + COLUMN_ROWS;
        fmi_kmer_column(seqs, k, i, from, to, a);
        fmi_kmer_column(seqs, k, j, from, to, b);
        for (size_t n = 0; n < to - from; n++) {
            if (a[n] < n_kmers && b[n] < n_kmers) {
                table[(size_t)a[n] * n_kmers + b[n]] +=
                    seqs->weights == NULL ? 1 : seqs->weights[from + n];
            }
        }
    }
    return FMI_OK;
}
