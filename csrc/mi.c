/* Joint counts -> mutual information.
 *
 * With g = pseudocount * n spread evenly (PlotMI paper, eq. 1-2; Hartonen et al.),
 *     P_ij(a,b) = (c_ij(a,b) + g/M^2) / (n + g),   P_i(a) = (c_i(a) + g/M) / (n + g),
 * P_i is the margin of P_ij, so eq. 3 becomes, with f(x) = x log2 x, f(0) = 0 and T = n + g,
 *     MI = [ sum_ab f(c_ij + g/M^2) - sum_a f(c_i + g/M) - sum_b f(c_j + g/M) + f(T) ] / T.
 *
 * An unobserved cell adds f0 = f(g/M^2).  So the first sum is M^2 f0, and f - f0 of the
 * cells that are not empty.  f of a cell depends on its count alone, and most counts are
 * small.  So the cells are not summed, they are counted: how many cells hold 1, 2, ... (a
 * histogram), and one f for each count that occurs.  Small counts and margins repeat from
 * pair to pair; their f is remembered.
 *
 * The four sums cancel almost wholly.  They go into one sum whose additions are all exact
 * (Demmel and Nguyen 2015): each f is split into a multiple of q1 and one of q2 = 2^-26 q1,
 * with q1 so coarse that no partial sum needs more than 53 bits.  So the result does not
 * depend on the order of the cells, nor on the kernel that counted them; provided that no
 * product and sum are contracted to one operation (-ffp-contract=off).
 *
 * What is left is the rounding of each f: its argument is off by a relative 2u, u = 2^-53
 * (the pseudocount's share and the sum are rounded; a count above 2^53, too), which moves f
 * by 2 x (|log2 x| + 1.45) u, and log2 and the product add 2u |f|; M^2 f0 adds as much for
 * g.  A sum of x is T, so the four sums are off by less than T (16 (log2 T +
 * |log2 (g/M^2)|) + 12) u, that is 2.2e-13 bits for counts at the extremes, T = 2^32 * 10^6
 * or g = 10^-20, and 3e-13 for weights, T = g = 2^63 * 10^6; whatever the number of cells.
 * Splitting adds q2 / 2 a term, below 4e-14 bits.  A negative result inside ROUNDING is
 * zero.
 */
#include <math.h>
#include <string.h>

#include "evaluator.h"

#define ROUNDING 3e-13

static inline double xlogx(double x)
{
    return x > 0.0 ? x * log2(x) : 0.0;
}

static inline double remembered(fmi_known *memo, uint64_t count, double extra)
{
    fmi_known *x = memo + count % FMI_MEMO;

    /* bits compared: the value must be that of exactly this pseudocount */
    if (x->count != count || memcmp(&x->extra, &extra, sizeof extra) != 0) {
        *x = (fmi_known){count, extra, xlogx((double)count + extra)};
    }
    return x->value;
}

/* Ready for terms whose absolute values sum to at most `bound`; 2^26 cells, and margins. */
static void sum_begin(fmi_exact_sums *s, size_t lane, double bound)
{
    int exponent;

    (void)frexp(bound, &exponent); /* bound < 2^exponent = 2^52 q1 */
    s->coarse[lane] = s->fine[lane] = 0.0;
    /* x + 1.5 2^52 q has no bits below q, so adding and taking away rounds x to q */
    s->round1[lane] = ldexp(1.5, exponent);
    s->round2[lane] = ldexp(1.5, exponent - 26);
}

/* x as a multiple of q1 and one of q2. */
static inline void split(const fmi_exact_sums *s, size_t lane, double x, double *coarse,
                         double *fine)
{
    *coarse = (x + s->round1[lane]) - s->round1[lane];
    *fine = ((x - *coarse) + s->round2[lane]) - s->round2[lane];
}

static inline void sum_add(fmi_exact_sums *s, size_t lane, double x)
{
    double coarse, fine;

    split(s, lane, x, &coarse, &fine);
    s->coarse[lane] += coarse;
    s->fine[lane] += fine;
}

/* f - f0 of so many cells. */
static inline void sum_add_cells(fmi_exact_sums *s, size_t lane, double times, double f)
{
    double coarse, fine;

    split(s, lane, f, &coarse, &fine);
    s->coarse[lane] += times * (coarse - s->coarse0[lane]);
    s->fine[lane] += times * (fine - s->fine0[lane]);
}

static fmi_evaluator *cut(fmi_cutter *cutter, size_t n_kmers, size_t lanes)
{
    fmi_evaluator *e = fmi_cut(cutter, 1, sizeof *e);
    void *rows = fmi_cut(cutter, n_kmers * lanes, sizeof *e->row_weights);
    void *columns = fmi_cut(cutter, n_kmers * lanes, sizeof *e->column_weights);
    fmi_step *steps = fmi_cut(cutter, lanes == 1 ? 0 : n_kmers, sizeof *steps);

    if (e != NULL) {
        e->steps = steps;
        e->row_sums = rows;
        e->column_sums = columns;
        e->row_weights = rows;
        e->column_weights = columns;
    }
    return e;
}

size_t fmi_evaluator_bytes(size_t n_kmers, size_t lanes)
{
    fmi_cutter cutter = {NULL, 0};

    (void)cut(&cutter, n_kmers, lanes);
    return cutter.used;
}

static void forget(fmi_known *memo)
{
    for (size_t at = 0; at < FMI_MEMO; at++) {
        memo[at] = (fmi_known){at + 1, 0.0, 0.0}; /* a count that belongs elsewhere */
    }
}

fmi_evaluator *fmi_evaluator_init(void *memory, size_t n_kmers, size_t lanes,
                                  double pseudocount)
{
    fmi_cutter cutter = {memory, 0};
    fmi_evaluator *e = cut(&cutter, n_kmers, lanes);

    e->n_kmers = n_kmers;
    e->lanes = lanes;
    e->pseudocount = pseudocount;
    e->used = 0;
    e->steps_extra = -1.0;
    memset(e->bins, 0, sizeof e->bins);
    forget(e->cells);
    forget(e->margins);
    return e;
}

/* What each margin of a lane gets of the pseudocount; and T. */
static double extra_margin(const fmi_evaluator *e, size_t lane)
{
    return e->pseudocount * (double)e->n[lane] / (double)e->n_kmers;
}

static double mass_of(const fmi_evaluator *e, size_t lane)
{
    return (double)e->n[lane] + e->pseudocount * (double)e->n[lane];
}

/* Lanes with nothing in them (n = 0) do not matter. */
static void prepare_few(fmi_evaluator *e)
{
    const fmi_exact_sums *s = &e->sums;

    e->with_few = e->n[0] > 0;
    for (size_t lane = 1; lane < e->lanes; lane++) {
        e->with_few = e->with_few && (e->n[lane] == e->n[0] || e->n[lane] == 0);
    }
    for (size_t c = 0; e->with_few && c < FMI_FEW; c++) {
        double coarse, fine;
        split(s, 0, remembered(e->cells, c, e->extra[0]), &coarse, &fine);
        e->few_coarse[c] = coarse - s->coarse0[0];
        e->few_fine[c] = fine - s->fine0[0];
    }
}

void fmi_evaluator_make_steps(fmi_evaluator *e)
{
    const double extra = e->extra[0];
    fmi_step last;

    /* bits compared, as in remembered() */
    if (memcmp(&e->steps_extra, &extra, sizeof extra) == 0 &&
        memcmp(&e->steps_round, &e->sums.round1[0], sizeof extra) == 0) {
        return;
    }
    e->steps_extra = extra;
    e->steps_round = e->sums.round1[0];
    split(&e->sums, 0, xlogx(extra), &last.coarse, &last.fine);
    for (size_t c = 0; c < e->n_kmers; c++) {
        fmi_step next;
        split(&e->sums, 0, xlogx((double)(c + 1) + extra), &next.coarse, &next.fine);
        e->steps[c] = (fmi_step){next.coarse - last.coarse, next.fine - last.fine};
        last = next;
    }
}

void fmi_evaluator_begin(fmi_evaluator *e, const uint64_t *n)
{
    const double m = (double)e->n_kmers;

    for (size_t lane = 0; lane < e->lanes; lane++) {
        e->n[lane] = n[lane];
        e->extra[lane] = e->pseudocount * (double)n[lane] / (m * m);
        const double cells = m * m,
                     filled = (double)n[lane] < cells ? (double)n[lane] : cells;
        /* f is superadditive above 1 and never below -0.54; 2 and f0 for each filled cell
         * and margin, M^2 f0 once */
        sum_begin(&e->sums, lane,
                  4.0 * xlogx(mass_of(e, lane) + 2.0) + 2.0 * filled + 2.0 * m +
                      2.0 * cells * fabs(xlogx(e->extra[lane])));
        split(&e->sums, lane, xlogx(e->extra[lane]), &e->sums.coarse0[lane],
              &e->sums.fine0[lane]);
    }
    for (size_t block = 0; block < FMI_BLOCKS; block++) {
        for (size_t h = 0; (e->used >> block & 1) && h < FMI_LANES; h++) {
            memset(e->bins + h * FMI_BINS + 64 * block, 0, 64 * sizeof *e->bins);
        }
    }
    e->used = 0;
    memset(e->row_weights, 0, e->n_kmers * e->lanes * sizeof *e->row_weights);
    memset(e->column_weights, 0, e->n_kmers * e->lanes * sizeof *e->column_weights);
    e->weighed = 0;
    prepare_few(e);
}

/* f of one cell.  Large counts hardly ever come again, unless all data are alike. */
static inline double cell_value(fmi_evaluator *e, size_t lane, uint64_t count)
{
    return count < FMI_MEMO ? remembered(e->cells, count, e->extra[lane])
                            : xlogx((double)count + e->extra[lane]);
}

void fmi_evaluator_large(fmi_evaluator *e, size_t lane, uint32_t count)
{
    sum_add_cells(&e->sums, lane, 1.0, cell_value(e, lane, count));
}

void fmi_evaluator_weight(fmi_evaluator *e, size_t lane, size_t a, size_t b,
                          uint64_t weight)
{
    sum_add_cells(&e->sums, lane, 1.0, cell_value(e, lane, weight));
    e->row_weights[a * e->lanes + lane] += weight;
    e->column_weights[b * e->lanes + lane] += weight;
    e->weighed = 1;
}

void fmi_evaluator_weights(fmi_evaluator *e, size_t a, const uint64_t *cells)
{
    for (size_t b = 0; b < e->n_kmers; b++) {
        for (size_t lane = 0; lane < e->lanes; lane++, cells++) {
            if (*cells > 0) {
                fmi_evaluator_weight(e, lane, a, b, *cells);
            }
        }
    }
}

/* The margins of a lane's table. */
static uint64_t row_total(const fmi_evaluator *e, size_t x)
{
    return e->weighed ? e->row_weights[x] : e->row_sums[x];
}

static uint64_t column_total(const fmi_evaluator *e, size_t x)
{
    return e->weighed ? e->column_weights[x] : e->column_sums[x];
}

double fmi_evaluator_end(fmi_evaluator *e, size_t lane)
{
    const double extra = e->extra[lane], extra_m = extra_margin(e, lane);
    const double mass = mass_of(e, lane);
    const size_t h0 = e->lanes == 1 ? 0 : lane, h1 = e->lanes == 1 ? FMI_LANES : lane + 1;
    fmi_exact_sums *s = &e->sums;

    if (e->n[lane] == 0) {
        return NAN;
    }
    for (size_t block = 0; block < FMI_BLOCKS; block++) {
        for (size_t c = 64 * block; (e->used >> block & 1) && c < 64 * block + 64; c++) {
            uint64_t times = 0;
            for (size_t h = h0; h < h1; h++) {
                times += e->bins[h * FMI_BINS + c];
            }
            if (times > 0 && c > 0) {
                sum_add_cells(s, lane, (double)times, remembered(e->cells, c, extra));
            }
        }
    }
    sum_add(s, lane, (double)e->n_kmers * (double)e->n_kmers * xlogx(extra));
    for (size_t a = 0; a < e->n_kmers; a++) {
        const size_t x = a * e->lanes + lane;
        sum_add(s, lane, -remembered(e->margins, row_total(e, x), extra_m));
        sum_add(s, lane, -remembered(e->margins, column_total(e, x), extra_m));
    }
    sum_add(s, lane, xlogx(mass));

    const double mi = (s->coarse[lane] + s->fine[lane]) / mass;
    return mi < 0.0 && mi > -ROUNDING ? 0.0 : mi;
}
