"""report: a map as one page of HTML, to look at, search and hand on."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ._checks import check_size
from ._counted import counted, kmer_counts
from ._files import replacing
from ._numbers import Doubles
from ._page import as_array, definitions, page
from ._page_words import headline, in_full, input_name, what_it_shows, what_was_done
from ._version import __version__
from .alphabet import Alphabet, Unknown
from .counts import JointCounts
from .errors import FastMIError
from .interpretation import Interpretation, Selected, map_of, significance_of
from .io import as_sequences
from .mi import SequenceTables
from .motifs import Motif
from .plot._axes import MEASURE_NAMES
from .plot._colours import colours_of
from .plot._letters import outline
from .results import MIResult
from .stats.result import Significance

MOST_PAIRS = 2_500_000  # 30 MB a million: what a browser opens without a pause
_KMERS = 3  # of a pair
_SAME = 1e-6  # bits
_SMALLEST = 1e-3  # of the information that a letter can have: less cannot be seen
# The palette for the colour-blind in the names of the page, which has lighter and darker ones
_INKS = {
    "#009E73": "green",
    "#56B4E9": "blue",
    "#0072B2": "blue",
    "#E69F00": "orange",
    "#D55E00": "orange",
    "#CC79A7": "purple",
}


def report(
    found: MIResult | Significance | Selected | Interpretation,
    path: str | os.PathLike[str],
    *,
    sequences: object = None,
    title: str | None = None,
    top_kmers: int = 1000,
) -> None:
    """Write a map as one page of HTML that needs no network and no other file.

    It has the map with its pairs under the pointer and the arrow keys, curves by distance and
    by position, a sequence logo, a table of all pairs to sort, filter and copy, and what was
    done. Where the map was tested, p, q and MI beyond the null are there, and the contour of
    the pairs that stand out. The same input gives the same bytes.

    Parameters
    ----------
    found : MIResult, Significance, Selected or Interpretation
        The map; of an interpretation its only one.
    path : path-like
        The page, such as "map.html"; written whole or not at all.
    sequences : sequences, path-like or JointCounts, optional
        What the map was made from, for the logo and the leading k-mer pairs, with their
        weights if they had some; files are read as the map's letters. By default those that
        the result still knows, which a result from a file does not, and a selection does.
    title : str, optional
        By default the name of the input.
    top_kmers : int
        How many pairs get their leading k-mer pairs, those with the largest values; each
        costs as much as counting one pair, and 50 bytes for a k-mer pair.

    Raises
    ------
    FastMIError
        The sequences are not those of the map, or the page cannot be written.
    ValueError, TypeError
        A parameter is wrong, or the map has more than 2.5 million pairs.

    Examples
    --------
    >>> import fastmi, pathlib
    >>> s = fastmi.significance(["AAT", "CCT", "AAG", "CCG"] * 500, k=1, rng=1)
    >>> fastmi.report(s, "map.html", title="Four sequences")
    >>> "Four sequences" in pathlib.Path("map.html").read_text()
    True
    """
    tested, result = significance_of(found), map_of(found)
    check_size("top_kmers", top_kmers)
    n_pairs = len(result.pairs()[0])
    if n_pairs > MOST_PAIRS:
        raise ValueError(
            f"the map has {n_pairs:,} pairs, and a page holds {MOST_PAIRS:,} at most; "
            "'fastmi plot' draws it, and to_tsv writes its table"
        )
    chosen = found.find() if isinstance(found, Interpretation) else found
    if sequences is None and isinstance(chosen, Selected):
        sequences = chosen.sequences
    source: Any = result.source if sequences is None else _source(result, sequences)
    kmers = _kmers(result, tested, source, top_kmers)
    if title is None:
        named = chosen.title if isinstance(chosen, Selected) else input_name(result)
        title = named or f"Map of {MEASURE_NAMES[result.measure]}"
    text = page(
        {
            "title": title,
            "headline": headline(result, tested),
            "version": __version__,
            "about": in_full(result if tested is None else tested),
        },
        {
            "shows": definitions(what_it_shows(result, tested, len(kmers), n_pairs)),
            "done": definitions(what_was_done(result, tested)),
        },
        {
            **_map_data(result, tested),
            "title": title,
            "kmers": kmers,
            "logo": _logo(result.alphabet, source),
            "colours": _colours("RdBu_r" if _signed(result) else "viridis"),
        },
    )
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "replace"))  # of names that are no text


def _signed(result: MIResult) -> bool:
    return result.measure == "EP_mean"


def _map_data(result: MIResult, tested: Significance | None) -> dict[str, Any]:
    """The numbers of the pairs, i-major, and what they are called."""
    pairs = result.pairs()
    arrays = {"value": as_array(result.matrix[pairs], "f4")}
    if tested is not None:
        arrays["corrected"] = as_array(tested.corrected[pairs], "f4")
        arrays["p"] = as_array(tested.p[pairs], "f8")
        arrays["q"] = as_array(tested.q[pairs], "f8")
    if result.standard_error is not None:
        arrays["error"] = as_array(result.standard_error[pairs], "f4")
    if result.n_pair is not None:
        arrays["n"] = as_array(result.n_pair[pairs], "f8")
    n_all = result.n_sequences if result.n_effective is None else result.n_effective
    return {
        "measure": result.measure,
        "name": MEASURE_NAMES[result.measure],
        "unit": result.unit,
        "signed": _signed(result),
        "k": result.k,
        "length": result.length,
        "positions": result.n_positions,
        "first": result.first_position,
        "labels": [result.label(i) for i in range(result.n_positions)],
        "n": n_all,
        "null": None if tested is None else tested.null,
        "arrays": arrays,
    }


# ------------------------------------------------------------------- what is in the sequences


def unknown_of(result: MIResult) -> Unknown:
    """What was done to letters outside the alphabet, as far as a result tells."""
    if result.n_unknown or result.n_pair is not None:
        return "skip"
    return "drop" if result.n_dropped else "error"


def _source(result: MIResult, sequences: object) -> SequenceTables | JointCounts:
    """Counts of the given sequences, which must be those of the map."""
    source: SequenceTables | JointCounts
    if isinstance(sequences, JointCounts):
        source, k, kind, length = sequences, sequences.k, sequences.alphabet, sequences.length
    else:
        packed = as_sequences(sequences, result.alphabet, unknown_of(result))
        k, kind, length = result.k, packed.alphabet, packed.length
        source = SequenceTables(counted(packed), k)
    if (k, kind, length) != (result.k, result.alphabet, result.length):
        raise FastMIError(
            f"the sequences are not those of the map: {k}-mers of {kind.name} of length "
            f"{length}, and the map has {result.k}-mers of {result.alphabet.name} of length "
            f"{result.length}"
        )
    if result.measure == "MI":
        _check_same(result, source)
    return source


def _check_same(result: MIResult, source: SequenceTables | JointCounts) -> None:
    """Raise where the strongest pair has another MI in these sequences."""
    pair = result.top_pairs(1)[0]
    i, j = int(pair["i"]), int(pair["j"])
    terms = result.top_kmers(i, j, None, source=source)["contribution"]
    if not abs(float(terms.sum()) - pair["value"]) <= _SAME:
        raise FastMIError(
            "the sequences are not those of the map, or their weights are others: the pair "
            f"{pair['label_i']}, {pair['label_j']} has {terms.sum():.6g} bits in them and "
            f"{pair['value']:.6g} in the map"
        )


def _kmers(
    result: MIResult, tested: Significance | None, source: Any, n: int
) -> list[list[Any]]:
    """Of the strongest pairs i, j, and k-mers, count, expected and bits of those that lead."""
    if result.measure != "MI" or source is None:
        return []
    pairs = result.top_pairs(n) if tested is None else tested.top_pairs(n, q=None)
    rows: list[list[Any]] = []
    for pair in pairs[~np.isnan(pairs["value"])]:
        i, j = int(pair["i"]), int(pair["j"])
        leading = result.top_kmers(i, j, _KMERS, source=source)
        rows.append(
            [i, j, [_rounded(x) for x in leading[leading["contribution"] > 0].tolist()]]
        )
    return rows


def _rounded(row: tuple[str, str, float, float, float]) -> list[Any]:
    """As many digits as the page shows."""
    kmer_i, kmer_j, *numbers = row
    return [kmer_i, kmer_j, *(float(f"{x:.6g}") for x in numbers)]


def _logo(alphabet: Alphabet, source: Any) -> dict[str, Any] | None:
    """Heights of letters, and their shapes; None where the sequences are not known."""
    if isinstance(source, SequenceTables):
        letters: Doubles = kmer_counts(source.job, 1).astype(np.float64)
    elif isinstance(source, JointCounts):
        letters = _letters_of(source)
    else:
        return None
    if not (letters.sum(axis=1) > 0).all():
        return None  # a position without any letter has no frequencies
    heights = Motif.from_counts(letters, alphabet=alphabet).heights()
    heights[heights < _SMALLEST * np.log2(len(alphabet))] = 0
    return {
        "letters": list(alphabet.letters),
        "inks": [_INKS.get(c, "ink") for c in colours_of(alphabet.letters, "colorblind")],
        "shapes": [_shape(c) for c in alphabet.letters],
        "heights": as_array(heights, "f4"),
    }


def _letters_of(counts: JointCounts) -> Doubles:
    """Positional counts of letters, of those of k-mers."""
    kmers, size = counts.kmer_counts().astype(np.float64), len(counts.alphabet)
    first = kmers.reshape(len(kmers), size, -1).sum(axis=2)
    last = kmers[-1].reshape([size] * counts.k)
    rest = [
        last.sum(axis=tuple(a for a in range(counts.k) if a != at)) for at in range(1, counts.k)
    ]
    return np.concatenate([first, np.reshape(rest, (-1, size))])


def _shape(letter: str) -> dict[str, Any]:
    """An SVG path in a square of 1000, y downwards, and how wide the letter is."""
    shape = outline(letter)
    points = np.rint(shape.vertices * [1000, -1000] + [0, 1000]).astype(int).tolist()
    commands = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}
    words, before = [], 0
    for (x, y), code in zip(points, shape.codes.tolist(), strict=True):
        # matplotlib repeats the code at each point of a curve, SVG says it once
        follows = code == before and code in (3, 4)
        words.append("Z" if code == 79 else f"{'' if follows else commands[code]}{x} {y}")
        before = code
    return {"path": " ".join(words), "aspect": round(shape.aspect, 4)}


def _colours(name: str) -> str:
    """256 colours, low to high, six digits each."""
    import matplotlib

    table = matplotlib.colormaps[name](np.arange(256), bytes=True)[:, :3]
    return str(np.asarray(table, np.uint8).tobytes().hex())
