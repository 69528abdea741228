"""A model whose rule is known: motifs at a distance from each other, by their matrices.

What a map should show can be told beforehand, so this is what to try a workflow, a selection
or a number of sequences on before they are trusted with a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from .._checks import check_size
from .._frequencies import Background
from .._packing import Bytes
from ..motifs import ORDERS, SCAN_PSEUDOCOUNT, Motif, Order
from ..sequences import PackedSequences

_MOST_ORDERED = 6  # motifs, of which all orders are tried
_WORD = 5  # letters looked up at once
_BLOCK_LETTERS = 1 << 22


class MotifPair:
    """Scores sequences by motifs that are some letters apart.

    Parameters
    ----------
    motifs : sequence of Motif
        DNA or RNA; two, usually.
    gap : int
        Letters between the end of one and the start of the next.
    order : {"fixed", "random"}
        From left to right as given only, or in any order.
    threshold : float, optional
        Bits of log-odds score at which the model gives 0.5; by default the mean score of the
        motifs' own instances, less 3 bits.
    slope : float
        Of the logistic function there, in 1 / bits.
    background : mapping or array_like, optional
        Frequency of each letter elsewhere, for the log-odds scores; by default uniform.

    Notes
    -----
    The score is 1 / (1 + exp(-slope (s - threshold))), with s the largest sum of the motifs'
    log-odds scores over all places where they stand with this gap.

    Examples
    --------
    >>> import fastmi
    >>> a, b = (fastmi.Motif.from_iupac(letters) for letters in ("CACGTG", "GGAA"))
    >>> model = MotifPair([a, b], gap=3)
    >>> sequences = fastmi.PackedSequences.from_strings(["CACGTGTTTGGAAT", "CACGTGTTTTGGAA"])
    >>> model.predict(sequences).round(3).tolist()
    [0.953, 0.0]
    """

    def __init__(
        self,
        motifs: Sequence[Motif],
        gap: int,
        *,
        order: Order = "random",
        threshold: float | None = None,
        slope: float = 1.0,
        background: Background = None,
    ) -> None:
        if order not in ORDERS:
            raise ValueError(f"order must be 'fixed' or 'random', got {order!r}")
        motifs = [motifs] if isinstance(motifs, Motif) else list(motifs)
        if not all(isinstance(m, Motif) for m in motifs):
            raise TypeError("motifs are Motif objects; Motif.from_iupac makes one of letters")
        if not motifs or any(m.alphabet.complement is None for m in motifs):
            raise ValueError("motifs are some of DNA or of RNA, one at least")
        if order == "random" and len(motifs) > _MOST_ORDERED:
            raise ValueError(
                f"motifs in any order are at most {_MOST_ORDERED}, got {len(motifs)}"
            )
        self._motifs, self._gap = list(motifs), check_size("gap", gap)
        self._order, self._slope = order, float(slope)
        self._scores = [m.log_odds(background, SCAN_PSEUDOCOUNT) for m in self._motifs]
        means = [
            (m.frequencies * s).sum() for m, s in zip(self._motifs, self._scores, strict=True)
        ]
        self.threshold = float(sum(means)) - 3.0 if threshold is None else float(threshold)
        self._words = [_words(scores) for scores in self._scores]

    def about(self) -> dict[str, Any]:
        """What it is, ready for JSON."""
        return {
            "what": "motifs at a distance",
            "motifs": [m.name for m in self._motifs],
            "log_odds": [scores.tolist() for scores in self._scores],
            "gap": self._gap,
            "order": self._order,
            "threshold": self.threshold,
            "slope": self._slope,
        }

    def predict(self, sequences: PackedSequences) -> npt.NDArray[np.float64]:
        """Score sequences.

        Parameters
        ----------
        sequences : PackedSequences
            n of them; a missing letter is read as T or U.

        Returns
        -------
        ndarray of float64, shape (n,)

        Raises
        ------
        ValueError
            The sequences are too short for the motifs and their gaps, or of other letters.
        """
        if sequences.alphabet.complement is None:
            raise ValueError(
                f"the motifs are of DNA or RNA, and the sequences over "
                f"{sequences.alphabet.name!r}"
            )
        widths = [len(m) for m in self._motifs]
        need = sum(widths) + self._gap * (len(widths) - 1)
        if need > sequences.length:
            raise ValueError(
                f"the motifs and their gaps are {need} letters long, the sequences "
                f"{sequences.length}"
            )
        best = np.empty(len(sequences))
        step = max(1, _BLOCK_LETTERS // sequences.length)
        for at in range(0, len(sequences), step):
            best[at : at + step] = self._best(sequences[at : at + step].to_codes(), need)
        with np.errstate(over="ignore"):  # 1 / infinity is the 0 that it should be
            return np.asarray(1 / (1 + np.exp(-self._slope * (best - self.threshold))))

    def _best(self, codes: Bytes, need: int) -> npt.NDArray[np.float32]:
        """The largest sum of scores over all places, shape (n,)."""
        words = _word_codes(codes)
        scores = [_along(words, table, codes.shape[1]) for table in self._words]
        n_starts = codes.shape[1] - need + 1
        orders = [tuple(range(len(scores)))]
        if self._order == "random":
            orders = list(permutations(orders[0]))
        best = np.full(len(codes), -np.inf, np.float32)
        for order in orders:
            total, at = np.zeros((len(codes), n_starts), np.float32), 0
            for m in order:
                total += scores[m][:, at : at + n_starts]
                at += len(self._motifs[m]) + self._gap
            np.maximum(best, total.max(axis=1), out=best)
        return best


def _words(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Scores of all words of five letters at every fifth position of a motif: (n, 4^5)."""
    padded = np.pad(scores, ((0, -len(scores) % _WORD), (0, 0)))
    tables = []
    for part in padded.reshape(-1, _WORD, 4):
        table = np.zeros(1)
        for row in part:
            table = (table[:, None] + row).reshape(-1)
        tables.append(table)
    return np.array(tables, np.float32)


def _word_codes(codes: Bytes) -> npt.NDArray[np.uint16]:
    """Codes of the words that start at each position; letters beyond the end are A."""
    length = codes.shape[1]
    padded = np.pad(codes & 3, ((0, 0), (0, _WORD - 1)))
    words = np.zeros(codes.shape, np.uint16)
    for t in range(_WORD):
        words <<= 2
        words |= padded[:, t : t + length]
    return words


def _along(
    words: npt.NDArray[np.uint16], tables: npt.NDArray[np.float32], length: int
) -> npt.NDArray[np.float32]:
    """The score of a motif at each start; beyond the last whole one it means nothing."""
    total: npt.NDArray[np.float32] = tables[0][words]
    for n, table in enumerate(tables[1:], 1):
        at = n * _WORD
        total[:, : length - at] += table[words[:, at:]]
    return total
