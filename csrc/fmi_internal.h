/* Shared between the files of csrc/, and by nobody else. */
#ifndef FMI_INTERNAL_H
#define FMI_INTERNAL_H

#include "fmi.h"

/* a * b into *out; non-zero where it does not fit. */
static inline int fmi_mul_size(size_t a, size_t b, size_t *out)
{
    if (b != 0 && a > SIZE_MAX / b) {
        return FMI_ERR_OVERFLOW;
    }
    *out = a * b;
    return FMI_OK;
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

/* Whether any letter may be missing: a mask is there, or a byte is no letter's code. */
int fmi_any_missing(const fmi_seqs *seqs);

/* -------------------------------------------------------------------------- kmer.c */

/* codes[n - from] = code of the k-mer at position i of row n, for rows from .. to-1;
 * n_kmers (one past the last code) where a letter of it is missing. */
void fmi_kmer_column(const fmi_seqs *seqs, size_t k, size_t i, size_t from, size_t to,
                     uint16_t *codes);

/* --------------------------------------------- the seam: kernels count tiles of pairs */

/* The pairs (i, j) with i0 <= i < i1, j0 <= j < j1 and j - i >= k.  first[i - i0] is the
 * table of the first such j of row i; the tables of the following j stand behind it, each
 * `cells` long.  In a table, the counts of k-mer a at i with b at j stand at a*stride + b;
 * where rows may have missing letters, stride and the number of rows have room for one more
 * code (n_kmers), which collects what does not count. */
typedef struct {
    size_t i0, i1, j0, j1;
    uint32_t **first;
    size_t cells;
    size_t stride;
} fmi_tile;

static inline size_t fmi_first_j(const fmi_tile *tile, size_t i, size_t k)
{
    return i + k > tile->j0 ? i + k : tile->j0;
}

/* One way of counting.  count adds rows from .. to-1 to the tile's tables, exactly; scratch
 * has scratch_bytes(k, side) bytes, 64-byte aligned, for tiles of up to side x side pairs.
 */
typedef struct {
    const char *name;
    size_t max_rows; /* rows in one call at most */
    size_t (*scratch_bytes)(size_t k, size_t side);
    void (*count)(const fmi_seqs *seqs, size_t k, size_t from, size_t to,
                  const fmi_tile *tile, void *scratch);
} fmi_kernel;

extern const fmi_kernel fmi_kernel_plain; /* count_plain.c */

/* dispatch.c */
const fmi_kernel *fmi_kernel_pick(const fmi_seqs *seqs, size_t k);

/* ---------------------------------------------------------------------------- mi.c */

/* f(c) = (c + extra) log2(c + extra) for small counts c, kept while `extra` stays. */
enum { FMI_XLOGX_SIZE = 4096 };
typedef struct {
    double extra;
    size_t n_filled;
    double value[FMI_XLOGX_SIZE];
} fmi_xlogx;

void fmi_xlogx_init(fmi_xlogx *memo);

/* MI in bits of one table [n_kmers][stride] (cells beyond column n_kmers-1 are not read).
 * margins: room for n_kmers numbers. */
double fmi_mi_table(const uint32_t *table, size_t n_kmers, size_t stride,
                    double pseudocount, fmi_xlogx *memo, uint64_t *margins, uint64_t *n);

#endif
