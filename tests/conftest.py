"""Fixtures that several test files share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

# A user's machine has no reference data beside the project; tests that need it skip.
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

# Row and position counts around the edges of bytes, words and blocks.
AWKWARD = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65)


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


@pytest.fixture(params=[1, 2, 5])
def n_threads(request: pytest.FixtureRequest) -> int:
    """Numbers of threads that must not change a result."""
    return int(request.param)


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
