"""Thin binding of csrc/deepbind.c; its rules are those of ``_core.pyx``."""

from libc.stdint cimport int64_t

from ._core cimport (
    FMI_MAX_DETECTOR,
    FMI_MAX_DETECTORS,
    FMI_MAX_HIDDEN,
    Seqs,
    _control,
    _options,
    check,
    equal,
    fmi_control,
    fmi_deepbind,
    fmi_deepbind_scores,
    fmi_deepbind_window,
    fmi_options,
)

MAX_DETECTOR = FMI_MAX_DETECTOR
MAX_DETECTORS = FMI_MAX_DETECTORS
MAX_HIDDEN = FMI_MAX_HIDDEN


def window(size_t detector_length):
    """Letters in a window."""
    return fmi_deepbind_window(detector_length)


cdef const float *_floats(const float[::1] array, size_t wanted, str what) except? NULL:
    equal(array.shape[0], wanted, what)
    return &array[0] if wanted else NULL


cdef class Model:
    """The parameters of a model (see ``fmi_deepbind``); keeps the arrays alive."""

    cdef fmi_deepbind c
    cdef object _keep

    def __init__(self, size_t detector_length, size_t n_detectors, size_t n_hidden,
                 bint has_mean, bint both_strands, *, detectors, thresholds, weights1, biases1,
                 weights2, biases2):
        if not (1 <= detector_length <= FMI_MAX_DETECTOR and
                1 <= n_detectors <= FMI_MAX_DETECTORS and n_hidden <= FMI_MAX_HIDDEN):
            raise ValueError(f"no model of {n_detectors} detectors of {detector_length} letters "
                             f"and {n_hidden} hidden units")
        cdef size_t units = n_hidden if n_hidden else 1
        self.c.detector_length = detector_length
        self.c.n_detectors = n_detectors
        self.c.n_hidden = n_hidden
        self.c.has_mean = has_mean
        self.c.both_strands = both_strands
        self.c.detectors = _floats(detectors, detector_length * 4 * n_detectors, "detectors")
        self.c.thresholds = _floats(thresholds, n_detectors, "thresholds")
        self.c.weights1 = _floats(weights1, n_detectors * (2 if has_mean else 1) * units,
                                  "weights1")
        self.c.biases1 = _floats(biases1, units, "biases1")
        self.c.weights2 = _floats(weights2, n_hidden, "weights2")
        self.c.biases2 = _floats(biases2, 1 if n_hidden else 0, "biases2")
        self._keep = (detectors, thresholds, weights1, biases1, weights2, biases2)


def scores(Model model not None, Seqs seqs not None, int n_threads,
           int64_t[::1] control not None, float[::1] scores not None, *, str isa=""):
    """The score of each row of four letters."""
    cdef fmi_options options = _options(n_threads, isa, "", 0)
    cdef fmi_control *state = _control(control)
    cdef float *out = &scores[0] if scores.shape[0] else NULL
    cdef int status
    equal(scores.shape[0], seqs.c.n_rows, "scores")
    with nogil:
        status = fmi_deepbind_scores(&model.c, &seqs.c, &options, state, out)
    check(status)
