/* Rows of packed letters, or of a mask, read some bytes at a time from the byte of a tile's
 * first letter on.  Where that might reach beyond the end of the array, a row is read in a
 * copy of the array's end.
 */
#ifndef FMI_ROW_SOURCE_H
#define FMI_ROW_SOURCE_H

#include <string.h>

#include "fmi_internal.h"

typedef struct {
    const uint8_t *rows, *tail, *nothing;
    size_t row_bytes, n_safe;
} row_source;

static inline row_source row_source_open(const uint8_t *rows, size_t row_bytes,
                                         size_t n_rows, size_t offset, size_t reach,
                                         uint8_t *tail, const uint8_t *nothing)
{
    const size_t bytes = row_bytes * n_rows;
    const size_t n_safe =
        bytes < offset + reach ? 0 : (bytes - offset - reach) / row_bytes + 1;
    const row_source source = {rows + offset, tail, nothing, row_bytes,
                               n_safe < n_rows ? n_safe : n_rows};
    const size_t first = source.n_safe * row_bytes + offset;

    if (first < bytes) { /* fewer than `reach` */
        memcpy(tail, rows + first, bytes - first);
    }
    return source;
}

static inline const uint8_t *row_source_at(const row_source *source, size_t row)
{
    return row < source->n_safe ? source->rows + row * source->row_bytes
                                : source->tail + (row - source->n_safe) * source->row_bytes;
}

/* Have the next 64 rows (or those that are left) fetched while these are counted. */
static inline void row_source_ahead(const row_source *source, const uint32_t *order,
                                    size_t from, size_t n)
{
    for (size_t r = 0; r < (n < 64 ? n : 64); r++) {
        FMI_PREFETCH(source->rows + (from + order[r]) * source->row_bytes);
    }
}

#endif
