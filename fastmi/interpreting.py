"""interpret: from a model to maps, in one stream.

Random sequences are made, scored, selected and forgotten, chunk by chunk; what a selection
takes stays, packed, and is mapped in the end.  One pass serves any number of selections and
of the model's scores.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Any

import numpy as np

from . import _core
from ._checks import check_length_k, check_pseudocount, parse_bytes
from ._choosing import Chooser, Chosen
from ._null_tests import NullTests
from ._numbers import Doubles
from ._provenance import Clock, versions_used
from ._run import resolve_threads
from ._workers import Executors
from .alphabet import Alphabet
from .errors import FastMIError, FastMIWarning
from .interpretation import Interpretation, Selected, check_numbers
from .mi import pairwise_mi
from .models.base import Model, about_model, given_heads, head_names, scores_of, wrap
from .score_histogram import ScoreHistogram
from .scoring import scored_chunks, source_to_score
from .selection import Selection, parse_selection
from .sources import Source, about_source, pack_wild_type


def interpret(
    model: Any,
    background: object,
    *,
    select: str | Sequence[str] = "top 1%",
    k: int = 3,
    pseudocount: float = 5.0,
    null: str | None = "additive",
    n_sets: int | None = None,
    wild_type: str | None = None,
    heads: Sequence[str] | None = None,
    alphabet: str | Alphabet | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    executor: Executors = None,
    n_workers: int | None = None,
    memory_limit: str | int = "4GB",
    n_threads: int | None = None,
    progress: bool = False,
) -> Interpretation:
    """Score sequences with a model, keep those that it likes, and map what they share.

    Parameters
    ----------
    model : object
        Whatever :func:`fastmi.models.wrap` takes: a model of fastmi, a PyTorch, Keras, ONNX or
        scikit-learn model, a command; other callables are wrapped by the caller.
    background : Source, path-like, list of str or array_like
        What is scored: what ``fastmi.simulate`` gives, packed sequences, or anything that
        :func:`fastmi.pairwise_mi` holds in memory. Sequences with weights count by them.
    select : str or sequence of str
        Which sequences are mapped, by their scores: "> 0.9", ">= 0.9", "< 0.1", "<= 0.1",
        "top 1%", "bottom 10%", "top 100000", "bottom 500", "> wt" (than the wild type),
        "quantiles 0.25 to 0.5" (from the lowest up), "quartile 1" (the highest) to
        "quartile 4", or "all". Several are made in one pass.
        Shares and numbers are exact; equal scores go by record, the first counting as higher.
    k : int
        Letters in a k-mer.
    pseudocount : float
        As for :func:`fastmi.pairwise_mi`.
    null : {"additive", "pool", "independence", "distance"} or None
        What the maps are held against, as for :func:`fastmi.significance`. "additive", the
        default, says which pairs interact, beyond what it does to positions to be selected by
        a score that rises with a sum over letters. It and "pool" keep all sequences, packed,
        with their scores, and choose from them 100 times. None: nothing is tested.
    n_sets : int, optional
        Sets drawn under the null, as for :func:`fastmi.significance`.
    wild_type : str, optional
        A sequence, which is scored, too.
    heads : sequence of str, optional
        Names of the model's scores, where it gives several; by default their numbers.
    alphabet : str or Alphabet, optional
        As for :func:`fastmi.pairwise_mi`.
    checkpoint : path-like, optional
        A folder where scores are kept, so that the same call goes on after a stop, and other
        selections of the same scores need no model.
    executor, n_workers
        Who scores, as for :func:`fastmi.score`.
    memory_limit : str or int
        Most memory for the selected sequences, as "4GB" or in bytes. More than that, of a
        threshold, goes to a temporary file; of ranks, is an error at the start. And most
        memory for the nulls "additive" and "pool", some 100 bytes for each sequence that is
        scored; where that is more, a :class:`FastMIWarning` at the start says so, and nothing
        is tested.
    n_threads : int, optional
        Threads to count with, as for :func:`fastmi.pairwise_mi`.
    progress : bool
        Whether to show progress on stderr.

    Returns
    -------
    Interpretation
        The maps, what of them is real (``significance()``), the selected sequences with their
        records and scores, and histograms of all scores.

    Raises
    ------
    FastMIError
        The model failed, or a selection takes fewer than two sequences.
    ValueError, TypeError
        A parameter is wrong.

    Notes
    -----
    Where all sequences that a share or number takes have one score, and others have it, too,
    a :class:`FastMIWarning` says so. The result has the same bits for any number of threads,
    workers and chunks, if the model's scores have.

    Examples
    --------
    >>> import fastmi
    >>> def spaced(codes):  # likes G at 2 where there is C at 7
    ...     return 1.0 * ((codes[:, 2] == 2) & (codes[:, 7] == 1))
    >>> model = fastmi.models.wrap(spaced, takes="codes")
    >>> background = fastmi.simulate.random(20_000, 10, rng=1)
    >>> r = fastmi.interpret(
    ...     model, background, select="top 25%", k=1, pseudocount=0, null="independence")
    >>> r.significance().top_pairs()[["i", "j"]].tolist()
    [(2, 7)]
    """
    clock, threads = Clock(), resolve_threads(n_threads)
    check_pseudocount(pseudocount)
    source = source_to_score(background, alphabet)
    source.alphabet.n_kmers(k)
    check_length_k(source.length, k)
    selections, limit, scorer = _selections(select), parse_bytes(memory_limit), wrap(model)
    wild = None if wild_type is None else _wild_type_scores(scorer, wild_type, source)
    # what cannot be is said before anything is scored
    known = given_heads(heads, scorer) or ("",)
    _wanted(known, selections, wild, source, limit)
    tests = NullTests(null, source, len(known), limit, n_sets, threads, progress)

    names: tuple[str, ...] = ()
    histograms: list[ScoreHistogram] = []
    wanted: list[_Wanted] = []
    about = about_source(source)
    chunks = scored_chunks(
        scorer, source, checkpoint, executor, n_workers, progress, about=about
    )
    for start, block, scores in chunks:
        if not wanted:
            names = head_names(heads, scorer, scores.shape[1])
            _check_alike(wild, names)
            check_numbers(len(names), len(names) * len(selections))
            wanted = _wanted(names, selections, wild, source, limit)
            histograms = [ScoreHistogram() for _ in names]
        tests.offer(block, scores, start)
        for h, theirs in groupby(wanted, key=attrgetter("number")):
            column = np.ascontiguousarray(scores[:, h])
            histograms[h].add(column)
            for one in theirs:
                one.chooser.offer(block, column, start)

    made = {"model": about_model(scorer), "background": about}
    selected: list[Selected] = []
    for one in wanted:
        chosen = one.chooser.finish()
        if len(chosen.records) < 2:
            few = one.too_few(len(chosen.records), len(source), histograms[one.number])
            if len(wanted) == 1:
                raise FastMIError(few)
            warnings.warn(f"{few}; it is left out", FastMIWarning, stacklevel=2)
            continue
        if (drawn := one.drawn_by_record(chosen)) is not None:
            warnings.warn(drawn, FastMIWarning, stacklevel=2)
        result = pairwise_mi(
            chosen.sequences,
            k,
            pseudocount=pseudocount,
            n_threads=threads,
            progress=progress,
        )
        how = {"selection": str(one.selection), "head": one.head, "n_scored": len(source)}
        result = replace(result, provenance={**result.provenance, **made, **how})
        tested = tests.significance(result, one.selection, one.number)
        found = (chosen.sequences, chosen.records, len(source), result, tested)
        selected.append(Selected(str(one.asked), one.head, *found))
    if not selected:
        raise FastMIError("no selection takes two sequences, which a map needs at least")
    return Interpretation(
        tuple(selected),
        names,
        tuple(histograms),
        None if wild is None else tuple(wild.tolist()),
        len(source),
        {**versions_used(), **made, "run": clock.record(threads)},
    )


@dataclass(frozen=True)
class _Wanted:
    """A selection of one of the model's scores, while it is made.

    ``asked`` is how it was said, ``selection`` the same with the wild type's score.
    """

    asked: Selection
    selection: Selection
    head: str
    number: int
    chooser: Chooser

    def too_few(self, n: int, n_all: int, scores: ScoreHistogram) -> str:
        """The sentence for a selection that took fewer than two."""
        which = f"the scores {self.head}" if self.head else "the scores"
        return (
            f"the selection '{self.selection}' takes {n} of {n_all:,} sequences, and a map "
            f"needs two at least; {which} go from {scores.low:.6g} to {scores.high:.6g}"
        )

    def drawn_by_record(self, chosen: Chosen) -> str | None:
        """A sentence where none of those chosen is better than others; else None."""
        scores = chosen.sequences.scores
        if chosen.tied is None or scores is None or (scores != chosen.tied).any():
            return None
        which = f"{self.head}, " if self.head else ""
        return (
            f"{which}{self.selection}: all {len(scores):,} sequences have the score "
            f"{chosen.tied:.6g}, which others have, too: they were taken by record, and their "
            "map is that of any sequences with this score"
        )


def _selections(select: str | Sequence[str]) -> list[Selection]:
    """What is asked for, each once."""
    texts = [select] if isinstance(select, str) else select
    found = [parse_selection(text) for text in texts]
    if not found:
        raise ValueError("select is empty: say which sequences are mapped")
    for n, selection in enumerate(found):
        if selection in found[:n]:
            raise ValueError(f"select has '{selection}' twice")
    return found


def _wanted(
    names: Sequence[str],
    selections: Sequence[Selection],
    wild: Doubles | None,
    source: Source,
    limit: int,
) -> list[_Wanted]:
    """Every selection, head by head, ready for the first sequences; raise if one cannot be."""
    row_bytes = _core.row_bytes(source.length, len(source.alphabet))
    each = limit // (len(names) * len(selections))
    made = []
    for h, name in enumerate(names):
        for asked in selections:
            # before the first scores one head's stands for all: no chooser asks for its value
            selection = asked.of(None if wild is None else float(wild[min(h, len(wild) - 1)]))
            chooser = Chooser(selection, len(source), row_bytes, each)
            made.append(_Wanted(asked, selection, name, h, chooser))
    return made


def _check_alike(wild: Doubles | None, names: Sequence[str]) -> None:
    """Raise where the wild type has another number of scores than the others."""
    if wild is not None and len(wild) != len(names):
        raise FastMIError(
            f"the model gives {len(wild)} scores for the wild type alone, and {len(names)} for "
            "each of several sequences"
        )


def _wild_type_scores(model: Model, wild_type: str, source: Source) -> Doubles:
    """One score for each head."""
    packed = pack_wild_type(wild_type, source)
    try:
        return scores_of(model, packed, 0).reshape(-1)
    except FastMIError as error:
        raise FastMIError(f"the wild type: {error}") from error
