/* FMI_LANES counts side by side, added and ORed in one go by whatever the compiler has. */
#ifndef FMI_SIMD_LANES_H
#define FMI_SIMD_LANES_H

#include "fmi_internal.h"

#if defined(__GNUC__)
typedef uint32_t lanes_of_counts __attribute__((vector_size(4 * FMI_LANES)));
#else
#error "write lanes_of_counts for this compiler"
#endif

#endif
