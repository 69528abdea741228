"""The part of the report about global importance analysis: its ways, and the engine's share."""

from __future__ import annotations

from report_files import duration, size
from tables import Row, about, markdown, rows_of

GIA = "<!-- gia: written by benchmarks/report.py -->"
WAYS = {
    ("exact", "C"): "fastmi",
    ("elimination", "C"): "fastmi, the best 10 by elimination",
    ("exact", "torch"): "fastmi",
    ("elimination", "torch"): "fastmi, the best 10 by elimination",
    ("loop", "torch"): "plain loop",
    ("tangermeme", "torch"): "tangermeme, `marginalize`",
}
CLOCKS = {"wall": "", "processor": ", processor's time"}


def _threads(found: Row) -> list[int]:
    """Those that compare: where one thread was timed by the processor, just one."""
    every = {row["threads"]: row["clock"] for row in rows_of(found, "gia")}
    return [1] if every[1] == "processor" else sorted(every)


def _at(found: Row, way: str, model: str, threads: int) -> Row | None:
    rows = rows_of(found, "gia", way=way, model=model, threads=threads)
    return rows[0] if rows else None


def _cores(found: Row, threads: int) -> str:
    clock = rows_of(found, "gia", threads=threads)[0]["clock"]
    return f"{threads} core{'s'[: threads != 1]}{CLOCKS[clock]}"


def _took(row: Row) -> str:
    """A time, marked where it is that of a sample."""
    return f"{'~ ' * (row['kmers'] < row['of'])}{duration(row['whole_s'])}"


def _times(found: Row, way: str, model: str) -> str:
    """In words, on each number of cores."""
    rows = [(t, _at(found, way, model, t)) for t in _threads(found)]
    return " and ".join(
        f"{_took(row)} on {_cores(found, t)}" for t, row in rows if row is not None
    )


def _job(found: Row) -> str:
    (row,) = rows_of(found, "gia", way="exact", model="C", threads=1)
    return (
        f"all {row['of']:,} {found['k']}-mers at {found['start']} of {row['n']:,} random RNA "
        f"of {found['length']} letters, by DeepBind {found['model']}"
    )


def gia_in_short(found: Row, source: str) -> list[str]:
    """The README's sentences."""
    words = (
        f"Global importance: the effects of {_job(found)}, take {_times(found, 'exact', 'C')}; "
        f"the ten best of them {_times(found, 'elimination', 'C')}."
    )
    if _at(found, "loop", "torch", 1) is not None:
        others = [
            f"{name} {_times(found, way, 'torch')}"
            for way, name in (
                ("exact", "fastmi takes"),
                ("loop", "a plain loop"),
                ("tangermeme", "tangermeme's `marginalize`"),
            )
            if _at(found, way, "torch", 1) is not None
        ]
        (share,) = rows_of(found, "own", way="exact", model="torch")
        words += (
            f" With the same model in torch {', '.join(others)} (~: a sample, scaled); "
            f"{100 * share['share']:.1f} % of fastmi's time is its own."
        )
    return [f"{words} {about(found)}. From `{source}`."]


def gia(found: Row, source: str) -> list[str]:
    """What stands below "Global importance analysis"."""
    threads = _threads(found)
    machine = found["machine"]
    (first,) = rows_of(found, "gia", way="exact", model="C", threads=1)
    (check,) = rows_of(found, "check")
    note = f" Note: {found['note']}." if found.get("note") else ""
    skipped = "".join(f" {name}: {why}." for name, why in found["skipped"].items())
    worst = max(check["differ"].values(), default=0.0)
    some = [row for row in rows_of(found, "gia") if row["kmers"] < row["of"]]
    sample = f"; ~: {some[0]['kmers']} of the {found['k']}-mers, scaled" if some else ""
    return [
        f"{about(found)}; torch {machine['torch']}, tangermeme {machine['tangermeme']}. "
        f"Processes that wanted a core before and after: {machine['load_before']}, "
        f"{machine['load_after']}. From `{source}`.{note}{skipped}",
        "",
        f"The effects of {_job(found)}. Best of {first['runs']} runs in turn{sample}; "
        "elimination with torch was run once.",
        "",
        *_ways_table(found, threads),
        "",
        *_share_lines(found, threads),
        *_memory_lines(found),
        f"- Local importances of {check['kmers']} {found['k']}-mers agree within {worst:.0e} "
        "by all ways; elimination finds the ten best that the whole search finds, by "
        f"{100 * check['share_scored']:.1f} % of its sequences.",
    ]


def _ways_table(found: Row, threads: list[int]) -> list[str]:
    rows = []
    for (way, model), name in WAYS.items():
        line, speeds, ratios = [name, model], [], []
        for t in threads:
            row, loop = _at(found, way, model, t), _at(found, "loop", "torch", t)
            if row is None:
                break
            line.append(_took(row))
            speeds.append(f"{row['sequences_per_s'] / 1000:,.3g} k")
            ratios.append(f"{loop['whole_s'] / row['whole_s']:.3g}" if loop else "-")
        else:
            rows.append([*line, " / ".join(speeds), " / ".join(ratios)])
    cores = " | ".join(_cores(found, t) for t in threads)
    return markdown(f"way | model in | {cores} | sequences/s | times the loop's speed", rows)


def _share_lines(found: Row, threads: list[int]) -> list[str]:
    own = [
        f"{WAYS[row['way'], row['model']]} with {row['model']} {100 * row['share']:.1f} %"
        for row in rows_of(found, "own")
    ]
    free = [
        f"{1e6 * row['engine_s'] / row['sequences']:.2g} us a sequence on "
        f"{_cores(found, row['threads'])} in the place of {row['model']}, "
        f"{100 * row['share']:.1f} % of the time with that"
        for row in rows_of(found, "share")
        if row["threads"] in threads
    ]
    return [
        "- What is not the model, of the processor's time on one core: " + "; ".join(own) + ".",
        "- With a model that gives zeros without a look fastmi takes " + "; ".join(free) + ".",
    ]


def _memory_lines(found: Row) -> list[str]:
    peaks = {(row["way"], row["model"]): row["peak_bytes"] for row in rows_of(found, "memory")}
    lines = [
        f"- Peak memory: {size(peaks['exact', 'C'])}, with elimination "
        f"{size(peaks['elimination', 'C'])}, whose local importances are "
        f"{size(8 * rows_of(found, 'gia')[0]['of'] * rows_of(found, 'gia')[0]['n'])} of it."
    ]
    if ("nothing", "torch") in peaks:
        rest = ", ".join(
            f"{WAYS[way, model]} {size(peak)}"
            for (way, model), peak in peaks.items()
            if model == "torch" and way != "nothing"
        )
        lines.append(
            f"- With torch and the sample: {rest}; torch and the model alone "
            f"{size(peaks['nothing', 'torch'])}."
        )
    return lines
