"""reach: known distances, chance at distances of few pairs, what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

import fastmi


def tied(
    rng: np.random.Generator, distance: int, n: int = 5000, length: int = 30
) -> np.ndarray:
    """Letters of which each is most often that ``distance`` before it."""
    codes = rng.integers(0, 4, (n, length))
    for j in range(distance, length):
        same = rng.random(n) < 0.7
        codes[same, j] = codes[same, j - distance]
    return codes


@pytest.mark.parametrize("pseudocount", [0.0, 5.0])
def test_letters_that_go_with_their_neighbours(
    rng: np.random.Generator, pseudocount: float
) -> None:
    # 0.7^d of the letters are still tied d apart, and MI goes as the square of that
    result = fastmi.pairwise_mi(tied(rng, 1), k=1, pseudocount=pseudocount)
    assert 3 <= fastmi.reach(result) <= 4
    assert fastmi.reach(result, share=0.5) in (1, 2)
    assert fastmi.reach(result, share=0.01) > fastmi.reach(result)


def test_independent_letters_reach_nothing(rng: np.random.Generator) -> None:
    reached = [
        fastmi.reach(fastmi.pairwise_mi(rng.integers(0, 4, (1000, 40)), k=2)) for _ in range(20)
    ]
    assert sum(distance > 0 for distance in reached) <= 2


def test_one_pair_at_the_end_is_chance(rng: np.random.Generator) -> None:
    codes = tied(rng, 1, n=400)
    result = fastmi.pairwise_mi(codes, k=2)
    table = result.by_distance()
    excess = table["mean"] - np.median(table["mean"][len(table) // 2 :])
    result.matrix[0, -1] = result.matrix[-1, 0] = table["mean"][-2] + 0.15 * excess[0]
    assert fastmi.reach(result) < 10


def test_what_is_refused(rng: np.random.Generator) -> None:
    codes = rng.integers(0, 4, (50, 12))
    with pytest.raises(ValueError, match="reach is of mutual information"):
        fastmi.reach(fastmi.pairwise_distance(codes, k=1))
    with pytest.raises(ValueError, match="share must be above 0"):
        fastmi.reach(fastmi.pairwise_mi(codes, k=1), share=1)
    with pytest.raises(fastmi.FastMIError, match="needs four"):
        fastmi.reach(fastmi.pairwise_mi(codes[:, :4], k=1))
