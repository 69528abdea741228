/* How many rows are alike: all-vs-all identity, for the weights of an alignment.
 *
 * Rows become bit planes once: bit b of 64 letters' codes is one word, so that 64 letters
 * of two rows compare with an XOR and an OR a plane, and one popcount counts those that
 * differ.  Which letter stands at which bit is of no account, as long as all rows agree.
 * Eight rows stand side by side, a block: one vector of the widest kernel.
 *
 * Missing letters.  FMI_GAPS_MATCH: one more letter, with a code of its own.
 * FMI_GAPS_IGNORE: one more plane marks them, and in the copy of the eight rows that are
 * being compared with all others (the queries) their lowest bit is flipped, so that a gap
 * equals nothing, not even a gap; the kernels are the same.
 *
 * Equal rows are found first (a hash table) and stand once, with their number as weight.
 * Every unordered pair of distinct rows is compared once and counts for both (pairs inside
 * a block twice, once for each).  After each word, rows that differ too often already are
 * left; alike rows pay up to a tenth for that (AVX2: a fifth), unlike ones of 107 letters
 * take half.
 *
 * Tiles of pairs: the planes of a tile's columns stay in the L1 cache while its rows pass.
 * A thread owns a tile and adds its whole numbers to the result at the end, so the result
 * is the same for any number of threads.  Cost: D (D-1) / 2 pairs of the D distinct rows,
 * planes * length / 64 words each.  All memory is allocated before the threads start: 20
 * bytes and the planes of each distinct row, up to 24 bytes a row of the input, and a
 * row's letters or a block's planes a thread.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fmi_internal.h"

#ifdef _OPENMP
#include <omp.h>
#endif

#if FMI_X86
#include <immintrin.h>
#endif

enum {
    LANES = 8,       /* rows of a block */
    ALIGN = 64,      /* a cache line, which is a row of lanes */
    EARLY_WORDS = 2, /* so often a kernel looks whether any pair can still be alike */
    MAX_SIDE = 64,   /* blocks along a tile */
    L1_BYTES =
        24576, /* planes of a tile's columns, where one block is not larger already */
    TILES_A_THREAD = 8 /* at least, so that no thread waits long for the last one */
};

/* ------------------------------------------------------------------------- the kernels */

/* One block of queries against n_blocks blocks of targets. planes: [block][word][plane]
 * [LANES].  limit: most mismatches of a row with another; weight: equal rows it stands for,
 * 0 where a block is filled up. */
typedef struct {
    const uint64_t *query, *target;
    size_t n_blocks, n_words, n_planes;
    const uint64_t *query_limit, *target_limit;
    const uint64_t *query_weight, *target_weight;
    uint64_t *query_count, *target_count; /* added to */
    int uniform;                          /* all limits are equal */
} comparison;

/* Set bits of a word. x86-64 has no instruction for it that can be taken for granted, and
 * this way of counting runs in vectors. */
static inline uint64_t count_bits(uint64_t x)
{
#if defined(__GNUC__) && (!defined(__x86_64__) || defined(__POPCNT__))
    return (uint64_t)__builtin_popcountll(x);
#else
    x -= x >> 1 & 0x5555555555555555U;
    x = (x & 0x3333333333333333U) + (x >> 2 & 0x3333333333333333U);
    x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0FU;
    x += x >> 8;
    x += x >> 16;
    x += x >> 32;
    return x & 0x7F;
#endif
}

/* All bits where a <= b, for numbers below 2^63, without a branch. */
static inline uint64_t where_at_most(uint64_t a, uint64_t b)
{
    return 0 - ((a - b - 1) >> 63);
}

static FMI_INLINE void scalar_body(const comparison *c, size_t n_planes)
{
    const size_t step = c->n_words * n_planes * LANES;

    for (size_t b = 0; b < c->n_blocks; b++) {
        const uint64_t *limit = c->target_limit + b * LANES;
        const uint64_t *weight = c->target_weight + b * LANES;
        uint64_t *FMI_RESTRICT count = c->target_count + b * LANES;
        for (size_t q = 0; q < LANES; q++) {
            const uint64_t query_limit = c->query_limit[q];
            const uint64_t query_weight = c->query_weight[q];
            const uint64_t *t = c->target + b * step;
            const uint64_t *s = c->query + q;
            uint64_t differ[LANES] = {0}, sum = 0;
            for (size_t w = 0; w < c->n_words; w++) {
                uint64_t word[LANES] = {0};
                for (size_t p = 0; p < n_planes; p++, t += LANES, s += LANES) {
                    for (size_t n = 0; n < LANES; n++) {
                        word[n] |= *s ^ t[n];
                    }
                }
                for (size_t n = 0; n < LANES; n++) {
                    differ[n] += count_bits(word[n]);
                }
                if (w + 1 < c->n_words) {
                    uint64_t alive = 0;
                    for (size_t n = 0; n < LANES; n++) {
                        alive |= where_at_most(differ[n], query_limit) |
                                 where_at_most(differ[n], limit[n]);
                    }
                    if (alive == 0) {
                        break;
                    }
                }
            }
            for (size_t n = 0; n < LANES; n++) {
                sum += where_at_most(differ[n], query_limit) & weight[n];
                count[n] += where_at_most(differ[n], limit[n]) & query_weight;
            }
            c->query_count[q] += sum;
        }
    }
}

/* The loop over planes unrolled for the usual numbers of them. */
#define FOR_N_PLANES(body, c)                                                              \
    switch ((c)->n_planes) {                                                               \
    case 2:                                                                                \
        body((c), 2);                                                                      \
        break;                                                                             \
    case 3:                                                                                \
        body((c), 3);                                                                      \
        break;                                                                             \
    case 5:                                                                                \
        body((c), 5);                                                                      \
        break;                                                                             \
    default:                                                                               \
        body((c), (c)->n_planes);                                                          \
    }

static void compare_scalar(const comparison *c)
{
    FOR_N_PLANES(scalar_body, c)
}

#if FMI_X86

#define AVX2 __attribute__((target("avx2")))

/* Set bits of each 64-bit lane: nibbles looked up, bytes summed (Mula's method). */
AVX2 static FMI_INLINE __m256i avx2_count_bits(__m256i x)
{
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
                                           0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i low = _mm256_set1_epi8(15);
    const __m256i a = _mm256_shuffle_epi8(table, _mm256_and_si256(x, low));
    const __m256i b =
        _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), low));
    return _mm256_sad_epu8(_mm256_add_epi8(a, b), _mm256_setzero_si256());
}

AVX2 static FMI_INLINE __m256i load4(const uint64_t *from)
{
    return _mm256_loadu_si256((const void *)from);
}

AVX2 static FMI_INLINE void add4(uint64_t *to, __m256i x)
{
    _mm256_storeu_si256((void *)to, _mm256_add_epi64(load4(to), x));
}

/* Two queries at a time against the two halves of a block. */
AVX2 static FMI_INLINE void avx2_body(const comparison *c, size_t n_planes)
{
    const size_t step = c->n_words * n_planes * LANES;

    for (size_t q = 0; q < LANES; q += 2) {
        const __m256i query_limit[2] = {
            _mm256_set1_epi64x((long long)c->query_limit[q]),
            _mm256_set1_epi64x((long long)c->query_limit[q + 1])};
        const __m256i query_weight[2] = {
            _mm256_set1_epi64x((long long)c->query_weight[q]),
            _mm256_set1_epi64x((long long)c->query_weight[q + 1])};
        __m256i sum[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        for (size_t b = 0; b < c->n_blocks; b++) {
            const uint64_t *t = c->target + b * step;
            const uint64_t *s = c->query + q;
            const uint64_t *at = c->target_limit + b * LANES;
            const __m256i limit[2] = {load4(at), load4(at + 4)};
            __m256i differ[4];
            for (int x = 0; x < 4; x++) {
                differ[x] = _mm256_setzero_si256();
            }
            for (size_t w = 0; w < c->n_words; w++) {
                __m256i word[4];
                for (int x = 0; x < 4; x++) {
                    word[x] = _mm256_setzero_si256();
                }
                for (size_t p = 0; p < n_planes; p++, t += LANES, s += LANES) {
                    const __m256i half[2] = {load4(t), load4(t + 4)};
                    for (int x = 0; x < 4; x++) {
                        const __m256i query = _mm256_set1_epi64x((long long)s[x / 2]);
                        word[x] =
                            _mm256_or_si256(word[x], _mm256_xor_si256(query, half[x % 2]));
                    }
                }
                for (int x = 0; x < 4; x++) {
                    differ[x] = _mm256_add_epi64(differ[x], avx2_count_bits(word[x]));
                }
                if (w + 1 < c->n_words) {
                    __m256i over = _mm256_set1_epi64x(-1);
                    for (int x = 0; x < 4; x++) {
                        over = _mm256_and_si256(
                            over, _mm256_and_si256(
                                      _mm256_cmpgt_epi64(differ[x], query_limit[x / 2]),
                                      _mm256_cmpgt_epi64(differ[x], limit[x % 2])));
                    }
                    if (_mm256_movemask_epi8(over) == -1) {
                        break;
                    }
                }
            }
            at = c->target_weight + b * LANES;
            const __m256i weight[2] = {load4(at), load4(at + 4)};
            __m256i add[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
            for (int x = 0; x < 4; x++) {
                const __m256i over = _mm256_cmpgt_epi64(differ[x], query_limit[x / 2]);
                const __m256i over_too =
                    c->uniform ? over : _mm256_cmpgt_epi64(differ[x], limit[x % 2]);
                sum[x / 2] =
                    _mm256_add_epi64(sum[x / 2], _mm256_andnot_si256(over, weight[x % 2]));
                add[x % 2] = _mm256_add_epi64(
                    add[x % 2], _mm256_andnot_si256(over_too, query_weight[x / 2]));
            }
            add4(c->target_count + b * LANES, add[0]);
            add4(c->target_count + b * LANES + 4, add[1]);
        }
        for (size_t x = 0; x < 2; x++) {
            uint64_t lanes[4];
            _mm256_storeu_si256((void *)lanes, sum[x]);
            c->query_count[q + x] += lanes[0] + lanes[1] + lanes[2] + lanes[3];
        }
    }
}

AVX2 static void compare_avx2(const comparison *c)
{
    FOR_N_PLANES(avx2_body, c)
}

#define AVX512 __attribute__((target("avx512f,avx512vpopcntdq")))

/* Four queries at a time against `wide` blocks from b on; returns the block behind them. */
AVX512 static FMI_INLINE void avx512_step(const comparison *c, size_t n_planes, size_t q,
                                          size_t b, size_t wide, __m512i *sum)
{
    enum { QUERIES = 4, WIDEST = 2, OR_OF_XOR = 0xF6 }; /* a | (b ^ c) */
    const size_t block = c->n_words * n_planes * LANES;
    const uint64_t *t = c->target + b * block;
    const uint64_t *s = c->query + q;
    __m512i differ[QUERIES][WIDEST];

    for (size_t x = 0; x < QUERIES; x++) {
        for (size_t y = 0; y < wide; y++) {
            differ[x][y] = _mm512_setzero_si512();
        }
    }
    for (size_t w = 0; w < c->n_words; w++) {
        __m512i word[QUERIES][WIDEST];
        for (size_t x = 0; x < QUERIES; x++) {
            for (size_t y = 0; y < wide; y++) {
                word[x][y] = _mm512_setzero_si512();
            }
        }
        for (size_t p = 0; p < n_planes; p++, t += LANES, s += LANES) {
            __m512i plane[WIDEST];
            for (size_t y = 0; y < wide; y++) {
                plane[y] = _mm512_loadu_si512(t + y * block);
            }
            for (size_t x = 0; x < QUERIES; x++) {
                const __m512i query = _mm512_set1_epi64((long long)s[x]);
                for (size_t y = 0; y < wide; y++) {
                    word[x][y] =
                        _mm512_ternarylogic_epi64(word[x][y], query, plane[y], OR_OF_XOR);
                }
            }
        }
        for (size_t x = 0; x < QUERIES; x++) {
            for (size_t y = 0; y < wide; y++) {
                differ[x][y] =
                    _mm512_add_epi64(differ[x][y], _mm512_popcnt_epi64(word[x][y]));
            }
        }
        if (w + 1 < c->n_words) {
            unsigned alive = 0;
            for (size_t x = 0; x < QUERIES; x++) {
                const __m512i query_limit =
                    _mm512_set1_epi64((long long)c->query_limit[q + x]);
                for (size_t y = 0; y < wide; y++) {
                    alive |= _mm512_cmple_epu64_mask(differ[x][y], query_limit);
                    if (!c->uniform) {
                        alive |= _mm512_cmple_epu64_mask(
                            differ[x][y],
                            _mm512_loadu_si512(c->target_limit + (b + y) * LANES));
                    }
                }
            }
            if (alive == 0) {
                return;
            }
        }
    }
    for (size_t y = 0; y < wide; y++) {
        const __m512i limit = _mm512_loadu_si512(c->target_limit + (b + y) * LANES);
        const __m512i weight = _mm512_loadu_si512(c->target_weight + (b + y) * LANES);
        __m512i count = _mm512_loadu_si512(c->target_count + (b + y) * LANES);
        for (size_t x = 0; x < QUERIES; x++) {
            const __m512i query_limit = _mm512_set1_epi64((long long)c->query_limit[q + x]);
            const __m512i query_weight =
                _mm512_set1_epi64((long long)c->query_weight[q + x]);
            const __mmask8 hit = _mm512_cmple_epu64_mask(differ[x][y], query_limit);
            const __mmask8 hit_too =
                c->uniform ? hit : _mm512_cmple_epu64_mask(differ[x][y], limit);
            sum[x] = _mm512_mask_add_epi64(sum[x], hit, sum[x], weight);
            count = _mm512_mask_add_epi64(count, hit_too, count, query_weight);
        }
        _mm512_storeu_si512(c->target_count + (b + y) * LANES, count);
    }
}

AVX512 static FMI_INLINE void avx512_body(const comparison *c, size_t n_planes)
{
    enum { QUERIES = 4 };

    for (size_t q = 0; q < LANES; q += QUERIES) {
        __m512i sum[QUERIES];
        size_t b = 0;
        for (size_t x = 0; x < QUERIES; x++) {
            sum[x] = _mm512_setzero_si512();
        }
        for (; b + 2 <= c->n_blocks; b += 2) {
            avx512_step(c, n_planes, q, b, 2, sum);
        }
        if (b < c->n_blocks) {
            avx512_step(c, n_planes, q, b, 1, sum);
        }
        for (size_t x = 0; x < QUERIES; x++) {
            c->query_count[q + x] += (uint64_t)_mm512_reduce_add_epi64(sum[x]);
        }
    }
}

AVX512 static void compare_avx512(const comparison *c)
{
    FOR_N_PLANES(avx512_body, c)
}

#endif /* FMI_X86 */

static void (*kernel_of(int isa))(const comparison *)
{
#if FMI_X86
    if (isa == FMI_ISA_AVX512) {
        return compare_avx512;
    }
    if (isa == FMI_ISA_AVX2) {
        return compare_avx2;
    }
#endif
    (void)isa;
    return compare_scalar;
}

/* --------------------------------------------------------------------- the distinct rows
 */

/* Rows that are equal, letter by letter, are one. */
typedef struct {
    size_t n;        /* distinct rows */
    uint32_t *of;    /* [n_rows] number of each row's distinct row */
    uint32_t *first; /* [n_rows], n of them used: the first row that is like it */
} distinct_rows;

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 29;
}

static uint64_t hash_bytes(uint64_t hash, const uint8_t *bytes, size_t n)
{
    for (; n >= 8; bytes += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = mix(hash, word);
    }
    uint64_t rest = 0;
    memcpy(&rest, bytes, n);
    return mix(hash, rest);
}

static int rows_equal(const fmi_seqs *seqs, size_t a, size_t b)
{
    const size_t row_bytes = fmi_row_bytes(seqs->length, seqs->n_letters);
    const size_t mask_bytes = fmi_mask_bytes(seqs->length);

    return memcmp(seqs->rows + a * row_bytes, seqs->rows + b * row_bytes, row_bytes) == 0 &&
           (seqs->mask == NULL || memcmp(seqs->mask + a * mask_bytes,
                                         seqs->mask + b * mask_bytes, mask_bytes) == 0);
}

/* Open addressing in a table of at least 2 n_rows places. */
static int find_distinct(const fmi_seqs *seqs, fmi_control *control, distinct_rows *d)
{
    const size_t row_bytes = fmi_row_bytes(seqs->length, seqs->n_letters);
    const size_t mask_bytes = fmi_mask_bytes(seqs->length);
    const uint32_t none = UINT32_MAX;
    size_t places = 2;

    while (places / 2 < seqs->n_rows) {
        places *= 2;
    }
    uint32_t *table = malloc(places * sizeof *table);
    if (table == NULL) {
        return FMI_ERR_NOMEM;
    }
    memset(table, 0xFF, places * sizeof *table);
    d->n = 0;
    for (size_t n = 0; n < seqs->n_rows; n++) {
        if (n % 4096 == 0 && fmi_cancelled(control)) {
            free(table);
            return FMI_ERR_CANCELLED;
        }
        uint64_t hash = hash_bytes(1, seqs->rows + n * row_bytes, row_bytes);
        if (seqs->mask != NULL) {
            hash = hash_bytes(hash, seqs->mask + n * mask_bytes, mask_bytes);
        }
        size_t at = (size_t)(hash ^ hash >> 32) & (places - 1);
        while (table[at] != none && !rows_equal(seqs, d->first[table[at]], n)) {
            at = (at + 1) & (places - 1);
        }
        if (table[at] == none) {
            d->first[d->n] = (uint32_t)n;
            table[at] = (uint32_t)d->n++;
        }
        d->of[n] = table[at];
    }
    free(table);
    return FMI_OK;
}

/* ---------------------------------------------------------------------------- the planes
 */

/* What a job is made of; the same for all threads. */
typedef struct {
    const fmi_seqs *seqs;
    void (*compare)(const comparison *);
    double identity;
    int ignore; /* a plane, the last, marks missing letters; they match nothing */
    distinct_rows distinct;
    size_t n_blocks, n_words, n_planes, block_words;
    uint64_t *planes, *limit, *weight; /* see comparison */
    uint32_t *count;                   /* of each distinct row; the result */
    size_t side, n_sides;              /* blocks along a tile; tiles along the triangle */
    size_t thread_bytes;
    fmi_control *control;
} job;

size_t fmi_least_matches(double identity, size_t n)
{
    if (n == 0 || !(identity > 0.0 && identity <= 1.0)) {
        return 1;
    }
    size_t least = (size_t)ceil(identity * (double)n); /* may be one off by rounding */
    while (least > 1 && (double)(least - 1) / (double)n >= identity) {
        least--;
    }
    while (least < n && (double)least / (double)n < identity) {
        least++;
    }
    return least;
}

static size_t bits_for(size_t n_codes)
{
    size_t bits = 1;

    while (((size_t)1 << bits) < n_codes) {
        bits++;
    }
    return bits;
}

/* Bit `plane` of 8 codes: the product moves bit 8k to 56 + k, and no two bits meet. */
static uint64_t plane_of(uint64_t codes, size_t plane)
{
    return ((codes >> plane & 0x0101010101010101U) * 0x0102040810204080U) >> 56;
}

/* One row into its lane; letters has room for 128 n_words bytes: codes, and marks. */
static void row_to_planes(const job *w, size_t row, uint64_t *lane, uint8_t *letters)
{
    const fmi_seqs *seqs = w->seqs;
    const size_t row_bytes = fmi_row_bytes(seqs->length, seqs->n_letters);
    const fmi_seqs one = {
        seqs->rows + row * row_bytes,
        seqs->mask == NULL ? NULL : seqs->mask + row * fmi_mask_bytes(seqs->length),
        1,
        seqs->length,
        seqs->n_letters,
        NULL};
    const size_t room = w->n_words * 64;
    const size_t n_planes = w->n_planes - (w->ignore ? 1 : 0);
    const uint8_t gap = w->ignore ? 0 : (uint8_t)seqs->n_letters;
    uint8_t *marks = letters + room;

    fmi_decode_rows(&one, letters);
    memset(letters + seqs->length, 0, room - seqs->length);
    for (size_t i = 0; i < room; i++) {
        marks[i] = letters[i] >= seqs->n_letters;
        letters[i] = marks[i] ? gap : letters[i];
    }
    for (size_t at = 0; at < room; at += 8) {
        uint64_t *word = lane + at / 64 * w->n_planes * LANES;
        const size_t shift = at % 64;
        uint64_t codes, marked;
        memcpy(&codes, letters + at, 8);
        memcpy(&marked, marks + at, 8);
        for (size_t p = 0; p < n_planes; p++) {
            word[p * LANES] |= plane_of(codes, p) << shift;
        }
        if (w->ignore) {
            word[n_planes * LANES] |= plane_of(marked, 0) << shift;
        }
    }
}

/* A block of distinct rows: planes, limits and the places that are filled up. */
static void block_fill(const job *w, size_t block, uint8_t *letters)
{
    const size_t length = w->seqs->length;
    uint64_t *planes = w->planes + block * w->block_words;

    memset(planes, 0, w->block_words * sizeof *planes);
    for (size_t lane = 0; lane < LANES; lane++) {
        const size_t n = block * LANES + lane;
        w->limit[n] = 0;
        if (n >= w->distinct.n) {
            continue;
        }
        row_to_planes(w, w->distinct.first[n], planes + lane, letters);
        size_t known = length;
        for (size_t word = 0; w->ignore && word < w->n_words; word++) {
            known -=
                (size_t)count_bits(planes[((word + 1) * w->n_planes - 1) * LANES + lane]);
        }
        w->limit[n] = length - fmi_least_matches(w->identity, known);
    }
}

/* A block as queries: in them missing letters have another code (see above). */
static const uint64_t *query_block(const job *w, size_t block, uint64_t *copy)
{
    const uint64_t *planes = w->planes + block * w->block_words;

    if (!w->ignore) {
        return planes;
    }
    memcpy(copy, planes, w->block_words * sizeof *copy);
    for (size_t word = 0; word < w->n_words; word++) {
        uint64_t *lowest = copy + word * w->n_planes * LANES;
        const uint64_t *marks = lowest + (w->n_planes - 1) * LANES;
        for (size_t lane = 0; lane < LANES; lane++) {
            lowest[lane] ^= marks[lane];
        }
    }
    return copy;
}

/* ----------------------------------------------------------------------------- the tiles
 */

static size_t least_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Tile number t of the upper triangle, row by row. */
static void tile_at(const job *w, size_t t, size_t *row, size_t *column)
{
    const size_t n = w->n_sides;
    const double b = 2.0 * (double)n + 1.0; /* row r starts at tile r (2n + 1 - r) / 2 */
    size_t r = (size_t)((b - sqrt(b * b - 8.0 * (double)t)) / 2.0);

    r = least_size(r, n - 1);
    while (r > 0 && r * (2 * n + 1 - r) / 2 > t) {
        r--;
    }
    while ((r + 1) * (2 * n - r) / 2 <= t) {
        r++;
    }
    *row = r;
    *column = r + (t - r * (2 * n + 1 - r) / 2);
}

static void count_add(uint32_t *to, const uint64_t *from, size_t n)
{
    for (size_t x = 0; x < n; x++) {
        const uint32_t add = (uint32_t)from[x]; /* at most n_rows */
#ifdef _OPENMP
#pragma omp atomic
#endif
        to[x] += add;
    }
}

static void tile_run(const job *w, size_t t, uint64_t *copy)
{
    _Alignas(ALIGN) uint64_t row_count[MAX_SIDE * LANES] = {0};
    _Alignas(ALIGN) uint64_t column_count[MAX_SIDE * LANES] = {0};
    uint64_t unused[LANES] = {0};
    size_t row, column;

    tile_at(w, t, &row, &column);
    const size_t q0 = row * w->side, q1 = least_size(q0 + w->side, w->n_blocks);
    const size_t t0 = column * w->side, t1 = least_size(t0 + w->side, w->n_blocks);
    comparison c = {.n_words = w->n_words, .n_planes = w->n_planes, .uniform = !w->ignore};
    for (size_t q = q0; q < q1; q++) {
        const size_t from = row == column ? q + 1 : t0;
        if (fmi_cancelled(w->control)) {
            return;
        }
        c.query = query_block(w, q, copy);
        c.query_limit = w->limit + q * LANES;
        c.query_weight = w->weight + q * LANES;
        c.query_count = row_count + (q - q0) * LANES;
        if (row == column) { /* the block with itself: each pair from both sides */
            c.n_blocks = 1;
            c.target = w->planes + q * w->block_words;
            c.target_limit = w->limit + q * LANES;
            c.target_weight = w->weight + q * LANES;
            c.target_count = unused;
            w->compare(&c);
        }
        if (from < t1) {
            c.n_blocks = t1 - from;
            c.target = w->planes + from * w->block_words;
            c.target_limit = w->limit + from * LANES;
            c.target_weight = w->weight + from * LANES;
            c.target_count = column_count + (from - t0) * LANES;
            w->compare(&c);
        }
    }
    count_add(w->count + q0 * LANES, row_count, (q1 - q0) * LANES);
    count_add(w->count + t0 * LANES, column_count, (t1 - t0) * LANES);
    const size_t n_q = least_size(q1 * LANES, w->distinct.n) - q0 * LANES;
    const size_t n_t = least_size(t1 * LANES, w->distinct.n) - t0 * LANES;
    fmi_report(w->control, (int64_t)(row == column ? n_q * (n_q - 1) / 2 : n_q * n_t));
}

/* ------------------------------------------------------------------------------- the job
 */

/* Sizes, once the distinct rows are known. */
static void job_sizes(job *w, int n_threads)
{
    const fmi_seqs *seqs = w->seqs;
    const int missing = fmi_any_missing(seqs);

    w->ignore = w->ignore && missing;
    w->n_planes = w->ignore ? bits_for(seqs->n_letters) + 1
                            : bits_for(seqs->n_letters + (missing ? 1U : 0U));
    w->n_words = (seqs->length + 63) / 64;
    w->n_blocks = (w->distinct.n + LANES - 1) / LANES;
    w->block_words = w->n_words * w->n_planes * LANES; /* below 2^21 */
    w->side = L1_BYTES / (w->block_words * sizeof(uint64_t));
    w->side = w->side < 1 ? 1 : least_size(w->side, MAX_SIDE);
    for (;;) {
        w->n_sides = (w->n_blocks + w->side - 1) / w->side;
        if (w->side == 1 || n_threads == 1 ||
            w->n_sides * (w->n_sides + 1) / 2 >= (size_t)n_threads * TILES_A_THREAD) {
            break;
        }
        w->side /= 2;
    }
    const size_t letters = 2 * 64 * w->n_words;
    const size_t copy = w->ignore ? w->block_words * sizeof(uint64_t) : 0;
    w->thread_bytes = letters > copy ? letters : copy;
}

static int job_run(job *w, int n_threads)
{
    const size_t n_padded = w->n_blocks * LANES;
    const size_t n_tiles = w->n_sides * (w->n_sides + 1) / 2;
    const int team = (int)least_size((size_t)n_threads, n_tiles);
    int status = FMI_ERR_NOMEM;
    uint8_t *memory = NULL, *scratch = NULL;
    size_t bytes;

    if (fmi_mul_size(n_padded, (w->block_words / LANES + 2) * sizeof(uint64_t), &bytes) ==
            FMI_OK &&
        bytes <= SIZE_MAX - ALIGN) {
        memory = malloc(bytes + ALIGN);
    }
    if (fmi_mul_size((size_t)team, w->thread_bytes, &bytes) == FMI_OK) {
        scratch = malloc(bytes);
    }
    w->count = calloc(n_padded, sizeof *w->count);
    if (memory == NULL || scratch == NULL || w->count == NULL) {
        goto out;
    }
    w->planes = (void *)(memory + (ALIGN - (uintptr_t)memory % ALIGN));
    w->limit = w->planes + w->n_blocks * w->block_words;
    w->weight = w->limit + n_padded;
    memset(w->weight, 0, n_padded * sizeof *w->weight);
    for (size_t n = 0; n < w->seqs->n_rows; n++) {
        w->weight[w->distinct.of[n]]++;
    }
#ifdef _OPENMP
#pragma omp parallel num_threads(team)
#endif
    {
#ifdef _OPENMP
        uint8_t *mine = scratch + (size_t)omp_get_thread_num() * w->thread_bytes;
#pragma omp for schedule(static)
#else
        uint8_t *mine = scratch;
#endif
        for (int64_t b = 0; b < (int64_t)w->n_blocks; b++) {
            if (!fmi_cancelled(w->control)) {
                block_fill(w, (size_t)b, mine);
            }
        }
#ifdef _OPENMP
#pragma omp for schedule(dynamic, 1)
#endif
        for (int64_t t = 0; t < (int64_t)n_tiles; t++) {
            if (!fmi_cancelled(w->control)) {
                tile_run(w, (size_t)t, (void *)mine);
            }
        }
    }
    status = fmi_cancelled(w->control) ? FMI_ERR_CANCELLED : FMI_OK;
out:
    free(memory);
    free(scratch);
    return status;
}

int fmi_count_neighbours(const fmi_seqs *seqs, double identity, int gaps,
                         const fmi_options *options, fmi_control *control,
                         uint32_t *neighbours)
{
    const size_t n_rows = seqs->n_rows;
    const int isa = fmi_isa_resolve(options->isa), n_threads = options->n_threads;
    int status;

    if (!(identity > 0.0 && identity <= 1.0) || seqs->length == 0 ||
        seqs->length > FMI_MAX_LENGTH || seqs->n_letters < 2 ||
        seqs->n_letters > FMI_MAX_LETTERS || n_threads < 1 ||
        (gaps != FMI_GAPS_MATCH && gaps != FMI_GAPS_IGNORE)) {
        return FMI_ERR_BAD_PARAM;
    }
    if (isa < 0) {
        return isa;
    }
    if (n_rows > UINT32_MAX) {
        return FMI_ERR_OVERFLOW;
    }
    if (n_rows > SIZE_MAX / 16) {
        return FMI_ERR_NOMEM; /* where size_t has 32 bits */
    }
    if (n_rows == 0) {
        return FMI_OK;
    }
    job w = {.seqs = seqs,
             .compare = kernel_of(isa),
             .identity = identity,
             .ignore = gaps == FMI_GAPS_IGNORE,
             .control = control};
    w.distinct.of = malloc(n_rows * sizeof(uint32_t));
    w.distinct.first = malloc(n_rows * sizeof(uint32_t));
    status = FMI_ERR_NOMEM;
    if (w.distinct.of != NULL && w.distinct.first != NULL) {
        status = find_distinct(seqs, control, &w.distinct);
    }
    if (status == FMI_OK) {
        const int64_t n = (int64_t)n_rows, d = (int64_t)w.distinct.n;
        fmi_report(control, n * (n - 1) / 2 - d * (d - 1) / 2); /* equal rows are done */
        job_sizes(&w, n_threads);
        status = job_run(&w, n_threads);
    }
    for (size_t n = 0; n < n_rows && status == FMI_OK; n++) {
        const uint32_t found = w.count[w.distinct.of[n]];
        neighbours[n] = found > 0 ? found : 1; /* a row without letters is its only one */
    }
    free(w.count);
    free(w.distinct.of);
    free(w.distinct.first);
    return status;
}
