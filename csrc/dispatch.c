/* Which kernel counts what. */
#include "fmi_internal.h"

/* Is the kernel compiled for this instruction set? */
static const fmi_kernel *compiled(int kernel, int isa)
{
#if FMI_X86
    if (isa == FMI_ISA_AVX512) {
        return kernel == FMI_KERNEL_PLANES ? &fmi_planes_avx512 : &fmi_groups_avx512;
    }
    if (isa == FMI_ISA_AVX2) {
        return kernel == FMI_KERNEL_PLANES ? &fmi_planes_avx2 : &fmi_groups_avx2;
    }
#endif
    (void)isa;
    return kernel == FMI_KERNEL_PLANES ? &fmi_planes_scalar : &fmi_groups_scalar;
}

static int can_count(const fmi_task *task, int kernel)
{
    switch (kernel) {
    case FMI_KERNEL_PLAIN:
        return 1;
    case FMI_KERNEL_PLANES:
        return task->seqs->n_letters == 4 && task->k == 1 && !task->has_missing;
    case FMI_KERNEL_GROUPS:
        return task->n_kmers <= 400;
    default:
        return 0;
    }
}

const fmi_kernel *fmi_kernel_pick(const fmi_task *task, int kernel)
{
    if (kernel == FMI_KERNEL_BEST) {
        kernel = FMI_KERNEL_PLANES;
        while (kernel != FMI_KERNEL_PLAIN && !can_count(task, kernel)) {
            kernel = kernel == FMI_KERNEL_PLANES ? FMI_KERNEL_GROUPS : FMI_KERNEL_PLAIN;
        }
    }
    if (!can_count(task, kernel)) {
        return NULL;
    }
    return kernel == FMI_KERNEL_PLAIN ? &fmi_plain_scalar : compiled(kernel, task->isa);
}

fmi_row_taker *fmi_row_taker_pick(int isa)
{
#if FMI_X86
    if (isa == FMI_ISA_AVX512) {
        return fmi_evaluator_row_avx512;
    }
    if (isa == FMI_ISA_AVX2) {
        return fmi_evaluator_row_avx2;
    }
#endif
    (void)isa;
    return fmi_evaluator_row_scalar;
}
