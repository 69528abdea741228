/* Which pairs of positions there are, and how they are cut into tiles. */
#ifndef FMI_TILES_H
#define FMI_TILES_H

#include "fmi_internal.h"

/* Pairs (i, j) with j - i >= k; or of two parts of a row (fmi_options). */
typedef struct {
    size_t k;
    size_t n_i;            /* first positions that have a partner */
    size_t n_j;            /* partners of i = 0 */
    size_t right;          /* the first partner, of every i; 0: i + k */
    size_t tile_i, tile_j; /* positions on the sides of a tile, at most */
    size_t n_tiles;
} fmi_tiles;

/* Non-zero where there are no such pairs. */
int fmi_tiles_init(fmi_tiles *tiles, size_t length, size_t k, const fmi_options *options);
/* Cut into tiles of these sides. */
void fmi_tiles_cut(fmi_tiles *tiles, size_t tile_i, size_t tile_j);
size_t fmi_tiles_pairs(const fmi_tiles *tiles);
/* Index of the pair (i, j) among all pairs. */
size_t fmi_tiles_index(const fmi_tiles *tiles, size_t i, size_t j);

/* Where a thread is in the list of tiles, so that it need not be walked from its start. */
typedef struct {
    size_t first; /* tile of the row of tiles that begins at i0 */
    size_t i0;
} fmi_tile_cursor;

fmi_tile fmi_tiles_at(const fmi_tiles *tiles, size_t t, fmi_tile_cursor *cursor);
/* How many pairs a tile has. */
size_t fmi_tile_pairs(const fmi_tiles *tiles, const fmi_tile *tile);

#endif
