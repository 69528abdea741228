"""Effects in words: what a person wants to know first, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..gia import Effects, KmerSearch

_MOST = 12  # lines; the table has the rest
_LEAST_Q = 1e-300  # below, it says how small numbers can be


def in_words(found: Effects | KmerSearch) -> list[str]:
    """What an experiment found.

    Parameters
    ----------
    found : Effects or KmerSearch
        Of any experiment.

    Returns
    -------
    list of str
        A line each.
    """
    effects = found.effects if isinstance(found, KmerSearch) else found
    lines = list(_LINES.get(effects.experiment, _rows)(effects))
    if len(lines) > _MOST:
        lines[_MOST - 1 :] = [f"and {len(lines) - _MOST + 1:,} more"]
    return [f"{effects.experiment}, {effects.n:,} backgrounds", *lines]


def _rows(effects: Effects, **labels: Any) -> Iterator[str]:
    """Rows with these labels as they are."""
    for row in effects.rows(**labels):
        yield _row(effects, row)


def _row(effects: Effects, row: int) -> str:
    """A row: what it is, its effect with the interval, and how much that is."""
    found = effects.table[row]
    words = "" if found["quantity"] == "importance" else f", {found['quantity']}"
    if "background" in effects.labels:
        words += f", {found['background']}"
    return f"{found['name']}{words}{_of(effects, found)}: {_size(found)}"


def _size(found: Any) -> str:
    size = f"{found['effect']:.4g} ({found['low']:.4g} to {found['high']:.4g})"
    if found["quantity"] != "ratio":
        size += f", {found['effect_in_sd']:.2g} sd"
    q = "q < 1e-300" if found["q"] < _LEAST_Q else f"q = {found['q']:.2g}"
    return f"{size}, {q}"


def _of(effects: Effects, found: Any) -> str:
    """Head and scale, where there are several."""
    scales = set(effects.labels["scale"].tolist())
    words = [found["head"]] if len(effects.heads) > 1 else []
    words += [found["scale"]] if len(scales) > 1 else []
    return f" [{', '.join(map(str, words))}]" if words else ""


def _largest(effects: Effects, by: str) -> Iterator[str]:
    """The row with the largest effect of each kind, head and scale."""
    best: dict[tuple[Any, ...], int] = {}
    table = effects.table
    for row, found in enumerate(table):
        kind = found[by], found["head"], found["scale"]
        if kind not in best or abs(found["effect"]) > abs(table["effect"][best[kind]]):
            best[kind] = row
    for row in best.values():
        yield f"largest at {_row(effects, row)}"


def _positions(effects: Effects) -> Iterator[str]:
    return _largest(effects, "pattern")


def _affinity(effects: Effects) -> Iterator[str]:
    for line in effects.summary["measured"]:
        if line["r"] is None:
            yield from _rows(effects, head=line["head"], scale=line["scale"])
            continue
        against = "ln of what was measured" if line["log"] else "what was measured"
        yield (
            f"{line['n']} effects against {against}{_of(effects, line)}: r = {line['r']:.3f} "
            f"(p = {line['p']:.2g}), rho = {line['rho']:.3f} (p = {line['rho_p']:.2g})"
        )


def _backgrounds(effects: Effects) -> Iterator[str]:
    yield from _rows(effects)
    for design, spread in effects.summary["spread"].items():
        share = (
            ""
            if spread["relative"] is None
            else f", {spread['relative']:.0%} of the mean apart"
        )
        yield f"{design}: {spread['least']:.4g} to {spread['greatest']:.4g}{share}"


def _copies(effects: Effects) -> Iterator[str]:
    for found in effects.summary["additivity"]:
        ends = ""
        if found["interaction_low"] is not None:
            ends = f" ({found['interaction_low']:.4g} to {found['interaction_high']:.4g})"
        yield (
            f"{found['pattern']} at {found['starts']}{_of(effects, found)}: "
            f"{found['verdict'] or 'no verdict'}; together {found['together']:.4g}, alone "
            f"{found['sum']:.4g} in sum, interaction {found['interaction']:.4g}{ends}"
        )


def _spacing(effects: Effects) -> Iterator[str]:
    for best in effects.summary["best"]:
        of = {"head": best["head"], "scale": best["scale"]}
        for quantity in ("interaction", "importance"):
            cell = {name: value for name, value in best[quantity].items() if name != "effect"}
            row = effects.rows(quantity=quantity, **of, **cell)[0]
            yield (
                f"largest {quantity}{_of(effects, best)}: gap {cell['gap']}, order "
                f"{cell['order']}, strands {cell['strands']}: {_size(effects.table[row])}"
            )
    if left_out := effects.summary["left_out"]:
        yield f"{len(left_out)} left out: {left_out[0]['reason']}"


def _hairpin(effects: Effects) -> Iterator[str]:
    yield str(effects.summary["drawing"])
    yield from _rows(effects, place="loop - stem")


def _context(effects: Effects) -> Iterator[str]:
    for quantity in ("ratio", "interaction", "difference"):
        yield from _rows(effects, quantity=quantity)


def _mutagenesis(effects: Effects) -> Iterator[str]:
    for row in effects.rows(quantity="importance"):
        if effects.labels["kmer"][row] == effects.summary["kmer"]:
            yield _row(effects, row)
    changes = effects.only(quantity="difference")
    yield from _largest(changes, "quantity")


def _kmers(effects: Effects) -> Iterator[str]:
    asked = effects.summary
    share = asked["n_scored"] / asked["n_exhaustive"]
    yield (
        f"{asked['n_left']:,} of {asked['n_kmers']:,} k-mers were not dropped; {share:.0%} of "
        "their sequences were scored"
    )
    yield from _rows(effects)


_LINES = {
    "positions": _positions,
    "affinity": _affinity,
    "backgrounds": _backgrounds,
    "copies": _copies,
    "spacing": _spacing,
    "hairpin": _hairpin,
    "context": _context,
    "kmers": _kmers,
    "kmer mutagenesis": _mutagenesis,
}
