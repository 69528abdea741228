/* Random bytes to the parser: whole or in pieces, they must give the same.
 *
 * The first HEADER bytes of an input choose the options, the rest is the text.  With
 * clang this is a libFuzzer target; with FUZZ_STANDALONE it has a main of its own for
 * any compiler:
 *
 *     fuzz_parse SECONDS [SEED]
 *
 * A broken rule is printed and ends the program by abort().
 */
#include <math.h>

#include "feed.h"

enum { HEADER = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t choose_column(const fmi_parser *p, size_t byte)
{
    const size_t column = byte % 4;

    return p->format == FMI_TABLE && column != p->column ? column : FMI_NO_COLUMN;
}

static fmi_parser choose_parser(const uint8_t header[HEADER])
{
    static const char delimiters[] = ",\t ;|\"A";
    fmi_parser p;

    memset(&p, 0, sizeof p);
    p.format = header[0] % 4;
    p.unknown = header[0] / 4 % 3;
    p.n_letters = header[0] / 12 % 2 == 0 ? 4 : 20;
    fill_lut(p.n_letters == 4 ? "ACGT" : "ACDEFGHIKLMNPQRSTVWY", p.lut);
    p.delimiter = (uint8_t)delimiters[header[1] % (sizeof delimiters - 1)];
    p.column = header[2] % 4;
    p.skip_lines = header[2] / 4 % 3;
    p.number_columns[FMI_WEIGHT] = choose_column(&p, header[7]);
    p.number_columns[FMI_SCORE] = choose_column(&p, header[7] / 4);
    p.length = header[3] % 4 == 0 ? header[3] / 4 % 16 : 0; /* 0: the first record's */
    return p;
}

static feeding choose_feeding(const uint8_t header[HEADER])
{
    const feeding how = {
        .first = header[4],
        .step = (size_t)header[5] + 1,
        .late = header[6] % 2,
        .capacity = (size_t)header[6] / 2 % 8 + 1,
    };
    return how;
}

static void require(int ok, const char *rule)
{
    if (!ok) {
        fprintf(stderr, "broken: %s\n", rule);
        abort();
    }
}

/* Letters marked as missing in all rows; aborts on a code that is none. */
static uint64_t count_marked(const outcome *o)
{
    const int with_mask = o->end.unknown == FMI_UNKNOWN_SKIP && o->end.n_letters == 4;
    const fmi_seqs seqs = {o->rows,       with_mask ? o->mask : NULL, o->n_rows,
                           o->end.length, o->end.n_letters,           NULL};
    const size_t n_codes = o->n_rows * o->end.length;
    uint8_t *codes = exact(n_codes);
    uint64_t n_marked = 0;

    if (n_codes > 0) {
        fmi_decode_rows(&seqs, codes);
    }
    for (size_t x = 0; x < n_codes; x++) {
        n_marked += codes[x] == FMI_UNKNOWN;
        require(codes[x] == FMI_UNKNOWN || codes[x] < o->end.n_letters, "a code is none");
    }
    free(codes);
    return n_marked;
}

/* The numbers of one kind, which lie in a text of `size` bytes. */
static void check_numbers(const outcome *o, int kind, size_t size)
{
    const fmi_parse_error *error = &o->end.error;
    const int asked = o->end.number_columns[kind] != FMI_NO_COLUMN;

    for (size_t n = 0; asked && n < o->n_rows; n++) {
        const double number = o->numbers[kind][n];
        require(isfinite(number), "a number is finite");
        require(kind != FMI_WEIGHT || !signbit(number), "a weight is from 0 up");
    }
    if ((int)error->what == FMI_BAD_WEIGHT + kind) {
        require(asked, "a number nobody asked for");
        require(error->position <= size && error->found <= size - error->position,
                "the bad number is in the text");
    }
}

static void check_outcome(const outcome *o, const uint8_t *text, size_t size)
{
    const fmi_parser *p = &o->end;
    uint64_t n_lines = 1;

    for (size_t x = 0; x < size; x++) {
        n_lines += text[x] == '\n';
    }
    require(o->status == FMI_OK || o->status == FMI_ERR_PARSE, "status");
    require(o->n_rows == p->n_records - p->n_dropped, "rows = records - dropped");
    require(p->n_dropped == 0 || p->unknown == FMI_UNKNOWN_DROP, "dropped unasked");
    require(p->n_unknown == 0 || p->unknown == FMI_UNKNOWN_SKIP, "skipped unasked");
    require(count_marked(o) == p->n_unknown, "n_unknown letters are marked");
    require(memchr(p->name, 0, sizeof p->name) != NULL, "the name is closed");
    for (int kind = 0; kind < FMI_N_NUMBERS; kind++) {
        check_numbers(o, kind, size);
    }
    if (o->status == FMI_OK) {
        require(p->error.what == FMI_BAD_NONE, "an error without status");
        return;
    }
    require(p->error.what > FMI_BAD_NONE && p->error.what <= FMI_BAD_SCORE, "what");
    require(p->error.record == p->n_records + 1, "the bad record is the next one");
    require(p->error.line >= 1 && p->error.line <= n_lines, "line");
    require(p->error.what != FMI_BAD_LETTER || p->unknown == FMI_UNKNOWN_ERROR,
            "a letter refused that the policy accepts");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEADER) {
        return 0;
    }
    const fmi_parser parser = choose_parser(data);
    const uint8_t *text = data + HEADER;
    outcome whole = parse_all(parser, text, size - HEADER, WHOLE);
    outcome pieces = parse_all(parser, text, size - HEADER, choose_feeding(data));
    const char *difference = outcome_differs(&whole, &pieces);

    if (difference != NULL) {
        fprintf(stderr, "whole and in pieces differ in: %s\n", difference);
        abort();
    }
    check_outcome(&whole, text, size - HEADER);
    outcome_free(&whole);
    outcome_free(&pieces);
    return 0;
}

#ifdef FUZZ_STANDALONE
#include <time.h>

enum { MAX_INPUT = 2048, MAX_CHANGES = 8 };

/* The texts that mutation starts from; the options before them are random. */
static const char *const seeds[] = {
    ">a one\nACGTACGT\n>b\nACGT\nNNGT\n\n>c\r\nAC\r\nGTACGT\r\n",
    "@a\nACGT\n+\nIIII\n@b x\nANGT\n+b\n@@++\n\n@c\nAC\n+\nII",
    "ACGT\nACGN\n# note\n\n  TTTT  \nACGTA\nA C\n",
    "x,ACGT,1\n\"a,b\",\"CCGT\",2\n,NCGT,\n#no\nz\n",
    "n\ts\nid\tACGT\t3\nid\t\"ACGT\"\t3\nid\t\t\n",
    "  id   ACGT 4\nid ACNT\n\"i d\" GGGG\nid\n",
    "MKVLAWQ\nMKVLXWQ\n",
    "ACGT,1\nACGT,2.5e-3\nACNT,+0.1\nACGT,\"12345678901234567890\"\nACGT,-1\n",
    "ACGT,-1.5,3\nACGT,-0,2\nACGT,-1e-400,1\nACGT,-1e9,-1\n",
    "7\tACGT\n1e999\tACGT\n.5\tACGT\n5.\tACGT\n\tACGT\n",
    "",
};

static size_t first_input(uint8_t input[MAX_INPUT], uint64_t *random)
{
    const char *text = seeds[next_random(random) % (sizeof seeds / sizeof *seeds)];
    const size_t size = strlen(text);

    for (size_t x = 0; x < HEADER; x++) {
        input[x] = (uint8_t)next_random(random);
    }
    memcpy(input + HEADER, text, size);
    return HEADER + size;
}

/* Copy a piece of the text to another place of it, over what is there or in between. */
static size_t splice(uint8_t input[MAX_INPUT], size_t size, uint64_t *random)
{
    uint8_t piece[MAX_INPUT / 4];
    const size_t text = size - HEADER + 1;
    const size_t from = HEADER + next_random(random) % text;
    const size_t to = HEADER + next_random(random) % text;
    const size_t wanted = next_random(random) % sizeof piece;
    const size_t left = size - from < MAX_INPUT - size ? size - from : MAX_INPUT - size;
    const size_t n = wanted < left ? wanted : left;

    memcpy(piece, input + from, n);
    memmove(input + to + n, input + to, size - to);
    memcpy(input + to, piece, n);
    return size + n;
}

static size_t change(uint8_t input[MAX_INPUT], size_t size, uint64_t *random)
{
    static const uint8_t special[] = "\n\n\n\r>>@@++ACGTNacgt,,\t \"\"#;|XMKVL.e-059\0\xFF";
    const size_t at = HEADER + next_random(random) % (size - HEADER + 1);
    const uint8_t byte = special[next_random(random) % (sizeof special - 1)];

    switch (next_random(random) % 6) {
    case 0: /* an option */
        input[next_random(random) % HEADER] = (uint8_t)next_random(random);
        return size;
    case 1:
        return splice(input, size, random);
    case 2: /* cut the end off, rarely */
        return next_random(random) % 8 == 0 ? at : size;
    case 3: /* take a byte out */
        if (at < size) {
            memmove(input + at, input + at + 1, size - at - 1);
            return size - 1;
        }
        return size;
    case 4: /* change one */
        if (at < size) {
            input[at] = byte;
        }
        return size;
    default: /* put one in */
        if (size == MAX_INPUT) {
            return size;
        }
        memmove(input + at + 1, input + at, size - at);
        input[at] = byte;
        return size + 1;
    }
}

/* One input in a block of its own, so that a sanitizer sees its end. */
static void run_one(const uint8_t *input, size_t size)
{
    uint8_t *data = exact(size);

    memcpy(data, input, size);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
}

int main(int argc, char **argv)
{
    uint8_t input[MAX_INPUT];
    uint64_t n_inputs = 0;

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: fuzz_parse SECONDS [SEED]\n");
        return 2;
    }
    const double seconds = strtod(argv[1], NULL);
    const uint64_t seed = argc == 3 ? strtoull(argv[2], NULL, 10) : 1;
    uint64_t random = seed * UINT64_C(0x9E3779B97F4A7C15) | 1; /* never 0 */
    const time_t start = time(NULL);

    do {
        size_t size = first_input(input, &random);
        const uint64_t n_changes = next_random(&random) % (4 * MAX_CHANGES);
        run_one(input, size);
        for (uint64_t c = 0; c < n_changes; c++) {
            for (uint64_t x = next_random(&random) % MAX_CHANGES; x > 0; x--) {
                size = change(input, size, &random);
            }
            run_one(input, size);
        }
        n_inputs += n_changes + 1;
    } while (difftime(time(NULL), start) < seconds);
    printf("%llu inputs, seed %llu\n", (unsigned long long)n_inputs,
           (unsigned long long)seed);
    return 0;
}
#endif
