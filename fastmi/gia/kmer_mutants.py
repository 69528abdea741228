"""Mutants of a k-mer: what each letter of it does, and whether two of them do more together."""

from __future__ import annotations

from itertools import combinations
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .._numbers import Doubles
from ._given import check_start
from .contrasts import Factor, difference, importance_of, interaction
from .designs import KEEP, Design, Placement, codes_of
from .effects import Effects, check_experiment
from .engine import GIA
from .kmer_search import head_or_first
from .scales import SCORE

EXPERIMENT = "kmer mutagenesis"

Mutation: TypeAlias = tuple[int, str]
Indices: TypeAlias = npt.NDArray[np.intp]


def kmer_mutagenesis(
    gia: GIA, kmer: str, start: int | None = None, *, doubles: bool = False
) -> Effects:
    r"""The effect of a k-mer and of all its single mutants, or all double ones, too.

    Parameters
    ----------
    gia : GIA
        Model and backgrounds.
    kmer : str
        Letters only.
    start : int, optional
        0-based; by default in the middle.
    doubles : bool
        Whether to take all pairs of mutations as well.

    Returns
    -------
    Effects
        Rows (head, scale) of quantity "importance" for the k-mer and each mutant, and of
        "difference" for each mutant less the k-mer; of double mutants also "interaction", what
        both mutations do beyond what each does alone. With ``kmer``, as mutated; ``position``
        in the k-mer and ``letter``, what it became, -1 and "" for the k-mer itself; and for
        doubles ``position_b`` and ``letter_b``, the second mutation, -1 and "" where there is
        none. ``summary`` has the ``kmer``, its ``start`` and the alphabet's ``letters``.

    Notes
    -----
    With the global importance I of a k-mer w (:func:`importance`), of its mutants a and b, and
    of ab with both mutations, the difference is :math:`I(a) - I(w)`, and the interaction
    :math:`I(ab) - I(a) - I(b) + I(w)`: the epistasis of two letters of the k-mer, 0 where they
    add up. Fig. 2e and 3b of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925;
    :func:`mutant_matrix` gives the heat map, :func:`kmer_logo` the logo above it.

    Examples
    --------
    >>> import fastmi
    >>> from fastmi.gia import GIA, kmer_logo, kmer_mutagenesis
    >>> model = fastmi.models.wrap(lambda s: [2.0 * x.count("GCA") for x in s], takes="strings")
    >>> gia = GIA(model, fastmi.simulate.random(1000, 20, "rna", rng=1))
    >>> found = kmer_mutagenesis(gia, "UGCA")
    >>> kmer_logo(found).round(0).tolist()[1]
    [0.0, 0.0, 3.0, 0.0]
    """
    codes = codes_of(kmer, gia.alphabet)
    if (codes == KEEP).any():
        raise ValueError(f"a k-mer that is mutated has letters only, got {kmer!r}")
    letters = gia.alphabet.letters
    kmer = "".join(letters[code] for code in codes)
    start = check_start(gia, kmer, start)

    def design(*mutations: Mutation) -> Design:
        mutant = list(kmer)
        for position, letter in mutations:
            mutant[position] = letter
        return Design((Placement("".join(mutant), start),))

    def labels(*mutations: Mutation) -> dict[str, Factor]:
        (position, letter), (position_b, letter_b) = (*mutations, (-1, ""), (-1, ""))[:2]
        told: dict[str, Factor] = {"kmer": design(*mutations).placements[0].pattern}
        told |= {"position": position, "letter": letter}
        return told | ({"position_b": position_b, "letter_b": letter_b} if doubles else {})

    singles = [(i, c) for i, own in enumerate(kmer) for c in letters if c != own]
    pairs = [(a, b) for a, b in combinations(singles, 2) if a[0] != b[0]] if doubles else []
    mutants: list[tuple[Mutation, ...]] = [*((a,) for a in singles), *pairs]
    whole = design()
    contrasts = [
        importance_of(str(design(*m)), design(*m), **labels(*m)) for m in [(), *mutants]
    ]
    contrasts += [difference(str(design(*m)), design(*m), whole, **labels(*m)) for m in mutants]
    for a, b in pairs:
        both, each = design(a, b), [design(a), design(b)]
        contrasts.append(interaction(str(both), both, each, whole, **labels(a, b)))
    summary = {"kmer": kmer, "start": start, "letters": letters}
    return gia.effects(contrasts, EXPERIMENT, summary)


def mutant_matrix(
    effects: Effects,
    quantity: str = "importance",
    *,
    head: str | int | None = None,
    scale: str = SCORE,
) -> Doubles:
    """Effects of a k-mer's mutants, by position and letter.

    Parameters
    ----------
    effects : Effects
        Of :func:`kmer_mutagenesis`.
    quantity : {"importance", "difference", "interaction"}
        Which of its rows; "interaction" needs double mutants.
    head : str or int, optional
        Which of the model's scores, by its name or number; by default the first.
    scale : str
        Which scale, as in the table.

    Returns
    -------
    ndarray of float64, shape (k, A), or (k, A, k, A) of interactions
        The k-mer's own letters have its importance; or 0, as what is not mutated makes no
        difference. Interactions are the same with both mutations exchanged; two letters at one
        position have NaN, unless one of them is the k-mer's own.
    """
    kmer, letters = _mutated(effects)
    k, size = len(kmer), len(letters)
    own = np.arange(k), np.array([letters.index(c) for c in kmer])
    allowed = ("importance", "difference", "interaction")
    if quantity not in allowed:
        raise ValueError(f"quantity must be one of {', '.join(allowed)}, got {quantity!r}")
    here = {"head": effects.heads[head_or_first(effects, head)], "scale": scale}
    scales = dict.fromkeys(effects.labels["scale"].tolist())
    if scale not in scales:
        raise ValueError(f"scale must be one of {', '.join(scales)}, got {scale!r}")
    two = {"position_b", "letter_b"} <= set(effects.labels)
    if quantity == "interaction":
        if not two:
            raise ValueError("interactions need double mutants: kmer_mutagenesis(doubles=True)")
        joint = np.full((k, size, k, size), np.nan)
        for position, code in zip(*own, strict=True):
            joint[position, code] = joint[:, :, position, code] = 0
        rows = effects.rows(quantity=quantity, **here)
        _check_whole(rows, k * (k - 1) // 2 * (size - 1) ** 2)
        i, a = _places(effects, rows, letters)
        j, b = _places(effects, rows, letters, "_b")
        joint[i, a, j, b] = joint[j, b, i, a] = effects.local[rows].mean(axis=1)
        return joint
    single = {"position_b": -1} if two else {}
    rows = effects.rows(quantity=quantity, **here, **single)
    _check_whole(rows, k * (size - 1) + (quantity == "importance"))
    values = effects.local[rows].mean(axis=1)
    matrix = np.zeros((k, size))
    if quantity == "importance":  # the k-mer's row is the first
        matrix[own], rows, values = values[0], rows[1:], values[1:]
    i, a = _places(effects, rows, letters)
    matrix[i, a] = values
    return matrix


def kmer_logo(
    effects: Effects,
    quantity: str = "difference",
    *,
    head: str | int | None = None,
    scale: str = SCORE,
) -> Doubles:
    r"""Heights of a k-mer's letters: how much it changes when they do.

    Parameters
    ----------
    effects : Effects
        Of :func:`kmer_mutagenesis`.
    quantity : {"difference", "importance"}
        What the norm is taken of. By the second, which is what the authors' code has, a letter
        is low if its mutants have no effect left, and high if it does not matter.
    head, scale : str, optional
        As for :func:`mutant_matrix`.

    Returns
    -------
    ndarray of float64, shape (k, A)
        0 but for the k-mer's letters: what :func:`fastmi.plot.logo` draws.

    Notes
    -----
    The height of position i is :math:`\sqrt{\sum_a (I(\mathrm{kmer}_{i \to a}) -
    I(\mathrm{kmer}))^2}`, the L2 norm of its row of :func:`mutant_matrix`: the logos of Fig. 2e
    and 3b of P. K. Koo et al., doi:10.1371/journal.pcbi.1008925.
    """
    if quantity == "interaction":
        raise ValueError("quantity must be one of difference, importance, got 'interaction'")
    kmer, letters = _mutated(effects)
    matrix = mutant_matrix(effects, quantity, head=head, scale=scale)
    heights = np.zeros_like(matrix)
    where = np.arange(len(kmer)), [letters.index(c) for c in kmer]
    heights[where] = np.sqrt((matrix**2).sum(axis=1))
    return heights


def _mutated(effects: Effects) -> tuple[str, str]:
    """Which k-mer was mutated, and the letters of its alphabet."""
    check_experiment(effects, EXPERIMENT, ("position", "letter"))
    kmer, letters = (str(effects.summary.get(name, "")) for name in ("kmer", "letters"))
    if not kmer or not set(kmer) <= set(letters):
        raise ValueError("the summary of these effects does not tell which k-mer was mutated")
    return kmer, letters


def _check_whole(rows: Indices, n: int) -> None:
    if len(rows) != n:
        raise ValueError(
            f"there are {len(rows):,} of {n:,} rows of mutants: take all that "
            "kmer_mutagenesis() gave, or one head or scale of it"
        )


def _places(
    effects: Effects, rows: Indices, letters: str, which: str = ""
) -> tuple[Indices, Indices]:
    """Positions of the first or the second mutation of some rows, and codes of its letters."""
    found = effects.labels[f"letter{which}"][rows]
    return effects.labels[f"position{which}"][rows], np.array([letters.index(c) for c in found])
