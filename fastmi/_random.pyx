"""Thin binding of csrc/random.c and shuffle.c; its rules are those of ``_core.pyx``."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from ._core cimport (
    FMI_CERTAIN,
    FMI_MAX_CONTEXTS,
    FMI_MAX_ORDER,
    Seqs,
    _options,
    check,
    equal,
    fmi_letters,
    fmi_n_contexts,
    fmi_options,
    fmi_random_rows,
    fmi_random_words,
    fmi_row_bytes,
    fmi_shuffle,
    fmi_shuffle_rows,
)

CERTAIN = FMI_CERTAIN
MAX_CONTEXTS = FMI_MAX_CONTEXTS
MAX_ORDER = FMI_MAX_ORDER


def random_words(uint64_t seed, uint32_t stream, uint64_t first, uint64_t at,
                 uint32_t[:, ::1] words not None):
    """Words ``at`` .. of the records ``first`` .., into words[n_rows, n_words]."""
    cdef size_t n = words.shape[0], m = words.shape[1]
    if n and m:
        with nogil:
            fmi_random_words(seed, stream, first, n, at, m, &words[0, 0])


def random_rows(size_t length, uint32_t n_letters, size_t order, thresholds, uint64_t seed,
                uint32_t stream, uint64_t first, int n_threads, uint8_t[:, ::1] rows not None):
    """Packed rows of the records ``first`` ..; see ``fmi_letters`` for the thresholds."""
    cdef const uint32_t[:, ::1] table
    cdef fmi_letters letters
    cdef fmi_options options = _options(n_threads, "", "", 0)
    cdef size_t n = rows.shape[0]
    cdef int status
    letters.length = length
    letters.n_letters = n_letters
    letters.order = order
    letters.n_positions = 1
    letters.thresholds = NULL
    if thresholds is not None:
        table = thresholds
        if n_letters < 2 or order > MAX_ORDER:
            raise ValueError(f"no sequences of {n_letters} letters of order {order}")
        if order == 0 and table.shape[0] != 1:
            letters.n_positions = length
        equal(table.shape[0], letters.n_positions * fmi_n_contexts(n_letters, order)
              if order == 0 else fmi_n_contexts(n_letters, order), "thresholds")
        equal(table.shape[1], n_letters - 1, "a row of thresholds")
        letters.thresholds = &table[0, 0]
    equal(rows.shape[1], fmi_row_bytes(length, n_letters), "a packed row")
    if n == 0:
        return
    with nogil:
        status = fmi_random_rows(&letters, seed, stream, first, n, &options, &rows[0, 0])
    check(status)


def shuffle_rows(Seqs seqs not None, size_t k, size_t window, keep, uint64_t seed,
                 uint32_t stream, uint64_t first, int n_threads,
                 uint8_t[:, ::1] rows not None):
    """Rows of ``seqs``, records ``first`` .., shuffled; see ``fmi_shuffle``."""
    cdef const uint8_t[::1] flags
    cdef fmi_shuffle how
    cdef fmi_options options = _options(n_threads, "", "", 0)
    cdef int status
    how.k = k
    how.window = window
    how.keep = NULL
    if keep is not None:
        flags = keep
        equal(flags.shape[0], seqs.c.length, "keep")
        how.keep = &flags[0]
    equal(rows.shape[0], seqs.c.n_rows, "rows")
    equal(rows.shape[1], fmi_row_bytes(seqs.c.length, seqs.c.n_letters), "a packed row")
    if seqs.c.n_rows == 0:
        return
    with nogil:
        status = fmi_shuffle_rows(&seqs.c, &how, seed, stream, first, &options, &rows[0, 0])
    check(status)
