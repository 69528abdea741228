"""Fixtures that several test files share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastmi import _core, _reference

# A user's machine has no reference data beside the project; tests that need it skip.
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

# Row and position counts around the edges of bytes, words and blocks.
AWKWARD = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65)

THREADS = (1, 2, 5)  # numbers of threads that must not change a result


@pytest.fixture(scope="session", autouse=True)
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run outside the source folder, so that every child process finds what is installed."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    yield
    os.chdir(before)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data, or a skip."""
    if not SHARED.is_dir():
        pytest.skip("the reference data (../shared/data) are not here")
    return SHARED


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """A generator whose seed is printed where a test fails; FASTMI_TEST_SEED sets it."""
    seed = int(os.environ.get("FASTMI_TEST_SEED", "20260101"))
    print(f"seed {seed}")
    return np.random.default_rng(seed)


@pytest.fixture(params=THREADS)
def n_threads(request: pytest.FixtureRequest) -> int:
    """Numbers of threads that must not change a result."""
    return int(request.param)


@pytest.fixture(params=_core.ALL_ISAS)
def isa(request: pytest.FixtureRequest) -> str:
    """Instruction sets: the name of one that is here, or a skip."""
    if request.param not in _core.ISAS:
        pytest.skip(f"this machine has no {request.param}")
    return str(request.param)


@pytest.fixture(params=_core.KERNELS)
def kernel(request: pytest.FixtureRequest) -> str:
    """Kernels, by the names that ``_core`` takes; no one of them counts everything."""
    return str(request.param)


@pytest.fixture
def forced_isa(isa: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, forced on the public functions."""
    monkeypatch.setenv("FASTMI_ISA", isa)
    return isa


def random_codes(
    rng: np.random.Generator, n: int, length: int, size: int, missing: float = 0.0
) -> np.ndarray:
    """Uniform codes with correlated neighbours, and 255 at a share of the letters."""
    codes = rng.integers(0, size, (n, length), dtype=np.uint8)
    if length > 3:
        copied = rng.random(n) < 0.4
        codes[copied, length - 1] = codes[copied, 1]
    codes[rng.random((n, length)) < missing] = 255
    return codes


def seqs_of(codes: np.ndarray, size: int) -> _core.Seqs:
    """The core's view of reference-packed rows, masked only where letters are missing."""
    rows, mask = _reference.encode_rows(codes, size)
    if mask is not None and not mask.any():
        mask = None
    return _core.Seqs(rows, mask, codes.shape[1], size)


MI_ONLY = ("sparse",)  # kernels that make no tables


def can_count(seqs: _core.Seqs, k: int, kernel: str) -> bool:
    """Whether the kernel counts this k in these sequences."""
    try:
        name = _core.kernel_name(seqs, k, kernel=kernel)
    except ValueError:
        return False
    return name.startswith(kernel)


def kernels_for(size: int, k: int, missing: float) -> list[str]:
    """The kernels that count this alphabet and k."""
    codes = np.zeros((1, 2 * k), np.uint8)
    codes[0, 0] = 255 if missing else 0
    return [kernel for kernel in _core.KERNELS if can_count(seqs_of(codes, size), k, kernel)]


def core_mi(
    seqs: _core.Seqs, length: int, k: int, p: float, n_threads: int = 1, **options: Any
) -> tuple[Any, Any]:
    """MI and numbers of all pairs, from the core alone."""
    n_pairs = _core.n_pairs(length, k)
    mi, n_ij = np.full(n_pairs, -1.0), np.zeros(n_pairs, np.uint64)
    state = np.zeros(2, np.int64)
    _core.pairwise_mi(seqs, k, p, n_threads, state, mi, n_ij, **options)
    return mi, n_ij


def core_tables(
    seqs: _core.Seqs, length: int, size: int, k: int, n_threads: int = 1, **options: Any
) -> np.ndarray:
    """Joint counts of all pairs, from the core alone."""
    m = size**k
    cell = np.uint64 if options.get("kernel") == "weights" else np.uint32
    tables = np.zeros((_core.n_pairs(length, k), m, m), cell)
    _core.count_pairs(seqs, k, n_threads, np.zeros(2, np.int64), tables, **options)
    return tables


def reference_tables(codes: np.ndarray, size: int, k: int) -> np.ndarray:
    """Joint counts of all pairs by the reference."""
    pairs = list(_reference.pairs(codes.shape[1], k))
    m = size**k
    tables = np.empty((len(pairs), m, m), np.uint32)  # int64 would take 0.5 GB at k = 6
    for table, (i, j) in zip(tables, pairs, strict=True):
        table[:] = _reference.count_pair(codes, size, k, i, j)
    return tables


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command in this process: its status, stdout and stderr."""
    import matplotlib as mpl

    from fastmi.cli import main

    mpl.use("Agg")

    def go(*argv: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(a) for a in argv])
        return (status, *capsys.readouterr())

    return go
