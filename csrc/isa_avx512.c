/* The kernels once more, compiled for AVX-512. */
#include "fmi_internal.h"

#if FMI_X86
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(                                                              \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vpopcntdq,gfni"))),  \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vpopcntdq,gfni")
#pragma GCC target("prefer-vector-width=512")
#endif

#include "simd_avx512.h"

#include "count_bytes.c"
#include "count_groups.c"
#include "count_planes.c"
#include "count_sparse.c"
#include "count_weights.c"
#include "mi_rows.c"
#include "x2_rows.c"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
