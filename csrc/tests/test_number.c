/* Numbers: the nearest double to what is written, as strtod's, and nothing else accepted. */
#include <locale.h>
#include <math.h>

#include "check.h"
#include "number.h"

#define NO_NUMBER 12345.678 /* nothing below is that */

/* Read from a buffer of its own, of exactly the size. */
static double read_number(const char *text, size_t size)
{
    uint8_t *copy = exact(size);
    double value = NO_NUMBER;

    if (size > 0) {
        memcpy(copy, text, size);
    }
    const int ok = fmi_read_number(copy, size, &value);
    free(copy);
    CHECK(ok == (value != NO_NUMBER));
    return value;
}

static void check_as_strtod(const char *text)
{
    const double wanted = strtod(text, NULL), found = read_number(text, strlen(text));

    CHECK(memcmp(&found, &wanted, sizeof found) == 0);
    if (memcmp(&found, &wanted, sizeof found) != 0 && check_failed <= CHECK_SHOWN) {
        fprintf(stderr, "    %s is %.17g, found %.17g\n", text, wanted, found);
    }
}

static void test_written_numbers(void)
{
    static const char *const numbers[] = {
        "0",
        "1",
        "007",
        "12.5",
        "+3",
        "-3",
        "-0.5e-3",
        "-.5",
        "-1e-999",
        "-4.9e-324",
        "-1.7976931348623157e308",
        "-9007199254740993",
        ".5",
        "5.",
        "1e3",
        "1E+3",
        "1e-3",
        "0.1",
        "0.3",
        "0e5",
        "0e999999999999",
        "1e0000000000000000000022",
        "1e22",
        "1e23",
        "1e-22",
        "1e-23",
        "9007199254740992",
        "9007199254740993",
        "9007199254740991e22",
        "9007199254740993e-22",
        "123456789012345678",
        "18446744073709551616",
        "184467440737095516150",
        "3.14159265",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "2.2250738585072014e-308",
        "2.2250738585072011e-308",
        "4.9e-324",
        "5e-324",
        "3e-324",
        "2.4e-324",
        "1e-400",
        "1e-999999999999999999",
        "0.000000000000000000000000000000000000000001",
        "100000000000000000000000000000000000000000e-41",
        "6.02214076e23",
        "1e15",
        "1e16",
        "8.5",
        "2.5e-3",
        "0.1000000000000000055511151231257827021181583404541015625",
        "0.10000000000000000555111512312578270211815834045410156250000000001"};

    for (size_t x = 0; x < sizeof numbers / sizeof *numbers; x++) {
        check_as_strtod(numbers[x]);
    }
}

static void test_minus_zero_is_zero(void)
{
    const double zeros[] = {read_number("-0", 2), read_number("-0.00", 5),
                            read_number("-0e7", 4)};

    for (size_t x = 0; x < 3; x++) {
        CHECK(zeros[x] == 0.0 && !signbit(zeros[x]));
    }
}

static void test_refused(void)
{
    static const char *const texts[] = {
        "",        "+",     "-",    ".",        "+.",       "e5",
        ".e5",     "1e",    "1e+",  "1e-",      "1.2.3",    "1..",
        "-",       "-.",    "++1",  "+-1",      "1 ",       " 1",
        "-nan",    "-inf",  "- 1",  "-1e309",   "-1.8e308", "-e5",
        "1,5",     "1_000", "0x10", "0x1p3",    "1p3",      "nan",
        "NaN",     "inf",   "+inf", "infinity", "1e309",    "1e999999999999",
        "1.8e308", "1e5.0", "1f",   "1d5",      "\xD9\xA1", "1e5e5",
        "--0"};

    for (size_t x = 0; x < sizeof texts / sizeof *texts; x++) {
        CHECK(read_number(texts[x], strlen(texts[x])) == NO_NUMBER);
    }
    CHECK(read_number("1\0", 2) == NO_NUMBER);
    CHECK(read_number("1\0002", 3) == NO_NUMBER);
}

static void test_the_longest(void)
{
    char text[FMI_MAX_NUMBER_BYTES + 2];

    memset(text, '9', sizeof text);
    text[FMI_MAX_NUMBER_BYTES] = '\0';
    check_as_strtod(text);
    CHECK(read_number(text, FMI_MAX_NUMBER_BYTES + 1) == NO_NUMBER);
    text[0] = '.';
    check_as_strtod(text);
    memcpy(text + FMI_MAX_NUMBER_BYTES - 5, "e-999", 5);
    check_as_strtod(text);
    memset(text, '0', FMI_MAX_NUMBER_BYTES);
    check_as_strtod(text);
}

/* Random figures, here and there a minus or a point, at times an exponent; but no -0. */
static void random_number(char *text, uint64_t *random)
{
    const size_t n = 1 + next_random(random) % 25;
    const size_t point = next_random(random) % 30;
    size_t at = 0;

    if (next_random(random) % 4 == 0) {
        text[at++] = '-';
        text[at++] = (char)('1' + next_random(random) % 9);
    }
    for (size_t x = 0; x < n; x++) {
        if (x == point) {
            text[at++] = '.';
        }
        text[at++] = (char)('0' + next_random(random) % 10);
    }
    text[at] = '\0';
    if (next_random(random) % 2 == 0) {
        const int wide = next_random(random) % 4 == 0 ? 320 : 30;
        sprintf(text + at, "e%d", (int)(next_random(random) % (2 * (uint64_t)wide)) - wide);
    }
}

static void test_random_numbers(void)
{
    uint64_t random = 20260101;
    char text[64];

    for (int x = 0; x < 200000; x++) {
        random_number(text, &random);
        if (isfinite(strtod(text, NULL))) {
            check_as_strtod(text);
        } else {
            CHECK(read_number(text, strlen(text)) == NO_NUMBER);
        }
    }
}

/* A comma for a point changes nothing; where no such locale is here, nothing is checked. */
static void test_a_locale_with_commas(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "German"};

    for (size_t x = 0; x < sizeof names / sizeof *names; x++) {
        if (setlocale(LC_NUMERIC, names[x]) != NULL) {
            CHECK(read_number("1.5", 3) == 1.5);
            CHECK(read_number("1.00000000000000000000000000000001", 34) == 1.0);
            CHECK(read_number("1,5", 3) == NO_NUMBER);
            setlocale(LC_NUMERIC, "C");
            return;
        }
    }
}

int main(void)
{
    test_written_numbers();
    test_minus_zero_is_zero();
    test_refused();
    test_the_longest();
    test_random_numbers();
    test_a_locale_with_commas();
    return check_done();
}
