/* Weighted rows as rows that count once, twice, four times ... (layers.c). */
#ifndef FMI_LAYERS_H
#define FMI_LAYERS_H

#include "fmi_internal.h"

enum { FMI_MOST_LAYERS = 32 }; /* bits of a weight */

typedef struct {
    size_t from, to; /* rows of the layer */
    unsigned shift;  /* each counts 2^shift times */
} fmi_layer;

typedef struct {
    int copied;    /* whether rows are copied; else each counts once */
    size_t n_rows; /* of all layers */
    size_t n;
    fmi_layer at[FMI_MOST_LAYERS]; /* the last has shift 0, and may be empty */
} fmi_layers;

/* One layer of all rows as they are. */
void fmi_layers_none(size_t n_rows, fmi_layers *layers);

/* How many rows each layer takes.  The weights sum to 2^32 - 1 at most.  Layers of fewer
 * rows than `fewest` have them twice in the layer below instead. */
void fmi_layers_plan(const fmi_seqs *seqs, size_t fewest, fmi_layers *layers);

/* Write the rows of all layers, and their masks (NULL where there are none); or some of
 * them, where the caller wants to stop. */
void fmi_layers_fill(const fmi_seqs *seqs, const fmi_layers *layers,
                     const fmi_control *control, uint8_t *rows, uint8_t *mask);

#endif
