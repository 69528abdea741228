/* FASTA, FASTQ, plain lines and table columns, straight to packed rows.
 *
 * The caller hands over buffers of bytes; whole lines are used, the rest of the buffer
 * comes back in front of the next one.  A record that stands on one line (most do) is
 * packed from where it lies; only the pieces of a wrapped record are copied together first.
 * There is no object per record, and the only memory is that of one record, at most
 * FMI_MAX_LENGTH.
 *
 * A record that is complete while its row is not there yet (no length known, block full) is
 * `pending`: its letters are held, and the next call begins with it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fmi_internal.h"
#include "number.h"

/* Where the parser stands between two lines. */
enum { STATE_OUTSIDE = 0, STATE_SEQUENCE, STATE_PLUS, STATE_QUALITY };

typedef struct {
    const uint8_t *at;
    size_t size;
} text;

static int bad_number_columns(const fmi_parser *p)
{
    for (int n = 0; n < FMI_N_NUMBERS; n++) {
        const size_t column = p->number_columns[n];
        if (column != FMI_NO_COLUMN && (p->format != FMI_TABLE || column == p->column)) {
            return 1;
        }
    }
    return 0;
}

int fmi_parser_init(fmi_parser *p)
{
    p->n_records = p->n_dropped = p->n_unknown = 0;
    p->error = (fmi_parse_error){FMI_BAD_NONE, 0, 0, 0, 0};
    memset(p->name, 0, sizeof p->name);
    p->line = p->record_line = 0;
    p->letters = NULL;
    p->n_held = p->capacity = 0;
    memset(p->numbers, 0, sizeof p->numbers);
    p->state = STATE_OUTSIDE;
    p->pending = 0;
    if (p->format < FMI_FASTA || p->format > FMI_TABLE || p->unknown < FMI_UNKNOWN_ERROR ||
        p->unknown > FMI_UNKNOWN_SKIP || p->n_letters < 2 ||
        p->n_letters > FMI_MAX_LETTERS || p->length > FMI_MAX_LENGTH || p->skip_lines < 0 ||
        bad_number_columns(p)) {
        return FMI_ERR_BAD_PARAM;
    }
    for (size_t b = 0; b < 256; b++) {
        if (p->lut[b] >= p->n_letters && p->lut[b] != FMI_UNKNOWN) {
            return FMI_ERR_BAD_PARAM;
        }
    }
    return FMI_OK;
}

void fmi_parser_free(fmi_parser *p)
{
    free(p->letters);
    p->letters = NULL;
    p->n_held = p->capacity = 0;
}

/* The record being read is bad; n_records counts the ones before it.  What is wrong with
 * its letters is found at its header's line (FASTA) or at theirs (FASTQ), which a wrapped
 * record or a quality line has passed by then; all else at the line itself. */
static int bad(fmi_parser *p, fmi_bad what, size_t position, size_t found)
{
    const int own_line = what == FMI_BAD_NO_HEADER || what == FMI_BAD_NO_PLUS ||
                         what == FMI_BAD_QUALITY || what == FMI_BAD_CUT;
    const int behind = p->format == FMI_FASTA || p->format == FMI_FASTQ;
    const uint64_t line = behind && !own_line ? p->record_line : p->line;

    p->error = (fmi_parse_error){what, p->n_records + 1, line, position, found};
    return FMI_ERR_PARSE;
}

static int is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static text strip(text t)
{
    while (t.size > 0 && is_blank(t.at[t.size - 1])) {
        t.size--;
    }
    while (t.size > 0 && is_blank(t.at[0])) {
        t.at++;
        t.size--;
    }
    return t;
}

static int hold(fmi_parser *p, text piece)
{
    if (piece.size > FMI_MAX_LENGTH - p->n_held) {
        return bad(p, FMI_BAD_TOO_LONG, 0, p->n_held + piece.size);
    }
    const size_t wanted = p->n_held + piece.size;
    if (wanted > p->capacity) {
        const size_t capacity = wanted < 512 ? 1024 : 2 * wanted;
        uint8_t *letters = realloc(p->letters, capacity);
        if (letters == NULL) {
            return FMI_ERR_NOMEM;
        }
        p->letters = letters;
        p->capacity = capacity;
    }
    if (piece.size > 0) {
        memcpy(p->letters + p->n_held, piece.at, piece.size);
    }
    p->n_held = wanted;
    return FMI_OK;
}

/* A letter outside the alphabet that separates columns: this is no file of plain lines. */
static int separator(const fmi_parser *p, text t, size_t *where)
{
    for (size_t i = 0; i < t.size; i++) {
        const uint8_t c = t.at[i];
        if (p->lut[c] == FMI_UNKNOWN && (c == ',' || c == ';' || c == '\t' || c == ' ')) {
            *where = i;
            return 1;
        }
    }
    return 0;
}

static int refuse_letters(fmi_parser *p, text t)
{
    for (size_t i = 0; i < t.size; i++) {
        if (p->lut[t.at[i]] == FMI_UNKNOWN) {
            return bad(p, FMI_BAD_LETTER, i, t.at[i]);
        }
    }
    return FMI_OK;
}

/* The row just packed belongs to the block, and its numbers with it. */
static void keep_row(const fmi_parser *p, fmi_block *out)
{
    for (int n = 0; n < FMI_N_NUMBERS; n++) {
        if (out->numbers[n] != NULL) {
            out->numbers[n][out->n_rows] = p->numbers[n];
        }
    }
    out->n_rows++;
}

/* One whole record to the next row of out. */
static int emit(fmi_parser *p, text t, fmi_block *out)
{
    size_t where = 0;

    if (t.size == 0) {
        return bad(p, FMI_BAD_EMPTY, 0, 0);
    }
    if (t.size > FMI_MAX_LENGTH) {
        return bad(p, FMI_BAD_TOO_LONG, 0, t.size);
    }
    if (p->length == 0) {
        if (p->format == FMI_LINES && separator(p, t, &where)) {
            return bad(p, FMI_BAD_COLUMNS, where, t.at[where]);
        }
        p->length = t.size;
        return FMI_PARSE_LENGTH;
    }
    if (out->n_rows == out->capacity) {
        return FMI_PARSE_ROOM;
    }
    const size_t mask_bytes = fmi_mask_bytes(p->length);
    uint8_t *row = out->rows + out->n_rows * fmi_row_bytes(p->length, p->n_letters);
    uint8_t *mask_row = out->mask == NULL ? NULL : out->mask + out->n_rows * mask_bytes;
    size_t n_unknown = 0;
    if (t.size == p->length) {
        n_unknown = fmi_encode_row(t.at, t.size, p->lut, p->n_letters, row, mask_row);
        if (n_unknown == 0) {
            p->n_records++;
            keep_row(p, out);
            return FMI_OK;
        }
    }
    /* the rare cases, the clearest complaint first */
    if (p->format == FMI_LINES && separator(p, t, &where)) {
        return bad(p, FMI_BAD_COLUMNS, where, t.at[where]);
    }
    const uint8_t *nul = p->lut[0] == FMI_UNKNOWN ? memchr(t.at, 0, t.size) : NULL;
    if (nul != NULL) {
        return bad(p, FMI_BAD_BINARY, (size_t)(nul - t.at), 0);
    }
    if (t.size != p->length) {
        return bad(p, FMI_BAD_LENGTH, 0, t.size);
    }
    if (p->unknown == FMI_UNKNOWN_ERROR) {
        return refuse_letters(p, t);
    }
    p->n_records++;
    if (p->unknown == FMI_UNKNOWN_DROP) {
        p->n_dropped++;
    } else {
        p->n_unknown += n_unknown;
        keep_row(p, out);
    }
    return FMI_OK;
}

/* Emit the record in p->letters, now or, where it must wait, at the next call. */
static int emit_held(fmi_parser *p, fmi_block *out)
{
    const text t = {p->letters, p->n_held};
    const int status = emit(p, t, out);

    p->pending = status > 0;
    if (status == FMI_OK) {
        p->n_held = 0;
        p->state = STATE_OUTSIDE;
    }
    return status;
}

static void keep_name(fmi_parser *p, text header)
{
    size_t n = 0;

    header = strip(header);
    while (n < header.size && n < sizeof p->name - 1 && !is_blank(header.at[n])) {
        p->name[n] = (char)header.at[n];
        n++;
    }
    memset(p->name + n, 0, sizeof p->name - n);
}

/* ---- one line of each format.  A positive status means: not used, show it again. ---- */

/* next: the byte behind the line, or -1 where that is not known yet. */
static int line_fasta(fmi_parser *p, text t, int next, fmi_block *out)
{
    t = strip(t);
    if (t.size == 0) {
        return FMI_OK;
    }
    if (t.at[0] == '>') {
        if (p->state == STATE_SEQUENCE) {
            const int status = emit_held(p, out);
            if (status != FMI_OK) {
                return status;
            }
        }
        keep_name(p, (text){t.at + 1, t.size - 1});
        p->state = STATE_SEQUENCE;
        p->record_line = p->line;
        return FMI_OK;
    }
    if (p->state != STATE_SEQUENCE) {
        memset(p->name, 0, sizeof p->name);
        return bad(p, FMI_BAD_NO_HEADER, 0, t.at[0]);
    }
    if (p->n_held == 0 && next == '>') {
        const int status = emit(p, t, out);
        if (status == FMI_OK) {
            p->state = STATE_OUTSIDE;
        }
        return status;
    }
    return hold(p, t);
}

static int line_fastq(fmi_parser *p, text t, fmi_block *out)
{
    if (t.size > 0 && t.at[t.size - 1] == '\r') {
        t.size--;
    }
    switch (p->state) {
    case STATE_OUTSIDE:
        if (strip(t).size == 0) {
            return FMI_OK;
        }
        if (t.at[0] != '@') {
            memset(p->name, 0, sizeof p->name);
            return bad(p, FMI_BAD_NO_HEADER, 0, t.at[0]);
        }
        keep_name(p, (text){t.at + 1, t.size - 1});
        p->state = STATE_SEQUENCE;
        return FMI_OK;
    case STATE_SEQUENCE:
        p->state = STATE_PLUS;
        p->record_line = p->line;
        return hold(p, strip(t));
    case STATE_PLUS:
        if (t.size == 0 || t.at[0] != '+') {
            return bad(p, FMI_BAD_NO_PLUS, 0, t.size == 0 ? 0 : t.at[0]);
        }
        p->state = STATE_QUALITY;
        return FMI_OK;
    default:
        t = strip(t); /* no quality is a blank */
        if (t.size != p->n_held) {
            return bad(p, FMI_BAD_QUALITY, p->n_held, t.size);
        }
        return emit_held(p, out);
    }
}

static int line_plain(fmi_parser *p, text t, fmi_block *out)
{
    t = strip(t);
    if (t.size == 0 || (t.at[0] == '#' && p->lut['#'] == FMI_UNKNOWN)) {
        return FMI_OK;
    }
    return emit(p, t, out);
}

/* The field of a line that begins at *at, which then stands behind its separator, or
 * beyond the end of the line; 0 where none begins there.  Quotes around a field are taken
 * off, and separators inside them do not count. */
static int next_field(const fmi_parser *p, text line, size_t *at, text *found)
{
    const int blanks = p->delimiter == ' ';
    size_t end = *at;

    while (blanks && end < line.size && is_blank(line.at[end])) {
        end++;
    }
    if (end > line.size || (blanks && end == line.size)) {
        return 0;
    }
    const size_t start = end;
    while (end < line.size && line.at[end] == '"') { /* "" inside quotes goes on */
        end++;
        while (end < line.size && line.at[end] != '"') {
            end++;
        }
        end += end < line.size;
    }
    while (end < line.size &&
           (blanks ? !is_blank(line.at[end]) : line.at[end] != p->delimiter)) {
        end++;
    }
    *at = end + 1;
    text f = strip((text){line.at + start, end - start});
    if (f.size >= 2 && f.at[0] == '"' && f.at[f.size - 1] == '"') {
        f = strip((text){f.at + 1, f.size - 2});
    }
    *found = f;
    return 1;
}

/* The sequence and the numbers that are asked for: the fields of a line up to the last that
 * is wanted. */
static int read_fields(fmi_parser *p, text line, text *letters, text numbers[FMI_N_NUMBERS])
{
    text found = {NULL, 0};
    size_t at = 0, last = p->column;

    for (int n = 0; n < FMI_N_NUMBERS; n++) {
        if (p->number_columns[n] != FMI_NO_COLUMN && p->number_columns[n] > last) {
            last = p->number_columns[n];
        }
    }
    for (size_t column = 0; column <= last; column++) {
        if (!next_field(p, line, &at, &found)) {
            return bad(p, FMI_BAD_NO_COLUMN, column, 0);
        }
        if (column == p->column) {
            *letters = found;
        }
        for (int n = 0; n < FMI_N_NUMBERS; n++) {
            if (column == p->number_columns[n]) {
                numbers[n] = found;
            }
        }
    }
    return FMI_OK;
}

/* The numbers out of their fields, which are parts of the line. */
static int read_numbers(fmi_parser *p, text line, const text numbers[FMI_N_NUMBERS])
{
    for (int n = 0; n < FMI_N_NUMBERS; n++) {
        const text t = numbers[n];
        if (t.at != NULL && (!fmi_read_number(t.at, t.size, p->numbers + n) ||
                             (n == FMI_WEIGHT && signbit(p->numbers[n])))) {
            return bad(p, (fmi_bad)(FMI_BAD_WEIGHT + n), (size_t)(t.at - line.at), t.size);
        }
    }
    return FMI_OK;
}

static int line_table(fmi_parser *p, text t, fmi_block *out)
{
    text letters = {NULL, 0}, numbers[FMI_N_NUMBERS] = {{NULL, 0}};

    while (t.size > 0 && (t.at[t.size - 1] == '\r' || t.at[t.size - 1] == '\n')) {
        t.size--;
    }
    const text visible = strip(t);
    if (visible.size == 0 || (visible.at[0] == '#' && p->lut['#'] == FMI_UNKNOWN)) {
        return FMI_OK;
    }
    if (p->skip_lines > 0) {
        p->skip_lines--;
        return FMI_OK;
    }
    int status = read_fields(p, t, &letters, numbers);
    if (status == FMI_OK) {
        status = read_numbers(p, t, numbers);
    }
    return status == FMI_OK ? emit(p, letters, out) : status;
}

static int line_any(fmi_parser *p, text t, int next, fmi_block *out)
{
    switch (p->format) {
    case FMI_FASTA:
        return line_fasta(p, t, next, out);
    case FMI_FASTQ:
        return line_fastq(p, t, out);
    case FMI_LINES:
        return line_plain(p, t, out);
    default:
        return line_table(p, t, out);
    }
}

/* The input has ended: is a record left, or cut? */
static int finish(fmi_parser *p, fmi_block *out)
{
    if (p->format == FMI_FASTA && p->state == STATE_SEQUENCE) {
        return emit_held(p, out);
    }
    if (p->format == FMI_FASTQ && p->state != STATE_OUTSIDE) {
        return bad(p, FMI_BAD_CUT, 0, 0);
    }
    return FMI_OK;
}

int fmi_parser_feed(fmi_parser *p, const uint8_t *buffer, size_t size, int last,
                    size_t *consumed, fmi_block *out)
{
    size_t at = 0;

    *consumed = 0;
    if (p->pending) {
        const int status = emit_held(p, out);
        if (status != FMI_OK) {
            return status;
        }
    }
    while (at < size) {
        const uint8_t *end = memchr(buffer + at, '\n', size - at);
        if (end == NULL && !last) {
            return FMI_OK;
        }
        const size_t stop = end == NULL ? size : (size_t)(end - buffer);
        const size_t after = end == NULL ? size : stop + 1;
        const int next = after < size ? buffer[after] : last ? '>' : -1;
        p->line++;
        const int status = line_any(p, (text){buffer + at, stop - at}, next, out);
        if (status != FMI_OK && !(status > 0 && p->pending && p->format == FMI_FASTQ)) {
            if (status > 0) {
                p->line--; /* the line will be shown again */
            }
            return status;
        }
        at = *consumed = after;
        if (status != FMI_OK) {
            return status; /* the line is used up, its record waits */
        }
    }
    return last ? finish(p, out) : FMI_OK;
}
