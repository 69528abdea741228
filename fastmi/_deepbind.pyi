import numpy as np
import numpy.typing as npt

from ._core import Seqs

_Floats = npt.NDArray[np.float32]

MAX_DETECTOR: int
MAX_DETECTORS: int
MAX_HIDDEN: int

def window(detector_length: int) -> int: ...

class Model:
    def __init__(
        self,
        detector_length: int,
        n_detectors: int,
        n_hidden: int,
        has_mean: bool,
        both_strands: bool,
        *,
        detectors: _Floats,
        thresholds: _Floats,
        weights1: _Floats,
        biases1: _Floats,
        weights2: _Floats,
        biases2: _Floats,
    ) -> None: ...

def scores(
    model: Model,
    seqs: Seqs,
    n_threads: int,
    control: npt.NDArray[np.int64],
    scores: _Floats,
    *,
    isa: str = "",
) -> None: ...
