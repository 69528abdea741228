/* Random sequences, packed as they are drawn.
 *
 * Letter n of a record is a function of word n of its random words (of two bits of word n / 16
 * where four letters are equally likely), so that a record is the same whoever makes it.  A
 * word decides by its upper 31 bits: compilers compare signed numbers in vectors of the
 * least x86 machine, and a threshold above all of them can be written in 32 bits, so that a
 * letter of probability 0 never comes.
 */
#include <string.h>

#include "fmi_internal.h"
#include "philox.h"

enum {
    LANES = 8,               /* blocks of words made side by side */
    PIECE = 4096,            /* letters whose random numbers are held at a time */
    LETTERS_A_TASK = 1 << 14 /* what threads take at a time; less is not worth one */
};

size_t fmi_n_contexts(uint32_t n_letters, size_t order)
{
    size_t n = 0, power = 1;

    for (size_t m = 0; m <= order; m++, power *= n_letters) {
        n += power;
    }
    return n;
}

/* Words of blocks block .. block + LANES - 1, as fmi_philox() makes each: written so that
 * compilers make one vector of all lanes. */
static void philox_lanes(uint64_t seed, uint32_t stream, uint64_t record, uint32_t block,
                         uint32_t words[4 * LANES])
{
    uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);

    for (unsigned l = 0; l < LANES; l++) {
        c0[l] = block + l;
        c1[l] = stream;
        c2[l] = (uint32_t)record;
        c3[l] = (uint32_t)(record >> 32);
    }
    for (int round = 0; round < FMI_PHILOX_ROUNDS; round++) {
        for (unsigned l = 0; l < LANES; l++) {
            const uint64_t p0 = (uint64_t)FMI_PHILOX_M0 * c0[l];
            const uint64_t p1 = (uint64_t)FMI_PHILOX_M1 * c2[l];
            c0[l] = (uint32_t)(p1 >> 32) ^ c1[l] ^ k0;
            c1[l] = (uint32_t)p1;
            c2[l] = (uint32_t)(p0 >> 32) ^ c3[l] ^ k1;
            c3[l] = (uint32_t)p0;
        }
        k0 += FMI_PHILOX_W0;
        k1 += FMI_PHILOX_W1;
    }
    for (unsigned l = 0; l < LANES; l++) {
        words[4 * l] = c0[l];
        words[4 * l + 1] = c1[l];
        words[4 * l + 2] = c2[l];
        words[4 * l + 3] = c3[l];
    }
}

/* Words 4 block .. of a record, n of them. */
static void words_of(uint64_t seed, uint32_t stream, uint64_t record, uint32_t block,
                     size_t n, uint32_t *words)
{
    size_t w = 0;

    for (; n - w >= 4 * LANES; w += 4 * LANES, block += LANES) {
        philox_lanes(seed, stream, record, block, words + w);
    }
    for (uint32_t four[4]; w < n; w += 4, block++) {
        fmi_philox(seed, stream, record, block, four);
        memcpy(words + w, four, (n - w < 4 ? n - w : 4) * sizeof *words);
    }
}

void fmi_random_words(uint64_t seed, uint32_t stream, uint64_t first, size_t n_rows,
                      uint64_t at, size_t n_words, uint32_t *words)
{
    const size_t before = (size_t)(at % 4); /* of the first block, not asked for */

    for (size_t n = 0; n < n_rows; n++) {
        uint32_t *to = words + n * n_words;
        size_t done = 0;
        if (before > 0 && n_words > 0) {
            uint32_t four[4];
            done = n_words < 4 - before ? n_words : 4 - before;
            fmi_philox(seed, stream, first + n, (uint32_t)(at / 4), four);
            memcpy(to, four + before, done * sizeof *to);
        }
        words_of(seed, stream, first + n, (uint32_t)((at + done) / 4), n_words - done,
                 to + done);
    }
}

/* A row of equally likely letters of two bits: the words are the row. */
static void uniform_row(const fmi_letters *letters, uint64_t seed, uint32_t stream,
                        uint64_t record, uint8_t *row)
{
    const size_t n_bytes = fmi_row_bytes(letters->length, 4);
    uint32_t words[4 * LANES];

    for (size_t at = 0, block = 0; at < n_bytes; at += sizeof words, block += LANES) {
        const size_t n = n_bytes - at < sizeof words ? n_bytes - at : sizeof words;
        words_of(seed, stream, record, (uint32_t)block, (n + 3) / 4, words);
        for (size_t b = 0; b < n; b++) { /* the low byte first, on any machine */
            row[at + b] = (uint8_t)(words[b / 4] >> (8 * (b % 4)));
        }
    }
    if (letters->length % 4 != 0) { /* what is behind the last letter is 0 */
        row[n_bytes - 1] &= (uint8_t)(0xFF00U >> (2 * (letters->length % 4)));
    }
}

/* How many thresholds are reached, each letter by the same ones. */
static void codes_alike(const uint32_t *numbers, size_t n, const uint32_t *thresholds,
                        uint32_t n_thresholds, uint8_t *codes)
{
    memset(codes, 0, n);
    for (uint32_t t = 0; t < n_thresholds; t++) {
        const int64_t threshold = thresholds[t];
        if (threshold == FMI_CERTAIN) {
            break;
        }
        const int32_t least = (int32_t)threshold;
        for (size_t i = 0; i < n; i++) {
            codes[i] = (uint8_t)(codes[i] + ((int32_t)numbers[i] >= least));
        }
    }
}

/* No branches: which letter comes is what no processor can predict. */
static uint8_t code_of(uint32_t number, const uint32_t *thresholds, uint32_t n_thresholds)
{
    unsigned code = 0;

    for (uint32_t t = 0; t < n_thresholds; t++) {
        code += number >= thresholds[t];
    }
    return (uint8_t)code;
}

/* The letters before the next one, as the thresholds are ordered: contexts of as many
 * letters begin at `start`, there are `size` of them, and this is number `code`. */
typedef struct {
    uint32_t start, size, code;
} context;

/* Letters at .. at + n - 1 of a record, whose numbers of 31 bits are given. */
static void codes_of(const fmi_letters *letters, const uint32_t *numbers, size_t at,
                     size_t n, context *before, uint8_t *codes)
{
    const uint32_t n_thresholds = letters->n_letters - 1;
    const uint32_t *thresholds = letters->thresholds;

    if (letters->order == 0 && letters->n_positions == 1) {
        codes_alike(numbers, n, thresholds, n_thresholds, codes);
        return;
    }
    if (letters->order == 0) {
        for (size_t i = 0; i < n; i++) {
            codes[i] =
                code_of(numbers[i], thresholds + (at + i) * n_thresholds, n_thresholds);
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t row = (size_t)before->start + before->code;
        codes[i] = code_of(numbers[i], thresholds + row * n_thresholds, n_thresholds);
        if (at + i < letters->order) { /* one letter more will be known */
            before->start += before->size;
            before->size *= letters->n_letters;
        }
        const uint32_t longer = before->code * letters->n_letters + codes[i];
        /* the oldest letter goes; of four letters without a division, which takes long */
        before->code =
            letters->n_letters == 4 ? longer & (before->size - 1) : longer % before->size;
    }
}

static void pack_codes(const uint8_t *codes, size_t n, uint8_t *row)
{
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        row[i / 4] =
            (uint8_t)(codes[i] << 6 | codes[i + 1] << 4 | codes[i + 2] << 2 | codes[i + 3]);
    }
    if (i < n) {
        unsigned byte = 0;
        for (size_t t = 0; i + t < n; t++) {
            byte |= (unsigned)codes[i + t] << (6 - 2 * t);
        }
        row[i / 4] = (uint8_t)byte;
    }
}

static void drawn_row(const fmi_letters *letters, uint64_t seed, uint32_t stream,
                      uint64_t record, uint8_t *row)
{
    uint32_t numbers[PIECE];
    uint8_t codes[PIECE];
    context before = {.start = 0, .size = 1, .code = 0};

    for (size_t at = 0; at < letters->length; at += PIECE) {
        const size_t rest = letters->length - at, n = rest < PIECE ? rest : PIECE;
        words_of(seed, stream, record, (uint32_t)(at / 4), n, numbers);
        for (size_t i = 0; i < n; i++) {
            numbers[i] >>= 1;
        }
        if (letters->n_letters == 4) {
            codes_of(letters, numbers, at, n, &before, codes);
            pack_codes(codes, n, row + at / 4);
        } else {
            codes_of(letters, numbers, at, n, &before, row + at);
        }
    }
}

static int refused(const fmi_letters *letters, const fmi_options *options)
{
    return letters->length == 0 || letters->length > FMI_MAX_LENGTH ||
           letters->n_letters < 2 || letters->n_letters > FMI_MAX_LETTERS ||
           letters->order > FMI_MAX_ORDER || options->n_threads < 1 ||
           fmi_n_contexts(letters->n_letters, letters->order) > FMI_MAX_CONTEXTS ||
           (letters->n_positions != 1 &&
            (letters->n_positions != letters->length || letters->order > 0)) ||
           (letters->thresholds == NULL && (letters->n_letters != 4 || letters->order > 0));
}

int fmi_random_rows(const fmi_letters *letters, uint64_t seed, uint32_t stream,
                    uint64_t first, size_t n_rows, const fmi_options *options,
                    uint8_t *rows)
{
    if (refused(letters, options)) {
        return FMI_ERR_BAD_PARAM;
    }
    const size_t row_bytes = fmi_row_bytes(letters->length, letters->n_letters);
    const int64_t n = (int64_t)n_rows;

#if defined(_OPENMP)
    const int64_t some = LETTERS_A_TASK / (int64_t)letters->length + 1; /* rows a task */
#pragma omp parallel for schedule(static, some)                                            \
    num_threads(options->n_threads) if (options->n_threads > 1 && n > some)
#endif
    for (int64_t r = 0; r < n; r++) {
        uint8_t *row = rows + (size_t)r * row_bytes;
        if (letters->thresholds == NULL) {
            uniform_row(letters, seed, stream, first + (uint64_t)r, row);
        } else {
            drawn_row(letters, seed, stream, first + (uint64_t)r, row);
        }
    }
    return FMI_OK;
}
