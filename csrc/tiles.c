/* Which pairs of positions there are, and how they are cut into tiles.
 *
 * A tile is a few positions i against a run of positions j.  The partners of a row of tiles
 * are cut into runs as equal as can be, so that no thread gets a long one at the end.
 */
#include "tiles.h"

static size_t divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

int fmi_tiles_init(fmi_tiles *tiles, size_t length, size_t k, const fmi_options *options)
{
    const size_t n_left = options->n_left, right = options->right;

    *tiles = (fmi_tiles){.k = k};
    if (k == 0 || length > FMI_MAX_LENGTH || k > length) {
        return FMI_ERR_BAD_PARAM;
    }
    if (n_left == 0) {
        if (right != 0 || length / 2 < k) {
            return FMI_ERR_BAD_PARAM;
        }
        tiles->n_i = tiles->n_j = length - 2 * k + 1;
        return FMI_OK;
    }
    if (right < k || right - k < n_left - 1 || right > length - k) {
        return FMI_ERR_BAD_PARAM;
    }
    tiles->n_i = n_left;
    tiles->n_j = length - k + 1 - right;
    tiles->right = right;
    return FMI_OK;
}

/* How many partners the first position of a row of tiles has, and the first of them. */
static size_t partners(const fmi_tiles *tiles, size_t i0)
{
    return tiles->right != 0 ? tiles->n_j : tiles->n_j - i0;
}

static size_t first_partner(const fmi_tiles *tiles, size_t i0)
{
    return tiles->right != 0 ? tiles->right : i0 + tiles->k;
}

static size_t tiles_of_row(const fmi_tiles *tiles, size_t i0)
{
    return divide_up(partners(tiles, i0), tiles->tile_j);
}

void fmi_tiles_cut(fmi_tiles *tiles, size_t tile_i, size_t tile_j)
{
    tiles->tile_i = tile_i;
    tiles->tile_j = tile_j;
    tiles->n_tiles = 0;
    for (size_t i0 = 0; i0 < tiles->n_i; i0 += tile_i) {
        tiles->n_tiles += tiles_of_row(tiles, i0);
    }
}

size_t fmi_tiles_pairs(const fmi_tiles *tiles)
{
    const size_t q = tiles->n_i;

    if (tiles->right != 0) {
        return q * tiles->n_j;
    }
    return q % 2 == 0 ? q / 2 * (q + 1) : (q + 1) / 2 * q;
}

size_t fmi_tiles_index(const fmi_tiles *tiles, size_t i, size_t j)
{
    return tiles->right != 0 ? i * tiles->n_j + (j - tiles->right)
                             : i * tiles->n_j - i * (i + 1) / 2 + (j - tiles->k);
}

fmi_tile fmi_tiles_at(const fmi_tiles *tiles, size_t t, fmi_tile_cursor *cursor)
{
    if (t < cursor->first) { /* tiles come in rising order, but that is not promised */
        *cursor = (fmi_tile_cursor){0, 0};
    }
    while (t - cursor->first >= tiles_of_row(tiles, cursor->i0)) {
        cursor->first += tiles_of_row(tiles, cursor->i0);
        cursor->i0 += tiles->tile_i;
    }
    const size_t i0 = cursor->i0, left = tiles->n_i - i0;
    const size_t n_j = partners(tiles, i0), j0 = first_partner(tiles, i0);
    t -= cursor->first;
    const size_t run = divide_up(n_j, tiles_of_row(tiles, i0));
    const size_t from = t * run < n_j ? t * run : n_j;
    const size_t to = from + run < n_j ? from + run : n_j;
    return (fmi_tile){i0, i0 + (tiles->tile_i < left ? tiles->tile_i : left), j0 + from,
                      j0 + to};
}

size_t fmi_tile_pairs(const fmi_tiles *tiles, const fmi_tile *tile)
{
    size_t n = 0;

    for (size_t i = tile->i0; i < tile->i1 && fmi_first_j(tile, i, tiles->k) < tile->j1;
         i++) {
        n += tile->j1 - fmi_first_j(tile, i, tiles->k);
    }
    return n;
}

size_t fmi_n_chosen(size_t length, size_t k, const fmi_options *options)
{
    fmi_tiles tiles;

    return fmi_tiles_init(&tiles, length, k, options) == FMI_OK ? fmi_tiles_pairs(&tiles)
                                                                : 0;
}
