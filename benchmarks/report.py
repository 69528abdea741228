"""Puts the numbers of a benchmark file into README and docs: ``benchmarks/report.py FILE``.

FILE is what ``benchmarks/run.py`` wrote, with what ``end_to_end.py`` and ``model.py`` put into
it; or what ``pipeline.py``, ``gia.py``, ``calibration.py`` or ``significance.py`` wrote.  Only
what stands between the markers is replaced.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from report_calibration import CALIBRATION, COST, calibration, cost
from report_files import END_TO_END, NODES, end_to_end, nodes, readme_rows
from report_gia import GIA, gia, gia_in_short
from report_pipeline import PIPELINE, in_short, pipeline
from tables import START, Row, about, markdown, replaced, rows_of, seconds

NAMES = {"dna": "DNA", "rna": "RNA"}
CLOCKS = {
    "wall": "by the clock",
    "processor": "of the processor, as other jobs ran beside it (one thread only)",
}


def times(row: Row, ratio: str) -> str:
    """How many times as fast as the loop; a dash where it was not measured."""
    return f"{row[ratio]:.1f}" if ratio in row else "-"


def shape(row: Row) -> str:
    """A data set in words."""
    name = NAMES.get(row["alphabet"], row["alphabet"])
    return f"{name}, k = {row['k']}, {row['n']:,} x {row['length']}"


def other_cores(found: Row, row: Row) -> Row:
    """The same job on all cores."""
    same = {key: row[key] for key in ("alphabet", "k", "n", "length", "kind")}
    rows = rows_of(found, row["case"], best_isa=True, **same)
    return max(rows, key=lambda r: int(r["threads"]))


def alone(found: Row) -> bool:
    """Whether nothing else ran, so that the times of several threads mean something."""
    return str(found.get("clock_of_one_thread", "wall")) == "wall"


def readme(found: Row, source: str) -> list[str]:
    """The README's block: the main cases."""
    cores = [f"{found['machine']['threads']} cores"] if alone(found) else []
    rows = []
    for row in rows_of(found, "map", threads=1, best_isa=True):
        every = [seconds(other_cores(found, row)["best_s"])] if cores else []
        rows.append(
            [
                f"{shape(row)} ({row['pairs']:,} pairs)",
                seconds(row["best_s"]),
                *every,
                times(row, "ratio_counting"),
                times(row, "ratio_with_mi"),
            ]
        )
    for row in rows_of(found, "read FASTA"):
        speed = f"{row['records_per_s'] / 1e6:.1f} M records/s"
        job = f"reading FASTA, {row['n']:,} x 100 ({speed})"
        rows.append([job, seconds(row["best_s"]), *("-" for _ in cores), "-", "-"])
    rows += [
        [job, one, *(every for _ in cores), "-", "-"] for job, one, every in readme_rows(found)
    ]
    lines = [
        "`pairwise_mi` from packed rows to the finished map, best of several runs; and how "
        "many times faster than the plain loop in C (`table[a[n] * M + b[n]]++`, its codes "
        "made beforehand) on one core: where the loop only counts, and where its tables are "
        "evaluated, too.",
        "",
        *markdown(" | ".join(["job", "1 core", *cores, "x loop", "x loop with MI"]), rows),
    ]
    for row in rows_of(found, "memory of a map from a store"):
        took = f"{seconds(row['seconds'])}, " if alone(found) else ""
        lines += [
            "",
            f"A map of {row['n']:,} x {row['length']} at k = 3 from a store on disk: {took}"
            f"{row['peak_bytes'] / 1e6:,.0f} MB at most, "
            f"{row['packed_bytes'] / 1e6:,.0f} MB of them the mapped file.",
        ]
    return [
        *lines,
        "",
        f"{about(found)}. From `{source}`; [`benchmarks/run.py`](benchmarks/run.py) measures "
        "your machine, [docs/performance.md](docs/performance.md) has more.",
    ]


def _g(row: Row, name: str = "") -> str:
    at = row[name] if name else row
    return f"{at['updates_per_s'] / 1e9:.3g}"


def _main_table(found: Row) -> list[str]:
    rows = []
    for row in rows_of(found, "map", best_isa=True):
        if row["threads"] > 1 and not alone(found):
            continue
        loops = [_g(row, x) if x in row else "-" for x in ("loop_counting", "loop_with_mi")]
        rows.append(
            [
                shape(row),
                str(row["threads"]),
                f"`{row['kernel']}`",
                seconds(row["best_s"]),
                seconds(row["core_best_s"]),
                f"{row['core_updates_per_s'] / 1e9:.3g}",
                *loops,
                *(
                    f"{times(row, f'core_{ratio}')} ({times(row, ratio)})"
                    for ratio in ("ratio_counting", "ratio_with_mi")
                ),
            ]
        )
    head = (
        "data | cores | kernel | pairwise_mi | C call | G updates/s | loop | loop with MI "
        "| x loop | x loop with MI"
    )
    return markdown(head, rows)


def _isa_table(found: Row) -> list[str]:
    isas = found["machine"]["isas"]
    rows = []
    for best in rows_of(found, "map", threads=1, best_isa=True, alphabet="dna"):
        line = [shape(best)]
        for isa in isas:
            (row,) = rows_of(found, "map", threads=1, isa=isa, alphabet="dna", k=best["k"])
            kernel = row["kernel"].split("-")[0]
            ratio = times(row, "core_ratio_counting")
            line.append(f"{seconds(row['core_best_s'])} ({kernel}, {ratio} x)")
        rows.append(line)
    return markdown("data | " + " | ".join(isas), rows)


def _scaling_table(found: Row) -> list[str]:
    isas = found["machine"]["isas"]
    rows = []
    for best in rows_of(found, "scaling", threads=1, best_isa=True):
        line = [f"{best['n']:,}"]
        for isa in isas:
            (row,) = rows_of(found, "scaling", threads=1, isa=isa, n=best["n"])
            speed = f"{row['core_updates_per_s'] / 1e9:.3g} G/s"
            line.append(f"{seconds(row['core_best_s'])}, {speed}")
        every = other_cores(found, best)
        if alone(found):
            speed = f"{best['best_s'] / every['best_s']:.2f} x"
            line.append(f"{seconds(every['best_s'])}, {speed}")
        line += [
            times(best, "core_ratio_counting"),
            times(best, "core_ratio_with_mi"),
        ]
        rows.append(line)
    head = " | ".join(f"{isa}, 1 core" for isa in isas)
    if alone(found):
        head += f" | {found['machine']['threads']} cores"
    return markdown(f"N | {head} | x loop | x loop with MI", rows)


def _skew_table(found: Row) -> list[str]:
    every = rows_of(found, "skew")
    kinds = list(dict.fromkeys(row["kind"] for row in every))[1:]
    rows = []
    for uniform in rows_of(found, "skew", kind="uniform"):
        same = {key: uniform[key] for key in ("alphabet", "k", "n")}
        line = [shape(uniform)]
        for kind in kinds:
            (row,) = rows_of(found, "skew", kind=kind, **same)
            ratio = times(row, "core_ratio_counting")
            line.append(f"{row['core_speed_of_uniform']:.2f} ({ratio} x)")
        rows.append(line)
    return markdown("data | " + " | ".join(kinds), rows)


def _weights_table(found: Row) -> list[str]:
    rows = [
        [
            ", ".join(
                [
                    shape(row),
                    *([row["kind"]] if row["kind"] != "uniform" else []),
                    row["weights"],
                ]
            ),
            f"`{row['kernel']}`",
            seconds(row["best_s"]),
            f"{row['speed_of_unweighted']:.2f}",
            times(row, "ratio_counting"),
        ]
        for row in rows_of(found, "weights")
    ]
    return markdown("data | kernel | C call | of unweighted | x loop", rows)


def _other(found: Row) -> list[str]:
    lines = []
    for row in rows_of(found, "scaling from a store"):
        lines.append(
            f"- {row['n']:,} x {row['length']}, k = {row['k']}, from a store, 1 core: "
            f"{seconds(row['core_best_s'])}, {1e12 / row['core_updates_per_s']:.1f} ps an "
            "update (C call)."
        )
    for row in rows_of(found, "memory of a map from a store"):
        lines.append(
            f"- Peak memory of a fresh process that maps {row['n']:,} x {row['length']} at "
            f"k = 3 from a store: {row['peak_bytes'] / 1e6:,.0f} MB, "
            f"{row['packed_bytes'] / 1e6:,.0f} MB of them the file; "
            f"{seconds(row['seconds'])} on {row['threads']} cores"
            + ("." if alone(found) else ", which others used.")
        )
    for row in rows_of(found, "memory of reading FASTA"):
        lines.append(
            f"- Reading FASTA, {row['n']:,} x {row['length']}: "
            f"{row['peak_bytes'] / 1e6:,.0f} MB at most, {row['packed_bytes'] / 1e6:,.0f} MB "
            f"of them the packed rows; {seconds(row['seconds'])}."
        )
    for row in rows_of(found, "joint counts against np.bincount"):
        lines.append(
            f"- Joint counts of {row['n']:,} x {row['length']}, k = {row['k']}, 1 core: "
            f"{row['ratio']:.1f} times as fast as `np.bincount` and NumPy."
        )
    return lines


def performance(found: Row, source: str) -> list[str]:
    """The tables of docs/performance.md."""
    note = f" Note: {found['note']}." if found.get("note") else ""
    clock = CLOCKS[found.get("clock_of_one_thread", "wall")]
    return [
        f"{about(found)}. Loop: {found['machine']['compiler']}. From `{source}`.{note}",
        "",
        f"Time is the best of several runs, {clock}. "
        '"pairwise_mi" is the public function, "C call" the counting and evaluation in it, '
        "without the look for conserved positions that comes first where there is a "
        'pseudocount. "Loop" columns are the loop\'s G updates/s; ratios are those of the C '
        "call, and in brackets those of `pairwise_mi`.",
        "",
        *_main_table(found),
        "",
        "Instruction sets, C call on one core (in brackets: kernel, and times the loop that "
        "only counts):",
        "",
        *_isa_table(found),
        "",
        "Number of sequences, DNA, k = 3, 100 letters; C call"
        + (" (on all cores: `pairwise_mi`, and times one core's speed):" * alone(found) or ":"),
        "",
        *_scaling_table(found),
        "",
        "Skewed data: speed of the C call as a fraction of its own on uniform letters, one "
        "core (in brackets: times the loop that only counts, on the same skewed data):",
        "",
        *_skew_table(found),
        "",
        "Weighted sequences: read counts (most of them 1 or 2) and fractions, one core; speed "
        "of the C call as a fraction of its own without weights, and times the loop that adds "
        "a weight a row and only counts:",
        "",
        *_weights_table(found),
        "",
        *_other(found),
    ]


def main(argv: list[str] | None = None) -> int:
    """Rewrite the blocks of README.md and docs/performance.md."""
    source = Path((sys.argv[1:] if argv is None else argv)[0])
    found, name = json.loads(source.read_text()), source.as_posix()
    front, page = Path("README.md"), Path("docs/performance.md")
    statistics = Path("docs/statistics.md")
    if "calibration" in found:
        _write((statistics, CALIBRATION, calibration(found, name)))
        return 0
    if rows_of(found, "significance"):
        _write((statistics, COST, cost(found, name)))
        return 0
    for what, start, short, long in (
        ("pipeline", PIPELINE, in_short, pipeline),
        ("gia", GIA, gia_in_short, gia),
    ):
        if rows_of(found, what):
            _write((front, start, short(found, name)), (page, start, long(found, name)))
            return 0
    blocks = [
        (front, START, readme(found, name)),
        (page, START, performance(found, name)),
    ]
    for what, start, block_of in (
        ("end_to_end", END_TO_END, end_to_end),
        ("model", NODES, nodes),
    ):
        if what in found:
            blocks.append((page, start, block_of(found, name)))
        else:
            print(f"{name} has no {what}: that part of {page} is left as it was")
    _write(*blocks)
    return 0


def _write(*blocks: tuple[Path, str, list[str]]) -> None:
    for path, start, block in blocks:
        path.write_text(replaced(path.read_text(), block, start))


if __name__ == "__main__":
    raise SystemExit(main())
