/* The parser: what each format accepts and refuses, and that neither the cut points of
 * the buffers nor the size of the blocks show in what comes out.
 */
#include "feed.h"

/* One input and what must come of it.  Rows are written as letters, '?' where one is
 * missing, with a blank behind each. */
typedef struct {
    const char *text;
    size_t size;
    const char *rows;
    uint64_t n_records, n_dropped, n_unknown;
    fmi_parse_error error;
    int format;
    int unknown;
    const char *letters; /* the alphabet, ACGT where NULL */
    size_t length;
    size_t column;
    char delimiter;
    int skip_lines;
    int weighted;         /* whether there is a column of weights ... */
    size_t weight_column; /* ... and which */
    const char *weights;  /* of the rows, with a blank behind each */
    int scored;           /* the same of scores */
    size_t score_column;
    const char *scores;
    const char *name; /* of the last record, where that is asked */
} example;

#define TEXT(string) .text = (string), .size = sizeof(string) - 1

/* n_letters: the alphabet is padded up to it by codes no letter has. */
static fmi_parser parser_for(const example *x, uint32_t n_letters)
{
    fmi_parser p;

    memset(&p, 0, sizeof p);
    fill_lut(x->letters == NULL ? "ACGT" : x->letters, p.lut);
    p.n_letters = n_letters;
    p.format = x->format;
    p.unknown = x->unknown;
    p.length = x->length;
    p.column = x->column;
    p.number_columns[FMI_WEIGHT] = x->weighted ? x->weight_column : FMI_NO_COLUMN;
    p.number_columns[FMI_SCORE] = x->scored ? x->score_column : FMI_NO_COLUMN;
    p.delimiter = (uint8_t)x->delimiter;
    p.skip_lines = x->skip_lines;
    return p;
}

/* Rows as in example.rows; to be freed. */
static char *spell(const outcome *o, const char *letters)
{
    const size_t length = o->end.length, n_codes = o->n_rows * length;
    const int with_mask = o->end.unknown == FMI_UNKNOWN_SKIP && o->end.n_letters == 4;
    const fmi_seqs seqs = {o->rows, with_mask ? o->mask : NULL, o->n_rows,
                           length,  o->end.n_letters,           NULL};
    uint8_t *codes = exact(n_codes);
    char *text = exact(n_codes + o->n_rows + 1);
    char *next = text;

    if (o->n_rows > 0) {
        fmi_decode_rows(&seqs, codes);
    }
    for (size_t n = 0; n < o->n_rows; n++) {
        for (size_t i = 0; i < length; i++) {
            const uint8_t code = codes[n * length + i];
            *next++ = code == FMI_UNKNOWN ? '?' : letters[code];
        }
        *next++ = ' ';
    }
    *next = '\0';
    free(codes);
    return text;
}

/* Numbers as in example.weights; to be freed. */
static char *spell_numbers(const outcome *o, int kind)
{
    char *text = exact(32 * o->n_rows + 1);
    char *next = text;

    for (size_t n = 0; n < o->n_rows; n++) {
        next += snprintf(next, 32, "%.17g ", o->numbers[kind][n]);
    }
    *next = '\0';
    return text;
}

static void check_numbers(const outcome *o, int kind, const char *wanted)
{
    char *numbers = spell_numbers(o, kind);

    CHECK(strcmp(numbers, wanted) == 0);
    free(numbers);
}

static void check_expected(const example *x, const outcome *o)
{
    const int before = check_failed;
    const fmi_parse_error *error = &o->end.error;
    char *rows = spell(o, x->letters == NULL ? "ACGT" : x->letters);

    CHECK(o->broken == NULL);
    CHECK(o->status == (x->error.what == FMI_BAD_NONE ? FMI_OK : FMI_ERR_PARSE));
    CHECK(strcmp(rows, x->rows) == 0);
    CHECK(o->end.n_records == x->n_records);
    CHECK(o->end.n_dropped == x->n_dropped);
    CHECK(o->end.n_unknown == x->n_unknown);
    CHECK(error->what == x->error.what);
    CHECK(error->record == x->error.record);
    CHECK(error->line == x->error.line);
    CHECK(error->position == x->error.position);
    CHECK(error->found == x->error.found);
    CHECK(x->name == NULL || strcmp(x->name, o->end.name) == 0);
    if (x->weighted) {
        check_numbers(o, FMI_WEIGHT, x->weights);
    }
    if (x->scored) {
        check_numbers(o, FMI_SCORE, x->scores);
    }
    if (check_failed > before && check_failed <= CHECK_SHOWN) {
        fprintf(stderr,
                "    rows '%s', what %d, record %d, line %d, position %d, found %d, of\n"
                "    '%s'\n",
                rows, (int)error->what, (int)error->record, (int)error->line,
                (int)error->position, (int)error->found, x->text);
    }
    free(rows);
}

/* Fed like this, the text gives the same as in one piece. */
static void check_same(const example *x, const outcome *whole, feeding how)
{
    outcome o = parse_all(parser_for(x, whole->end.n_letters), (const uint8_t *)x->text,
                          x->size, how);
    const char *difference = outcome_differs(whole, &o);

    CHECK(difference == NULL);
    if (difference != NULL && check_failed <= CHECK_SHOWN) {
        fprintf(stderr,
                "    %s; first %zu, step %zu, late %d, capacity %zu, of\n    '%s'\n",
                difference, how.first, how.step, how.late, how.capacity, x->text);
    }
    outcome_free(&o);
}

static void check_example(const example *x, uint32_t n_letters)
{
    static const size_t capacities[] = {1, 2, 7};
    outcome whole =
        parse_all(parser_for(x, n_letters), (const uint8_t *)x->text, x->size, WHOLE);

    check_expected(x, &whole);
    for (size_t c = 0; c < sizeof capacities / sizeof *capacities; c++) {
        for (int late = 0; late <= 1; late++) {
            for (size_t cut = 0; cut <= x->size; cut++) {
                check_same(x, &whole, (feeding){cut, SIZE_MAX, late, capacities[c]});
            }
            for (size_t step = 1; step <= 5; step += 2) {
                check_same(x, &whole, (feeding){0, step, late, capacities[c]});
            }
        }
    }
    outcome_free(&whole);
}

/* In 2-bit rows and in bytes, which only the size of the alphabet tells apart. */
static void check_examples(const example *examples, size_t n)
{
    for (size_t x = 0; x < n; x++) {
        if (examples[x].letters == NULL) {
            check_example(examples + x, 4);
            check_example(examples + x, 5);
        } else {
            check_example(examples + x, (uint32_t)strlen(examples[x].letters));
        }
    }
}

#define CHECK_EXAMPLES(array) check_examples((array), sizeof(array) / sizeof *(array))

static void test_fasta(void)
{
    static const example examples[] = {
        {TEXT(">a\nACGT\n>b\nTTTT\n"), .rows = "ACGT TTTT ", .n_records = 2, .name = "b"},
        {TEXT(">a one\nACGT\n>b\ttwo\nTTTT"), .rows = "ACGT TTTT ", .n_records = 2,
         .name = "b"},
        {TEXT(">a\nAC\nGT\n>b\nT\nT\nTT\n"), .rows = "ACGT TTTT ", .n_records = 2},
        {TEXT(">a\r\nACGT\r\n>b\r\nTT\r\nTT\r\n"), .rows = "ACGT TTTT ", .n_records = 2},
        {TEXT("\n\n>a\n\nACGT\n \n>b\nTT\n\r\nTT\n\n\n"), .rows = "ACGT TTTT ",
         .n_records = 2},
        {TEXT(">\nACGT\n>\n  TTTT \n"), .rows = "ACGT TTTT ", .n_records = 2, .name = ""},
        {TEXT(" >a\nACGT\n >b\nTTTT\n"), .rows = "ACGT TTTT ", .n_records = 2},
        {TEXT(">a\nACGT\n>b\nAC\n"), .rows = "ACGT ", .n_records = 1,
         .error = {FMI_BAD_LENGTH, 2, 3, 0, 2}},
        {TEXT(">a\nACGT\n>b\nAC\nGTA\n>c\nACGT\n"), .rows = "ACGT ", .n_records = 1,
         .error = {FMI_BAD_LENGTH, 2, 3, 0, 5}, .name = "b"},
        {TEXT(">a\nACGT\n>b\nAC\nNT\n"), .rows = "ACGT ", .n_records = 1,
         .error = {FMI_BAD_LETTER, 2, 3, 2, 'N'}},
        {TEXT(">a\nANGT\n"), .rows = "", .error = {FMI_BAD_LETTER, 1, 1, 1, 'N'}},
        {TEXT(">a\nACGT\n>b\n>c\nACGT\n"), .rows = "ACGT ", .n_records = 1,
         .error = {FMI_BAD_EMPTY, 2, 3, 0, 0}},
        {TEXT(">a\n\n"), .rows = "", .error = {FMI_BAD_EMPTY, 1, 1, 0, 0}},
        {TEXT(">a"), .rows = "", .error = {FMI_BAD_EMPTY, 1, 1, 0, 0}},
        {TEXT("\nACGT\n>a\nACGT\n"), .rows = "",
         .error = {FMI_BAD_NO_HEADER, 1, 2, 0, 'A'}},
        {TEXT(">a\nACGT\n>b\nAC\0T\n"), .rows = "ACGT ", .n_records = 1,
         .error = {FMI_BAD_BINARY, 2, 3, 2, 0}},
        {TEXT(">a\nAC\n>b\nAC\n"), .rows = "", .length = 4,
         .error = {FMI_BAD_LENGTH, 1, 1, 0, 2}},
        {TEXT(">a\nACGT\n>b\nTT\nTT\n"), .rows = "ACGT TTTT ", .length = 4, .n_records = 2},
        {TEXT(""), .rows = ""},
        {TEXT("\n \n\r\n"), .rows = ""},
        {TEXT(">a long name that is cut because there is no room for so many "
              "letters\nAC\n"),
         .rows = "AC ", .n_records = 1, .name = "a"},
        {TEXT(">0123456789012345678901234567890123456789012345678901234567890123456789"
              "\nAC\n"),
         .rows = "AC ", .n_records = 1,
         .name = "012345678901234567890123456789012345678901234567890123456789012"},
    };

    CHECK_EXAMPLES(examples);
}

static void test_fastq(void)
{
    static const example examples[] = {
        {TEXT("@a\nACGT\n+\nIIII\n@b\nTTTT\n+b\n@@@@\n"), .rows = "ACGT TTTT ",
         .n_records = 2, .format = FMI_FASTQ, .name = "b"},
        {TEXT("@a\r\nACGT\r\n+\r\nIIII\r\n\r\n@b\nTTTT\n+\n++++"), .rows = "ACGT TTTT ",
         .n_records = 2, .format = FMI_FASTQ},
        {TEXT("\n@a\nACGT\n+\nIIII\n\n\n"), .rows = "ACGT ", .n_records = 1,
         .format = FMI_FASTQ},
        {TEXT("@a\nACGT\n+\nIIII\nb\nTTTT\n+\nIIII\n"), .rows = "ACGT ", .n_records = 1,
         .format = FMI_FASTQ, .error = {FMI_BAD_NO_HEADER, 2, 5, 0, 'b'}},
        {TEXT("@a\nACGT\nTTTT\n+\n"), .rows = "", .format = FMI_FASTQ,
         .error = {FMI_BAD_NO_PLUS, 1, 3, 0, 'T'}},
        {TEXT("@a\nACGT\n\n+\n"), .rows = "", .format = FMI_FASTQ,
         .error = {FMI_BAD_NO_PLUS, 1, 3, 0, 0}},
        {TEXT("@a\nACGT\n+\nIII\n@b\n"), .rows = "", .format = FMI_FASTQ,
         .error = {FMI_BAD_QUALITY, 1, 4, 4, 3}},
        {TEXT("@a\nACGT\n+\nIIII\n@b\nACG\n+\nIIII\n"), .rows = "ACGT ", .n_records = 1,
         .format = FMI_FASTQ, .error = {FMI_BAD_QUALITY, 2, 8, 3, 4}},
        {TEXT("@a\nACGT\n+\nIIII\n@b\nACGT\n+\n"), .rows = "ACGT ", .n_records = 1,
         .format = FMI_FASTQ, .error = {FMI_BAD_CUT, 2, 7, 0, 0}},
        {TEXT("@a\nACGT\n+\nIIII\n@b"), .rows = "ACGT ", .n_records = 1,
         .format = FMI_FASTQ, .error = {FMI_BAD_CUT, 2, 5, 0, 0}},
        {TEXT("@a\nACGT\n+\nIIII\n@b\nAC\n+\nII\n@c\n"), .rows = "ACGT ", .n_records = 1,
         .format = FMI_FASTQ, .error = {FMI_BAD_LENGTH, 2, 6, 0, 2}, .name = "b"},
        {TEXT("@a\n\n+\n\n"), .rows = "", .format = FMI_FASTQ,
         .error = {FMI_BAD_EMPTY, 1, 2, 0, 0}},
        {TEXT("@a\nACNT\n+\nIIII\n"), .rows = "", .format = FMI_FASTQ,
         .error = {FMI_BAD_LETTER, 1, 2, 2, 'N'}},
        {TEXT("@a\nA\0GT\n+\nIIII\n"), .rows = "", .format = FMI_FASTQ,
         .error = {FMI_BAD_BINARY, 1, 2, 1, 0}},
        {TEXT("@a\nACNT\n+\nIIII\n@b\nACGT\n+\nIIII\n@c\nNCGN\n+\nIIII\n"), .rows = "ACGT ",
         .n_records = 3, .n_dropped = 2, .format = FMI_FASTQ, .unknown = FMI_UNKNOWN_DROP},
        {TEXT("@a\nACNT\n+\nIIII\n@b\nACGT\n+\nIIII\n@c\nNCGN\n+\nIIII"),
         .rows = "AC?T ACGT ?CG? ", .n_records = 3, .n_unknown = 3, .format = FMI_FASTQ,
         .unknown = FMI_UNKNOWN_SKIP},
    };

    CHECK_EXAMPLES(examples);
}

static void test_lines(void)
{
    static const example examples[] = {
        {TEXT("ACGT\nTTTT\nGGGG"), .rows = "ACGT TTTT GGGG ", .n_records = 3,
         .format = FMI_LINES},
        {TEXT("# note\n\n ACGT \r\n\t\r\n#\nTTTT\t\r\n"), .rows = "ACGT TTTT ",
         .n_records = 2, .format = FMI_LINES},
        {TEXT("ACGT\nTTTT\nACG\n"), .rows = "ACGT TTTT ", .n_records = 2,
         .format = FMI_LINES, .error = {FMI_BAD_LENGTH, 3, 3, 0, 3}},
        {TEXT("ACGT\n\nTTXT\nACG\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_LINES,
         .error = {FMI_BAD_LETTER, 2, 3, 2, 'X'}},
        {TEXT("ACGT 1\nTTTT 2\n"), .rows = "", .format = FMI_LINES,
         .error = {FMI_BAD_COLUMNS, 1, 1, 4, ' '}},
        {TEXT("ACGT\nTTTT\tx\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_LINES,
         .error = {FMI_BAD_COLUMNS, 2, 2, 4, '\t'}},
        {TEXT("ACGT\nT,TT\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_LINES,
         .unknown = FMI_UNKNOWN_SKIP, .error = {FMI_BAD_COLUMNS, 2, 2, 1, ','}},
        {TEXT("A;GT\n"), .rows = "", .format = FMI_LINES, .length = 4,
         .error = {FMI_BAD_COLUMNS, 1, 1, 1, ';'}},
        {TEXT("ACGT\nA\0GT\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_LINES,
         .error = {FMI_BAD_BINARY, 2, 2, 1, 0}},
        {TEXT("AC\0\0\0"), .rows = "", .format = FMI_LINES,
         .error = {FMI_BAD_BINARY, 1, 1, 2, 0}},
        {TEXT("ACG#\n#CGT\nACG,\n"), .rows = "ACG# #CGT ACG, ", .n_records = 3,
         .format = FMI_LINES, .letters = "ACG#T,"}, /* comments and columns are letters */
        {TEXT("MKV\nACD\nMXV\n"), .rows = "MKV ACD M?V ", .n_records = 3, .n_unknown = 1,
         .format = FMI_LINES, .unknown = FMI_UNKNOWN_SKIP,
         .letters = "ACDEFGHIKLMNPQRSTVWY"},
        {TEXT("AB\nBA\n"), .rows = "AB BA ", .n_records = 2, .format = FMI_LINES,
         .letters = "AB"},
    };

    CHECK_EXAMPLES(examples);
}

static void test_unknown_letters(void)
{
    static const example examples[] = {
        {TEXT(">a\nNCGT\n>b\nAC\nGT\n>c\nAC\nGN\n>d\nTTTT\n"), .rows = "ACGT TTTT ",
         .n_records = 4, .n_dropped = 2, .unknown = FMI_UNKNOWN_DROP},
        {TEXT(">a\nNCGT\n>b\nAC\nGT\n>c\nAC\nGN\n>d\nTTTT\n"),
         .rows = "?CGT ACGT ACG? TTTT ", .n_records = 4, .n_unknown = 2,
         .unknown = FMI_UNKNOWN_SKIP},
        {TEXT("NNNNNNNNN\nACGTACGTA\nACGTNCGTN\n"),
         .rows = "????????? ACGTACGTA ACGT?CGT? ", .n_records = 3, .n_unknown = 11,
         .format = FMI_LINES, .unknown = FMI_UNKNOWN_SKIP},
        {TEXT("NNNN\nNNNN\n"), .rows = "", .n_records = 2, .n_dropped = 2,
         .format = FMI_LINES, .unknown = FMI_UNKNOWN_DROP},
        {TEXT("ACNT\nACGTN\n"), .rows = "", .n_records = 1, .n_dropped = 1,
         .format = FMI_LINES, .unknown = FMI_UNKNOWN_DROP,
         .error = {FMI_BAD_LENGTH, 2, 2, 0, 5}},
        {TEXT("ACGT\nA\0GT\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_LINES,
         .unknown = FMI_UNKNOWN_DROP, .error = {FMI_BAD_BINARY, 2, 2, 1, 0}},
        /* the N is accepted, so the complaint must be about the NUL */
        {TEXT("ACGT\nAN\0T\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_LINES,
         .unknown = FMI_UNKNOWN_SKIP, .error = {FMI_BAD_BINARY, 2, 2, 2, 0}},
        {TEXT("ACGT\nAN\0T\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_LINES,
         .unknown = FMI_UNKNOWN_DROP, .error = {FMI_BAD_BINARY, 2, 2, 2, 0}},
    };

    CHECK_EXAMPLES(examples);
}

static void test_table(void)
{
    static const example examples[] = {
        {TEXT("a,ACGT,1\nb,TTTT,2\n"), .rows = "ACGT TTTT ", .n_records = 2,
         .format = FMI_TABLE, .delimiter = ',', .column = 1},
        {TEXT("id,seq\r\na,ACGT\r\n\r\nb, TTTT"), .rows = "ACGT TTTT ", .n_records = 2,
         .format = FMI_TABLE, .delimiter = ',', .column = 1, .skip_lines = 1},
        {TEXT("# note\nid\n\nseq\nACGT,a\n#x\nTTTT,b\n"), .rows = "ACGT TTTT ",
         .n_records = 2, .format = FMI_TABLE, .delimiter = ',', .skip_lines = 2},
        {TEXT("a\tACGT\t1\n\tTTTT\t\n"), .rows = "ACGT TTTT ", .n_records = 2,
         .format = FMI_TABLE, .delimiter = '\t', .column = 1},
        {TEXT("a  ACGT\t1\n  b \t TTTT\nc GGGG  "), .rows = "ACGT TTTT GGGG ",
         .n_records = 3, .format = FMI_TABLE, .delimiter = ' ', .column = 1},
        {TEXT("\"a,b\",\"ACGT\"\n\"c\",\" TTTT \"\n\"\",GGGG\n"), .rows = "ACGT TTTT GGGG ",
         .n_records = 3, .format = FMI_TABLE, .delimiter = ',', .column = 1},
        {TEXT("\"say \"\"hi, x\"\", y\",ACGT\n\"\"\",\",TTTT\n"), .rows = "ACGT TTTT ",
         .n_records = 2, .format = FMI_TABLE, .delimiter = ',',
         .column = 1}, /* a doubled quote inside quotes does not end them */
        {TEXT("\"a b\" \"ACGT\" x\n\"c\" TTTT\n"), .rows = "ACGT TTTT ", .n_records = 2,
         .format = FMI_TABLE, .delimiter = ' ', .column = 1},
        {TEXT("a,ACGT\nb,\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .column = 1, .error = {FMI_BAD_EMPTY, 2, 2, 0, 0}},
        {TEXT("a,\"\"\n"), .rows = "", .format = FMI_TABLE, .delimiter = ',', .column = 1,
         .error = {FMI_BAD_EMPTY, 1, 1, 0, 0}},
        {TEXT("a,ACGT\n\nb\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .column = 1, .error = {FMI_BAD_NO_COLUMN, 2, 3, 1, 0}},
        {TEXT("a b \n"), .rows = "", .format = FMI_TABLE, .delimiter = ' ', .column = 2,
         .error = {FMI_BAD_NO_COLUMN, 1, 1, 2, 0}},
        {TEXT("a,b,\n"), .rows = "", .format = FMI_TABLE, .delimiter = ',', .column = 3,
         .error = {FMI_BAD_NO_COLUMN, 1, 1, 3, 0}},
        {TEXT("\"a,ACGT\n"), .rows = "", .format = FMI_TABLE, .delimiter = ',', .column = 1,
         .error = {FMI_BAD_NO_COLUMN, 1, 1, 1, 0}}, /* an open quote reaches to the end */
        {TEXT("a,ACGT\nb,\"ACGT\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .column = 1, .error = {FMI_BAD_LENGTH, 2, 2, 0, 5}},
        {TEXT("a,ACGT\nb,ACG\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .column = 1, .error = {FMI_BAD_LENGTH, 2, 2, 0, 3}},
        {TEXT("seq,y\nACGT,1\n"), .rows = "", .format = FMI_TABLE, .delimiter = ',',
         .error = {FMI_BAD_LETTER, 1, 1, 0, 's'}},
        {TEXT("a,ACGT\nb,A\0GT\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .column = 1, .error = {FMI_BAD_BINARY, 2, 2, 1, 0}},
        {TEXT("a,ACNT\nb,ACGT\nc,NNNN\n"), .rows = "ACGT ", .n_records = 3, .n_dropped = 2,
         .format = FMI_TABLE, .delimiter = ',', .column = 1, .unknown = FMI_UNKNOWN_DROP},
        {TEXT("a,ACNT\nb,ACGT\nc,N NN\n"), .rows = "AC?T ACGT ???? ", .n_records = 3,
         .n_unknown = 5, .format = FMI_TABLE, .delimiter = ',', .column = 1,
         .unknown = FMI_UNKNOWN_SKIP},
        {TEXT("x\ny\n"), .rows = "", .format = FMI_TABLE, .delimiter = ',',
         .skip_lines = 5},
    };

    CHECK_EXAMPLES(examples);
}

static void test_weights(void)
{
    static const example examples[] = {
        {TEXT("ACGT,2\nTTTT,0.5\nGGGG, 1e3 ,x\n"), .rows = "ACGT TTTT GGGG ",
         .n_records = 3, .format = FMI_TABLE, .delimiter = ',', .weighted = 1,
         .weight_column = 1, .weights = "2 0.5 1000 "},
        {TEXT("2\tx\tACGT\r\n0\t\tTTTT\r\n\r\n+7\t\tGGGG"), .rows = "ACGT TTTT GGGG ",
         .n_records = 3, .format = FMI_TABLE, .delimiter = '\t', .column = 2, .weighted = 1,
         .weight_column = 0, .weights = "2 0 7 "},
        {TEXT("# made by hand\nn seq\n\n  3  ACGT\n \"4\" \"TTTT\"\n"),
         .rows = "ACGT TTTT ", .n_records = 2, .format = FMI_TABLE, .delimiter = ' ',
         .column = 1, .skip_lines = 1, .weighted = 1, .weights = "3 4 "},
        {TEXT("ACNT,1\nACGT,2\nNNNN,3\nTTTT,4\n"), .rows = "ACGT TTTT ", .n_records = 4,
         .n_dropped = 2, .format = FMI_TABLE, .delimiter = ',', .weighted = 1,
         .weight_column = 1, .weights = "2 4 ", .unknown = FMI_UNKNOWN_DROP},
        {TEXT("ACNT,1\nACGT,2\nNNNN,3\nTTTT,4\n"), .rows = "AC?T ACGT ???? TTTT ",
         .n_records = 4, .n_unknown = 5, .format = FMI_TABLE, .delimiter = ',',
         .weighted = 1, .weight_column = 1, .weights = "1 2 3 4 ",
         .unknown = FMI_UNKNOWN_SKIP},
        {TEXT("ACGT,2\nTTTT, -1\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .weighted = 1, .weight_column = 1, .weights = "2 ",
         .error = {FMI_BAD_WEIGHT, 2, 2, 6, 2}},
        {TEXT("ACGT,2\n\n\"x\",TTTT\n"), .rows = "", .format = FMI_TABLE, .column = 1,
         .delimiter = ',', .weighted = 1, .weights = "",
         .error = {FMI_BAD_WEIGHT, 1, 1, 0, 4}},
        {TEXT("2,ACGT\n\n\"x\",TTTT\n"), .rows = "ACGT ", .n_records = 1,
         .format = FMI_TABLE, .column = 1, .delimiter = ',', .weighted = 1, .weights = "2 ",
         .error = {FMI_BAD_WEIGHT, 2, 3, 1, 1}},
        {TEXT("2,ACGT\n,TTTT\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .column = 1, .delimiter = ',', .weighted = 1, .weights = "2 ",
         .error = {FMI_BAD_WEIGHT, 2, 2, 0, 0}},
        {TEXT("ACGT,2\nTTTT\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .weighted = 1, .weight_column = 1, .weights = "2 ",
         .error = {FMI_BAD_NO_COLUMN, 2, 2, 1, 0}},
        /* the sequence is dropped, its weight must still be one */
        {TEXT("ACGT,2\nNNNN,two\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .weighted = 1, .weight_column = 1, .weights = "2 ",
         .unknown = FMI_UNKNOWN_DROP, .error = {FMI_BAD_WEIGHT, 2, 2, 5, 3}},
        {TEXT("ACGT,2\nACG,2\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .weighted = 1, .weight_column = 1, .weights = "2 ",
         .error = {FMI_BAD_LENGTH, 2, 2, 0, 3}},
        {TEXT("ACGT,2\0\n"), .rows = "", .format = FMI_TABLE, .delimiter = ',',
         .weighted = 1, .weight_column = 1, .weights = "",
         .error = {FMI_BAD_WEIGHT, 1, 1, 5, 2}},
    };

    CHECK_EXAMPLES(examples);
}

static void test_scores(void)
{
    static const example examples[] = {
        {TEXT("ACGT,-2\nTTTT,0.5\nGGGG,-1e3,x\nCCCC,-0\nACGT,-1e-400\n"),
         .rows = "ACGT TTTT GGGG CCCC ACGT ", .n_records = 5, .format = FMI_TABLE,
         .delimiter = ',', .scored = 1, .score_column = 1, .scores = "-2 0.5 -1000 0 -0 "},
        {TEXT("-1\tACGT\t7\n2\tTTTT\t8\n"), .rows = "ACGT TTTT ", .n_records = 2,
         .format = FMI_TABLE, .delimiter = '\t', .column = 1, .weighted = 1,
         .weight_column = 2, .weights = "7 8 ", .scored = 1, .scores = "-1 2 "},
        {TEXT("1,2,x,ACGT\n3,4,y,TTTT\n"), .rows = "ACGT TTTT ", .n_records = 2,
         .format = FMI_TABLE, .delimiter = ',', .column = 3, .weighted = 1,
         .weights = "1 3 ", .scored = 1, .score_column = 1, .scores = "2 4 "},
        /* both may be one column; it is the weight that must not be negative */
        {TEXT("ACGT,3\nTTTT,-3\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .weighted = 1, .weight_column = 1, .weights = "3 ", .scored = 1,
         .score_column = 1, .scores = "3 ", .error = {FMI_BAD_WEIGHT, 2, 2, 5, 2}},
        {TEXT("ACNT,1,-1\nACGT,2,-2\nNNNN,3,-3\nTTTT,4,-4\n"), .rows = "ACGT TTTT ",
         .n_records = 4, .n_dropped = 2, .format = FMI_TABLE, .delimiter = ',',
         .weighted = 1, .weight_column = 1, .weights = "2 4 ", .scored = 1,
         .score_column = 2, .scores = "-2 -4 ", .unknown = FMI_UNKNOWN_DROP},
        {TEXT("ACNT,-1\nACGT,-2\n"), .rows = "AC?T ACGT ", .n_records = 2, .n_unknown = 1,
         .format = FMI_TABLE, .delimiter = ',', .scored = 1, .score_column = 1,
         .scores = "-1 -2 ", .unknown = FMI_UNKNOWN_SKIP},
        {TEXT("ACGT,2\nTTTT, nan\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .scored = 1, .score_column = 1, .scores = "2 ",
         .error = {FMI_BAD_SCORE, 2, 2, 6, 3}},
        {TEXT("ACGT,2\nTTTT,-inf\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .scored = 1, .score_column = 1, .scores = "2 ",
         .error = {FMI_BAD_SCORE, 2, 2, 5, 4}},
        {TEXT("ACGT,2\nTTTT,\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .scored = 1, .score_column = 1, .scores = "2 ",
         .error = {FMI_BAD_SCORE, 2, 2, 5, 0}},
        {TEXT("ACGT,2\nNNNN,two\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .scored = 1, .score_column = 1, .scores = "2 ",
         .unknown = FMI_UNKNOWN_DROP, .error = {FMI_BAD_SCORE, 2, 2, 5, 3}},
        {TEXT("ACGT,1,2\nTTTT,1\n"), .rows = "ACGT ", .n_records = 1, .format = FMI_TABLE,
         .delimiter = ',', .weighted = 1, .weight_column = 1, .weights = "1 ", .scored = 1,
         .score_column = 2, .scores = "2 ", .error = {FMI_BAD_NO_COLUMN, 2, 2, 2, 0}},
    };

    CHECK_EXAMPLES(examples);
}

/* A record of `size` letters, wrapped at `width`; to be freed. */
static char *long_record(const char *before, size_t size, size_t width, const char *after,
                         size_t *total)
{
    const size_t room = strlen(before) + size + size / width + strlen(after) + 1;
    char *text = exact(room);
    char *next = text + strlen(before);

    memcpy(text, before, strlen(before));
    for (size_t x = 0; x < size; x++) {
        if (x > 0 && x % width == 0) {
            *next++ = '\n';
        }
        *next++ = 'A';
    }
    memcpy(next, after, strlen(after));
    *total = (size_t)(next - text) + strlen(after);
    return text;
}

/* `line`: where a record of one letter too many is found. */
static void check_longest(int format, const char *before, size_t width, const char *after,
                          uint64_t line)
{
    for (size_t extra = 0; extra <= 1; extra++) {
        const size_t length = (size_t)FMI_MAX_LENGTH + extra;
        example x = {.format = format, .delimiter = ',', .column = 1};
        char *text = long_record(before, length, width, after, &x.size);
        x.text = text;
        outcome o = parse_all(parser_for(&x, 4), (const uint8_t *)text, x.size, WHOLE);
        CHECK(o.broken == NULL);
        if (extra == 0) {
            CHECK(o.status == FMI_OK && o.n_rows == 1 && o.end.length == FMI_MAX_LENGTH);
        } else {
            CHECK(o.status == FMI_ERR_PARSE && o.end.error.what == FMI_BAD_TOO_LONG);
            CHECK(o.end.error.record == 1 && o.end.error.line == line);
            CHECK(o.end.error.found == FMI_MAX_LENGTH + 1);
        }
        x.text = "(a very long record)";
        outcome cut = parse_all(parser_for(&x, 4), (const uint8_t *)text, x.size,
                                (feeding){100000, 300000, 1, 1});
        CHECK(outcome_differs(&o, &cut) == NULL);
        outcome_free(&o);
        outcome_free(&cut);
        free(text);
    }
}

static void test_too_long(void)
{
    check_longest(FMI_FASTA, ">a\n", SIZE_MAX, "\n", 1);
    check_longest(FMI_FASTA, "\n>a\n", 60, "\n", 2);
    check_longest(FMI_LINES, "\n\n", SIZE_MAX, "\n", 3);
    check_longest(FMI_TABLE, "a,", SIZE_MAX, ",b\n", 1);
}

static void test_too_long_fastq(void)
{
    example x = {.format = FMI_FASTQ};
    char *text =
        long_record("@a\n", (size_t)FMI_MAX_LENGTH + 1, SIZE_MAX, "\n+\n", &x.size);
    outcome o = parse_all(parser_for(&x, 4), (const uint8_t *)text, x.size, WHOLE);

    CHECK(o.broken == NULL && o.status == FMI_ERR_PARSE);
    CHECK(o.end.error.what == FMI_BAD_TOO_LONG && o.end.error.line == 2);
    outcome_free(&o);
    free(text);
}

/* The text with `byte` in place of every '.', under one policy: cuts must not show.  Where
 * it begins with 1, the first column holds weights; with -, scores. */
static void check_byte(int format, int unknown, const char *pattern, int byte)
{
    char text[64];
    const example x = {.text = text,
                       .size = strlen(pattern),
                       .format = format,
                       .unknown = unknown,
                       .delimiter = ',',
                       .column = 1,
                       .weighted = pattern[0] == '1',
                       .scored = pattern[0] == '-'};

    for (size_t i = 0; i <= x.size; i++) {
        text[i] = pattern[i] == '.' ? (char)byte : pattern[i];
    }
    outcome whole = parse_all(parser_for(&x, 4), (const uint8_t *)text, x.size, WHOLE);
    CHECK(whole.broken == NULL);
    for (size_t cut = 0; cut <= x.size; cut++) {
        check_same(&x, &whole, (feeding){cut, SIZE_MAX, 0, 1});
    }
    check_same(&x, &whole, (feeding){0, 1, 1, 1});
    outcome_free(&whole);
}

static void test_all_bytes(void)
{
    for (int byte = 0; byte < 256; byte++) {
        check_byte(FMI_FASTA, byte % 3, ">a\nAC\nG.\n>.b\nACG.\n.>c\nAC\n.\nGT", byte);
        check_byte(FMI_FASTQ, byte % 3, "@a\nACG.\n+.\nIII.\n.@b\n.CGT\n.\nIIII\n", byte);
        check_byte(FMI_LINES, byte % 3, "ACGT\nA.GT\n.\nCGT.\n.ACGT", byte);
        check_byte(FMI_TABLE, byte % 3, "a,ACGT\n.b,A.GT\nc.CGTA,\nd,.ACGT.\n", byte);
        check_byte(FMI_TABLE, byte % 3, "1,ACGT\n.2,ACGT\n3.CGTA,\n4.,ACGT\n", byte);
        check_byte(FMI_TABLE, byte % 3, "-1,ACGT\n-.2,ACGT\n3.CGTA,\n-4.,ACGT\n", byte);
    }
}

/* After an error or an early stop, fmi_parser_free gives back a record half read. */
static void test_free_early(void)
{
    static const uint8_t text[] = ">a\nACGT\nACGT\n";
    const example x = {.text = "", .rows = ""};
    fmi_parser p = parser_for(&x, 4);
    fmi_block block = {.capacity = 0};
    size_t consumed = 0;

    CHECK(fmi_parser_init(&p) == FMI_OK);
    CHECK(fmi_parser_feed(&p, text, sizeof text - 1, 0, &consumed, &block) == FMI_OK);
    CHECK(consumed == sizeof text - 1);
    fmi_parser_free(&p);
    fmi_parser_free(&p);
}

static int init_status(const example *x, uint32_t n_letters)
{
    fmi_parser p = parser_for(x, n_letters);
    const int status = fmi_parser_init(&p);

    fmi_parser_free(&p);
    return status;
}

static void test_bad_params(void)
{
    CHECK(init_status(&(example){.format = FMI_FASTA}, 4) == FMI_OK);
    CHECK(init_status(&(example){.format = -1}, 4) == FMI_ERR_BAD_PARAM);
    CHECK(init_status(&(example){.format = FMI_TABLE + 1}, 4) == FMI_ERR_BAD_PARAM);
    CHECK(init_status(&(example){.unknown = -1}, 4) == FMI_ERR_BAD_PARAM);
    CHECK(init_status(&(example){.unknown = FMI_UNKNOWN_SKIP + 1}, 4) == FMI_ERR_BAD_PARAM);
    CHECK(init_status(&(example){.skip_lines = -1}, 4) == FMI_ERR_BAD_PARAM);
    CHECK(init_status(&(example){.weighted = 1, .column = 1}, 4) == FMI_ERR_BAD_PARAM);
    CHECK(init_status(&(example){.format = FMI_TABLE, .weighted = 1, .column = 1}, 4) ==
          FMI_OK);
    CHECK(init_status(&(example){.format = FMI_TABLE, .weighted = 1}, 4) ==
          FMI_ERR_BAD_PARAM);
    CHECK(init_status(&(example){.scored = 1, .column = 1}, 4) == FMI_ERR_BAD_PARAM);
    CHECK(init_status(&(example){.format = FMI_TABLE, .scored = 1, .column = 1}, 4) ==
          FMI_OK);
    CHECK(init_status(&(example){.format = FMI_TABLE, .scored = 1}, 4) ==
          FMI_ERR_BAD_PARAM);
    CHECK(init_status(&(example){.length = FMI_MAX_LENGTH}, 4) == FMI_OK);
    CHECK(init_status(&(example){.length = FMI_MAX_LENGTH + 1}, 4) == FMI_ERR_BAD_PARAM);
    CHECK(init_status(&(example){.letters = ""}, 1) == FMI_ERR_BAD_PARAM);
    CHECK(init_status(&(example){.letters = ""}, 2) == FMI_OK);
    CHECK(init_status(&(example){.letters = ""}, 255) == FMI_OK);
    CHECK(init_status(&(example){.letters = ""}, 256) == FMI_ERR_BAD_PARAM);
    CHECK(init_status(&(example){.letters = "ACGTU"}, 4) == FMI_ERR_BAD_PARAM);
}

int main(void)
{
    test_fasta();
    test_fastq();
    test_lines();
    test_unknown_letters();
    test_table();
    test_weights();
    test_scores();
    test_too_long();
    test_too_long_fastq();
    test_all_bytes();
    test_free_early();
    test_bad_params();
    return check_done();
}
