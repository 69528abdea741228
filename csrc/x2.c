/* Pearson's X^2 of joint counts, with rare k-mers damped.
 *
 * Of independent columns, n sequences, a cell of expected count e = r c / n holds one with
 * probability e, and then adds n / (r c): where both k-mers are rare, more than all other
 * cells together.  So weights 1 / (r c) become 1 / ((r + s) (c + t)), with s t = n / sd and sd
 * that of X^2, sqrt(2 (R - 1) (C - 1)): no single sequence moves it by more than that.  The
 * weights depend on the margins alone, so that all moments over permutations are known
 * (fastmi/stats/moments.py).  With w_a = 1 / (r_a + s) and v_b = 1 / (c_b + t),
 *
 *   X^2 / n = sum w_a v_b n_ab^2 - 2/n sum (w_a r_a) (v_b c_b) n_ab + 1/n^2 sum w r^2 sum v c^2.
 *
 * Sums run over b, then a, a lane each, and nothing is fused: the same bits everywhere.
 */
#include <math.h>
#include <string.h>

#include "x2.h"

int fmi_x2_bad(double scale, double damping)
{
    return !(scale > 0.0 && scale <= 1e15 && damping >= 0.0 && damping <= 1e15);
}

static fmi_x2 *cut(fmi_cutter *cutter, size_t n_kmers, size_t lanes)
{
    fmi_x2 *x = fmi_cut(cutter, 1, sizeof *x);
    uint64_t *rows = fmi_cut(cutter, n_kmers * lanes, sizeof *rows);
    uint64_t *columns = fmi_cut(cutter, n_kmers * lanes, sizeof *columns);
    double *weights[4];

    for (size_t n = 0; n < 4; n++) {
        weights[n] = fmi_cut(cutter, n_kmers * lanes, sizeof *weights[n]);
    }
    if (x != NULL) {
        x->rows = rows;
        x->columns = columns;
        x->row_weights = weights[0];
        x->row_products = weights[1];
        x->column_weights = weights[2];
        x->column_products = weights[3];
    }
    return x;
}

size_t fmi_x2_bytes(size_t n_kmers, size_t lanes)
{
    fmi_cutter cutter = {NULL, 0};

    (void)cut(&cutter, n_kmers, lanes);
    return cutter.used;
}

fmi_x2 *fmi_x2_init(void *memory, size_t n_kmers, size_t lanes, double scale,
                    double damping)
{
    fmi_cutter cutter = {memory, 0};
    fmi_x2 *x = cut(&cutter, n_kmers, lanes);

    x->n_kmers = n_kmers;
    x->lanes = lanes;
    x->scale = scale;
    x->damping = damping;
    return x;
}

void fmi_x2_begin(fmi_x2 *x)
{
    memset(x->rows, 0, x->n_kmers * x->lanes * sizeof *x->rows);
    memset(x->columns, 0, x->n_kmers * x->lanes * sizeof *x->columns);
}

void fmi_x2_margins(fmi_x2 *x, size_t a, const uint32_t *counts, const uint64_t *weights)
{
    uint64_t *row = x->rows + a * x->lanes;

    for (size_t b = 0; b < x->n_kmers; b++) {
        for (size_t lane = 0; lane < x->lanes; lane++) {
            const size_t at = b * x->lanes + lane;
            const uint64_t cell = counts != NULL ? counts[at] : weights[at];
            row[lane] += cell;
            x->columns[at] += cell;
        }
    }
}

void fmi_x2_known(fmi_x2 *x, size_t lane, const uint64_t *rows, const uint64_t *columns)
{
    for (size_t a = 0; a < x->n_kmers; a++) {
        x->rows[a * x->lanes + lane] = rows[a];
        x->columns[a * x->lanes + lane] = columns[a];
    }
}

/* Weights of one lane's margins; the sum of w r^2. */
static double weigh(const fmi_x2 *x, size_t lane, const uint64_t *margins, double *weights,
                    double *products)
{
    size_t n_kmers = 0;
    double sum = 0.0;

    for (size_t a = 0; a < x->n_kmers; a++) {
        n_kmers += margins[a * x->lanes + lane] > 0;
    }
    const double others = n_kmers > 1 ? (double)(n_kmers - 1) : 1.0;
    const double s = sqrt(x->damping * x->n[lane] / (sqrt(2.0) * others));
    for (size_t a = 0; a < x->n_kmers; a++) {
        const size_t at = a * x->lanes + lane;
        const double r = (double)margins[at] * x->scale;
        weights[at] = margins[at] > 0 ? 1.0 / (r + s) : 0.0;
        products[at] = r * weights[at];
        sum += r * products[at];
    }
    return sum;
}

void fmi_x2_ready(fmi_x2 *x)
{
    for (size_t lane = 0; lane < x->lanes; lane++) {
        uint64_t n = 0;
        for (size_t a = 0; a < x->n_kmers; a++) {
            n += x->rows[a * x->lanes + lane];
        }
        x->n[lane] = (double)n * x->scale;
        x->margins[lane] = weigh(x, lane, x->rows, x->row_weights, x->row_products);
        x->margins[lane] *=
            weigh(x, lane, x->columns, x->column_weights, x->column_products);
        x->squares[lane] = x->products[lane] = 0.0;
    }
}

void fmi_x2_weights(fmi_x2 *x, size_t a, const uint64_t *cells)
{
    double squares[FMI_LANES] = {0.0}, products[FMI_LANES] = {0.0};

    for (size_t b = 0; b < x->n_kmers; b++) {
        for (size_t lane = 0; lane < x->lanes; lane++) {
            const size_t at = b * x->lanes + lane;
            const double cell = (double)cells[at];
            squares[lane] += cell * cell * x->column_weights[at];
            products[lane] += cell * x->column_products[at];
        }
    }
    for (size_t lane = 0; lane < x->lanes; lane++) {
        x->squares[lane] += squares[lane] * x->row_weights[a * x->lanes + lane];
        x->products[lane] += products[lane] * x->row_products[a * x->lanes + lane];
    }
}

double fmi_x2_end(const fmi_x2 *x, size_t lane, uint64_t *n, uint64_t *margins)
{
    const double all = x->n[lane], scale = x->scale;

    *n = 0;
    for (size_t a = 0; a < x->n_kmers; a++) {
        const size_t at = a * x->lanes + lane;
        *n += x->rows[at];
        if (margins != NULL) {
            margins[a] = x->rows[at];
            margins[x->n_kmers + a] = x->columns[at];
        }
    }
    if (*n == 0) {
        return NAN;
    }
    const double expected = x->margins[lane] / all;
    return all * (scale * scale * x->squares[lane]) - 2.0 * (scale * x->products[lane]) +
           expected;
}
