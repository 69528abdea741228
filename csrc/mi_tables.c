/* Finished tables of joint counts, of 32 or of 64 bits -> mutual information; threads over
 * tables.
 */
#include <math.h>
#include <stdlib.h>

#include "fmi_internal.h"

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

static double table_evaluate(fmi_evaluator *e, fmi_row_taker *take_row,
                             const tables_view *tables, size_t t, uint64_t n)
{
    const size_t m = tables->n_kmers;

    fmi_evaluator_begin(e, &n);
    for (size_t a = 0; a < m; a++) {
        if (tables->counts != NULL) {
            take_row(e, a, tables->counts + (t * m + a) * m);
        } else {
            fmi_evaluator_weights(e, a, tables->weights + (t * m + a) * m);
        }
    }
    return fmi_evaluator_end(e, 0);
}

static int mi_tables(const tables_view *tables, size_t n_tables, double pseudocount,
                     const fmi_options *options, fmi_control *control, double *mi,
                     uint64_t *n_ij)
{
    const int isa = fmi_isa_resolve(options->isa), n_threads = options->n_threads;
    const size_t n_kmers = tables->n_kmers;
    int64_t n_refused = 0;

    if (n_kmers < 2 || n_kmers > FMI_MAX_KMERS || n_threads < 1 ||
        !(pseudocount >= 0.0 && pseudocount <= FMI_MAX_PSEUDOCOUNT)) {
        return FMI_ERR_BAD_PARAM;
    }
    if (isa < 0 || n_tables == 0) {
        return isa < 0 ? isa : FMI_OK;
    }
    fmi_row_taker *take_row = fmi_row_taker_pick(isa);
    const size_t bytes = fmi_evaluator_bytes(n_kmers, 1); /* below 1 MB a thread */
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
        fmi_evaluator *e = fmi_evaluator_init(mine, n_kmers, 1, pseudocount);
#ifdef _OPENMP
#pragma omp for schedule(static) reduction(+ : n_refused)
#endif
        for (int64_t t = 0; t < (int64_t)n_tables; t++) {
            if (!fmi_cancelled(control)) {
                const int refused = table_total(tables, (size_t)t, n_ij + t);
                mi[t] =
                    refused ? NAN : table_evaluate(e, take_row, tables, (size_t)t, n_ij[t]);
                n_refused += refused;
                fmi_report(control, 1);
            }
        }
    }
    free(memory);
    if (fmi_cancelled(control)) {
        return FMI_ERR_CANCELLED;
    }
    return n_refused > 0 ? FMI_ERR_OVERFLOW : FMI_OK;
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
