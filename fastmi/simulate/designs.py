"""Sequences of two classes, to train a model on and then see what it learned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .._draws import Draws, Rng, Stream, resolve_seed
from ..alphabet import Alphabet
from ..io import as_source
from ..motifs import Motif, Order, Strand
from ..sequences import PackedSequences
from ._instances import Strength
from .embedding import Arrangement, Embedded, make_plan
from .placing import GapLike

_GROUP = 4  # sequences: two with the pair, one with the first motif, one with the second


class PairDesign(Embedded):
    """Sequences of two classes; see :func:`pair_design`."""

    _what = "pair design"

    def labels(self, start: int = 0, stop: int | None = None) -> npt.NDArray[np.uint8]:
        """The class of sequences ``start`` to ``stop - 1``, by default of all.

        Parameters
        ----------
        start, stop : int
            0 <= start <= stop <= n_sequences.

        Returns
        -------
        ndarray of uint8
            1 where both motifs are, 0 where one is alone.
        """
        stop = len(self) if stop is None else stop
        self._check_block(start, stop)
        return (self._kinds(start, stop - start) < 2).astype(np.uint8)

    def block(self, start: int, stop: int) -> PackedSequences:
        """Make sequences ``start`` to ``stop - 1``; their scores are their classes."""
        return super().block(start, stop).with_scores(self.labels(start, stop))

    def _kinds(self, first: int, n: int) -> npt.NDArray[np.int64]:
        """What n sequences get: 0 or 1, the pair; 2, the first motif; 3, the second."""
        group, before = divmod(first, _GROUP)
        n_groups = -(-(before + n) // _GROUP)
        orders = Draws(self._seed, Stream.DESIGN, group, n_groups).orders(_GROUP)
        return orders.reshape(-1)[before : before + n]

    def _arrange(self, draws: Draws, first: int, n: int) -> Arrangement:
        pair = super()._arrange(draws, first, n)
        kinds = self._kinds(first, n)[:, None]
        both, motif = kinds < 2, np.arange(2)
        room = self.length - np.array(self._plan.layout.widths) + 1
        alone = draws.below(np.where(kinds[:, 0] == 3, room[1], room[0]))
        starts = np.where(both, pair.starts, alone[:, None])
        return Arrangement(starts, pair.minus, both | (kinds == motif + 2))


def pair_design(
    data: object,
    motifs: Sequence[str | Motif],
    gap: GapLike,
    *,
    order: Order = "random",
    strands: Strand | list[Strand] = "+",
    strength: Strength | list[Strength] = "sample",
    alphabet: str | Alphabet | None = None,
    rng: Rng = None,
) -> PairDesign:
    """Two classes of sequences that differ in one thing: whether two motifs are a pair.

    Class 1 has both motifs, ``gap`` letters apart, at a random place; class 0 has one of them
    alone, at a random place. Each motif alone says little of the class; a model that tells
    the classes apart has learned the pair, and :func:`fastmi.pairwise_mi` of what it scores
    highly shows at which distance.

    Parameters
    ----------
    data : PackedSequences, Source, path-like, list of str or array_like
        The sequences to embed into, such as those of :func:`fastmi.simulate.random`.
    motifs : sequence of str or Motif
        Two, as for :func:`fastmi.simulate.embed`.
    gap : int, tuple or mapping
        Letters between the end of one and the start of the other, as for
        :func:`fastmi.simulate.embed`.
    order : {"random", "fixed"}
        Which comes first: either, equally likely, or the first.
    strands, strength, alphabet, rng
        As for :func:`fastmi.simulate.embed`.

    Returns
    -------
    PairDesign
        Sequences that are made when asked for, and have ``labels()`` and ``placements()``;
        the scores of its blocks are the labels, too. Of every four sequences two are of class
        1, one has the first motif alone and one the second, in random order.

    Notes
    -----
    The design of class 1 and class 0 in Fig. 1 of PlotMI (Hartonen, Kivioja and Taipale, 2021).

    Examples
    --------
    >>> from fastmi import simulate
    >>> background = simulate.random(1000, 100, rng=1)
    >>> design = pair_design(background, ["TGACTCA", "CACGTG"], gap=50, rng=1)
    >>> sequences, labels = design.pack(), design.labels()
    >>> int(labels.sum()), int(sequences.scores.sum())
    (500, 500)
    """
    source = as_source(data, alphabet)
    plan = make_plan(source, motifs, {"gap": gap, "order": order}, strands, strength)
    if len(plan.patterns) != 2:
        raise ValueError(f"a pair design has two motifs, got {len(plan.patterns)}")
    return PairDesign(source, resolve_seed(rng), plan)
