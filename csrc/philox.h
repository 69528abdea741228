/* Philox4x32-10, a counter-based random number generator (Salmon et al. 2011, "Parallel
 * random numbers: as easy as 1, 2, 3"): four random words are a function of a counter and a
 * key, nothing else.  The key is the seed, the counter says which record, which stream and
 * which block of four words of it.  So a record's random numbers do not depend on who draws
 * them, in which order, or what was drawn before.
 */
#ifndef FMI_PHILOX_H
#define FMI_PHILOX_H

#include <stdint.h>

#include "fmi.h"

#define FMI_PHILOX_M0 0xD2511F53U
#define FMI_PHILOX_M1 0xCD9E8D57U
#define FMI_PHILOX_W0 0x9E3779B9U
#define FMI_PHILOX_W1 0xBB67AE85U

enum { FMI_PHILOX_ROUNDS = 10 };

/* Words 4 block .. 4 block + 3 of a record. */
static inline void fmi_philox(uint64_t seed, uint32_t stream, uint64_t record,
                              uint32_t block, uint32_t words[4])
{
    uint32_t c0 = block, c1 = stream, c2 = (uint32_t)record, c3 = (uint32_t)(record >> 32);
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);

    for (int round = 0; round < FMI_PHILOX_ROUNDS; round++) {
        const uint64_t p0 = (uint64_t)FMI_PHILOX_M0 * c0;
        const uint64_t p1 = (uint64_t)FMI_PHILOX_M1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += FMI_PHILOX_W0;
        k1 += FMI_PHILOX_W1;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
}

enum { FMI_DRAWS_HELD = 32 }; /* so many are made at once, side by side */

/* The random words of one record, one after the other: 2^34 of them. */
typedef struct {
    uint64_t seed, record;
    uint64_t made;
    uint32_t stream;
    unsigned used; /* of words[] */
    uint32_t words[FMI_DRAWS_HELD];
} fmi_draws;

static inline fmi_draws fmi_draws_of(uint64_t seed, uint32_t stream, uint64_t record)
{
    const fmi_draws draws = {
        .seed = seed, .record = record, .stream = stream, .used = FMI_DRAWS_HELD};
    return draws;
}

static inline uint32_t fmi_draw(fmi_draws *draws)
{
    if (draws->used == FMI_DRAWS_HELD) {
        fmi_random_words(draws->seed, draws->stream, draws->record, 1, draws->made,
                         FMI_DRAWS_HELD, draws->words);
        draws->made += FMI_DRAWS_HELD;
        draws->used = 0;
    }
    return draws->words[draws->used++];
}

/* A whole number below bound > 0, each as likely as the others: what would make the first
 * ones likelier is drawn again (Lemire 2019). */
static inline uint32_t fmi_draw_below(fmi_draws *draws, uint32_t bound)
{
    uint64_t product = (uint64_t)fmi_draw(draws) * bound;

    if ((uint32_t)product < bound) {
        const uint32_t least = (0U - bound) % bound;
        while ((uint32_t)product < least) {
            product = (uint64_t)fmi_draw(draws) * bound;
        }
    }
    return (uint32_t)(product >> 32);
}

#endif
