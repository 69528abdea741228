/* Which kernel counts what. */
#include "fmi_internal.h"
#include "x2.h"

enum {
    BYTES_ROWS = 1 << 16,
    MOST_COPIES = 8,          /* of all rows, that weights may make (layers.c), */
    FEW_COPIES = 2,           /* and where counting is hardly faster than adding weights */
    SPARSE_ROWS = 1 << 22,    /* sorted at once: 25 MB a thread */
    SPARSE_MARGINS = 16 << 20 /* k-mers of all positions, counted beforehand */
};

/* In the order of FMI_KERNEL_* and FMI_ISA_*. */
static const fmi_kernel *const KERNELS[FMI_N_KERNELS][FMI_N_ISAS] = {
#if FMI_X86
    {NULL},
    {NULL, &fmi_plain_scalar, &fmi_plain_scalar, &fmi_plain_scalar},
    {NULL, &fmi_planes_scalar, &fmi_planes_avx2, &fmi_planes_avx512},
    {NULL, &fmi_groups_scalar, &fmi_groups_avx2, &fmi_groups_avx512},
    {NULL, &fmi_bytes_scalar, &fmi_bytes_avx2, &fmi_bytes_avx512},
    {NULL, &fmi_sparse_scalar, &fmi_sparse_avx2, &fmi_sparse_avx512},
    {NULL, &fmi_weights_scalar, &fmi_weights_avx2, &fmi_weights_avx512},
#else
    {NULL},
    {NULL, &fmi_plain_scalar},
    {NULL, &fmi_planes_scalar},
    {NULL, &fmi_groups_scalar},
    {NULL, &fmi_bytes_scalar},
    {NULL, &fmi_sparse_scalar},
    {NULL, &fmi_weights_scalar},
#endif
};

static int can_count(const fmi_task *task, int kernel, int purpose)
{
    if (kernel == FMI_KERNEL_WEIGHTS || task->total > UINT32_MAX) {
        return kernel == FMI_KERNEL_WEIGHTS; /* the others count in 32 bits */
    }
    switch (kernel) {
    case FMI_KERNEL_PLAIN:
        return 1;
    case FMI_KERNEL_PLANES:
        return task->seqs->n_letters == 4 && task->k == 1 && !task->has_missing;
    case FMI_KERNEL_GROUPS:
        return task->n_kmers <= FMI_GROUPS_KMERS;
    case FMI_KERNEL_BYTES:
        return task->seqs->n_letters == 4 && !task->has_missing && task->k >= 2 &&
               task->k <= 4;
    case FMI_KERNEL_SPARSE:
        return purpose == FMI_FOR_MI && task->seqs->weights == NULL && !task->has_missing &&
               task->seqs->n_rows <= SPARSE_ROWS &&
               task->n_kmers * task->n_positions <= SPARSE_MARGINS;
    default:
        return 0;
    }
}

/* Planes where they apply.  Bits are counted fastest where registers are wide: without
 * AVX2, histograms of bytes are faster, and with AVX2 where k-mers are many; given enough
 * rows, since their tables are turned into those of k-mers at the end.  Hundreds of k-mers
 * are counted one by one, except four letters in AVX-512, and what needs tables; those of
 * rows with missing letters, and with weights, by the kernel for weights.  Weights are
 * counted bit by bit while they are small. */
static int best(const fmi_task *task, int purpose)
{
    const int wide = task->isa == FMI_ISA_AVX512;
    const int weighted = task->seqs->weights != NULL;
    const size_t few = wide ? FMI_GROUPS_KMERS : task->isa == FMI_ISA_SCALAR ? 4 : 64;

    const size_t copies =
        task->seqs->n_letters == 4 && task->n_kmers <= 64 ? MOST_COPIES : FEW_COPIES;
    if (task->total > UINT32_MAX || task->n_layered / copies > task->seqs->n_rows) {
        return FMI_KERNEL_WEIGHTS;
    }
    if (can_count(task, FMI_KERNEL_PLANES, purpose)) {
        return FMI_KERNEL_PLANES;
    }
    if (task->n_kmers > few && task->seqs->n_rows >= BYTES_ROWS &&
        can_count(task, FMI_KERNEL_BYTES, purpose)) {
        return FMI_KERNEL_BYTES;
    }
    if (task->n_kmers < 256 || (wide && task->seqs->n_letters == 4 && task->k == 4)) {
        return FMI_KERNEL_GROUPS;
    }
    if (can_count(task, FMI_KERNEL_SPARSE, purpose)) {
        return FMI_KERNEL_SPARSE;
    }
    if (weighted || (purpose != FMI_FOR_TABLES && task->n_kmers > 256 &&
                     task->seqs->n_rows <= SPARSE_ROWS)) {
        return FMI_KERNEL_WEIGHTS;
    }
    return wide && task->n_kmers <= FMI_GROUPS_KMERS ? FMI_KERNEL_GROUPS : FMI_KERNEL_PLAIN;
}

const fmi_kernel *fmi_kernel_pick(const fmi_task *task, int kernel, int purpose)
{
    if (kernel == FMI_KERNEL_BEST) {
        kernel = best(task, purpose);
    }
    return can_count(task, kernel, purpose) ? KERNELS[kernel][task->isa] : NULL;
}

fmi_row_taker *fmi_row_taker_pick(int isa)
{
#if FMI_X86
    static fmi_row_taker *const takers[FMI_N_ISAS] = {
        NULL, fmi_evaluator_row_scalar, fmi_evaluator_row_avx2, fmi_evaluator_row_avx512};
    return takers[isa];
#else
    (void)isa;
    return fmi_evaluator_row_scalar;
#endif
}

fmi_x2_row_taker *fmi_x2_row_taker_pick(int isa)
{
#if FMI_X86
    static fmi_x2_row_taker *const takers[FMI_N_ISAS] = {
        NULL, fmi_x2_row_scalar, fmi_x2_row_avx2, fmi_x2_row_avx512};
    return takers[isa];
#else
    (void)isa;
    return fmi_x2_row_scalar;
#endif
}
