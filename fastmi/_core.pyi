"""Types of the compiled binding; held against the built module by stubtest."""

import numpy as np
import numpy.typing as npt

_U8 = npt.NDArray[np.uint8]
_U32 = npt.NDArray[np.uint32]
_U64 = npt.NDArray[np.uint64]
_F64 = npt.NDArray[np.float64]
_Control = npt.NDArray[np.int64]

HAS_OPENMP: bool
MAX_KMERS: int
MAX_LENGTH: int
MAX_LETTERS: int
NEED_ROOM: int
NEED_LENGTH: int
MAX_PSEUDOCOUNT: float
UNKNOWN_CODE: int
POLICIES: dict[str, int]
GAPS: dict[str, int]
FORMATS: dict[str, int]
KERNELS: dict[str, int]
BAD: dict[int, str]
ALL_ISAS: tuple[str, ...]
ISAS: tuple[str, ...]

class Cancelled(Exception): ...

class Seqs:
    def __init__(
        self,
        rows: _U8,
        mask: _U8 | None,
        length: int,
        n_letters: int,
        weights: _U64 | None = None,
    ) -> None: ...

class Parser:
    def __new__(
        cls,
        format: int,
        lut: _U8,
        n_letters: int,
        unknown: int,
        length: int = ...,
        column: int = ...,
        delimiter: int = ...,
        skip_lines: int = ...,
        number_columns: tuple[int | None, ...] = ...,
    ) -> Parser: ...
    def feed(
        self,
        buffer: _U8,
        start: int,
        stop: int,
        last: bool,
        rows: _U8 | None,
        mask: _U8 | None,
        numbers: tuple[_F64 | None, ...],
        n_rows: int,
    ) -> tuple[int, int, int]: ...
    @property
    def length(self) -> int: ...
    @property
    def n_records(self) -> int: ...
    @property
    def n_dropped(self) -> int: ...
    @property
    def n_unknown(self) -> int: ...
    @property
    def line(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def error(self) -> tuple[str, int, int, int, int]: ...

def row_bytes(length: int, n_letters: int) -> int: ...
def n_kmers(n_letters: int, k: int) -> int: ...
def n_pairs(length: int, k: int) -> int: ...
def mask_bytes(length: int) -> int: ...
def scratch_bytes(
    seqs: Seqs,
    k: int,
    n_threads: int,
    *,
    isa: str = "",
    kernel: str = "",
    most_rows: int = 0,
) -> int: ...
def kernel_name(seqs: Seqs, k: int, *, isa: str = "", kernel: str = "") -> str: ...
def encode_rows(
    letters: _U8, lut: _U8, n_letters: int, rows: _U8, mask: _U8 | None, n_unknown: _U32
) -> None: ...
def decode_rows(seqs: Seqs, codes: _U8) -> None: ...
def pairwise_mi(
    seqs: Seqs,
    k: int,
    pseudocount: float,
    n_threads: int,
    control: _Control,
    mi: _F64,
    n_ij: _U64,
    *,
    isa: str = "",
    kernel: str = "",
    most_rows: int = 0,
    between: tuple[int, int] = (0, 0),
) -> None: ...
def pairwise_x2(
    seqs: Seqs,
    k: int,
    scale: float,
    damping: float,
    n_threads: int,
    control: _Control,
    x2: _F64,
    n_ij: _U64,
    margins: _U64 | None = None,
    *,
    isa: str = "",
    kernel: str = "",
    most_rows: int = 0,
    between: tuple[int, int] = (0, 0),
) -> None: ...
def count_pairs(
    seqs: Seqs,
    k: int,
    n_threads: int,
    control: _Control,
    tables: _U32 | _U64,
    *,
    isa: str = "",
    kernel: str = "",
    most_rows: int = 0,
) -> None: ...
def count_pair(seqs: Seqs, k: int, i: int, j: int, table: _U64) -> None: ...
def count_kmers(
    seqs: Seqs, k: int, n_threads: int, control: _Control, counts: _U64
) -> None: ...
def mi_tables(
    tables: _U32 | _U64,
    pseudocount: float,
    n_threads: int,
    control: _Control,
    mi: _F64,
    n_ij: _U64,
    *,
    isa: str = "",
) -> None: ...
def x2_tables(
    tables: _U32 | _U64,
    scale: float,
    damping: float,
    n_threads: int,
    control: _Control,
    x2: _F64,
    n_ij: _U64,
    margins: _U64 | None = None,
    *,
    isa: str = "",
) -> None: ...
def count_neighbours(
    seqs: Seqs,
    identity: float,
    gaps: int,
    n_threads: int,
    control: _Control,
    neighbours: _U32,
    *,
    isa: str = "",
) -> None: ...
