/* Weighted rows for kernels that know nothing of weights.
 *
 * A row that counts 5 times counts four times and once.  So the rows whose weight has bit b
 * are copied together, as layer b, and counted as any rows are; where the kernel moves its
 * narrow counts to wide ones, they are shifted by b.  Read counts are mostly 1, 2 or 3: the
 * layers hold hardly more rows than there were, and the fast kernels count them.
 *
 * Moving counts has its price, too, and a few large weights would fill a row or two each in
 * many layers.  So a layer of few rows is dissolved: they stand twice in the layer below.
 *
 * Bound: 2^32 - 1 in all, as counts are 32-bit.  Cost: a copy of the packed rows for each
 * bit that their weights have on average.
 */
#include <string.h>

#include "layers.h"

void fmi_layers_none(size_t n_rows, fmi_layers *layers)
{
    layers->copied = 0;
    layers->n_rows = n_rows;
    layers->n = 1;
    layers->at[0] = (fmi_layer){0, n_rows, 0};
}

void fmi_layers_plan(const fmi_seqs *seqs, size_t fewest, fmi_layers *layers)
{
    size_t n_bit[FMI_MOST_LAYERS] = {0}, carried = 0;
    int copied = 0;

    for (size_t n = 0; n < seqs->n_rows; n++) {
        for (uint64_t rest = seqs->weights[n], b = 0; rest != 0; rest >>= 1, b++) {
            n_bit[b] += rest & 1;
        }
        copied |= seqs->weights[n] != 1;
    }
    if (!copied) {
        fmi_layers_none(seqs->n_rows, layers);
        return;
    }
    layers->copied = 1;
    layers->n_rows = layers->n = 0;
    for (unsigned b = FMI_MOST_LAYERS; b-- > 0;) {
        const size_t n = n_bit[b] + 2 * carried;
        carried = b > 0 && n < fewest ? n : 0;
        if (b == 0 || (n > 0 && carried == 0)) {
            layers->at[layers->n++] = (fmi_layer){layers->n_rows, layers->n_rows + n, b};
            layers->n_rows += n;
        }
    }
}

static uint8_t *put(uint8_t *to, const uint8_t *row, size_t n_bytes, uint64_t times)
{
    for (; times > 0; times--) {
        memcpy(to, row, n_bytes);
        to += n_bytes;
    }
    return to;
}

void fmi_layers_fill(const fmi_seqs *seqs, const fmi_layers *layers,
                     const fmi_control *control, uint8_t *rows, uint8_t *mask)
{
    const size_t row_bytes = fmi_row_bytes(seqs->length, seqs->n_letters);
    const size_t mask_bytes = fmi_mask_bytes(seqs->length);

    for (size_t x = 0; x < layers->n; x++) {
        /* what is left of a weight below the layer above, in units of this layer's */
        const unsigned above = x > 0 ? layers->at[x - 1].shift : 63;
        for (size_t n = 0; n < seqs->n_rows && (n % 4096 != 0 || !fmi_cancelled(control));
             n++) {
            const uint64_t rest = seqs->weights[n] & ((UINT64_C(1) << above) - 1);
            const uint64_t times = rest >> layers->at[x].shift;
            rows = put(rows, seqs->rows + n * row_bytes, row_bytes, times);
            if (mask != NULL) {
                mask = put(mask, seqs->mask + n * mask_bytes, mask_bytes, times);
            }
        }
    }
}
