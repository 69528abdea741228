"""Thin binding of csrc/one_hot.c; its rules are those of ``_core.pyx``."""

from libc.stdint cimport uint8_t

from ._core cimport Seqs, _options, check, equal, fmi_one_hot, fmi_options, fmi_write_one_hot


def one_hot(Seqs seqs not None, const uint8_t[::1] columns not None, size_t n_columns,
            bint by_letter, bytes one not None, bytes unknown not None, int n_threads,
            uint8_t[::1] out not None):
    """All rows into ``out``, the bytes of the array; see ``fmi_one_hot``."""
    cdef fmi_one_hot form
    cdef fmi_options options = _options(n_threads, "", "", 0)
    cdef const uint8_t[::1] ones = one, unknowns = unknown
    cdef int status
    equal(columns.shape[0], seqs.c.n_letters, "columns")
    if len(one) < 1 or n_columns < 1 or n_columns > 255:
        raise ValueError(f"no one-hot of {n_columns} columns of {len(one)} bytes")
    equal(len(unknown), len(one), "unknown")
    form.columns = &columns[0]
    form.n_columns = n_columns
    form.by_letter = by_letter
    form.size = len(one)
    form.one = &ones[0]
    form.unknown = &unknowns[0]
    equal(out.shape[0], seqs.c.n_rows * seqs.c.length * n_columns * form.size, "out")
    if seqs.c.n_rows == 0:
        return
    with nogil:
        status = fmi_write_one_hot(&seqs.c, &form, &options, &out[0])
    check(status)
