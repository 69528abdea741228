import numpy as np
import numpy.typing as npt

from ._core import Seqs

def one_hot(
    seqs: Seqs,
    columns: npt.NDArray[np.uint8],
    n_columns: int,
    by_letter: bool,
    one: bytes,
    unknown: bytes,
    n_threads: int,
    out: npt.NDArray[np.uint8],
) -> None: ...
