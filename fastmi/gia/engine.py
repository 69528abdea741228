"""GIA: a model, backgrounds, and the scores of every design in every background.

Eq. 1 and 2 of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925.  All designs go into the
same backgrounds, so that effects are differences within pairs; whatever an experiment asks is
one stream of sequences through the model, and no design is scored twice.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil, sqrt
from typing import Any, TypeAlias

import numpy as np

from .. import _core
from .._checks import check_size, parse_bytes
from .._choosing import Chooser
from .._draws import Rng, resolve_seed
from .._numbers import Doubles
from .._provenance import versions_used
from .._workers import Executors
from ..alphabet import Alphabet
from ..errors import FastMIError, FastMIWarning
from ..io import as_sequences
from ..models.base import about_model, head_names, scores_of, wrap
from ..models.distinct import Distinct
from ..scoring import scored_chunks, source_to_score
from ..selection import parse_selection
from ..sequences import PackedSequences
from ..simulate.hairpins import Hairpin
from ..simulate.hairpins import hairpin as make_hairpins
from ..simulate.sampling import sample
from ..sources import Source, about_source, is_made
from ._means import standard_errors
from ._sums import precision_of, summed
from .contrasts import Contrast, check_contrasts
from .designed import Designed
from .designs import Design, as_designs, edit_of
from .effects import Effects, Row
from .scales import SCORE, Transform, scale_name, transformed
from .statistics import Statistics

_Key: TypeAlias = "tuple[Hairpin | None, bytes]"

N_BACKGROUNDS = 1000
_TRIED = 32  # backgrounds scored twice, to see whether the model gives the same answer
_NOISE = 1e-4  # of the spread of scores: what batches and devices may change
_MOST_GROWTH = 4  # times as many backgrounds in one step of until_se


class GIA:
    """Global importance analysis: what patterns do to a model's scores.

    Parameters
    ----------
    model : object
        Whatever :func:`fastmi.models.wrap` takes; a mapping of names to models gives effects
        for each of them, in one table.
    background : Source, path-like, list of str or array_like
        Sequences that patterns are written into: what ``fastmi.simulate`` gives, or real
        ones. Their weights are not used.
    n : int, optional
        How many of them: of sequences that are made the first n; of others n by chance. By
        default 1,000, or all where there are fewer.
    select : str, optional
        Only backgrounds with such scores, in words as "quantiles 0.1 to 0.9" or "< 0.5"; see
        :func:`fastmi.interpret`. All backgrounds are scored for it. Of a model with several
        heads, by the first.
    transform : {"logit", "log"} or callable, optional
        A second scale: effects are taken of the scores and of this function of them, too.
        Interactions depend on the scale.
    until_se : float, optional
        Take more backgrounds until all effects of an experiment, in the model's own scores,
        have a standard error of at most so much, or there are no more.
    statistics : Statistics, optional
        How intervals and tests are made; by default 95 % t intervals, paired t tests and
        Benjamini and Hochberg's correction. The seed is that of ``rng``.
    heads : sequence of str, optional
        Names of the model's scores, where it gives several.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.
    rng : int, numpy Generator or None
        For choosing backgrounds, hairpins and the bootstrap, as for
        :func:`fastmi.simulate.random`.
    checkpoint, executor, n_workers, progress
        As for :func:`fastmi.score`.
    memory_limit : str or int
        Most memory for the scores that are kept, as "4GB" or in bytes. While a table is made
        of them there may be up to four times as much.

    Attributes
    ----------
    length : int
        Letters in a background.
    alphabet : Alphabet
        What they are.
    n : int
        Backgrounds used so far.
    n_scored : int
        Sequences that the model was given so far.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, importance
    >>> model = fastmi.models.wrap(lambda s: [x.count("GCAUG") for x in s], takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 41, "rna", rng=1))
    >>> effect = importance(gia, ["UGCAUG@17", "UGCAUG@4+UGCAUG@30"])
    >>> effect.table["effect"].round(1).tolist()
    [1.0, 2.0]
    """

    def __init__(
        self,
        model: Any,
        background: object,
        n: int | None = None,
        *,
        select: str | None = None,
        transform: Transform | None = None,
        until_se: float | None = None,
        statistics: Statistics | None = None,
        heads: Sequence[str] | None = None,
        alphabet: str | Alphabet | None = None,
        rng: Rng = None,
        checkpoint: str | os.PathLike[str] | None = None,
        executor: Executors = None,
        n_workers: int | None = None,
        progress: bool = False,
        memory_limit: str | int = "4GB",
    ) -> None:
        self._model, self._heads = Distinct(wrap(model)), heads
        self._seed = resolve_seed(rng)
        self._options = (executor, n_workers, progress)
        self._checkpoint, self._limit = checkpoint, parse_bytes(memory_limit)
        self._transform, self._scale = transform, scale_name(transform)
        self._until_se = None if until_se is None else _positive("until_se", until_se)
        if not isinstance(statistics, Statistics | None):
            raise TypeError(f"statistics must be a Statistics, got {statistics!r}")
        self._statistics = replace(statistics or Statistics(), seed=self._seed)
        source = source_to_score(background, alphabet)
        self._about_background = about_source(source)
        self._pool = self._chosen(source, select)
        self._select = select
        most = len(self._pool)
        self.n = min(N_BACKGROUNDS, most) if n is None else check_size("n", n, 1)
        if self.n > most:
            kind = "" if select is None else f" that are {select!r}"
            raise FastMIError(f"there are {most:,} backgrounds{kind}, and n is {self.n:,}")
        self.length, self.alphabet = source.length, source.alphabet
        self.n_scored = 0
        self._backgrounds: dict[Hairpin | None, Source] = {None: self._pool}
        self._names: tuple[str, ...] = ()
        self._keys: dict[Design, _Key] = {}
        self._scores: dict[_Key, Doubles] = {}
        self._repeatable: bool | None = None  # not known yet

    def __repr__(self) -> str:
        return (
            f"<GIA: {self.n:,} of {self.n_most:,} backgrounds of {self.length:,} letters, "
            f"{self.alphabet.name}>"
        )

    @property
    def heads(self) -> tuple[str, ...]:
        """Names of the model's scores; "" for an only one."""
        self._fill([Design()], self.n)
        return self._names

    @property
    def statistics(self) -> Statistics:
        """How intervals and tests are made."""
        return self._statistics

    @property
    def n_most(self) -> int:
        """How many backgrounds there are."""
        return len(self._pool)

    # ------------------------------------------------------------------------- scores

    def scores(self, designs: Iterable[Design], n: int | None = None) -> Doubles:
        """Scores of designs in the first n backgrounds.

        Parameters
        ----------
        designs : iterable of Design
            D of them. What was scored before is not scored again.
        n : int, optional
            By default as many backgrounds as are used.

        Returns
        -------
        ndarray of float64, shape (D, n, heads)

        Raises
        ------
        ValueError
            A design does not fit into the backgrounds, or the scores into ``memory_limit``.
        FastMIError
            The model failed, or gave something that is no score.
        """
        wanted = as_designs(designs)
        n = self.n if n is None else check_size("n", n, 1)
        self._fill(wanted, n)
        shape = (len(wanted), n, len(self._names))
        found = np.empty(shape)
        for to, design in zip(found, wanted, strict=True):
            to[:] = self._scores[self._key(design)][:n]
        return found

    def check_memory(self, designs: Iterable[Design], n: int | None = None) -> None:
        """Raise where scores would not fit into ``memory_limit``, before any is made.

        Parameters
        ----------
        designs, n
            As for :meth:`scores`.

        Raises
        ------
        ValueError
            They do not fit beside those that are here, or a design into the backgrounds.
        """
        n = self.n if n is None else check_size("n", n, 1)
        self._missing([Design(), *as_designs(designs)], n)

    def background(self, hairpin: Hairpin | None = None) -> Source:
        """The backgrounds, as they are or as hairpins.

        Parameters
        ----------
        hairpin : Hairpin, optional
            A structure that they are made into.

        Returns
        -------
        Source
        """
        if hairpin not in self._backgrounds:
            assert hairpin is not None
            made = make_hairpins(self._pool, hairpin, lazy=True, rng=self._seed)
            self._backgrounds[hairpin] = made
        return self._backgrounds[hairpin]

    def _key(self, design: Design) -> _Key:
        """What tells designs apart: what they write, however they are put."""
        key = self._keys.get(design)
        if key is None:
            key = design.hairpin, edit_of(design, self.length, self.alphabet).tobytes()
            self._keys[design] = key
        return key

    def _fill(self, designs: Sequence[Design], n: int) -> None:
        """Score what is not scored yet."""
        if n > len(self._pool):
            raise ValueError(f"there are {len(self._pool):,} backgrounds, and n is {n:,}")
        wanted = [Design(), *designs]
        missing = self._missing(wanted, n)
        if missing and self._repeatable is None:
            self._try_twice()
            missing = self._missing(wanted, n)  # of as many heads as there are
        for done, group in missing.items():
            scores = self._scored(list(group.values()), done, n)
            for key, more in zip(group, scores.swapaxes(0, 1), strict=True):
                before = self._scores.get(key, more[:0])
                if len(before) < n:  # another thread may have been faster
                    # a copy, so that no block stays
                    self._scores[key] = np.concatenate([before[:done], more])

    def _missing(self, designs: Sequence[Design], n: int) -> dict[int, dict[_Key, Design]]:
        """What is not scored yet, by the number of backgrounds in which it is."""
        wanted = {self._key(design): design for design in designs}
        missing: dict[int, dict[_Key, Design]] = {}
        for key, design in wanted.items():
            done = len(self._scores.get(key, ()))
            if done < n:
                missing.setdefault(done, {})[key] = design
        need = sum((n - done) * len(group) for done, group in missing.items())
        held = sum(map(len, self._scores.values()))
        if (bytes_ := 8 * (len(self._names) or 1) * (need + held)) > self._limit:
            raise ValueError(
                f"{len(wanted):,} designs in {n:,} backgrounds would hold {bytes_:,} bytes of "
                f"scores, more than memory_limit={self._limit:,}; raise it, or take fewer"
            )
        return missing

    def _scored(self, designs: list[Design], first: int, stop: int) -> Doubles:
        """Scores of designs in some backgrounds, shape (stop - first, D, heads)."""
        for design in designs:
            self.background(design.hairpin)
        made = Designed(self._backgrounds, designs, first, stop)
        executor, n_workers, progress = self._options
        scores = np.empty((len(made), len(self._names)))
        chunks = scored_chunks(
            self._model, made, self._checkpoint, executor, n_workers, progress
        )
        for start, _, some in chunks:
            _check_heads(some, scores)
            scores[start : start + len(some)] = some
        self.n_scored += len(made)
        return scores.reshape(stop - first, len(designs), -1)

    def _try_twice(self) -> None:
        """Learn how many scores the model gives, and say so where they are not the same."""
        few = self._pool.block(0, min(_TRIED, len(self._pool)))
        first, second = (scores_of(self._model, few).reshape(len(few), -1) for _ in range(2))
        _check_heads(second, first)
        self._names = head_names(self._heads, self._model, first.shape[1])
        apart = np.abs(first - second).max(axis=0)
        size = np.maximum(np.ptp(first, axis=0), 1e-3 * np.abs(first).max(axis=0))
        self._repeatable = bool((apart <= _NOISE * size).all())
        if not self._repeatable:
            warnings.warn(
                f"the model gives the same sequences other scores each time (up to "
                f"{apart.max():.3g} apart): is it in training mode, or random by design? "
                "Effects have this noise, too",
                FastMIWarning,
                stacklevel=2,
            )

    # ------------------------------------------------------------------------ effects

    def effects(
        self,
        contrasts: Sequence[Contrast],
        experiment: str = "contrasts",
        summary: Mapping[str, Any] | None = None,
    ) -> Effects:
        """What contrasts are, over the backgrounds.

        Parameters
        ----------
        contrasts : sequence of Contrast
            With the same factors each.
        experiment : str
            What they are together.
        summary : mapping, optional
            Numbers of the experiment as a whole, ready for JSON.

        Returns
        -------
        Effects
            A row for each contrast, head and scale.

        Raises
        ------
        ValueError
            There are none, or a design does not fit into the backgrounds.
        FastMIError
            The model failed, or a transform has no value for one of its scores.
        """
        contrasts = check_contrasts(contrasts)
        if not isinstance(summary, Mapping | None):
            raise TypeError(f"summary must be a mapping, got {summary!r}")
        effects = self._effects(contrasts, experiment, summary, self.n)
        goal = self._until_se
        while goal is not None and not effects.worst_se <= goal and self.n < self.n_most:
            short = min(_MOST_GROWTH, effects.worst_se / goal)  # of one background: not known
            wanted = ceil(1.05 * self.n * short**2)
            n = min(self.n_most, wanted, _MOST_GROWTH * self.n)
            effects = self._effects(contrasts, experiment, summary, n)
            self.n = n
        if goal is not None and not effects.worst_se <= goal:
            warnings.warn(
                f"with all {self.n:,} backgrounds the largest standard error is "
                f"{effects.worst_se:.3g}, above until_se={goal:g}",
                FastMIWarning,
                stacklevel=3,
            )
        return effects

    def _effects(
        self,
        contrasts: Sequence[Contrast],
        experiment: str,
        summary: Mapping[str, Any] | None,
        n: int,
    ) -> Effects:
        designs = list(dict.fromkeys(d for contrast in contrasts for d in contrast.designs))
        scores = {SCORE: self.scores([Design(), *designs], n)}
        if self._transform is not None:
            assert self._scale is not None
            scores[self._scale] = transformed(scores[SCORE], self._transform)
        sds = {scale: sqrt(n) * standard_errors(x[0].T) for scale, x in scores.items()}
        at = {design: row for row, design in enumerate(designs, 1)}
        rows = []
        precision = precision_of(scores[SCORE])
        for contrast in contrasts:
            above, below = (
                {scale: summed(terms, x, at, precision) for scale, x in scores.items()}
                for terms in (contrast.terms, contrast.denominator)
            )
            for h, head in enumerate(self._names):
                for scale in scores:
                    under = below[scale][:, h] if contrast.denominator else None
                    rows.append(
                        Row(contrast, head, scale, above[scale][:, h], under, sds[scale][h])
                    )
        return Effects.of(
            experiment,
            rows,
            self._names,
            self._statistics,
            summary or {},
            self._provenance(n),
        )

    def _provenance(self, n: int) -> dict[str, Any]:
        return {
            **versions_used(),
            "model": about_model(self._model),
            "background": self._about_background,
            "select": self._select,
            "n_backgrounds": n,
            "seed": self._seed,
            "repeatable": self._repeatable,
        }

    def _chosen(self, source: Source, select: str | None) -> Source:
        """The backgrounds that may be used, in the order in which they are."""
        if select is not None:
            packed = self._selected(source, select)
        elif is_made(source):
            return source
        else:
            packed = as_sequences(source)
        if not is_made(source):  # a file may be sorted
            packed = sample(packed, rng=self._seed)
        return packed.with_scores(None).with_weights(None)

    def _selected(self, source: Source, select: str) -> PackedSequences:
        """The backgrounds that have the scores asked for, in the order of their records."""
        row_bytes = _core.row_bytes(source.length, len(source.alphabet))
        selection = parse_selection(select).of(None)
        chooser = Chooser(selection, len(source), row_bytes, self._limit)
        executor, n_workers, progress = self._options
        chunks = scored_chunks(
            self._model, source, self._checkpoint, executor, n_workers, progress
        )
        for start, block, scores in chunks:
            chooser.offer(block, np.ascontiguousarray(scores[:, 0]), start)
        found = chooser.finish().sequences
        if len(found) == 0:
            raise FastMIError(f"no background has a score that is {select!r}")
        return found


def _check_heads(scores: Doubles, before: Doubles) -> None:
    """Raise where a model gives other than as many scores as before."""
    if scores.shape[1] != before.shape[1]:
        raise FastMIError(
            f"the model gives {scores.shape[1]} scores a sequence, and gave "
            f"{before.shape[1]} before"
        )


def _positive(name: str, value: float) -> float:
    if not isinstance(value, int | float | np.number) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number above 0, got {value!r}")
    if not 0 < value < np.inf:
        raise ValueError(f"{name} must be a number above 0, got {value!r}")
    return float(value)
