"""count and count_by_score: files of any size to joint counts, in shares that can be merged.

A job is a set of files; what is counted is a share of it, piece by piece.  Each piece is a
part of one file, so the memory needed is that of the tables and of a few blocks, whatever
the number of sequences.
"""

from __future__ import annotations

import numpy.typing as npt

from ._checkpoint import EVERY_S
from ._columns import Column, check_columns
from ._counting import Counting, Paths, has_fractions
from ._opened import PathLike
from ._score_cuts import check_edges
from ._shares import Shard
from .alphabet import Alphabet, Unknown
from .counts import JointCounts
from .errors import FastMIError
from .score_bins import ScoreBins
from .sequences import PackedSequences


def count(
    files: Paths,
    k: int = 3,
    *,
    shard: Shard | None = None,
    checkpoint: PathLike | None = None,
    checkpoint_every: float = EVERY_S,
    alphabet: str | Alphabet | None = None,
    unknown: Unknown = "error",
    column: Column | None = None,
    weights: Column | None = None,
    weighted: bool | None = None,
    memory_limit: str | int = "4GB",
    n_threads: int | None = None,
    progress: bool = False,
) -> JointCounts:
    """Joint counts of files of any size, or of one share of them.

    Reading, parsing and counting overlap, in memory that does not depend on the number of
    sequences: the tables of :class:`JointCounts`, about 250 MB, and the threads' scratch (for
    DNA 10 MB each up to k = 3, 46 MB at k = 4). Shares of the same files
    add up to the same counts, bit for bit, however they are cut: see
    :meth:`JointCounts.merge` and :func:`merge`.

    Parameters
    ----------
    files : path-like, or iterable of path-like
        As for :func:`fastmi.read_blocks`; "-" is stdin. Their order does not matter.
    k : int
        Letters in a k-mer.
    shard : str or (int, int), optional
        "3/16" or (3, 16) is the third of sixteen shares of all files together, cut by size.
        Text is entered in the middle; of compressed files and pipes, which cannot be,
        every share reads the whole and counts its part.
    checkpoint : path-like, optional
        A folder where what is counted is saved now and then, so that the same call goes on
        from there after the process was killed. All shards can have one folder.
    checkpoint_every : float
        Seconds from one save to the next, at least; saving takes a twentieth of the time at
        most.
    alphabet, unknown, column, weights
        As for :func:`fastmi.read_blocks`.
    weighted : bool, optional
        Whether weights may be fractions; by default, whether those of the first sequences
        are.
    memory_limit : str or int
        Most memory for the tables, as "4GB" or in bytes.
    n_threads : int, optional
        See :func:`fastmi.pairwise_mi`.
    progress : bool
        Whether to show progress on stderr.

    Returns
    -------
    JointCounts
        Which know the files they come from, and refuse to be added to others that hold some
        of the same.

    Raises
    ------
    FastMIError
        A file cannot be used, or is there twice; the message says which and why.
    ValueError, TypeError
        A parameter is wrong.

    Examples
    --------
    >>> import fastmi
    >>> path = fastmi.example("gb1_top5")
    >>> parts = [
    ...     fastmi.count(path, k=1, alphabet="protein", shard=(i, 3)) for i in (1, 2, 3)
    ... ]
    >>> parts[0].merge(parts[2])
    >>> parts[0].merge(parts[1])
    >>> parts[0].n_sequences
    26804
    """
    columns = check_columns(column, weights)
    counting = Counting.of(files, k, shard, alphabet, unknown, columns, n_threads, progress)

    def make(head: PackedSequences) -> JointCounts:
        return JointCounts(
            head.length,
            k,
            alphabet=head.alphabet,
            memory_limit=memory_limit,
            weighted=has_fractions(head) if weighted is None else weighted,
        )

    keep = (checkpoint, checkpoint_every, memory_limit)
    return counting.start(make, (int(k), weighted), *keep)


def count_by_score(
    files: Paths,
    k: int = 3,
    *,
    scores: Column | None = None,
    edges: npt.ArrayLike | None = None,
    shard: Shard | None = None,
    checkpoint: PathLike | None = None,
    checkpoint_every: float = EVERY_S,
    alphabet: str | Alphabet | None = None,
    unknown: Unknown = "error",
    column: Column | None = None,
    weights: Column | None = None,
    weighted: bool | None = None,
    memory_limit: str | int = "4GB",
    n_threads: int | None = None,
    progress: bool = False,
) -> ScoreBins:
    """Joint counts of files of any size by the score of each sequence.

    Parameters
    ----------
    files, k
        As for :func:`count`.
    scores : int or str, optional
        Which column of a table, or array of a ``.npz``, holds the scores; stores bring theirs.
    edges : array_like of numbers, optional
        Between the bins, see :class:`ScoreBins`. By default quantiles of the first 65,536
        sequences of one file, which is the same one for all shards: where files are sorted
        by score, give edges.
    shard, checkpoint, checkpoint_every, alphabet, unknown, column, weights, weighted
        As for :func:`count`.
    memory_limit : str or int
        Most memory for the tables of all bins.
    n_threads, progress
        As for :func:`count`.

    Returns
    -------
    ScoreBins
        Ready for ``select("top 1%")``.

    Examples
    --------
    >>> import fastmi
    >>> with open("scored.csv", "w") as table:
    ...     for i in range(100):
    ...         print("ACGT" if i % 2 else "TCGA", i / 100, sep=",", file=table)
    >>> bins = fastmi.count_by_score("scored.csv", 1, column=1, scores=2, edges=[0.5, 0.895])
    >>> bins.select("> 0.895").n_sequences
    10
    """
    columns = check_columns(column, weights, scores)
    counting = Counting.of(files, k, shard, alphabet, unknown, columns, n_threads, progress)
    given = None if edges is None else check_edges(edges)

    def make(head: PackedSequences) -> ScoreBins:
        if head.scores is None:
            raise FastMIError(
                f"{counting.inputs[0].path} has no scores; say which column of a table holds "
                "them: scores="
            )
        return ScoreBins(
            head.length,
            k,
            edges=ScoreBins.edges_from(head.scores) if given is None else given,
            alphabet=head.alphabet,
            memory_limit=memory_limit,
            weighted=has_fractions(head) if weighted is None else weighted,
        )

    cuts = None if given is None else given.tolist()
    keep = (checkpoint, checkpoint_every, memory_limit)
    return counting.start(make, (int(k), weighted, cuts), *keep)
