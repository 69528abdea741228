/* Windows of a sequence to pooled detectors, and these to scores: the loops of deepbind.c.
 *
 * No header but a body: deepbind.c includes it once an instruction set, with these defined.
 *   WINDOWS_NAME(f)   the function's name there
 *   VEC, VEC_MAX      floats in a vector; the greater of two, lane by lane: a > b ? a : b
 * Lanes are detectors, or hidden units, and no sum goes across them but that of
 * sum_of_lanes(), so the width of a vector changes no bit.
 */

typedef float WINDOWS_NAME(vec) __attribute__((vector_size(VEC * sizeof(float))));
#define vec WINDOWS_NAME(vec)

static inline vec WINDOWS_NAME(load)(const float *from)
{
    vec x;
    memcpy(&x, from, sizeof x);
    return x;
}

static inline void WINDOWS_NAME(store)(float *to, vec x)
{
    memcpy(to, &x, sizeof x);
}

#define load  WINDOWS_NAME(load)
#define store WINDOWS_NAME(store)

/* What is known of a window's positions so far. */
typedef struct {
    vec top, sum;
} WINDOWS_NAME(pool);

/* One position more, whose value is v. */
static FMI_INLINE void WINDOWS_NAME(take)(WINDOWS_NAME(pool) * seen, vec v, int has_mean)
{
    seen->top = VEC_MAX(seen->top, v);
    if (has_mean) {
        const vec zero = {0};
        seen->sum += VEC_MAX(v, zero);
    }
}

/* VEC detectors on all windows of a piece.  The detectors are those at `lane` of a group;
 * pooled is where their maxima in the first window go, the means LANES further. */
static FMI_INLINE void WINDOWS_NAME(pool_body)(const plan *p, const piece *at, size_t group,
                                               size_t lane, scratch *own, int has_mean)
{
    const size_t m = p->m, width = p->width, n = at->n_letters, last = at->n_windows - 1;
    const size_t whole_in_window = width >= m ? width - m + 1 : 0;
    const size_t n_whole = n >= m ? n - m + 1 : 0; /* positions inside the piece */
    const float *table = p->table + group * N_CODES * m * LANES + lane;
    float *pooled = at->pooled + group * p->group_inputs + lane;
    vec *FMI_RESTRICT state = (vec *)own->state;
    vec *FMI_RESTRICT whole = (vec *)own->whole;
    const vec base = load(p->base + group * LANES + lane), zero = {0};

    /* from the last letter to the first: state[u] is the detector that begins u letters
     * before letter s, of which only the letters from s on are there */
    for (size_t u = 0; u <= m; u++) {
        state[u] = base;
    }
    for (size_t s = n; s-- > 0;) {
        const float *d = table + at->codes[s] * m * LANES;
        /* those that would reach beyond the piece have no use */
        const size_t from = n >= m && s >= n_whole ? s - n_whole + 1 : 0;
        if (s > last) {
            for (size_t u = from; u < m; u++) {
                state[u] = state[u + 1] + load(d + u * LANES);
            }
            whole[s] = VEC_MAX(state[0], zero);
            continue;
        }
        WINDOWS_NAME(pool) seen = {zero, zero};
        state[0] = state[1] + load(d);
        for (size_t u = 1; u < m; u++) {
            const vec v = state[u + 1] + load(d + u * LANES);
            state[u] = v;
            WINDOWS_NAME(take)(&seen, v, has_mean);
        }
        whole[s] = VEC_MAX(state[0], zero);
        for (size_t i = 0; i < whole_in_window; i++) {
            seen.top = VEC_MAX(seen.top, whole[s + i]);
            if (has_mean) {
                seen.sum += whole[s + i];
            }
        }
        store(pooled + s * p->n_inputs, seen.top);
        if (has_mean) {
            store(pooled + s * p->n_inputs + LANES, seen.sum);
        }
    }

    /* from the first letter to the last: state[r] is the detector of which only r letters
     * are there, the last of them letter s */
    const size_t most = width < m - 1 ? width : m - 1;
    const size_t first = width - most; /* the first position that is cut */
    const vec share = p->share - zero;
    state[0] = base;
    for (size_t s = first < width ? first : width - 1; s < n; s++) {
        const float *d = table + at->codes[s] * m * LANES - LANES;
        if (s + 1 < width) {
            for (size_t r = s + 1 - first; r > 0; r--) {
                state[r] = state[r - 1] + load(d + r * LANES);
            }
            continue;
        }
        float *to = pooled + (s + 1 - width) * p->n_inputs;
        WINDOWS_NAME(pool) seen = {load(to), zero};
        for (size_t r = most; r > 0; r--) {
            const vec v = state[r - 1] + load(d + r * LANES);
            state[r] = v;
            WINDOWS_NAME(take)(&seen, v, has_mean);
        }
        store(to, seen.top);
        if (has_mean) {
            store(to + LANES, (load(to + LANES) + seen.sum) * share);
        }
    }
}

/* Pooled detectors of every window of a piece. */
static void WINDOWS_NAME(pool_windows)(const plan *p, const piece *at, scratch *own)
{
    for (size_t group = 0; group < p->n_groups; group++) {
        for (size_t lane = 0; lane < LANES; lane += VEC) {
            if (p->has_mean) {
                WINDOWS_NAME(pool_body)(p, at, group, lane, own, 1);
            } else {
                WINDOWS_NAME(pool_body)(p, at, group, lane, own, 0);
            }
        }
    }
}

enum {
    /* sums that are under way at once: of so many windows, and vectors of hidden units */
    WINDOWS_NAME(VECS) = VEC < LANES ? 2 : 1,
    WINDOWS_NAME(ROWS) = TOGETHER / WINDOWS_NAME(VECS)
};

/* The hidden units of TOGETHER windows: hidden[TOGETHER][n_hidden]. */
static void WINDOWS_NAME(hidden_units)(const plan *p, const float *pooled, float *hidden)
{
    enum { VECS = WINDOWS_NAME(VECS), ROWS = WINDOWS_NAME(ROWS) };
    const size_t n_inputs = p->n_inputs;
    const vec zero = {0};

    for (size_t h = 0; h < p->n_hidden; h += VECS * VEC) {
        const float *weights = p->weights1 + h / LANES * LANES * n_inputs + h % LANES;
        for (size_t row = 0; row < TOGETHER; row += ROWS) {
            const float *in = pooled + row * n_inputs;
            vec sum[ROWS][VECS];
            for (size_t r = 0; r < ROWS; r++) {
                for (size_t v = 0; v < VECS; v++) {
                    sum[r][v] = load(p->biases1 + h + v * VEC);
                }
            }
            for (size_t i = 0; i < n_inputs; i++) {
                for (size_t r = 0; r < ROWS; r++) {
                    for (size_t v = 0; v < VECS; v++) {
                        sum[r][v] +=
                            in[r * n_inputs + i] * load(weights + i * LANES + v * VEC);
                    }
                }
            }
            for (size_t r = 0; r < ROWS; r++) {
                for (size_t v = 0; v < VECS; v++) {
                    store(hidden + (row + r) * p->n_hidden + h + v * VEC,
                          VEC_MAX(sum[r][v], zero));
                }
            }
        }
    }
}

/* A weighted sum of n numbers, a multiple of LANES: those at the same lane first. */
static inline float WINDOWS_NAME(weighted_sum)(const float *x, const float *weights,
                                               size_t n)
{
    float lanes[LANES];

    for (size_t lane = 0; lane < LANES; lane += VEC) {
        vec sum = {0};
        for (size_t i = lane; i < n; i += LANES) {
            sum += load(x + i) * load(weights + i);
        }
        store(lanes + lane, sum);
    }
    for (size_t half = LANES / 2; half > 0; half /= 2) {
        for (size_t lane = 0; lane < half; lane++) {
            lanes[lane] += lanes[lane + half];
        }
    }
    return lanes[0];
}

/* The scores of windows whose detectors are pooled; there is room for a multiple of
 * TOGETHER of them. */
static void WINDOWS_NAME(score_windows)(const plan *p, const float *pooled,
                                        size_t n_windows, scratch *own, float *scores)
{
    for (size_t w = 0; w < n_windows; w += TOGETHER) {
        const size_t n = n_windows - w < TOGETHER ? n_windows - w : TOGETHER;
        const float *last = pooled + w * p->n_inputs;
        if (p->n_hidden > 0) {
            WINDOWS_NAME(hidden_units)(p, last, own->hidden);
            last = own->hidden;
        }
        for (size_t r = 0; r < n; r++) {
            scores[w + r] = p->bias + WINDOWS_NAME(weighted_sum)(last + r * p->n_last,
                                                                 p->weights, p->n_last);
        }
    }
}

static const loops WINDOWS_NAME(loops) = {WINDOWS_NAME(pool_windows),
                                          WINDOWS_NAME(score_windows)};

#undef vec
#undef load
#undef store
