/* Finished tables of joint counts, of 32 or of 64 bits -> mutual information, or X^2; threads
 * over tables.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fmi_internal.h"
#include "x2.h"

#ifdef _OPENMP
#include <omp.h>
#endif

/* Tables [n_tables][n_kmers][n_kmers]: exactly one is set. */
typedef struct {
    const uint32_t *counts;
    const uint64_t *weights;
    size_t n_kmers;
} tables_view;

/* What is in table t, and whether that is too much. */
static int table_total(const tables_view *tables, size_t t, uint64_t *total)
{
    const size_t cells = tables->n_kmers * tables->n_kmers;
    uint64_t sum = 0, most = UINT32_MAX;

    if (tables->counts != NULL) { /* at most 2^26 cells of 32 bits */
        for (size_t x = t * cells; x < (t + 1) * cells; x++) {
            sum += tables->counts[x];
        }
    } else {
        most = INT64_MAX;
        for (size_t x = t * cells; x < (t + 1) * cells && sum <= most; x++) {
            sum = tables->weights[x] > most ? most + 1 : sum + tables->weights[x];
        }
    }
    *total = sum;
    return sum > most;
}

/* What is made of the tables: exactly one of mi and x2 is set. */
typedef struct {
    double pseudocount;
    double *mi;
    double scale, damping;
    double *x2;
    uint64_t *margins; /* or NULL */
    uint64_t *n_ij;
} goal;

/* One thread's. */
typedef struct {
    fmi_evaluator *evaluator; /* or NULL */
    fmi_row_taker *take_row;
    fmi_x2 *x2; /* or NULL */
    fmi_x2_row_taker *take_x2_row;
} worker;

static size_t worker_bytes(const goal *g, size_t n_kmers)
{
    return g->mi != NULL ? fmi_evaluator_bytes(n_kmers, 1) : fmi_x2_bytes(n_kmers, 1);
}

static worker worker_init(const goal *g, size_t n_kmers, int isa, uint8_t *memory)
{
    worker w = {NULL, fmi_row_taker_pick(isa), NULL, fmi_x2_row_taker_pick(isa)};

    if (g->mi != NULL) {
        w.evaluator = fmi_evaluator_init(memory, n_kmers, 1, g->pseudocount);
    } else {
        w.x2 = fmi_x2_init(memory, n_kmers, 1, g->scale, g->damping);
    }
    return w;
}

static void table_mi(const worker *w, const tables_view *tables, size_t t, const goal *g)
{
    const size_t m = tables->n_kmers;

    fmi_evaluator_begin(w->evaluator, g->n_ij + t);
    for (size_t a = 0; a < m; a++) {
        if (tables->counts != NULL) {
            w->take_row(w->evaluator, a, tables->counts + (t * m + a) * m);
        } else {
            fmi_evaluator_weights(w->evaluator, a, tables->weights + (t * m + a) * m);
        }
    }
    g->mi[t] = fmi_evaluator_end(w->evaluator, 0);
}

static void table_x2(const worker *w, const tables_view *tables, size_t t, const goal *g)
{
    const size_t m = tables->n_kmers;

    fmi_x2_begin(w->x2);
    for (int sums = 0; sums < 2; sums++) {
        if (sums) {
            fmi_x2_ready(w->x2);
        }
        for (size_t a = 0; a < m; a++) {
            const size_t at = (t * m + a) * m;
            const uint32_t *counts = tables->counts == NULL ? NULL : tables->counts + at;
            const uint64_t *weights = tables->weights == NULL ? NULL : tables->weights + at;
            if (!sums) {
                fmi_x2_margins(w->x2, a, counts, weights);
            } else if (counts != NULL) {
                w->take_x2_row(w->x2, a, counts);
            } else {
                fmi_x2_weights(w->x2, a, weights);
            }
        }
    }
    g->x2[t] = fmi_x2_end(w->x2, 0, g->n_ij + t,
                          g->margins == NULL ? NULL : g->margins + t * 2 * m);
}

static void table_refuse(const goal *g, size_t t, size_t n_kmers)
{
    *(g->mi != NULL ? g->mi + t : g->x2 + t) = NAN;
    if (g->margins != NULL) {
        memset(g->margins + t * 2 * n_kmers, 0, 2 * n_kmers * sizeof *g->margins);
    }
}

static int tables_run(const tables_view *tables, size_t n_tables, const goal *g,
                      const fmi_options *options, fmi_control *control)
{
    const int isa = fmi_isa_resolve(options->isa), n_threads = options->n_threads;
    const size_t n_kmers = tables->n_kmers;
    int64_t n_refused = 0;

    if (n_kmers < 2 || n_kmers > FMI_MAX_KMERS || n_threads < 1) {
        return FMI_ERR_BAD_PARAM;
    }
    if (isa < 0 || n_tables == 0) {
        return isa < 0 ? isa : FMI_OK;
    }
    const size_t bytes = worker_bytes(g, n_kmers); /* below 1 MB a thread */
    const int team = n_tables < (size_t)n_threads ? (int)n_tables : n_threads;
    uint8_t *memory = malloc(bytes * (size_t)team + FMI_ALIGN);
    if (memory == NULL) {
        return FMI_ERR_NOMEM;
    }
    uint8_t *aligned = memory + (FMI_ALIGN - (uintptr_t)memory % FMI_ALIGN);
#ifdef _OPENMP
#pragma omp parallel num_threads(team)
#endif
    {
#ifdef _OPENMP
        uint8_t *mine = aligned + (size_t)omp_get_thread_num() * bytes;
#else
        uint8_t *mine = aligned;
#endif
        const worker w = worker_init(g, n_kmers, isa, mine);
#ifdef _OPENMP
#pragma omp for schedule(static) reduction(+ : n_refused)
#endif
        for (int64_t n = 0; n < (int64_t)n_tables; n++) {
            const size_t t = (size_t)n;
            if (fmi_cancelled(control)) {
                continue;
            }
            if (table_total(tables, t, g->n_ij + t)) {
                table_refuse(g, t, n_kmers);
                n_refused++;
            } else if (g->mi != NULL) {
                table_mi(&w, tables, t, g);
            } else {
                table_x2(&w, tables, t, g);
            }
            fmi_report(control, 1);
        }
    }
    free(memory);
    if (fmi_cancelled(control)) {
        return FMI_ERR_CANCELLED;
    }
    return n_refused > 0 ? FMI_ERR_OVERFLOW : FMI_OK;
}

static int mi_tables(const tables_view *tables, size_t n_tables, double pseudocount,
                     const fmi_options *options, fmi_control *control, double *mi,
                     uint64_t *n_ij)
{
    const goal g = {.pseudocount = pseudocount, .mi = mi, .n_ij = n_ij};

    return pseudocount >= 0.0 && pseudocount <= FMI_MAX_PSEUDOCOUNT
               ? tables_run(tables, n_tables, &g, options, control)
               : FMI_ERR_BAD_PARAM;
}

static int x2_tables(const tables_view *tables, size_t n_tables, double scale,
                     double damping, const fmi_options *options, fmi_control *control,
                     double *x2, uint64_t *n_ij, uint64_t *margins)
{
    const goal g = {
        .scale = scale, .damping = damping, .x2 = x2, .n_ij = n_ij, .margins = margins};

    return fmi_x2_bad(scale, damping) ? FMI_ERR_BAD_PARAM
                                      : tables_run(tables, n_tables, &g, options, control);
}

int fmi_mi_tables(const uint32_t *tables, size_t n_tables, size_t n_kmers,
                  double pseudocount, const fmi_options *options, fmi_control *control,
                  double *mi, uint64_t *n_ij)
{
    const tables_view view = {tables, NULL, n_kmers};
    return mi_tables(&view, n_tables, pseudocount, options, control, mi, n_ij);
}

int fmi_mi_weights(const uint64_t *tables, size_t n_tables, size_t n_kmers,
                   double pseudocount, const fmi_options *options, fmi_control *control,
                   double *mi, uint64_t *n_ij)
{
    const tables_view view = {NULL, tables, n_kmers};
    return mi_tables(&view, n_tables, pseudocount, options, control, mi, n_ij);
}

int fmi_x2_tables(const uint32_t *tables, size_t n_tables, size_t n_kmers, double scale,
                  double damping, const fmi_options *options, fmi_control *control,
                  double *x2, uint64_t *n_ij, uint64_t *margins)
{
    const tables_view view = {tables, NULL, n_kmers};
    return x2_tables(&view, n_tables, scale, damping, options, control, x2, n_ij, margins);
}

int fmi_x2_weights_tables(const uint64_t *tables, size_t n_tables, size_t n_kmers,
                          double scale, double damping, const fmi_options *options,
                          fmi_control *control, double *x2, uint64_t *n_ij,
                          uint64_t *margins)
{
    const tables_view view = {NULL, tables, n_kmers};
    return x2_tables(&view, n_tables, scale, damping, options, control, x2, n_ij, margins);
}
