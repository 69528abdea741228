/* Which instruction sets this machine has, asked of the processor and the operating system.
 */
#include "fmi_internal.h"

#if FMI_X86
static int has(int isa)
{
    __builtin_cpu_init();
    switch (isa) {
    case FMI_ISA_SCALAR:
        return 1;
    case FMI_ISA_AVX2:
        return __builtin_cpu_supports("avx2") != 0;
    case FMI_ISA_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
               __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("gfni");
    default:
        return 0;
    }
}
#else
static int has(int isa)
{
    return isa == FMI_ISA_SCALAR;
}
#endif

int fmi_isa_resolve(int isa)
{
    if (isa < 0 || isa >= FMI_N_ISAS) {
        return FMI_ERR_BAD_PARAM;
    }
    if (isa != FMI_ISA_BEST) {
        return has(isa) ? isa : FMI_ERR_NO_ISA;
    }
    isa = FMI_N_ISAS - 1; /* they stand in the order of what they can do */
    while (!has(isa)) {
        isa--;
    }
    return isa;
}

const char *fmi_isa_name(int isa)
{
    static const char *const names[] = {NULL, "scalar", "avx2", "avx512"};

    return isa > FMI_ISA_BEST && isa < FMI_N_ISAS ? names[isa] : NULL;
}
