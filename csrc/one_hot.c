/* One-hot: packed rows to the numbers that models take.
 *
 * Four letters of a 2-bit row are one byte, so a table of 256 bytes says what each becomes:
 * sixteen numbers, copied as they are.  It is made for each call, in the time of a few rows,
 * and so holds any order of the columns and any type of numbers.  Rows with missing letters
 * are written as if they had none, and then corrected.
 */
#include <string.h>

#include "fmi_internal.h"

enum {
    GROUP = 4, /* letters in a byte of a 2-bit row, and columns of the table */
    CELLS = GROUP * GROUP,
    MAX_SIZE = 8,
    ROWS_A_TASK = 64
};

typedef struct {
    const fmi_seqs *seqs;
    const fmi_one_hot *form;
    size_t letter_step, column_step; /* in numbers, from one to the next */
    size_t row_cells;
    const uint8_t *table; /* [256][CELLS] numbers, or NULL */
} writing;

/* The same with `size` known where it is compiled. */
static inline void put(uint8_t *to, size_t at, const void *number, size_t size)
{
    memcpy(to + at * size, number, size);
}

static void fill_table(const fmi_one_hot *form, uint8_t *table)
{
    memset(table, 0, (size_t)256 * CELLS * form->size);
    for (size_t byte = 0; byte < 256; byte++) {
        uint8_t *cells = table + byte * CELLS * form->size;
        for (size_t t = 0; t < GROUP; t++) {
            const size_t column = form->columns[byte >> (6 - 2 * t) & 3U];
            const size_t at = form->by_letter ? GROUP * t + column : GROUP * column + t;
            put(cells, at, form->one, form->size);
        }
    }
}

/* A 2-bit row by the table. */
static inline void row_by_table(const writing *job, const uint8_t *row, uint8_t *out,
                                size_t size)
{
    const size_t length = job->seqs->length, whole = length / GROUP, rest = length % GROUP;
    const uint8_t *table = job->table;

    if (job->form->by_letter) {
        for (size_t b = 0; b < whole; b++) {
            memcpy(out + b * CELLS * size, table + row[b] * CELLS * size, CELLS * size);
        }
        if (rest > 0) {
            memcpy(out + whole * CELLS * size, table + row[whole] * CELLS * size,
                   rest * GROUP * size);
        }
        return;
    }
    for (size_t column = 0; column < GROUP; column++) {
        uint8_t *to = out + column * length * size;
        const uint8_t *from = table + column * GROUP * size;
        for (size_t b = 0; b < whole; b++) {
            memcpy(to + b * GROUP * size, from + row[b] * CELLS * size, GROUP * size);
        }
        if (rest > 0) {
            memcpy(to + whole * GROUP * size, from + row[whole] * CELLS * size,
                   rest * size);
        }
    }
}

static inline void put_unknown(const writing *job, size_t letter, uint8_t *out, size_t size)
{
    for (size_t column = 0; column < job->form->n_columns; column++) {
        put(out, letter * job->letter_step + column * job->column_step, job->form->unknown,
            size);
    }
}

/* What the mask says is missing; its bits behind the last letter say nothing. */
static inline void correct_row(const writing *job, const uint8_t *mask, uint8_t *out,
                               size_t size)
{
    for (size_t i = 0; i < job->seqs->length; i++) {
        if (mask[i / 8] == 0) {
            i |= 7; /* none of eight */
        } else if ((mask[i / 8] << (i % 8) & 0x80) != 0) {
            put_unknown(job, i, out, size);
        }
    }
}

/* Any row, letter by letter. */
static inline void row_by_letters(const writing *job, const uint8_t *row, uint8_t *out,
                                  size_t size)
{
    const uint32_t n_letters = job->seqs->n_letters;
    const uint8_t *columns = job->form->columns;

    memset(out, 0, job->row_cells * size);
    for (size_t i = 0; i < job->seqs->length; i++) {
        const unsigned code =
            n_letters == 4 ? (unsigned)row[i / 4] >> (6 - 2 * (i % 4)) & 3U : row[i];
        if (code < n_letters) {
            put(out, i * job->letter_step + columns[code] * job->column_step,
                job->form->one, size);
        } else {
            put_unknown(job, i, out, size);
        }
    }
}

static inline void write_row(const writing *job, size_t n, uint8_t *out, size_t size)
{
    const fmi_seqs *seqs = job->seqs;
    const uint8_t *row = seqs->rows + n * fmi_row_bytes(seqs->length, seqs->n_letters);
    uint8_t *to = out + n * job->row_cells * size;

    if (job->table != NULL) {
        row_by_table(job, row, to, size);
    } else {
        row_by_letters(job, row, to, size);
    }
    if (seqs->mask != NULL) {
        correct_row(job, seqs->mask + n * fmi_mask_bytes(seqs->length), to, size);
    }
}

static void write_any(const writing *job, size_t n, uint8_t *out)
{
    switch (job->form->size) {
    case 1:
        write_row(job, n, out, 1);
        break;
    case 2:
        write_row(job, n, out, 2);
        break;
    case 4:
        write_row(job, n, out, 4);
        break;
    default:
        write_row(job, n, out, 8);
    }
}

static int refused(const fmi_seqs *seqs, const fmi_one_hot *form,
                   const fmi_options *options)
{
    const size_t size = form->size;

    if (seqs->length == 0 || seqs->length > FMI_MAX_LENGTH || seqs->n_letters < 2 ||
        seqs->n_letters > FMI_MAX_LETTERS || options->n_threads < 1 ||
        (size != 1 && size != 2 && size != 4 && size != 8) || form->n_columns == 0 ||
        form->n_columns > FMI_MAX_LETTERS) {
        return 1;
    }
    for (uint32_t c = 0; c < seqs->n_letters; c++) {
        if (form->columns[c] >= form->n_columns) {
            return 1;
        }
    }
    return 0;
}

int fmi_write_one_hot(const fmi_seqs *seqs, const fmi_one_hot *form,
                      const fmi_options *options, void *out)
{
    uint8_t table[256 * CELLS * MAX_SIZE];

    if (refused(seqs, form, options)) {
        return FMI_ERR_BAD_PARAM;
    }
    writing job = {.seqs = seqs,
                   .form = form,
                   .letter_step = form->by_letter ? form->n_columns : 1,
                   .column_step = form->by_letter ? 1 : seqs->length,
                   .row_cells = seqs->length * form->n_columns,
                   .table = NULL};
    if (seqs->n_letters == 4 && form->n_columns == GROUP) {
        fill_table(form, table);
        job.table = table;
    }
    const int64_t n_rows = (int64_t)seqs->n_rows;

#if defined(_OPENMP)
#pragma omp parallel for schedule(static, ROWS_A_TASK)                                     \
    num_threads(options->n_threads) if (options->n_threads > 1)
#endif
    for (int64_t n = 0; n < n_rows; n++) {
        write_any(&job, (size_t)n, out);
    }
    return FMI_OK;
}
