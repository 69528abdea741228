/* Decimal numbers out of text that no NUL ends. */
#ifndef FMI_NUMBER_H
#define FMI_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum { FMI_MAX_NUMBER_BYTES = 100 }; /* of text; what takes more is no number here */

/* text[0 .. size) as a finite double, rounded once, whatever the locale: digits with at most
 * one point, an exponent behind, a sign before.  -0 is 0; only a number below 0 that is too
 * small for a double becomes a negative zero, so that the sign of *value is that of the
 * number.  Returns 0, and leaves *value alone, for anything else. */
int fmi_read_number(const uint8_t *text, size_t size, double *value);

#endif
