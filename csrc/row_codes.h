/* The codes of the k-mers at FMI_LANES neighbouring positions of one row, for kernels that
 * go through rows one by one.  A row is read from one word of letters, so at most
 * ROW_CODES_REACH bytes from that of its first letter on (row_source.h).
 */
#ifndef FMI_ROW_CODES_H
#define FMI_ROW_CODES_H

#include "row_source.h"

/* 16 lanes and 13 letters (2^13 k-mers) of one byte each; less of packed letters. */
enum { ROW_CODES_REACH = 64 };

/* Codes of the k-mers at j, j + 1, ... of a row that begins with the byte of letter j; none
 * of its letters is missing. */
static inline void row_codes(const fmi_task *task, const uint8_t *row, size_t j,
                             size_t n_lanes, uint16_t codes[FMI_LANES])
{
    const size_t k = task->k, n_letters = task->seqs->n_letters;

    if (n_letters == 4) {
        /* 3 letters before j, then 16 + 6 - 1: 48 bits of 64 */
        const uint64_t word = (uint64_t)row[0] << 56 | (uint64_t)row[1] << 48 |
                              (uint64_t)row[2] << 40 | (uint64_t)row[3] << 32 |
                              (uint64_t)row[4] << 24 | (uint64_t)row[5] << 16 |
                              (uint64_t)row[6] << 8 | (uint64_t)row[7];
        const uint64_t first = word << 2 * (j % 4);
        const unsigned down = (unsigned)(64 - 2 * k);
        for (unsigned lane = 0; lane < FMI_LANES; lane++) {
            codes[lane] = (uint16_t)(first << 2 * lane >> down);
        }
        return;
    }
    for (size_t lane = 0; lane < n_lanes; lane++) {
        size_t code = 0;
        for (size_t t = 0; t < k; t++) {
            code = code * n_letters + row[lane + t];
        }
        codes[lane] = (uint16_t)code;
    }
}

/* The same where letters may be missing: n_kmers (one past the last code) for a k-mer that
 * has such a letter.  mask: the row's from the byte of letter j on; four letters only. */
static inline void row_codes_missing(const fmi_task *task, const uint8_t *row,
                                     const uint8_t *mask, size_t j, size_t n_lanes,
                                     uint16_t codes[FMI_LANES])
{
    const size_t k = task->k, n_letters = task->seqs->n_letters;
    const uint16_t missing = (uint16_t)task->n_kmers;

    row_codes(task, row, j, n_lanes, codes);
    if (n_letters == 4) {
        /* 7 letters before j, then 16 + 6 - 1: 28 bits of 32 */
        const uint32_t word = (uint32_t)mask[0] << 24 | (uint32_t)mask[1] << 16 |
                              (uint32_t)mask[2] << 8 | mask[3];
        const unsigned shift = (unsigned)(32 - j % 8 - k);
        const uint32_t keep = (1U << k) - 1U;
        for (unsigned lane = 0; lane < FMI_LANES; lane++) {
            codes[lane] = (word >> (shift - lane) & keep) != 0 ? missing : codes[lane];
        }
        return;
    }
    for (size_t lane = 0; lane < n_lanes; lane++) {
        for (size_t t = 0; t < k; t++) {
            codes[lane] = row[lane + t] >= n_letters ? missing : codes[lane];
        }
    }
}

#endif
