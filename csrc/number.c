/* Decimal numbers, read as exactly as by strtod, but faster and whatever the locale.
 *
 * A number is taken apart into the whole number of its digits and a power of ten.  Where both
 * are exact as doubles (nearly always), their product or quotient is rounded once, so it is
 * the nearest double (Clinger 1990).  Else strtod gets the two as "digits e power": the
 * locale can change nothing in that, as it holds no decimal point.
 */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>

#include "number.h"

enum {
    MAX_EXACT_POWER = 22,   /* 10^22 = 2^22 5^22 is a double, as 5^22 < 2^53 */
    FAR_EXPONENT = 1 << 20, /* 0 or infinity, whatever the digits */
    /* digits, 'e', sign, 7 figures, NUL */
    COPY_BYTES = FMI_MAX_NUMBER_BYTES + 10
};

#define MAX_EXACT_DIGITS (UINT64_C(1) << 53)

typedef struct {
    char digits[COPY_BYTES]; /* without leading zeros */
    size_t n_digits;
    uint64_t whole; /* the digits as a number; UINT64_MAX where that is too large */
    int power;      /* of ten */
} decimal;

static int is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static void add_digit(decimal *d, uint8_t c)
{
    const uint64_t digit = (uint64_t)(c - '0');

    if (d->n_digits > 0 || digit > 0) {
        d->digits[d->n_digits++] = (char)c;
        d->whole = d->whole > MAX_EXACT_DIGITS ? UINT64_MAX : 10 * d->whole + digit;
    }
}

/* Digits with at most one point among them; where they end, or 0 where there is none. */
static size_t read_digits(const uint8_t *text, size_t size, size_t at, decimal *d)
{
    size_t n = 0;
    int behind_point = 0;

    for (; at < size; at++) {
        if (text[at] == '.' && !behind_point) {
            behind_point = 1;
        } else if (is_digit(text[at])) {
            add_digit(d, text[at]);
            d->power -= behind_point;
            n++;
        } else {
            break;
        }
    }
    return n > 0 ? at : 0;
}

/* The figures of an exponent; where they end, or 0 where there is none. */
static size_t read_exponent(const uint8_t *text, size_t size, size_t at, decimal *d)
{
    const int negative = at < size && text[at] == '-';
    int exponent = 0;

    at += at < size && (text[at] == '-' || text[at] == '+');
    const size_t start = at;
    for (; at < size && is_digit(text[at]); at++) {
        if (exponent < FAR_EXPONENT) {
            exponent = 10 * exponent + (text[at] - '0');
        }
    }
    exponent = exponent < FAR_EXPONENT ? exponent : FAR_EXPONENT;
    d->power += negative ? -exponent : exponent;
    return at > start ? at : 0;
}

static double nearest(decimal *d)
{
    static const double powers[MAX_EXACT_POWER + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

    if (d->n_digits == 0) {
        return 0.0;
    }
    /* wider registers would round twice */
    if (FLT_EVAL_METHOD == 0 && d->whole <= MAX_EXACT_DIGITS &&
        d->power >= -MAX_EXACT_POWER && d->power <= MAX_EXACT_POWER) {
        return d->power < 0 ? (double)d->whole / powers[-d->power]
                            : (double)d->whole * powers[d->power];
    }
    snprintf(d->digits + d->n_digits, sizeof d->digits - d->n_digits, "e%d", d->power);
    return strtod(d->digits, NULL);
}

int fmi_read_number(const uint8_t *text, size_t size, double *value)
{
    decimal d = {.n_digits = 0, .whole = 0, .power = 0};

    if (size == 0 || size > FMI_MAX_NUMBER_BYTES) {
        return 0;
    }
    size_t at = read_digits(text, size, text[0] == '+' || text[0] == '-', &d);
    if (at > 0 && at < size && (text[at] == 'e' || text[at] == 'E')) {
        at = read_exponent(text, size, at + 1, &d);
    }
    if (at != size) {
        return 0;
    }
    const double number = nearest(&d);
    if (number > DBL_MAX) {
        return 0;
    }
    *value = text[0] == '-' && d.n_digits > 0 ? -number : number;
    return 1;
}
