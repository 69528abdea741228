"""Do the strongest pairs touch?  Maps against structures, beside ProDy and EVcouplings.

    python benchmarks/contacts.py [-o benchmarks/results/contacts-NAME.json] [--data DIR]
    python benchmarks/contacts.py --write benchmarks/results/contacts-NAME.json  # docs, figure
    python benchmarks/contacts.py --quick        # seconds, only to see that it runs

``gb1``       the 26,804 fittest single and double mutants of GB1, which come along, and the
              crystal structure 2QMT
``rf00162``   4,757 aligned SAM riboswitches, and the consensus structure of Rfam with its
              pseudoknot; needs the reference data

Each alignment is the same for all. A peer that is not there is named and left out; where its
definition is one of ours, the greatest difference between the two maps is written down.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from machine import ROOT, machine
from tables import Row, markdown, replaced

import fastmi
from fastmi import contacts
from fastmi.examples import GB1_WILD_TYPE

Array = npt.NDArray[Any]

PAGE, FIGURE = Path("docs/statistics-contacts.md"), Path("docs/figures/contacts.png")
START = "<!-- numbers: written by benchmarks/contacts.py -->"
PACKAGES = ("ProDy", "evcouplings")
AT = ("L/5", "L/2", "L", "2L")
GAP = "."


class Case(NamedTuple):
    """An alignment and what is known of it."""

    name: str
    title: str
    letters: str
    rows: list[str]
    truth: contacts.ContactMap
    first: int


class Map(NamedTuple):
    """A map and which of the others it should equal."""

    name: str
    matrix: Array  # bits
    same_as: str = ""


def cases(data: Path) -> Iterator[Case]:
    """What there is."""
    structure = contacts.structure(fastmi.example("gb1_structure"))
    rows = fastmi.read(fastmi.example("gb1_top5"), "protein").to_strings()
    truth = contacts.contact_map(structure, GB1_WILD_TYPE)
    yield Case(
        "gb1", "GB1 against 2QMT", fastmi.get_alphabet("protein").letters, rows, truth, 1
    )
    family = data / "rf00162"
    if not family.is_dir():
        print(f"left out: {family} is not here")
        return
    text = (family / "RF00162.fasta").read_text().split(">")[1:]
    rows = ["".join(record.split("\n")[1:]) for record in text]
    truth = contacts.read_pairs(family / "consensus.txt", 2)
    yield Case("rf00162", "SAM riboswitch against Rfam", "ACGU", rows, truth, 1)


def maps(case: Case) -> Iterator[Map]:
    """Ours, then those of the peers."""
    gaps = any(GAP in row for row in case.rows)
    kinds: dict[str, dict[str, Any]] = {"MI": {"alphabet": case.letters}}
    if gaps:
        skip = {"alphabet": case.letters, "unknown": "skip"}
        letter = {"alphabet": case.letters + GAP}
        kinds = {"MI, gaps skipped": skip, "MI, gap as a letter": letter}
        weights = fastmi.sequence_weights(case.rows, 0.8, **letter)
        kinds["MI, gaps skipped, weights"] = skip | {"weights": weights}
        kinds["MI, gap as a letter, weights"] = letter | {"weights": weights}
    for name, options in kinds.items():
        result = fastmi.pairwise_mi(case.rows, k=1, pseudocount=0, **options)
        yield Map(name, result.matrix)
        yield Map(name.replace("MI", "MI - APC", 1), fastmi.stats.apc(result).matrix)
    whole = "gap as a letter" if gaps else ""
    for peer in (prody, evcouplings):
        try:
            yield from peer(case, whole)
        except ImportError as error:
            print(f"left out: {peer.__name__}, {error}")


def called(name: str, *words: str) -> str:
    return ", ".join([name, *filter(None, words)])


def prody(case: Case, whole: str) -> Iterator[Map]:
    """Its buildMutinfoMatrix and applyMutinfoCorr: nats, what is no letter is one more."""
    module = importlib.import_module("prody")
    module.LOGGER.verbosity = "none"
    msa = np.array(case.rows, "S").view("S1").reshape(len(case.rows), -1)
    mi = module.buildMutinfoMatrix(msa, ambiguity=False)
    yield Map("ProDy MI", mi / math.log(2), called("MI", whole))
    corrected = module.applyMutinfoCorr(mi, "prod")
    yield Map("ProDy MI - APC", corrected / math.log(2), called("MI - APC", whole))


def evcouplings(case: Case, whole: str) -> Iterator[Map]:
    """Frequencies by Alignment, MI as CouplingsModel has it, and its apc."""
    module = importlib.import_module("evcouplings.align.alignment")
    model = importlib.import_module("evcouplings.couplings.model").CouplingsModel
    rows = np.array(case.rows, "U").view("U1").reshape(len(case.rows), -1)
    rows = np.where(rows == GAP, "-", rows)
    alphabet = "-" + case.letters
    for weights in ("", "weights") if whole else ("",):
        alignment = module.Alignment(rows, alphabet=alphabet)
        if weights:
            alignment.set_weights(0.8)
        single, pairs = alignment.frequencies, alignment.pair_frequencies
        mi = np.zeros((len(single), len(single)))
        for i, j in zip(*np.triu_indices(len(mi), 1), strict=True):
            p, m = pairs[i, j], np.outer(single[i], single[j])
            some = p > 0
            mi[i, j] = mi[j, i] = (p[some] * np.log(p[some] / m[some])).sum()
        ours = called("MI", whole, weights)
        yield Map(called("EVcouplings MI", weights), mi / math.log(2), ours)
        yield Map(
            called("EVcouplings MI - APC", weights),
            model.apc(mi) / math.log(2),
            ours.replace("MI", "MI - APC", 1),
        )


def measure(case: Case, permutations: int) -> list[Row]:
    """A row for each map."""
    rows: list[Row] = []
    known: dict[str, Array] = {}
    for one in maps(case):
        known[one.name] = one.matrix
        found = contacts.precision(
            one.matrix, case.truth, at=AT, permutations=permutations, rng=1
        )
        row: Row = {
            "case": case.name,
            "title": case.title,
            "n": len(case.rows),
            "map": one.name,
            "rule": found.rule,
            "letters": found.letters,
            "pairs": len(found.pairs),
            "contacts": found.n_true,
            "min_separation": found.min_separation,
            "statistics": [
                {
                    name: None if isinstance(value, float) and math.isnan(value) else value
                    for name, value in zip(found.table.dtype.names, line, strict=True)
                }
                for line in found.table.tolist()
            ],
        }
        if one.same_as:
            i, j = np.triu_indices(len(one.matrix), 1)
            apart = np.abs(one.matrix - known[one.same_as])[i, j].max()
            row |= {"same_as": one.same_as, "greatest_difference": float(apart)}
        rows.append(row)
        print(f"  {case.name:<9}{one.name:<36}{found!r}")
    return rows


# ----------------------------------------------------------------- maps that know no contacts


def mirrored(matrix: Array) -> Array:
    """A symmetric matrix, of the upper half."""
    return np.triu(matrix) + np.triu(matrix, 1).T


def near(rng: np.random.Generator, length: int) -> tuple[Array, Array]:
    """A map and a truth that both know the distance, and nothing of each other."""
    apart = np.abs(np.subtract.outer(np.arange(length), np.arange(length)))
    found = np.exp(-apart / 8) + 0.2 * rng.random((length, length))
    true = rng.random((length, length)) < 0.5 * np.exp(-apart / 12)
    return mirrored(found), mirrored(true)


def smooth(rng: np.random.Generator, length: int) -> tuple[Array, Array]:
    """A map and a truth that are sums of 20 neighbours, and know nothing of each other."""

    def summed() -> Array:
        noise = rng.normal(size=(length + 20, length + 20))
        return sum(noise[n : n + length, n : n + length] for n in range(20))

    return mirrored(summed()), mirrored(summed() > 6)


def planted(n: int) -> list[Row]:
    """How often the AUC of such maps has p <= 0.05."""
    rows = []
    for make, length in ((near, 40), (smooth, 60)):
        p = []
        for seed in range(n):
            one, true = make(np.random.default_rng(seed), length)
            truth = contacts.ContactMap.from_contacts(true)
            found = contacts.precision(one, truth, permutations=199, rng=seed).table[-3]
            p.append([found["p"], found["p_shift"]])
        below = (np.array(p) <= 0.05).sum(axis=0).tolist()
        rows.append({"planted": make.__name__, "n": n, "p": below[0], "p_shift": below[1]})
        print(f"  {make.__name__}: of {n}, p <= 0.05 in {below[0]}, p_shift in {below[1]}")
    return rows


# ------------------------------------------------------------------------ what is made of it


def page(found: Row, source: str) -> list[str]:
    """The tables."""
    lines = []
    names = list(dict.fromkeys(row["case"] for row in found["cases"]))
    for name in names:
        rows = [row for row in found["cases"] if row["case"] == name]
        first = rows[0]
        lines += [
            "",
            f"**{first['title']}**, {first['n']:,} sequences; {first['contacts']} contacts "
            f"({first['rule']}) among {first['pairs']:,} pairs, {first['min_separation']} or "
            f"more letters apart; L = {first['letters']}. In any order the precision is "
            f"{first['statistics'][0]['chance']:.3f}; it is at most {most(first, 'L')} at L "
            f"and {most(first, '2L')} at 2L.",
            "",
        ]
        cells = []
        for row in rows:
            numbers = {line["statistic"]: line for line in row["statistics"]}
            at = [f"{numbers[f'precision at {n}']['value']:.3f}" for n in AT]
            cells.append(
                [
                    row["map"],
                    *at,
                    f"{numbers['AUC']['value']:.3f}",
                    f"{numbers['average precision']['value']:.3f}",
                    f"{numbers['precision at L']['expected']:.3f}",
                    *(short(numbers["precision at L"][p]) for p in ("p_exact", "p_shift")),
                    f"{row['greatest_difference']:.0e}" if "same_as" in row else "",
                ]
            )
        head = " | ".join(
            [
                "map",
                *AT,
                "AUC",
                "average precision",
                "expected at L",
                "p at L",
                "p_shift at L",
                "off ours (bits)",
            ]
        )
        lines += markdown(head, cells)
    for row in found["planted"]:
        what = {"near": "know but the distance", "smooth": "are sums of 20 neighbours"}
        lines += [
            "",
            f"Of {row['n']:,} pairs of a map and a truth that {what[row['planted']]} and "
            f"nothing of each other, {row['p'] / row['n']:.1%} have p <= 0.05 of the AUC, and "
            f"{row['p_shift'] / row['n']:.1%} p_shift <= 0.05.",
        ]
    versions = ", ".join(f"{p} {found['machine'][p]}" for p in PACKAGES)
    return [
        *lines,
        "",
        f"{versions}; fastmi {found['machine']['fastmi']} at {found['machine']['commit']}. "
        f"Written by `benchmarks/contacts.py` from `{source}`.",
        "",
    ]


def most(row: Row, at: str) -> str:
    """The precision of an order that has all contacts first."""
    line = next(s for s in row["statistics"] if s["statistic"] == f"precision at {at}")
    return f"{min(1.0, row['contacts'] / line['n']):.3f}"


def short(p: float | None) -> str:
    return "" if p is None else f"{p:.2g}"


def draw(data: Path, path: Path) -> None:
    """Both maps, corrected, with what is known."""
    from matplotlib.figure import Figure

    some = list(cases(data))
    figure = Figure(figsize=(5.6 * len(some), 5.4), layout="compressed")
    for ax, case in zip(figure.subplots(1, len(some), squeeze=False)[0], some, strict=True):
        result = fastmi.pairwise_mi(
            case.rows, k=1, alphabet=case.letters, unknown="skip", pseudocount=0
        ).with_positions(case.first)
        corrected = fastmi.stats.apc(result)
        fastmi.plot.contacts(corrected, case.truth, ax=ax, title=f"{case.title}, MI - APC")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def write(source: Path, data: Path) -> None:
    """The tables in the page, and the figure."""
    found = json.loads(source.read_text())
    text = PAGE.read_text()
    PAGE.write_text(replaced(text, page(found, source.as_posix()), START))
    draw(data, FIGURE)
    print(f"wrote {PAGE} and {FIGURE}")


def main(argv: list[str] | None = None) -> int:
    """Measure, print and, if asked, write the JSON; or write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--out", help="file for the numbers")
    parser.add_argument("--write", metavar="FILE", help="only write the page, of this file")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--quick", action="store_true", help="few sequences")
    args = parser.parse_args(argv)
    if args.write:
        write(Path(args.write), args.data)
        return 0
    rows: list[Row] = []
    for case in cases(args.data):
        some = case._replace(rows=case.rows[::40]) if args.quick else case
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fastmi.FastMIWarning)
            rows += measure(some, 19 if args.quick else 999)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastmi.FastMIWarning)
        chance = planted(4 if args.quick else 1000)
    if args.out:
        here: Row = machine(PACKAGES)
        found = {"machine": here, "cases": rows, "planted": chance}
        Path(args.out).write_text(json.dumps(found) + "\n")
        print(f"wrote {args.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
