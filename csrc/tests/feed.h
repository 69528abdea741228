/* Drives a parser over one input, cut into buffers in every way its contract allows,
 * and keeps all that came out: for test_parse.c and fuzz_parse.c.
 */
#ifndef FMI_FEED_H
#define FMI_FEED_H

#include "check.h"

/* The first buffer reaches up to `first`; each one that was not enough, by `step`
 * further.  late: the end of the input is not announced with its last bytes, but in one
 * more call. */
typedef struct {
    size_t first;
    size_t step;
    int late;
    size_t capacity; /* rows of a block */
} feeding;

static const feeding WHOLE = {SIZE_MAX, 1, 0, 1000};

typedef struct {
    int status;
    const char *broken; /* the part of the contract that did not hold, or NULL */
    uint8_t *rows, *mask;
    double *numbers[FMI_N_NUMBERS];
    size_t n_rows, n_room; /* read, and room for */
    fmi_parser end;        /* counters, error, length and name; its letters are freed */
} outcome;

static inline void free_numbers(double *numbers[FMI_N_NUMBERS])
{
    for (int n = 0; n < FMI_N_NUMBERS; n++) {
        free(numbers[n]);
    }
}

static inline void outcome_free(outcome *o)
{
    free(o->rows);
    free(o->mask);
    free_numbers(o->numbers);
}

static inline void block_free(fmi_block *block)
{
    free(block->rows);
    free(block->mask);
    free_numbers(block->numbers);
}

static inline fmi_block block_new(const fmi_parser *p, size_t capacity)
{
    const int with_mask = p->unknown == FMI_UNKNOWN_SKIP && p->n_letters == 4;
    fmi_block block = {.capacity = capacity};

    block.rows = exact(capacity * fmi_row_bytes(p->length, p->n_letters));
    if (with_mask) {
        block.mask = exact(capacity * fmi_mask_bytes(p->length));
    }
    for (int n = 0; n < FMI_N_NUMBERS; n++) {
        if (p->number_columns[n] != FMI_NO_COLUMN) {
            block.numbers[n] = exact(capacity * sizeof(double));
        }
    }
    return block;
}

static inline void *grown(void *array, size_t n_bytes)
{
    array = realloc(array, n_bytes);
    if (array == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(EXIT_FAILURE);
    }
    return array;
}

/* Move the rows of a block behind those kept before. */
static inline void keep_rows(outcome *o, const fmi_parser *p, fmi_block *block)
{
    const size_t row_bytes = fmi_row_bytes(p->length, p->n_letters);
    const size_t mask_bytes = fmi_mask_bytes(p->length);

    if (block->n_rows > block->capacity) {
        o->broken = "more rows than the block has room for";
        return;
    }
    if (block->n_rows > o->n_room - o->n_rows) {
        o->n_room = 2 * o->n_room + block->n_rows;
        o->rows = grown(o->rows, o->n_room * row_bytes);
        o->mask = grown(o->mask, o->n_room * mask_bytes);
        for (int n = 0; n < FMI_N_NUMBERS; n++) {
            o->numbers[n] = grown(o->numbers[n], o->n_room * sizeof(double));
        }
    }
    if (block->n_rows > 0) {
        memcpy(o->rows + o->n_rows * row_bytes, block->rows, block->n_rows * row_bytes);
    }
    if (block->n_rows > 0 && block->mask != NULL) {
        memcpy(o->mask + o->n_rows * mask_bytes, block->mask, block->n_rows * mask_bytes);
    }
    for (int n = 0; n < FMI_N_NUMBERS; n++) {
        if (block->n_rows > 0 && block->numbers[n] != NULL) {
            memcpy(o->numbers[n] + o->n_rows, block->numbers[n],
                   block->n_rows * sizeof(double));
        }
    }
    o->n_rows += block->n_rows;
    block->n_rows = 0;
}

/* One call, on a buffer of its own of exactly `size` bytes. */
static inline int feed_once(outcome *o, fmi_parser *p, const uint8_t *text, size_t size,
                            int last, size_t *consumed, fmi_block *block)
{
    uint8_t *buffer = exact(size);

    if (size > 0) {
        memcpy(buffer, text, size);
    }
    *consumed = size + 1;
    const int status = fmi_parser_feed(p, buffer, size, last, consumed, block);
    free(buffer);
    if (*consumed > size) {
        o->broken = "more consumed than given";
        *consumed = size;
    } else if (*consumed > 0 && *consumed < size && text[*consumed - 1] != '\n') {
        o->broken = "consumed up to the middle of a line";
    } else if (status == FMI_OK && last && *consumed < size) {
        o->broken = "done, but something is left";
    } else if (status == FMI_PARSE_ROOM && block->n_rows != block->capacity) {
        o->broken = "asked for room, but the block is not full";
    }
    return status;
}

static inline outcome parse_all(fmi_parser p, const uint8_t *text, size_t size, feeding how)
{
    outcome o = {.status = FMI_OK, .end = p};
    fmi_block block = {.capacity = 0};
    size_t at = 0, end = how.first < size ? how.first : size;
    int last = end == size && !how.late;

    o.status = fmi_parser_init(&p);
    if (p.length > 0 && o.status == FMI_OK) {
        block = block_new(&p, how.capacity);
    }
    while (o.status >= 0 && o.broken == NULL) {
        size_t consumed = 0;
        o.status = feed_once(&o, &p, text + at, end - at, last, &consumed, &block);
        at += consumed;
        if (o.status == FMI_PARSE_LENGTH && block.rows == NULL) {
            block = block_new(&p, how.capacity);
        } else if (o.status == FMI_PARSE_LENGTH) {
            o.broken = "length set twice";
        } else if (o.status == FMI_PARSE_ROOM) {
            keep_rows(&o, &p, &block);
        } else if (o.status == FMI_OK && last) {
            break;
        } else if (o.status == FMI_OK) {
            last = end == size || (size - end <= how.step && !how.late);
            end = size - end < how.step ? size : end + how.step;
        }
    }
    keep_rows(&o, &p, &block);
    block_free(&block);
    fmi_parser_free(&p);
    o.end = p;
    return o;
}

/* What differs between two outcomes, or NULL. */
static inline const char *outcome_differs(const outcome *a, const outcome *b)
{
    const fmi_parse_error *x = &a->end.error, *y = &b->end.error;
    const size_t row_bytes = fmi_row_bytes(a->end.length, a->end.n_letters);
    const size_t mask_bytes = fmi_mask_bytes(a->end.length);
    const int with_mask = a->end.unknown == FMI_UNKNOWN_SKIP && a->end.n_letters == 4;

    if (a->broken != NULL || b->broken != NULL) {
        return a->broken != NULL ? a->broken : b->broken;
    }
    if (a->status != b->status || a->end.length != b->end.length) {
        return "status or length";
    }
    if (x->what != y->what || x->record != y->record || x->line != y->line ||
        x->position != y->position || x->found != y->found) {
        return "error";
    }
    if (a->end.n_records != b->end.n_records || a->end.n_dropped != b->end.n_dropped ||
        a->end.n_unknown != b->end.n_unknown) {
        return "counters";
    }
    if (memcmp(a->end.name, b->end.name, sizeof a->end.name) != 0) {
        return "name";
    }
    if (a->n_rows != b->n_rows) {
        return "number of rows";
    }
    if (a->n_rows > 0 && memcmp(a->rows, b->rows, a->n_rows * row_bytes) != 0) {
        return "rows";
    }
    if (a->n_rows > 0 && with_mask &&
        memcmp(a->mask, b->mask, a->n_rows * mask_bytes) != 0) {
        return "mask";
    }
    for (int n = 0; n < FMI_N_NUMBERS; n++) {
        if (a->n_rows > 0 && a->end.number_columns[n] != FMI_NO_COLUMN &&
            memcmp(a->numbers[n], b->numbers[n], a->n_rows * sizeof(double)) != 0) {
            return n == FMI_WEIGHT ? "weights" : "scores";
        }
    }
    return NULL;
}

#endif
