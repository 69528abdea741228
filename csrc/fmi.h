/* fmi: packed sequences, joint k-mer counts and mutual information, in plain C11.
 *
 * The only public header of fastmi's core.  No Python in it: csrc/ builds and is tested
 * alone.
 *
 * Words.  A sequence set has n_rows sequences of `length` letters out of an alphabet of
 * n_letters.  A k-mer at position i covers letters i .. i+k-1; its code is the number whose
 * base-n_letters digits are the letters, first letter most significant (AAA = 0, AAC = 1).
 * P = length-k+1 positions; a pair (i, j) has j - i >= k, so that the k-mers do not
 * overlap. Pairs are numbered i-major: (0,k), (0,k+1), ... (0,P-1), (1,k+1), ...
 *
 * Conventions.  Functions return FMI_OK, a positive FMI_PARSE_* state, or a negative
 * FMI_ERR_*; inputs come first and are const, outputs last; nothing is printed, no global
 * state is kept, and no buffer is read past the sizes given.
 */
#ifndef FMI_H
#define FMI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_MSC_VER)
#define FMI_RESTRICT __restrict
#define FMI_CHECKED
#else
#define FMI_RESTRICT restrict
#define FMI_CHECKED  __attribute__((warn_unused_result))
#endif

enum {
    FMI_OK = 0,
    FMI_ERR_NOMEM = -1,     /* malloc failed */
    FMI_ERR_BAD_PARAM = -2, /* a size or option outside its contract */
    FMI_ERR_CANCELLED = -3, /* fmi_control.cancel was set */
    FMI_ERR_OVERFLOW = -4,  /* a count would pass 2^32 - 1, or weights 2^63 - 1 */
    FMI_ERR_PARSE = -5,     /* fmi_parser.error says what and where */
    FMI_ERR_NO_ISA = -6     /* this machine has no such instructions */
};

/* One sentence for an error code; it ends with the macro's name. Never NULL. */
const char *fmi_strerror(int code);

enum {
    FMI_UNKNOWN = 255,       /* code of a letter outside the alphabet */
    FMI_MAX_LETTERS = 255,   /* codes 0 .. 254 */
    FMI_MAX_KMERS = 8192,    /* n_letters^k at most: one joint table is 256 MiB */
    FMI_MAX_LENGTH = 1 << 20 /* letters in one sequence */
};

#define FMI_MAX_PSEUDOCOUNT 1e6 /* beyond, every map is rounding */

/* What to do with a letter outside the alphabet. */
enum { FMI_UNKNOWN_ERROR = 0, FMI_UNKNOWN_DROP = 1, FMI_UNKNOWN_SKIP = 2 };

/* ------------------------------------------------------------------ sequences (pack.c) */

/* A view of a sequence set; owns nothing.
 * n_letters == 4: 2 bits a letter, the first letter in the top bits of the first byte, rows
 *   of fmi_row_bytes() bytes; mask, if not NULL, has one bit a letter (same order), set
 *   where the letter is missing (its 2 bits are then 0).
 * otherwise: one byte a letter, FMI_UNKNOWN where missing; mask is NULL.
 * weights: how often each row counts, 0 or more times, 2^63 - 1 in all; NULL: once.  Counts
 *   below are sums of weights.  Mutual information depends on their proportions alone, so
 *   that fractions can be given in any small unit. */
typedef struct {
    const uint8_t *rows;
    const uint8_t *mask;
    size_t n_rows;
    size_t length;
    uint32_t n_letters;
    const uint64_t *weights;
} fmi_seqs;

size_t fmi_row_bytes(size_t length, uint32_t n_letters);
size_t fmi_mask_bytes(size_t length);

/* Letters to one packed row.  lut maps a byte to a code below n_letters or to FMI_UNKNOWN.
 * mask_row may be NULL: missing letters are then counted but not marked (2-bit rows).
 * Returns the number of letters outside the alphabet. */
size_t fmi_encode_row(const uint8_t *letters, size_t length, const uint8_t lut[256],
                      uint32_t n_letters, uint8_t *row, uint8_t *mask_row);

/* n_rows x length letters (C order) to packed rows.  n_unknown[n] receives the number of
 * letters of row n outside the alphabet.  mask may be NULL as above. */
void fmi_encode_rows(const uint8_t *letters, size_t n_rows, size_t length,
                     const uint8_t lut[256], uint32_t n_letters, uint8_t *rows,
                     uint8_t *mask, uint32_t *n_unknown);

/* Packed rows back to one code a byte, FMI_UNKNOWN where missing. codes: n_rows x length.
 */
void fmi_decode_rows(const fmi_seqs *seqs, uint8_t *codes);

/* ------------------------------------------------------------------- parsing (parse.c) */

enum { FMI_FASTA = 0, FMI_FASTQ = 1, FMI_LINES = 2, FMI_TABLE = 3 };

/* States of fmi_parser_feed that are no errors. */
enum {
    FMI_PARSE_ROOM = 1, /* out is full: empty it and call again */
    FMI_PARSE_LENGTH =
        2 /* the first record is read and `length` set: give rows, call again */
};

typedef enum {
    FMI_BAD_NONE = 0,
    FMI_BAD_LETTER,    /* letter outside the alphabet, policy error */
    FMI_BAD_LENGTH,    /* record of another length than the first */
    FMI_BAD_EMPTY,     /* record without letters */
    FMI_BAD_TOO_LONG,  /* record of more than FMI_MAX_LENGTH letters */
    FMI_BAD_NO_HEADER, /* FASTA / FASTQ: record does not start with > or @ */
    FMI_BAD_NO_PLUS,   /* FASTQ: third line is not + */
    FMI_BAD_QUALITY,   /* FASTQ: qualities of another length than the sequence */
    FMI_BAD_CUT,       /* FASTQ: the file ends inside a record */
    FMI_BAD_COLUMNS,   /* lines: several columns in a line */
    FMI_BAD_NO_COLUMN, /* table: the line has fewer columns than asked for */
    FMI_BAD_BINARY,    /* a NUL byte: not a text file */
    FMI_BAD_WEIGHT,    /* table: a weight that is no finite number from 0 up */
    FMI_BAD_SCORE      /* table: a score that is no finite number */
} fmi_bad;

typedef struct {
    fmi_bad what;
    uint64_t record; /* 1-based */
    uint64_t line;   /* 1-based */
    size_t position; /* 0-based letter, for FMI_BAD_LETTER; columns seen, for NO_COLUMN;
                      * byte of the line where it begins, for WEIGHT and SCORE */
    size_t found;    /* the byte or the length found */
} fmi_parse_error;

enum { FMI_NAME_BYTES = 64 };

/* Numbers that may stand beside a sequence in a table, each in a column of its own.
 * FMI_BAD_WEIGHT + n says that number n is bad. */
enum {
    FMI_WEIGHT = 0, /* how much the sequence counts: finite, from 0 up, never -0 */
    FMI_SCORE,      /* finite */
    FMI_N_NUMBERS
};

#define FMI_NO_COLUMN SIZE_MAX /* of fmi_parser.number_columns */

/* Set the first block, leave the rest to fmi_parser_init. */
typedef struct {
    int format;
    int unknown; /* FMI_UNKNOWN_* */
    uint8_t lut[256];
    uint32_t n_letters;
    size_t length; /* 0: that of the first record */
    size_t column; /* table: 0-based column of the sequences */
    /* table: those of their numbers, which may be one; FMI_NO_COLUMN for none, and in all
     * other formats */
    size_t number_columns[FMI_N_NUMBERS];
    uint8_t delimiter; /* table: separator; ' ' stands for runs of blanks */
    int skip_lines;    /* table: header lines to pass over */

    uint64_t n_records; /* records read so far, dropped ones included */
    uint64_t n_dropped; /* records left out for unknown letters */
    uint64_t n_unknown; /* letters outside the alphabet in records kept */
    uint64_t line;      /* lines read so far */
    fmi_parse_error error;
    char name[FMI_NAME_BYTES]; /* start of the current record's header */

    /* private */
    uint64_t record_line;
    uint8_t *letters;
    size_t n_held, capacity;
    double numbers[FMI_N_NUMBERS];
    int state;
    int pending;
} fmi_parser;

/* Where parsed rows go: room for `capacity` rows; n_rows of them are filled.
 * mask: NULL unless the policy is skip and the alphabet has four letters.
 * numbers: one a row of each kind; NULL unless there is a column of them. */
typedef struct {
    uint8_t *rows;
    uint8_t *mask;
    double *numbers[FMI_N_NUMBERS];
    size_t capacity;
    size_t n_rows;
} fmi_block;

int fmi_parser_init(fmi_parser *parser) FMI_CHECKED;
void fmi_parser_free(fmi_parser *parser);

/* Parse whole lines of buffer[0 .. size) into out; *consumed bytes were used, the rest must
 * stand at the start of the next call's buffer.  last: nothing follows, so the end of the
 * buffer ends the last line and record.  Returns FMI_OK (wants more input), FMI_PARSE_* or
 * an error. */
int fmi_parser_feed(fmi_parser *parser, const uint8_t *buffer, size_t size, int last,
                    size_t *consumed, fmi_block *out) FMI_CHECKED;

/* ------------------------------------------------------------ instruction sets (isa.c) */

enum {
    FMI_ISA_BEST = 0, /* the best this machine has */
    FMI_ISA_SCALAR,   /* plain C */
    FMI_ISA_AVX2,     /* x86-64 with AVX2 */
    FMI_ISA_AVX512,   /* x86-64 with AVX-512 F, BW, VL, VBMI, VPOPCNTDQ and GFNI */
    FMI_N_ISAS
};

/* FMI_ISA_BEST: the best one here; others: the same, or FMI_ERR_NO_ISA; or, where it is no
 * FMI_ISA_* at all, FMI_ERR_BAD_PARAM. */
int fmi_isa_resolve(int isa) FMI_CHECKED;
/* "scalar", "avx2", "avx512"; NULL for anything else. */
const char *fmi_isa_name(int isa);

/* --------------------------------------------------- counting (count_*.c, pairwise.c) */

enum {
    FMI_KERNEL_BEST = 0, /* the fastest for the alphabet, k, number and weights of rows */
    FMI_KERNEL_PLAIN,
    FMI_KERNEL_PLANES,
    FMI_KERNEL_GROUPS,
    FMI_KERNEL_BYTES,
    FMI_KERNEL_SPARSE, /* for MI only */
    FMI_KERNEL_WEIGHTS,
    FMI_N_KERNELS
};

/* Zeros, but for n_threads, are what everybody wants. */
typedef struct {
    int n_threads; /* at most; 1 or more */
    int isa;       /* FMI_ISA_* */
    int kernel;    /* FMI_KERNEL_*; one that cannot count the alphabet and k is refused */
    /* rows between two flushes of narrow counts: 64 .. 65535; 0: 65535.  Layers of weighted
     * rows are at least a quarter of that (layers.c). */
    size_t most_rows;
    /* 0: the pairs with j - i >= k.  Otherwise pairs of two parts of a row: i < n_left with
     * every j >= right, where right >= n_left - 1 + k. */
    size_t n_left, right;
} fmi_options;

/* Shared with the caller while a job runs: it may read done and set cancel at any time. */
typedef struct {
    volatile int64_t done;   /* so far: pairs x rows counted, or tables evaluated */
    volatile int64_t cancel; /* non-zero: stop soon, return FMI_ERR_CANCELLED */
} fmi_control;

/* n_letters^k, or 0 where it is outside 2 .. FMI_MAX_KMERS. */
size_t fmi_n_kmers(uint32_t n_letters, size_t k);
/* Number of pairs; 0 where length < 2k or length > FMI_MAX_LENGTH. */
size_t fmi_n_pairs(size_t length, size_t k);
/* The same of the pairs that the options name; 0 where there are none such. */
size_t fmi_n_chosen(size_t length, size_t k, const fmi_options *options);
/* Bytes that fmi_pairwise_mi takes: scratch, 4 GiB at most where one thread's fits into
 * that; the k-mers of all positions where a kernel wants them, 128 MiB at most; copies of
 * weighted rows, 8 times all rows at most.  0 where it would refuse. */
size_t fmi_scratch_bytes(const fmi_seqs *seqs, size_t k, const fmi_options *options);
/* Name of the counting kernel that would run, as "groups-avx2"; NULL where none would. */
const char *fmi_kernel_name(const fmi_seqs *seqs, size_t k, const fmi_options *options);
/* Whether OpenMP is compiled in; without it every job has one thread. */
int fmi_has_openmp(void);

/* MI of every pair, in bits, and what the sequences behind each count together (pairs in
 * order).  pseudocount: 0 .. FMI_MAX_PSEUDOCOUNT, in multiples of that number.  NaN where no
 * sequence that counts has both k-mers. */
int fmi_pairwise_mi(const fmi_seqs *seqs, size_t k, double pseudocount,
                    const fmi_options *options, fmi_control *control, double *mi,
                    uint64_t *n_ij) FMI_CHECKED;

/* Pearson's X^2 with rare k-mers damped, of every pair, and what the sequences behind each
 * count together.  With n_ab the joint counts times scale (0 < scale <= 1e15), r and c their
 * margins, n their sum,
 *
 *   n sum_ab (n_ab - r_a c_b / n)^2 / ((r_a + s) (c_b + t)), s^2 = damping n / (sqrt(2) (R - 1)),
 *
 * over k-mers that occur, R of them at i; t in the same way of those at j.  damping: 0 for
 * Pearson's X^2, .. 1e15.  NaN where no sequence has both k-mers.  margins: NULL, or
 * [n_pairs][2][M], which receives the counts at i and at j. */
int fmi_pairwise_x2(const fmi_seqs *seqs, size_t k, double scale, double damping,
                    const fmi_options *options, fmi_control *control, double *x2,
                    uint64_t *n_ij, uint64_t *margins) FMI_CHECKED;

/* Adds the joint counts of every pair to tables[n_pairs][M][M], M = fmi_n_kmers().
 * FMI_ERR_OVERFLOW for weights of more than 2^32 - 1 in all; with what was there before, the
 * caller guarantees that no cell passes that.  A cancelled call leaves tables half added
 * to. */
int fmi_count_pairs(const fmi_seqs *seqs, size_t k, const fmi_options *options,
                    fmi_control *control, uint32_t *tables) FMI_CHECKED;

/* The same in 64 bits, up to 2^63 - 1, for weights that 32 bits do not hold. */
int fmi_weigh_pairs(const fmi_seqs *seqs, size_t k, const fmi_options *options,
                    fmi_control *control, uint64_t *tables) FMI_CHECKED;

/* The same for one pair of positions i <= j, which may overlap: table[M][M]. */
int fmi_count_pair(const fmi_seqs *seqs, size_t k, size_t i, size_t j,
                   uint64_t *table) FMI_CHECKED;

/* Positional k-mer counts, added to counts[P][M].  control.done counts rows x P.  Only
 * n_threads of the options matters.  A cancelled call leaves them half added to. */
int fmi_count_kmers(const fmi_seqs *seqs, size_t k, const fmi_options *options,
                    fmi_control *control, uint64_t *counts) FMI_CHECKED;

/* ------------------------------------------------------------- tables (mi_tables.c) */

/* MI in bits of each of n_tables tables [M][M]; as fmi_pairwise_mi.  FMI_ERR_OVERFLOW where
 * a table has more than 2^32 - 1 counts in all; its MI is NaN. */
int fmi_mi_tables(const uint32_t *tables, size_t n_tables, size_t n_kmers,
                  double pseudocount, const fmi_options *options, fmi_control *control,
                  double *mi, uint64_t *n_ij) FMI_CHECKED;

/* The same of tables of weights; FMI_ERR_OVERFLOW beyond 2^63 - 1 in all. */
int fmi_mi_weights(const uint64_t *tables, size_t n_tables, size_t n_kmers,
                   double pseudocount, const fmi_options *options, fmi_control *control,
                   double *mi, uint64_t *n_ij) FMI_CHECKED;

/* As fmi_pairwise_x2. */
int fmi_x2_tables(const uint32_t *tables, size_t n_tables, size_t n_kmers, double scale,
                  double damping, const fmi_options *options, fmi_control *control,
                  double *x2, uint64_t *n_ij, uint64_t *margins) FMI_CHECKED;
int fmi_x2_weights_tables(const uint64_t *tables, size_t n_tables, size_t n_kmers,
                          double scale, double damping, const fmi_options *options,
                          fmi_control *control, double *x2, uint64_t *n_ij,
                          uint64_t *margins) FMI_CHECKED;

/* ------------------------------------------------------- alike rows (identity.c) */

/* What a missing letter is when two rows are compared.  MATCH: one more letter, equal to
 * itself, and the identity is matches / length.  IGNORE: equal to nothing, and the identity
 * of row n with another is matches / (letters of n that are not missing). */
enum { FMI_GAPS_MATCH = 0, FMI_GAPS_IGNORE = 1 };

/* The least m >= 1 with m / n >= identity, both sides as doubles; 1 where n is 0. */
size_t fmi_least_matches(double identity, size_t n);

/* neighbours[n] = number of rows, n itself included, whose identity with row n is at least
 * `identity` (0 < identity <= 1).  control.done counts pairs of rows, n_rows (n_rows - 1) /
 * 2 in the end.  FMI_ERR_OVERFLOW for more than 2^32 - 1 rows.  Allocates at most
 * 9 (length + 63) / 8 + 44 bytes a row, and what 8 rows take for each thread.  The same
 * numbers for any ISA and number of threads; only these two options matter, and weights do
 * not. */
int fmi_count_neighbours(const fmi_seqs *seqs, double identity, int gaps,
                         const fmi_options *options, fmi_control *control,
                         uint32_t *neighbours) FMI_CHECKED;

/* ------------------------------------------------------ random sequences (random.c) */

/* Everything random is a function of (seed, stream, record): the number of the record, not
 * who draws it or when.  Streams keep what is drawn for different purposes apart. */

enum { FMI_MAX_ORDER = 8, FMI_MAX_CONTEXTS = 1 << 20 };
#define FMI_CERTAIN 0x80000000U /* a threshold above every random number of 31 bits */

/* What letters are drawn from.  thresholds[n_positions][contexts][n_letters - 1] ascend up to
 * FMI_CERTAIN: the letter is the number of thresholds that a random number of 31 bits
 * reaches.  order 0: one context, and either one position, the same everywhere, or `length`
 * of them, a profile.  order m > 0: one position; a letter depends on the m before it, the
 * first ones on as many as there are, so the contexts are those of 0 letters, of 1 .. of m,
 * each in the order of their codes.  thresholds NULL: four letters, uniform, order 0. */
typedef struct {
    uint32_t n_letters;
    size_t length;
    size_t order;
    size_t n_positions;
    const uint32_t *thresholds;
} fmi_letters;

/* Contexts of a model of this order: 1 + n_letters + .. + n_letters^order. */
size_t fmi_n_contexts(uint32_t n_letters, size_t order);

/* Packed rows of records first .. first + n_rows - 1.  Only n_threads of the options
 * matters. */
int fmi_random_rows(const fmi_letters *letters, uint64_t seed, uint32_t stream,
                    uint64_t first, size_t n_rows, const fmi_options *options,
                    uint8_t *rows) FMI_CHECKED;

/* words[n_rows][n_words]: random words at .. at + n_words - 1 of each record. */
void fmi_random_words(uint64_t seed, uint32_t stream, uint64_t first, size_t n_rows,
                      uint64_t at, size_t n_words, uint32_t *words);

/* ------------------------------------------------------------- shuffles (shuffle.c) */

/* What a shuffle keeps.  k: how often each word of k letters occurs, 1 or more; where the
 * run shuffled has k letters or fewer it stays.  window: letters shuffled on their own, each
 * so many and at the end what is left; 0: the whole row.  keep[length]: not 0 where the
 * letter stays; NULL: nowhere.  A missing letter stays, too.  k = 1: the free letters of a
 * window change places among themselves.  k > 1: each run of free letters in a window is
 * shuffled on its own, and k-mers are those inside it. */
typedef struct {
    size_t k;
    size_t window;
    const uint8_t *keep;
} fmi_shuffle;

/* rows[r] = row r of the set shuffled, by the random words of record first + r.  What is
 * missing is so in the result, which has the mask of the set; rows may be seqs->rows.
 *
 * Every arrangement of a run that has its k-mers, each as often as the run, and begins as it
 * does with k - 1 letters comes with the same probability.  They all end alike, too.  Where
 * a run begins and ends with different (k-1)-mers, any sequence with these k-mer counts
 * begins and ends so, and nothing is left out; where they are the same, there are others,
 * which begin elsewhere in the circle that the run closes.
 *
 * The steps of a row grow as its letters for random sequences, and at worst as letters x
 * k-mers.  Only n_threads of the options matters. */
int fmi_shuffle_rows(const fmi_seqs *seqs, const fmi_shuffle *how, uint64_t seed,
                     uint32_t stream, uint64_t first, const fmi_options *options,
                     uint8_t *rows) FMI_CHECKED;

/* ------------------------------------------------------------- one-hot (one_hot.c) */

/* How letters become numbers.  Letter c is 1 in column columns[c], which is below n_columns
 * (1 .. FMI_MAX_LETTERS), and 0 in all others; a missing one is `unknown` in every column.
 * one and unknown are numbers of `size` bytes (1, 2, 4 or 8) of any type whose 0 is all
 * zeros. */
typedef struct {
    const uint8_t *columns; /* n_letters of them */
    size_t n_columns;
    int by_letter; /* out[n_rows][length][n_columns]; else out[n_rows][n_columns][length] */
    size_t size;
    const void *one;
    const void *unknown;
} fmi_one_hot;

/* All rows into out, as form says.  Only n_threads of the options matters. */
int fmi_write_one_hot(const fmi_seqs *seqs, const fmi_one_hot *form,
                      const fmi_options *options, void *out) FMI_CHECKED;

/* ----------------------------------------------------------- DeepBind (deepbind.c) */

enum {
    FMI_MAX_DETECTOR = 64,    /* letters of a detector */
    FMI_MAX_DETECTORS = 1024, /* detectors of a model */
    FMI_MAX_HIDDEN = 1024     /* hidden units of a model */
};

/* A model of DeepBind v0.11 (Alipanahi et al. 2015), as its parameter file has it; every
 * number finite and at most 10^6 in size, so that no sum overflows.  With m letters a
 * detector, d detectors, and inputs max_0, mean_0, max_1, ... (has_mean) or max_0, max_1, ...:
 * detectors[m][4][d], thresholds[d], weights1[inputs][n_hidden or 1], biases1[n_hidden or 1],
 * weights2[n_hidden], biases2[1]; the last two are NULL where n_hidden is 0. */
typedef struct {
    size_t detector_length; /* m: 1 .. FMI_MAX_DETECTOR */
    size_t n_detectors;     /* d: 1 .. FMI_MAX_DETECTORS */
    size_t n_hidden;        /* 0 .. FMI_MAX_HIDDEN */
    int has_mean;           /* the mean over positions is an input as well as the maximum */
    int both_strands;       /* the greater score of a sequence and its reverse complement */
    const float *detectors, *thresholds;
    const float *weights1, *biases1, *weights2, *biases2;
} fmi_deepbind;

/* Letters in a window: 3 m / 2, rounded down.  A longer sequence has the greatest score of
 * all its windows. */
size_t fmi_deepbind_window(size_t detector_length);

/* The score of each row of four letters, a missing one 0.25 of each base; the complement of
 * code c is 3 - c.  control.done counts rows.  Only n_threads and isa of the options matter;
 * neither they, nor the rows around a row, nor weights change a bit.  Allocates a copy of the
 * parameters and, a thread, 512 bytes an input and one a letter. */
int fmi_deepbind_scores(const fmi_deepbind *model, const fmi_seqs *seqs,
                        const fmi_options *options, fmi_control *control,
                        float *scores) FMI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
