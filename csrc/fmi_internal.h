/* Shared between the files of csrc/, and by nobody else. */
#ifndef FMI_INTERNAL_H
#define FMI_INTERNAL_H

#include "fmi.h"

/* Whether the kernels for AVX2 and AVX-512 are compiled, for any x86-64, and chosen at run
 * time. */
#if defined(__GNUC__) && defined(__x86_64__)
#define FMI_X86 1
#else
#define FMI_X86 0
#endif

/* A hint; the address need not be valid. */
#if defined(__GNUC__)
#define FMI_PREFETCH(address) __builtin_prefetch(address)
#else
#define FMI_PREFETCH(address) ((void)(address))
#endif

/* For a body that is compiled anew for each constant that it is called with. */
#if defined(__GNUC__)
#define FMI_INLINE inline __attribute__((always_inline))
#else
#define FMI_INLINE inline
#endif

/* a * b into *out; non-zero where it does not fit. */
static inline int fmi_mul_size(size_t a, size_t b, size_t *out)
{
    if (b != 0 && a > SIZE_MAX / b) {
        return FMI_ERR_OVERFLOW;
    }
    *out = a * b;
    return FMI_OK;
}

static inline size_t fmi_round_up(size_t x, size_t step)
{
    return (x + step - 1) / step * step;
}

/* ------------------------------------------------------------ scratch, cut in pieces */

enum { FMI_ALIGN = 64 };

/* Cuts one block of memory into aligned pieces.  With memory == NULL it only adds up what
 * they need, so that one function says both how large a scratch is and what lies where. */
typedef struct {
    uint8_t *memory;
    size_t used;
} fmi_cutter;

static inline void *fmi_cut(fmi_cutter *cutter, size_t n, size_t size)
{
    uint8_t *piece = cutter->memory == NULL ? NULL : cutter->memory + cutter->used;

    cutter->used += fmi_round_up(n * size, FMI_ALIGN);
    return piece;
}

/* ------------------------------------------------------------------- fmi_control */

/* The flag is set by a thread of the caller, of which OpenMP knows nothing; an aligned
 * 64-bit load is whole on every machine, and seeing it a block of rows late does no harm.
 */
static inline int fmi_cancelled(const fmi_control *control)
{
    int64_t value;

#ifdef _OPENMP
#pragma omp atomic read
#endif
    value = control->cancel;
    return value != 0;
}

static inline void fmi_report(fmi_control *control, int64_t done)
{
#ifdef _OPENMP
#pragma omp atomic
#endif
    control->done += done;
}

/* -------------------------------------------------------------------------- pack.c */

/* Whether any letter is missing. */
int fmi_any_missing(const fmi_seqs *seqs);

/* How much all rows weigh into *total; FMI_ERR_OVERFLOW beyond 2^63 - 1. */
int fmi_total_weight(const fmi_seqs *seqs, uint64_t *total);

/* -------------------------------------------------------------------------- kmer.c */

/* codes[n - from] = code of the k-mer at position i of row n, for rows from .. to-1;
 * n_kmers (one past the last code) where a letter of it is missing. */
void fmi_kmer_column(const fmi_seqs *seqs, size_t k, size_t i, size_t from, size_t to,
                     uint16_t *codes);

/* fmi_count_kmers of what is known to be right, until the caller wants to stop; report:
 * whether to say how far it is. */
void fmi_count_columns(const fmi_seqs *seqs, size_t k, int n_threads, fmi_control *control,
                       int report, uint64_t *counts);

/* --------------------------------------------- the seam: kernels count tiles of pairs */

/* What is counted; the same for all threads and tiles. */
typedef struct {
    const fmi_seqs *seqs;
    size_t k;
    size_t n_kmers;
    size_t n_positions; /* k-mer starts in a row */
    uint64_t total;     /* that all rows count */
    size_t n_layered;   /* rows in their layers (layers.h); without weights, all */
    int has_missing;    /* is any letter missing? */
    int isa;            /* FMI_ISA_*, never FMI_ISA_BEST */
    size_t most_rows;   /* that a 16-bit count may stand for */
} fmi_task;

/* The pairs (i, j) with i0 <= i < i1, j0 <= j < j1 and j - i >= k. */
typedef struct {
    size_t i0, i1, j0, j1;
} fmi_tile;

/* The first j of the tile that is a partner of i. */
static inline size_t fmi_first_j(const fmi_tile *tile, size_t i, size_t k)
{
    return i + k > tile->j0 ? i + k : tile->j0;
}

enum { FMI_LANES = 16 }; /* pairs evaluated side by side */

/* How a kernel wants a task cut. */
typedef struct {
    size_t tile_i, tile_j; /* positions on the two sides of a tile, at most */
    size_t block;          /* rows in one call of count, at most */
    size_t lanes;          /* 1 or FMI_LANES: pairs that row gives at once */
} fmi_plan;

typedef struct fmi_evaluator fmi_evaluator; /* mi.c */

/* One way of counting.  The driver calls, for each tile, begin, then count for one block of
 * rows after the other, then row for what it wants to know.  Each row of a block counts
 * 2^shift times; shift never grows from block to block of a tile, and is 0 for the last.
 * Scratch is one thread's, FMI_ALIGNed, has scratch_bytes for any tile of the plan, and
 * begins as anything.
 *
 * row gives the joint counts of k-mer a at i with every b at j .. j + lanes - 1, as
 * cells[b * lanes + lane], zeros in lanes beyond the tile.  It is called for a = 0, 1, ...
 * in turn; the array stays valid until the next call. */
typedef struct {
    const char *name;
    void (*plan)(const fmi_task *task, fmi_plan *plan);
    size_t (*scratch_bytes)(const fmi_task *task, const fmi_plan *plan);
    void (*begin)(const fmi_task *task, const fmi_tile *tile, void *scratch);
    void (*count)(const fmi_task *task, const fmi_tile *tile, size_t from, size_t to,
                  unsigned shift, void *scratch);
    const uint32_t *(*row)(const fmi_task *task, const fmi_tile *tile, size_t i, size_t j,
                           size_t a, void *scratch);
    /* Kernels that go through all rows at once have these instead of count and row.
     *
     * evaluate: a tile of one i and FMI_LANES j's at most, given to an evaluator that this
     * begins.  n: zeros; receives what is behind each pair.  kmer_counts: those of all
     * positions, [n_positions][n_kmers], where weights_row is NULL.  Looks now and then
     * whether the caller wants to stop; what it leaves is then nobody's. */
    void (*evaluate)(const fmi_task *task, const fmi_tile *tile,
                     const uint64_t *kmer_counts, void *scratch, fmi_evaluator *e,
                     uint64_t n[FMI_LANES], const fmi_control *control);
    /* The tables of such a tile, where it can make them: begin, then this as row above. */
    const uint64_t *(*weights_row)(const fmi_task *task, const fmi_tile *tile, size_t a,
                                   void *scratch);
} fmi_kernel;

/* count_*.c; the last word of a name is the instruction set it is compiled for */
extern const fmi_kernel fmi_plain_scalar;
extern const fmi_kernel fmi_sparse_scalar, fmi_sparse_avx2, fmi_sparse_avx512;
extern const fmi_kernel fmi_weights_scalar, fmi_weights_avx2, fmi_weights_avx512;
extern const fmi_kernel fmi_groups_scalar, fmi_groups_avx2, fmi_groups_avx512;
extern const fmi_kernel fmi_bytes_scalar, fmi_bytes_avx2, fmi_bytes_avx512;
extern const fmi_kernel fmi_planes_scalar, fmi_planes_avx2, fmi_planes_avx512;

enum { FMI_GROUPS_KMERS = 400 }; /* that the groups kernel takes at most: 2^8, 4^4, 20^2 */

/* What is made of the counts. */
enum { FMI_FOR_TABLES, FMI_FOR_MI, FMI_FOR_X2 };

/* dispatch.c: the kernel for a task; NULL where that `kernel` (FMI_KERNEL_*) cannot do it */
const fmi_kernel *fmi_kernel_pick(const fmi_task *task, int kernel, int purpose);

/* ---------------------------------------------------------------------------- mi.c */

/* Turns the rows of FMI_LANES tables side by side, or of one, into mutual information. */
size_t fmi_evaluator_bytes(size_t n_kmers, size_t lanes);
fmi_evaluator *fmi_evaluator_init(void *memory, size_t n_kmers, size_t lanes,
                                  double pseudocount);
/* Start new tables with n[lane] counts each, 2^63 - 1 at most. */
void fmi_evaluator_begin(fmi_evaluator *e, const uint64_t *n);
/* The row of k-mer a: cells[b * lanes + lane] (mi_rows.c, once per instruction set). */
typedef void fmi_row_taker(fmi_evaluator *e, size_t a, const uint32_t *cells);
fmi_row_taker fmi_evaluator_row_scalar, fmi_evaluator_row_avx2, fmi_evaluator_row_avx512;
fmi_row_taker *fmi_row_taker_pick(int isa); /* dispatch.c */
/* The same in 64 bits; a table is given in rows of one kind. */
void fmi_evaluator_weights(fmi_evaluator *e, size_t a, const uint64_t *cells);
/* Ready for counts one by one: e->steps (evaluator.h). */
void fmi_evaluator_make_steps(fmi_evaluator *e);
/* MI in bits of one lane's table, all rows given; NaN where it is empty. */
double fmi_evaluator_end(fmi_evaluator *e, size_t lane);

#endif
