/* Joint counts -> mutual information.
 *
 * With g = pseudocount * n spread evenly (PlotMI paper, eq. 1-2; Hartonen et al.),
 *     P_ij(a,b) = (c_ij(a,b) + g/M^2) / (n + g),   P_i(a) = (c_i(a) + g/M) / (n + g),
 * P_i is the margin of P_ij, so eq. 3 becomes, with f(x) = x log2 x, f(0) = 0 and T = n +
 * g, MI = [ sum_ab f(c_ij + g/M^2) - sum_a f(c_i + g/M) - sum_b f(c_j + g/M) + f(T) ] / T.
 * Unobserved cells enter through f(g/M^2).  f of a cell depends on its small integer count
 * only, so it comes from a table; one logarithm a margin is left.
 *
 * The four sums cancel almost wholly, so they go into one compensated sum (Neumaier 1974).
 * What is left is the rounding of each f: its argument is off by a relative u = 2^-53,
 * which moves f by x (|log2 x| + 1.45) u, and log2, product and the tree of eight below add
 * 5u |f|. A sum of x is T, so a sum of f is off by at most T (6 log2 T + 1.45) u, and the
 * four by less than 1.5e-13 bits at the extreme, T = 2^32 * 10^6; whatever the number of
 * cells.  A negative result inside ROUNDING is zero.
 */
#include <math.h>
#include <string.h>

#include "fmi_internal.h"

#define ROUNDING 2e-13

/* Neumaier's compensated sum. */
typedef struct {
    double sum, lost;
} neumaier;

static inline void add(neumaier *s, double x)
{
    const double t = s->sum + x;

    s->lost += fabs(s->sum) >= fabs(x) ? (s->sum - t) + x : (x - t) + s->sum;
    s->sum = t;
}

static inline double xlogx(double x)
{
    return x > 0.0 ? x * log2(x) : 0.0;
}

void fmi_xlogx_init(fmi_xlogx *memo)
{
    memo->extra = -1.0;
    memo->n_filled = 0;
}

/* Make memo->value[0 .. largest] hold f(c + extra), as far as it reaches. */
static void xlogx_fill(fmi_xlogx *memo, double extra, uint32_t largest)
{
    const size_t wanted = largest < FMI_XLOGX_SIZE ? (size_t)largest + 1 : FMI_XLOGX_SIZE;

    /* bits compared: the values must be those of exactly this pseudocount */
    if (memcmp(&memo->extra, &extra, sizeof extra) != 0) {
        memo->extra = extra;
        memo->n_filled = 0;
    }
    for (size_t c = memo->n_filled; c < wanted; c++) {
        memo->value[c] = xlogx((double)c + extra);
    }
    if (wanted > memo->n_filled) {
        memo->n_filled = wanted;
    }
}

static inline double cell(const fmi_xlogx *memo, uint32_t c)
{
    return c < FMI_XLOGX_SIZE ? memo->value[c] : xlogx((double)c + memo->extra);
}

/* Sum of f over one row of a table.  Cells go in by eights, summed as a tree (three
 * roundings deep, inside the bound above), so that the compensated step is paid once for
 * eight cells; eight empty cells are only counted. */
static void add_row(neumaier *s, const fmi_xlogx *memo, const uint32_t *row, size_t n_kmers,
                    uint64_t *n_empty)
{
    size_t b = 0;

    for (; b + 8 <= n_kmers; b += 8) {
        const uint32_t *c = row + b;
        if ((c[0] | c[1] | c[2] | c[3] | c[4] | c[5] | c[6] | c[7]) == 0) {
            *n_empty += 8;
            continue;
        }
        const double left =
            (cell(memo, c[0]) + cell(memo, c[1])) + (cell(memo, c[2]) + cell(memo, c[3]));
        const double right =
            (cell(memo, c[4]) + cell(memo, c[5])) + (cell(memo, c[6]) + cell(memo, c[7]));
        add(s, left + right);
    }
    for (; b < n_kmers; b++) {
        add(s, cell(memo, row[b]));
    }
}

double fmi_mi_table(const uint32_t *table, size_t n_kmers, size_t stride,
                    double pseudocount, fmi_xlogx *memo, uint64_t *margins, uint64_t *n)
{
    uint64_t total = 0;
    uint32_t largest = 0;

    memset(margins, 0, n_kmers * sizeof *margins);
    for (size_t a = 0; a < n_kmers; a++) {
        const uint32_t *row = table + a * stride;
        for (size_t b = 0; b < n_kmers; b++) {
            margins[b] += row[b];
            largest = row[b] > largest ? row[b] : largest;
        }
    }
    for (size_t b = 0; b < n_kmers; b++) {
        total += margins[b];
    }
    *n = total;
    if (total == 0) {
        return NAN;
    }

    const double m = (double)n_kmers;
    const double g = pseudocount * (double)total;
    const double mass = (double)total + g;
    neumaier s = {0.0, 0.0};
    uint64_t n_empty = 0;

    xlogx_fill(memo, g / (m * m), largest);
    for (size_t a = 0; a < n_kmers; a++) {
        const uint32_t *row = table + a * stride;
        uint64_t margin = 0;
        for (size_t b = 0; b < n_kmers; b++) {
            margin += row[b];
        }
        if (margin == 0) {
            n_empty += n_kmers;
        } else {
            add_row(&s, memo, row, n_kmers, &n_empty);
        }
        add(&s, -xlogx((double)margin + g / m));
        add(&s, -xlogx((double)margins[a] + g / m));
    }
    add(&s, (double)n_empty * memo->value[0]);
    add(&s, xlogx(mass));

    const double mi = (s.sum + s.lost) / mass;
    return mi < 0.0 && mi > -ROUNDING ? 0.0 : mi;
}
