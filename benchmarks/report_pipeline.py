"""The part of the report about the way from nothing to a map: its stages, its parts."""

from __future__ import annotations

from report_files import duration, size
from tables import Row, about, markdown, rows_of

PIPELINE = "<!-- pipeline: written by benchmarks/report.py -->"
CLOCKS = {"wall": "", "processor": " (processor's time)"}
PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def rate(per_s: float, unit: str) -> str:
    """Three digits."""
    scale, prefix = next(one for one in PREFIXES if per_s >= one[0])
    return f"{per_s / scale:.3g} {prefix}{' ' * bool(prefix)}{unit}/s".replace("G bytes", "GB")


def _ours(found: Row) -> list[Row]:
    """By threads."""
    return rows_of(found, "pipeline", way="fastmi")


def _memory(found: Row, way: str) -> float:
    (row,) = rows_of(found, "memory", way=way)
    return float(row["all_bytes"])


def _cores(row: Row) -> str:
    n = row["threads"]
    return f"{n} core{'s'[: n != 1]}{CLOCKS[row['clock']]}"


def _job(row: Row) -> str:
    """What is scored and mapped, in words."""
    best = row["select"].replace("%", " %")
    return f"by DeepBind {row['model']}, and the {best} mapped at k = {row['k']}"


def in_short(found: Row, source: str) -> list[str]:
    """The README's sentence."""
    one, *_ = ours = _ours(found)
    times = " and ".join(
        f"{duration(row['best_s'])} on {_cores(row)}"
        for row in ours
        if row["clock"] == one["clock"]  # else the clock's is that of other jobs, too
    )
    return [
        f"From nothing to a map: {one['n']:,} random RNA of {one['length']} letters made, "
        f"scored {_job(one)} in {times}, {size(_memory(found, 'fastmi'))} at most. The same "
        f"steps in plain Python and NumPy take {one['ratio']:.0f} times as long on one core (a "
        f"sample, scaled). {about(found)}. From `{source}`.",
    ]


def pipeline(found: Row, source: str) -> list[str]:
    """What stands below "From nothing to a map"."""
    one, *_ = ours = _ours(found)
    (without,) = rows_of(found, "pipeline", way="without")
    (check,) = rows_of(found, "check")
    (text,) = rows_of(found, "memory", way="without")
    machine = found["machine"]
    note = f" Note: {found['note']}." if found.get("note") else ""
    return [
        f"{about(found)}. Processes that wanted a core before and after: "
        f"{machine['load_before']}, {machine['load_after']}. From `{source}`.{note}",
        "",
        f"{one['n']:,} random RNA of {one['length']} letters scored {_job(one)}; best of "
        f"{one['runs']} runs. Without fastmi a sample, scaled linearly: of making and scoring "
        f"{without['of']['scoring']}, of MI {without['of']['MI']}.",
        "",
        *_stage_table(ours, without),
        "",
        f"- Peak memory: {size(_memory(found, 'fastmi'))}, on {ours[-1]['threads']} threads. "
        f"Without fastmi {size(_memory(found, 'without'))}, if the text of all sequences is "
        f"held ({text['text_bytes']:.0f} bytes each).",
        f"- Both ways from the same {check['n']:,} sequences: scores within "
        f"{check['scores_differ']:.0e}, the same {check['selected']} selected, all "
        f"{check['pairs']} MI within {check['mi_differs']:.0e} bits.",
        "",
        "The parts, each alone:",
        "",
        *_part_table(found),
    ]


def _stage_table(ours: list[Row], without: Row) -> list[str]:
    columns = [*ours, without]
    rows = []
    for stage in without["stages"]:
        name = "choosing, and all the rest" if stage == "choosing" else stage
        line = [name]
        for column in columns:
            took = column["stages"][stage]
            line.append(f"{duration(took)} ({100 * took / column['best_s']:.1f} %)")
        rows.append(line)
    rows.append(["all", *(duration(column["best_s"]) for column in columns)])
    ratios = [
        f"{column['ratio']:.0f}" if column["clock"] == without["clock"] else "-"
        for column in columns
    ]
    rows.append(["times as fast", *ratios])
    heads = [f"{column['way']}, {_cores(column)}" for column in columns]
    return markdown(" | ".join(["stage", *heads]), rows)


def _part_table(found: Row) -> list[str]:
    rows = [
        [
            row["part"],
            str(row["threads"]),
            rate(row["per_s"], row["unit"]),
            rate(row["goal"], row["unit"]) if row["goal"] else "-",
        ]
        for row in rows_of(found, "part")
    ]
    return markdown("part | cores | in a second | goal", rows)
