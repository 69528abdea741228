"""Thin binding of csrc/fmi.h: typed memoryviews in, one call without the GIL, errors out.

No algorithm lives here, and no loop over data.  What the numbers mean stands in plain NumPy
in ``_reference.py``; the C declarations in ``_core.pxd``.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

HAS_OPENMP = bool(fmi_has_openmp())
MAX_KMERS = FMI_MAX_KMERS
MAX_LENGTH = FMI_MAX_LENGTH
MAX_LETTERS = FMI_MAX_LETTERS
MAX_PSEUDOCOUNT = FMI_MAX_PSEUDOCOUNT
UNKNOWN_CODE = FMI_UNKNOWN
NEED_ROOM, NEED_LENGTH = FMI_PARSE_ROOM, FMI_PARSE_LENGTH
POLICIES = {
    "error": FMI_UNKNOWN_ERROR,
    "drop": FMI_UNKNOWN_DROP,
    "skip": FMI_UNKNOWN_SKIP,
}
GAPS = {"match": FMI_GAPS_MATCH, "ignore": FMI_GAPS_IGNORE}
FORMATS = {
    "fasta": FMI_FASTA,
    "fastq": FMI_FASTQ,
    "lines": FMI_LINES,
    "table": FMI_TABLE,
}
KERNELS = {
    "plain": FMI_KERNEL_PLAIN,
    "planes": FMI_KERNEL_PLANES,
    "groups": FMI_KERNEL_GROUPS,
    "bytes": FMI_KERNEL_BYTES,
    "sparse": FMI_KERNEL_SPARSE,
    "weights": FMI_KERNEL_WEIGHTS,
}
BAD = {
    FMI_BAD_LETTER: "letter",
    FMI_BAD_LENGTH: "length",
    FMI_BAD_EMPTY: "empty",
    FMI_BAD_TOO_LONG: "too long",
    FMI_BAD_NO_HEADER: "no header",
    FMI_BAD_NO_PLUS: "no plus",
    FMI_BAD_QUALITY: "quality",
    FMI_BAD_CUT: "cut",
    FMI_BAD_COLUMNS: "columns",
    FMI_BAD_NO_COLUMN: "no column",
    FMI_BAD_BINARY: "binary",
    FMI_BAD_WEIGHT: "weight",
    FMI_BAD_SCORE: "score",
}


_ISAS = {fmi_isa_name(isa).decode("ascii"): isa for isa in range(FMI_ISA_BEST + 1, FMI_N_ISAS)}
ALL_ISAS = tuple(_ISAS)
ISAS = tuple([name for name, isa in _ISAS.items() if fmi_isa_resolve(isa) == isa])


class Cancelled(Exception):
    """The job's control array asked it to stop."""


cdef int check(int status) except -1:
    if status >= 0:
        return 0
    message = fmi_strerror(status).decode("ascii")
    if status == FMI_ERR_NOMEM:
        raise MemoryError(message)
    if status == FMI_ERR_BAD_PARAM:
        raise ValueError(message)
    if status == FMI_ERR_OVERFLOW:
        raise OverflowError(message)
    if status == FMI_ERR_CANCELLED:
        raise Cancelled(message)
    raise RuntimeError(f"{message} This is a bug in fastmi: please report it.")


cdef int equal(size_t found, size_t wanted, str what) except -1:
    """Protects the C code: a buffer of another size than its contract stops here."""
    if found != wanted:
        raise ValueError(f"{what} has {found} elements, expected {wanted}")
    return 0


cdef class Seqs:
    """A view of packed rows (see ``fmi_seqs``); keeps the arrays alive."""

    def __init__(self, const uint8_t[:, ::1] rows not None, mask, size_t length,
                 uint32_t n_letters, weights=None):
        cdef const uint8_t[:, ::1] bits
        cdef const uint64_t[::1] counted
        if length == 0 or length > FMI_MAX_LENGTH or not 2 <= n_letters <= FMI_MAX_LETTERS:
            raise ValueError(f"no sequences of {length} letters out of {n_letters}")
        equal(rows.shape[1], fmi_row_bytes(length, n_letters), "a packed row")
        self.c.n_rows = rows.shape[0]
        self.c.length = length
        self.c.n_letters = n_letters
        self.c.rows = &rows[0, 0] if rows.shape[0] else NULL
        self.c.mask = NULL
        self.c.weights = NULL
        if weights is not None:
            counted = weights
            equal(counted.shape[0], rows.shape[0], "weights")
            self.c.weights = &counted[0] if counted.shape[0] else NULL
        if mask is not None:
            bits = mask
            equal(bits.shape[0], rows.shape[0], "mask")
            equal(bits.shape[1], fmi_mask_bytes(length), "a mask row")
            if n_letters != 4:
                raise ValueError("only four-letter alphabets have a mask")
            self.c.mask = &bits[0, 0] if bits.shape[0] else NULL
        self._keep = (rows, mask, weights)


def row_bytes(size_t length, uint32_t n_letters):
    return fmi_row_bytes(length, n_letters)


def n_kmers(uint32_t n_letters, size_t k):
    """n_letters**k, or 0 where that is outside 2 .. MAX_KMERS."""
    return fmi_n_kmers(n_letters, k)


def n_pairs(size_t length, size_t k):
    return fmi_n_pairs(length, k)


def mask_bytes(size_t length):
    return fmi_mask_bytes(length)


cdef fmi_options _options(int n_threads, str isa, str kernel, size_t most_rows,
                          tuple between=(0, 0)) except *:
    """Names to numbers; an empty one is the best.  between: n_left and right."""
    cdef fmi_options options
    if isa and isa not in _ISAS:
        raise ValueError(f"isa must be one of {', '.join(_ISAS)}, got {isa!r}")
    if isa and isa not in ISAS:
        raise ValueError(f"this machine has no {isa}; it has: {', '.join(ISAS)}")
    if kernel and kernel not in KERNELS:
        raise ValueError(f"kernel must be one of {', '.join(KERNELS)}, got {kernel!r}")
    options.n_threads = n_threads
    options.isa = _ISAS[isa] if isa else FMI_ISA_BEST
    options.kernel = KERNELS[kernel] if kernel else FMI_KERNEL_BEST
    options.most_rows = most_rows
    options.n_left, options.right = between
    return options


cdef int _check_job(int status, Seqs seqs, size_t k, fmi_options options, str kernel,
                    str made="") except -1:
    """As check; says it where the kernel is what was wrong.  made: what not all of them do."""
    cdef bint can_count
    if status == FMI_ERR_BAD_PARAM and kernel:
        can_count = fmi_kernel_name(&seqs.c, k, &options) != NULL
        if can_count and made:
            raise ValueError(f"the kernel {kernel} makes no {made}")
        options.kernel = FMI_KERNEL_BEST
        if not can_count and fmi_kernel_name(&seqs.c, k, &options) != NULL:
            raise ValueError(f"the kernel {kernel} cannot count {k}-mers of "
                             f"{seqs.c.n_letters} letters in these sequences")
    return check(status)


def scratch_bytes(Seqs seqs not None, size_t k, int n_threads, *, str isa not None="",
                  str kernel not None="", size_t most_rows=0):
    """Bytes that pairwise_mi takes beside its results; 0 where it would refuse."""
    cdef fmi_options options = _options(n_threads, isa, kernel, most_rows)
    cdef size_t n
    with nogil:
        n = fmi_scratch_bytes(&seqs.c, k, &options)
    return n


def kernel_name(Seqs seqs not None, size_t k, *, str isa not None="", str kernel not None=""):
    """What would count, as "groups-avx2"."""
    cdef fmi_options options = _options(1, isa, kernel, 0)
    cdef const char *name
    with nogil:
        name = fmi_kernel_name(&seqs.c, k, &options)
    if name == NULL:
        _check_job(FMI_ERR_BAD_PARAM, seqs, k, options, kernel)
    return name.decode("ascii")


def encode_rows(const uint8_t[:, ::1] letters not None, const uint8_t[::1] lut not None,
                uint32_t n_letters, uint8_t[:, ::1] rows not None, mask,
                uint32_t[::1] n_unknown not None):
    cdef size_t n = letters.shape[0], length = letters.shape[1]
    cdef uint8_t[:, ::1] bits
    cdef uint8_t *mask_at = NULL
    equal(lut.shape[0], 256, "lut")
    equal(rows.shape[0], n, "rows")
    equal(rows.shape[1], fmi_row_bytes(length, n_letters), "a packed row")
    equal(n_unknown.shape[0], n, "n_unknown")
    if n == 0 or length == 0:
        return
    if mask is not None:
        bits = mask
        equal(bits.shape[0], n, "mask")
        equal(bits.shape[1], fmi_mask_bytes(length), "a mask row")
        mask_at = &bits[0, 0]
    with nogil:
        fmi_encode_rows(&letters[0, 0], n, length, &lut[0], n_letters, &rows[0, 0], mask_at,
                        &n_unknown[0])


def decode_rows(Seqs seqs not None, uint8_t[:, ::1] codes not None):
    equal(codes.shape[0], seqs.c.n_rows, "codes")
    equal(codes.shape[1], seqs.c.length, "a row of codes")
    if seqs.c.n_rows:
        with nogil:
            fmi_decode_rows(&seqs.c, &codes[0, 0])


cdef class Parser:
    """Text to packed rows; see ``fmi_parser`` in csrc/fmi.h."""

    cdef fmi_parser c

    def __cinit__(self, int format, const uint8_t[::1] lut not None, uint32_t n_letters,
                  int unknown, size_t length=0, size_t column=0, uint8_t delimiter=0,
                  int skip_lines=0, tuple number_columns=(None,) * FMI_N_NUMBERS):
        equal(lut.shape[0], 256, "lut")
        self.c.format = format
        self.c.n_letters = n_letters
        self.c.unknown = unknown
        self.c.length = length
        self.c.column = column
        equal(len(number_columns), FMI_N_NUMBERS, "number_columns")
        for n, number_column in enumerate(number_columns):
            self.c.number_columns[n] = (
                FMI_NO_COLUMN if number_column is None else number_column
            )
        self.c.delimiter = delimiter
        self.c.skip_lines = skip_lines
        for b in range(256):
            self.c.lut[b] = lut[b]
        check(fmi_parser_init(&self.c))

    def __dealloc__(self):
        fmi_parser_free(&self.c)

    def feed(self, const uint8_t[::1] buffer not None, size_t start, size_t stop, bint last,
             rows, mask, numbers not None, size_t n_rows):
        """Parse buffer[start:stop] into rows[n_rows:]; (status, consumed, new n_rows)."""
        cdef uint8_t[:, ::1] row_view
        cdef uint8_t[:, ::1] mask_view
        cdef double[::1] number_view
        cdef const uint8_t *at = NULL
        cdef size_t consumed = 0
        cdef fmi_block out
        cdef int status
        out.rows = NULL
        out.mask = NULL
        equal(len(numbers), FMI_N_NUMBERS, "numbers")
        for n in range(FMI_N_NUMBERS):
            out.numbers[n] = NULL
        out.capacity = 0
        out.n_rows = n_rows
        if rows is not None:
            row_view = rows
            equal(row_view.shape[1], fmi_row_bytes(self.c.length, self.c.n_letters), "a row")
            out.capacity = row_view.shape[0]
            out.rows = &row_view[0, 0] if out.capacity else NULL
            if mask is not None:
                mask_view = mask
                equal(mask_view.shape[0], out.capacity, "mask")
                equal(mask_view.shape[1], fmi_mask_bytes(self.c.length), "a mask row")
                out.mask = &mask_view[0, 0] if out.capacity else NULL
            for n, array in enumerate(numbers):
                if (array is None) != (self.c.number_columns[n] == FMI_NO_COLUMN):
                    raise ValueError("numbers go with a column of them")
                if array is not None:
                    number_view = array
                    equal(number_view.shape[0], out.capacity, "numbers")
                    out.numbers[n] = &number_view[0] if out.capacity else NULL
        if start > stop or stop > <size_t>buffer.shape[0] or n_rows > out.capacity:
            raise ValueError("part outside the buffer")
        if stop > start:
            at = &buffer[start]
        with nogil:
            status = fmi_parser_feed(&self.c, at, stop - start, last, &consumed, &out)
        if status != FMI_ERR_PARSE:
            check(status)
        return status, consumed, out.n_rows

    @property
    def length(self):
        return self.c.length

    @property
    def n_records(self):
        return self.c.n_records

    @property
    def n_dropped(self):
        return self.c.n_dropped

    @property
    def n_unknown(self):
        return self.c.n_unknown

    @property
    def line(self):
        return self.c.line

    @property
    def name(self):
        return (<bytes>self.c.name).decode("utf-8", "replace")

    @property
    def error(self):
        """(what, record, line, position, found); ``what`` is one of the values of BAD."""
        cdef fmi_parse_error e = self.c.error
        return BAD.get(e.what, ""), e.record, e.line, e.position, e.found


cdef fmi_control *_control(int64_t[::1] control) except NULL:
    equal(control.shape[0], 2, "control")
    return <fmi_control *>&control[0]


cdef int _check_values(str what, double[::1] values, uint64_t[::1] n_ij,
                       size_t n) except -1:
    """Of so many pairs, each has a value and a number of sequences."""
    equal(values.shape[0], n, what)
    equal(n_ij.shape[0], n, "n_ij")
    return 0


cdef uint64_t *_margins(margins, size_t n, size_t m) except? NULL:
    """Where margins go; NULL where they are not wanted."""
    cdef uint64_t[:, :, ::1] view
    if margins is None:
        return NULL
    view = margins
    equal(view.shape[0], n, "margins")
    equal(view.shape[1], 2, "the margins of a table")
    equal(view.shape[2], m, "a margin")
    return &view[0, 0, 0]


def pairwise_mi(Seqs seqs not None, size_t k, double pseudocount, int n_threads,
                int64_t[::1] control not None, double[::1] mi not None,
                uint64_t[::1] n_ij not None, *, str isa not None="", str kernel not None="",
                size_t most_rows=0, tuple between not None=(0, 0)):
    cdef fmi_control *state = _control(control)
    cdef fmi_options options = _options(n_threads, isa, kernel, most_rows, between)
    cdef int status
    _check_values("mi", mi, n_ij, fmi_n_chosen(seqs.c.length, k, &options))
    if mi.shape[0] == 0:
        return
    with nogil:
        status = fmi_pairwise_mi(&seqs.c, k, pseudocount, &options, state, &mi[0], &n_ij[0])
    _check_job(status, seqs, k, options, kernel)


def pairwise_x2(Seqs seqs not None, size_t k, double scale, double damping, int n_threads,
                int64_t[::1] control not None, double[::1] x2 not None,
                uint64_t[::1] n_ij not None, margins=None, *, str isa not None="",
                str kernel not None="", size_t most_rows=0, tuple between not None=(0, 0)):
    cdef fmi_control *state = _control(control)
    cdef fmi_options options = _options(n_threads, isa, kernel, most_rows, between)
    cdef uint64_t *margins_at
    cdef int status
    _check_values("x2", x2, n_ij, fmi_n_chosen(seqs.c.length, k, &options))
    if x2.shape[0] == 0:
        return
    margins_at = _margins(margins, x2.shape[0], fmi_n_kmers(seqs.c.n_letters, k))
    with nogil:
        status = fmi_pairwise_x2(&seqs.c, k, scale, damping, &options, state, &x2[0],
                                 &n_ij[0], margins_at)
    _check_job(status, seqs, k, options, kernel, "X^2")


cdef bint _wide(tables) except -1:
    """Whether the cells have 64 bits, for weights; the views below check all else."""
    if tables is None:
        raise TypeError("tables must be an array, got None")
    return tables.dtype.itemsize == 8


def count_pairs(Seqs seqs not None, size_t k, int n_threads, int64_t[::1] control not None,
                tables, *, str isa not None="", str kernel not None="", size_t most_rows=0):
    """uint64 tables are for weights."""
    cdef fmi_control *state = _control(control)
    cdef fmi_options options = _options(n_threads, isa, kernel, most_rows)
    cdef bint wide = _wide(tables)
    cdef uint32_t[:, :, ::1] counts
    cdef uint64_t[:, :, ::1] weights
    cdef int status
    if wide:
        weights = tables
    else:
        counts = tables
    equal(tables.shape[0], fmi_n_pairs(seqs.c.length, k), "tables")
    equal(tables.shape[1], fmi_n_kmers(seqs.c.n_letters, k), "a table")
    equal(tables.shape[2], tables.shape[1], "a row of a table")
    if tables.size == 0:
        return
    with nogil:
        if wide:
            status = fmi_weigh_pairs(&seqs.c, k, &options, state, &weights[0, 0, 0])
        else:
            status = fmi_count_pairs(&seqs.c, k, &options, state, &counts[0, 0, 0])
    _check_job(status, seqs, k, options, kernel, "tables")


def count_pair(Seqs seqs not None, size_t k, size_t i, size_t j,
               uint64_t[:, ::1] table not None):
    cdef int status
    equal(table.shape[0], fmi_n_kmers(seqs.c.n_letters, k), "table")
    equal(table.shape[1], table.shape[0], "a row of table")
    if table.shape[0] == 0:
        return
    with nogil:
        status = fmi_count_pair(&seqs.c, k, i, j, &table[0, 0])
    check(status)


def count_kmers(Seqs seqs not None, size_t k, int n_threads, int64_t[::1] control not None,
                uint64_t[:, ::1] counts not None):
    cdef fmi_control *state = _control(control)
    cdef fmi_options options = _options(n_threads, "", "", 0)
    cdef int status
    if k == 0 or k > seqs.c.length:
        raise ValueError(f"k must be between 1 and {seqs.c.length}, got {k}")
    equal(counts.shape[0], seqs.c.length - k + 1, "counts")
    equal(counts.shape[1], fmi_n_kmers(seqs.c.n_letters, k), "a row of counts")
    if counts.shape[1] == 0:
        return
    with nogil:
        status = fmi_count_kmers(&seqs.c, k, &options, state, &counts[0, 0])
    check(status)


cdef struct Tables:  # of all pairs; one of the two holds the cells
    const uint32_t *counts
    const uint64_t *weights
    size_t n
    size_t m


cdef Tables _tables(tables) except *:
    """Where the cells of an array are that its owner keeps alive; nowhere if there are none."""
    cdef const uint32_t[:, :, ::1] counts
    cdef const uint64_t[:, :, ::1] weights
    cdef Tables found = Tables(NULL, NULL, 0, 0)
    cdef bint wide = _wide(tables)
    if wide:
        weights = tables
    else:
        counts = tables
    found.n, found.m = tables.shape[0], tables.shape[1]
    equal(tables.shape[2], found.m, "a row of a table")
    if tables.size and wide:
        found.weights = &weights[0, 0, 0]
    elif tables.size:
        found.counts = &counts[0, 0, 0]
    return found


def mi_tables(tables, double pseudocount, int n_threads, int64_t[::1] control not None,
              double[::1] mi not None, uint64_t[::1] n_ij not None, *, str isa not None=""):
    cdef fmi_control *state = _control(control)
    cdef fmi_options options = _options(n_threads, isa, "", 0)
    cdef Tables t = _tables(tables)
    cdef int status
    _check_values("mi", mi, n_ij, t.n)
    if t.n == 0 or t.m == 0:
        return
    with nogil:
        if t.weights != NULL:
            status = fmi_mi_weights(t.weights, t.n, t.m, pseudocount, &options, state, &mi[0],
                                    &n_ij[0])
        else:
            status = fmi_mi_tables(t.counts, t.n, t.m, pseudocount, &options, state, &mi[0],
                                   &n_ij[0])
    check(status)


def x2_tables(tables, double scale, double damping, int n_threads,
              int64_t[::1] control not None, double[::1] x2 not None,
              uint64_t[::1] n_ij not None, margins=None, *, str isa not None=""):
    cdef fmi_control *state = _control(control)
    cdef fmi_options options = _options(n_threads, isa, "", 0)
    cdef Tables t = _tables(tables)
    cdef uint64_t *margins_at
    cdef int status
    _check_values("x2", x2, n_ij, t.n)
    if t.n == 0 or t.m == 0:
        return
    margins_at = _margins(margins, t.n, t.m)
    with nogil:
        if t.weights != NULL:
            status = fmi_x2_weights_tables(t.weights, t.n, t.m, scale, damping, &options,
                                           state, &x2[0], &n_ij[0], margins_at)
        else:
            status = fmi_x2_tables(t.counts, t.n, t.m, scale, damping, &options, state,
                                   &x2[0], &n_ij[0], margins_at)
    check(status)


def count_neighbours(Seqs seqs not None, double identity, int gaps, int n_threads,
                     int64_t[::1] control not None, uint32_t[::1] neighbours not None, *,
                     str isa not None=""):
    cdef fmi_control *state = _control(control)
    cdef fmi_options options = _options(n_threads, isa, "", 0)
    cdef int status
    equal(neighbours.shape[0], seqs.c.n_rows, "neighbours")
    if neighbours.shape[0] == 0:
        return
    with nogil:
        status = fmi_count_neighbours(&seqs.c, identity, gaps, &options, state,
                                      &neighbours[0])
    check(status)
