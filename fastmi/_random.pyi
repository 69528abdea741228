import numpy as np
import numpy.typing as npt

from ._core import Seqs

CERTAIN: int
MAX_CONTEXTS: int
MAX_ORDER: int

def random_words(
    seed: int, stream: int, first: int, at: int, words: npt.NDArray[np.uint32]
) -> None: ...
def random_rows(
    length: int,
    n_letters: int,
    order: int,
    thresholds: npt.NDArray[np.uint32] | None,
    seed: int,
    stream: int,
    first: int,
    n_threads: int,
    rows: npt.NDArray[np.uint8],
) -> None: ...
def shuffle_rows(
    seqs: Seqs,
    k: int,
    window: int,
    keep: npt.NDArray[np.uint8] | None,
    seed: int,
    stream: int,
    first: int,
    n_threads: int,
    rows: npt.NDArray[np.uint8],
) -> None: ...
