"""What a report says in words: what was done, under which null, and how far to trust it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePath

from .plot._axes import MEASURE_NAMES
from .results import MIResult
from .stats.result import Significance
from .stats.tails import LEVELS

Row = tuple[str, str]

_BIASES = {
    "analytic": "the exact mean of MI over all permutations, pseudocount included",
    "permutation": "the mean of MI over the permutations drawn",
    "miller-madow": "the formula of Miller and Madow, from the cells that are not empty",
    "none": "nothing was taken off",
    "null": "the mean of MI over the sets drawn under the null",
}
NOT_TESTED = (
    "This map was not tested: it has values, but no p and no q, and some of what stands out "
    "may be chance. fastmi.significance tests a map of mutual information."
)
"""Said where there is no significance."""


def _raised(words: str) -> str:
    """With a capital letter."""
    return words[:1].upper() + words[1:]


def input_name(result: MIResult) -> str:
    """The name of what the map was made from, or ""."""
    made_from = result.provenance.get("input")
    return PurePath(str(made_from["file"])).name if isinstance(made_from, Mapping) else ""


def headline(result: MIResult, tested: Significance | None) -> str:
    """The map in a line."""
    words = [
        f"{_raised(MEASURE_NAMES[result.measure])} of {result.k}-mers at "
        f"{result.n_positions:,} positions",
        f"{result.in_words()} of {result.length} letters, {result.alphabet.name}",
    ]
    if result.is_counted:
        words.append(f"pseudocount {result.pseudocount:g}")
    if tested is None:
        return " · ".join([*words, "not tested"])
    found = f"{tested.n_significant():,} of {tested.n_tests:,} pairs at q ≤ 0.05"
    return " · ".join([*words, f"null: {tested.null}", found])


def what_it_shows(
    result: MIResult, tested: Significance | None, n_kmers: int, n_pairs: int
) -> Iterator[Row]:
    """How the numbers are to be read."""
    name, unit = MEASURE_NAMES[result.measure], f", in {result.unit}" if result.unit else ""
    overlap = "" if result.k == 1 else f"Pairs nearer than {result.k} letters overlap. "
    yield (
        f"Values ({result.measure})",
        f"{_raised(name)}{unit}, between the {result.k}-mers that start at i and at j; "
        f"distance is j - i, in letters. {overlap}The map is symmetric.",
    )
    if result.is_counted:
        yield "Pseudocount", _pseudocount(result, tested)
    if tested is None:
        yield "Significance", NOT_TESTED
    else:
        yield from _tested(tested)
    if result.measure == "MI":
        yield "K-mer pairs", _kmers(n_kmers, n_pairs)
    yield (
        "Numbers",
        "Values are here to seven digits (32-bit floats), p and q to all of theirs; the "
        "curves are made of them in the browser.",
    )


def _pseudocount(result: MIResult, tested: Significance | None) -> str:
    if not result.pseudocount:
        return "None: the plain estimate, which is larger than the truth in a small sample."
    words = (
        f"{result.pseudocount:g} times the number of sequences, spread evenly over all k-mer "
        "pairs before values are computed. It keeps small samples quiet and shrinks values, "
        "real or not: a choice of display, and no test."
    )
    if tested is not None and tested.null == "independence":
        words += " P do not depend on it."
    return words


def _kmers(n_kmers: int, n_pairs: int) -> str:
    if n_kmers:
        return (
            f"The leading k-mer pairs of {n_kmers:,} of the {n_pairs:,} pairs are here, those "
            "with the largest values: how often each was seen and would be by chance, and its "
            "part of the MI, in bits."
        )
    return (
        "Not here: the sequences behind this map were not given. With them (sequences=, or "
        "--sequences FILE) the page also has a logo."
    )


def _tested(tested: Significance) -> Iterator[Row]:
    check = tested.check
    yield "Null", f"{_raised(tested.explained)}."
    yield (
        "MI beyond the null",
        f"MI less what it is under the null: {_BIASES[tested.bias]}. The size of an effect; "
        "values around 0 and below are chance.",
    )
    yield (
        "p",
        "From Pearson's X², with its exact moments over all permutations."
        if tested.null == "independence"
        else f"From how far the map lies beyond those of {tested.settings.get('n_sets')} data "
        "sets drawn under the null.",
    )
    if check.n_trials:
        yield "Check of p", _check(tested)
    else:
        yield "Check of p", "Not checked: there were no trials without dependence."
    yield (
        "q",
        f"P corrected for {tested.n_tests:,} pairs, after Benjamini and Hochberg: of all pairs "
        "with q ≤ 0.05, some 5 % at most are expected to be false. It tells what is there, "
        "not how large it is: more sequences make any q smaller.",
    )


def _check(tested: Significance) -> str:
    check = tested.check
    seen = [
        f"{share:.2g} had p ≤ {level:g}"
        for level, share in zip(LEVELS, check.shares, strict=True)
        if level * check.n_trials >= 1
    ]
    words = (
        f"In {check.n_trials:,} trials without dependence ({check.what}) {', '.join(seen)}. "
    )
    if check.failed:
        words += (
            f"That is too many at p ≤ {check.failed[0]:g}: p were raised to what the trials "
            "allow, and small ones are rough. "
        )
    else:
        words += "That is as it should be. "
    if check.tail is not None:
        words += (
            "Below the tenth smallest of them p comes from a tail fitted to the trials, which "
            "foretold trials it had not seen; that far out it is very small, no more."
        )
    else:
        words += f"No p is below {check.least_p:.2g}, which is as far as they reach."
    return words


def what_was_done(result: MIResult, tested: Significance | None) -> Iterator[Row]:
    """Where it came from."""
    made = result.provenance
    made_from = made.get("input")
    if isinstance(made_from, Mapping):
        size = made_from.get("bytes")
        size = f" ({size:,} bytes)" if isinstance(size, int) else ""
        yield "Input", f"{made_from.get('file')}{size}"
    command = made.get("command")
    if isinstance(command, list):
        yield "Command", " ".join(map(str, command))
    words = f"{result.in_words()} of {result.length} letters ({result.alphabet.name})"
    if result.n_dropped:
        words += f"; {result.n_dropped:,} more dropped for unknown letters"
    if result.n_unknown:
        words += f"; {result.n_unknown:,} letters missing, so that N differs between pairs"
    yield "Sequences", f"{words}."
    if tested is not None:
        known = [(name, it) for name, it in tested.settings.items() if it is not None]
        yield "Settings of the test", ", ".join(f"{name} {it}" for name, it in known)
    names = ("fastmi", "numpy", "python")
    versions = [f"{name} {made[name]}" for name in names if name in made]
    if versions:
        yield "Versions", ", ".join(versions)


def in_full(found: MIResult | Significance) -> str:
    """All that a file of it would say of itself."""
    return json.dumps(found.about(), indent=1, sort_keys=True, default=str)
