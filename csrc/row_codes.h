/* The codes of the k-mers at FMI_LANES neighbouring positions of one row, for kernels that
 * go through rows one by one.  A row is read from one word of letters, so at most
 * ROW_CODES_REACH bytes from that of its first letter on (row_source.h).
 */
#ifndef FMI_ROW_CODES_H
#define FMI_ROW_CODES_H

#include "row_source.h"

/* 16 lanes and 13 letters (2^13 k-mers) of one byte each; less of packed letters. */
enum { ROW_CODES_REACH = 64 };

typedef uint64_t eight_words __attribute__((vector_size(64)));
typedef uint16_t eight_codes __attribute__((vector_size(16)));
typedef uint8_t letters_of_lanes __attribute__((vector_size(FMI_LANES)));
typedef uint16_t codes_of_lanes __attribute__((vector_size(2 * FMI_LANES)));

/* Codes of the k-mers at j, j + 1, ... of a row that begins with the byte of letter j; none
 * of its letters is missing.  Behind the row's end come those of whatever letters are there.
 */
static inline void row_codes(const fmi_task *task, const uint8_t *row, size_t j,
                             uint16_t codes[FMI_LANES])
{
    const size_t k = task->k, n_letters = task->seqs->n_letters;

    if (n_letters == 4) {
        /* 3 letters before j, then 16 + 6 - 1: 48 bits of 64 */
        const uint64_t word = (uint64_t)row[0] << 56 | (uint64_t)row[1] << 48 |
                              (uint64_t)row[2] << 40 | (uint64_t)row[3] << 32 |
                              (uint64_t)row[4] << 24 | (uint64_t)row[5] << 16 |
                              (uint64_t)row[6] << 8 | (uint64_t)row[7];
        const eight_words up = {0, 2, 4, 6, 8, 10, 12, 14};
        const uint64_t down = 64 - 2 * k;
        const eight_codes low =
            __builtin_convertvector(word << 2 * (j % 4) << up >> down, eight_codes);
        const eight_codes high =
            __builtin_convertvector(word << 2 * (j % 4) << 16 << up >> down, eight_codes);
        memcpy(codes, &low, sizeof low);
        memcpy(codes + 8, &high, sizeof high);
        return;
    }
    codes_of_lanes sum = {0};
    for (size_t t = 0; t < k; t++) {
        letters_of_lanes letters;
        memcpy(&letters, row + t, sizeof letters);
        sum = sum * (uint16_t)n_letters + __builtin_convertvector(letters, codes_of_lanes);
    }
    memcpy(codes, &sum, sizeof sum);
}

/* The same where letters may be missing: n_kmers (one past the last code) for a k-mer that
 * has such a letter.  mask: the row's from the byte of letter j on; four letters only. */
static inline void row_codes_missing(const fmi_task *task, const uint8_t *row,
                                     const uint8_t *mask, size_t j,
                                     uint16_t codes[FMI_LANES])
{
    const size_t k = task->k, n_letters = task->seqs->n_letters;
    const uint16_t missing = (uint16_t)task->n_kmers;

    row_codes(task, row, j, codes);
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
    codes_of_lanes found, unknown = {0};
    memcpy(&found, codes, sizeof found);
    for (size_t t = 0; t < k; t++) {
        letters_of_lanes letters;
        memcpy(&letters, row + t, sizeof letters);
        unknown |= (codes_of_lanes)(__builtin_convertvector(letters, codes_of_lanes) >=
                                    (uint16_t)n_letters);
    }
    found = (found & ~unknown) | (unknown & missing);
    memcpy(codes, &found, sizeof found);
}

#endif
