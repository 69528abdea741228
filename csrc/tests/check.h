/* CHECK, its counters, the closing line, and what every test program shares. */
#ifndef FMI_CHECK_H
#define FMI_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fmi_internal.h"

enum { CHECK_SHOWN = 20 }; /* a broken loop shall not bury the first complaint */

static int check_passed, check_failed;

#define CHECK(condition) check_that((condition) != 0, #condition, __FILE__, __LINE__)

static inline void check_that(int ok, const char *what, const char *file, int line)
{
    if (ok) {
        check_passed++;
        return;
    }
    check_failed++;
    if (check_failed <= CHECK_SHOWN) {
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    }
}

/* The closing line; the value for main to return. */
static inline int check_done(void)
{
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Exactly `size` bytes, so that a sanitizer sees the first byte beyond; never NULL.
 * Filled with a pattern: what is not written shows, what relies on zeroes fails. */
static inline void *exact(size_t size)
{
    void *memory = malloc(size);

    if (memory == NULL && size > 0) {
        fprintf(stderr, "out of memory\n");
        exit(EXIT_FAILURE);
    }
    if (size > 0) {
        memset(memory, 0xA5, size);
    }
    return memory;
}

static inline void *exact_zeroed(size_t size)
{
    void *memory = exact(size);

    if (size > 0) {
        memset(memory, 0, size);
    }
    return memory;
}

/* xorshift64*: the same numbers on every platform.  *state must not be 0. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (*state * UINT64_C(0x2545F4914F6CDD1D)) >> 16;
}

/* letters[c] gets code c, every other byte is unknown. */
static inline void fill_lut(const char *letters, uint8_t lut[256])
{
    memset(lut, FMI_UNKNOWN, 256);
    for (size_t c = 0; letters[c] != '\0'; c++) {
        lut[(uint8_t)letters[c]] = (uint8_t)c;
    }
}

#endif
