/* Error codes in words. */
#include "fmi.h"

const char *fmi_strerror(int code)
{
    switch (code) {
    case FMI_OK:
        return "no error. (FMI_OK)";
    case FMI_ERR_NOMEM:
        return "out of memory. (FMI_ERR_NOMEM)";
    case FMI_ERR_BAD_PARAM:
        return "a size or an option is outside its contract. (FMI_ERR_BAD_PARAM)";
    case FMI_ERR_CANCELLED:
        return "cancelled by the caller. (FMI_ERR_CANCELLED)";
    case FMI_ERR_OVERFLOW:
        return "a count would pass 2^32 - 1, or weights 2^63 - 1. (FMI_ERR_OVERFLOW)";
    case FMI_ERR_NO_ISA:
        return "this machine has no such instructions. (FMI_ERR_NO_ISA)";
    case FMI_ERR_PARSE:
        return "the input could not be read. (FMI_ERR_PARSE)";
    default:
        return "unknown error code.";
    }
}
