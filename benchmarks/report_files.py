"""The parts of the report that begin with files: what a map takes, and a cluster on paper."""

from __future__ import annotations

from collections.abc import Callable
from math import isinf
from typing import Any

from tables import Row, about, markdown, rows_of, seconds

END_TO_END = "<!-- end to end: written by benchmarks/report.py -->"
NODES = "<!-- nodes: written by benchmarks/report.py -->"
UNITS = ((1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def size(n_bytes: float) -> str:
    """Three digits."""
    for unit, name in UNITS:
        if n_bytes >= unit:
            return f"{n_bytes / unit:.3g} {name}"
    return f"{n_bytes:.0f} bytes"


def duration(s: float) -> str:
    """Three digits, in a unit that people think in."""
    if s < 600:
        return seconds(s)
    return f"{s / 60:.3g} min" if s < 36_000 else f"{s / 3600:.3g} h"


def _name(row: Row) -> str:
    return f"{row['input']}{', ' * bool(row['library'])}{row['library']}"


def _best_library(block: Row) -> str:
    libraries = {row["library"] for row in rows_of(block, "stage", stage="decompress")}
    return "isal" if "isal" in libraries else "zlib"


def readme_rows(found: Row) -> list[tuple[str, str, str]]:
    """For the table of the README: the job, and its time on one core and on all."""
    block = found.get("end_to_end")
    if block is None:
        return []
    rows = rows_of(
        block, "end to end", input="FASTA.gz", library=_best_library(block), way="mi"
    )
    times = {row["cores"]: seconds(row["best_s"]) for row in rows}
    row = rows[0]
    job = (
        f"`fastmi mi` of a FASTA.gz, k = {row['k']}, {row['n']:,} x {row['length']}, "
        "from start to end"
    )
    return [(job, times.get(1, "-"), times[max(times)])]


# ------------------------------------------------------------------------ from files to a map


def end_to_end(found: Row, source: str) -> list[str]:
    """What stands below "From a compressed file to a map"."""
    block = found["end_to_end"]
    first = rows_of(block, "end to end")[0]
    note = f" Note: {block['note']}." if block.get("note") else ""
    machine = block["machine"]
    return [
        f"{about(block)}; zlib {machine['zlib']}, isal {machine['isal']}. Processes that "
        f"wanted a core before and after: {machine['load_before']}, {machine['load_after']}. "
        f"From `{source}`.{note}",
        "",
        f"{first['n']:,} x {first['length']} letters of random DNA, k = {first['k']}, "
        f"pseudocount 0; packed by zlib at level {first['level']}. Best of {first['runs']} "
        "runs in turn, start of Python included; processor time and memory are those on all "
        "cores.",
        "",
        *_whole_table(block),
        "",
        "Each piece alone on one core, and the same as a share of the command's time there:",
        "",
        *_stage_table(block),
        "",
        *_overlap(block),
        "",
        "Two shards on a thread each, by one process and by two (speed: times that of one "
        "worker, or of the commands in turn):",
        "",
        *_process_table(block),
        "",
        "Counts as files:",
        "",
        *_part_table(block),
        "",
        *_merge_lines(block),
    ]


def _whole_table(block: Row) -> list[str]:
    rows: dict[tuple[str, str], list[str]] = {}
    every = rows_of(block, "end to end")
    cores = sorted({row["cores"] for row in every})
    for row in every:
        rows.setdefault((_name(row), row["way"]), [_name(row), f"`{row['way']}`"])
    for (name, way), line in rows.items():
        same = {row["cores"]: row for row in every if (_name(row), row["way"]) == (name, way)}
        most = same[cores[-1]]
        line += [seconds(same[n]["best_s"]) for n in cores]
        line += [seconds(most["cpu_s"]), size(most["peak_bytes"])]
    head = " | ".join("1 core" if n == 1 else f"{n} cores" for n in cores)
    return markdown(f"input | commands | {head} | processor | memory", list(rows.values()))


def _stage(block: Row, name: str, library: str = "") -> float:
    (row,) = rows_of(block, "stage", stage=name, library=library)
    return float(row["best_s"])


def stages(block: Row, way: str, library: str) -> dict[str, float]:
    """Seconds of each piece of what the commands do with a FASTA.gz."""
    unpack = _stage(block, "decompress", library)
    parse = _stage(block, "parse")
    both = _stage(block, "decompress and parse", library)
    found = {
        "starting": _stage(block, "start mi"),
        "decompressing": unpack,
        "parsing (of the plain file)": parse,
        "both as one, less both alone": both - unpack - parse,
    }
    if way == "mi":
        return found | {
            "counting and MI": _stage(block, "map"),
            "writing the map, its k-mers counted anew": _stage(
                block, "write, k-mers counted anew"
            ),
        }
    found["starting"] += _stage(block, "start count")
    return found | {
        "counting": _stage(block, "count"),
        "saving the counts": _stage(block, "save"),
        "loading them": _stage(block, "load"),
        "MI": _stage(block, "mi"),
        "writing the map": _stage(block, "write"),
    }


def _libraries(block: Row) -> list[str]:
    return [row["library"] for row in rows_of(block, "stage", stage="decompress")]


def _times(block: Row, way: str, library: str) -> dict[int, float]:
    rows = rows_of(block, "end to end", input="FASTA.gz", way=way, library=library)
    return {row["cores"]: row["best_s"] for row in rows}


def _stage_table(block: Row) -> list[str]:
    ways = [(way, library) for way in ("count, mi", "mi") for library in _libraries(block)]
    columns = [stages(block, *way) for way in ways]
    walls = [_times(block, *way) for way in ways]
    rows = []
    for name in dict.fromkeys(name for column in columns for name in column):
        line = [name]
        for column, wall in zip(columns, walls, strict=True):
            share = (
                f" ({100 * column[name] / wall[1]:.0f} %)"
                if name in column and 1 in wall
                else ""
            )
            line.append(f"{seconds(column[name])}{share}" if name in column else "-")
        rows.append(line)
    rows.append(["sum", *(seconds(sum(column.values())) for column in columns)])
    for cores in sorted(walls[0]):
        name = f"the commands on {cores} core{'s'[: cores != 1]}"
        rows.append([name, *(seconds(wall[cores]) for wall in walls)])
    return markdown("piece | " + " | ".join(f"`{way}`, {lib}" for way, lib in ways), rows)


def _overlap(block: Row) -> list[str]:
    lines = []
    for way in ("count, mi", "mi"):
        for library in _libraries(block):
            total = sum(stages(block, way, library).values())
            wall = _times(block, way, library)
            most = max(wall)
            lines.append(
                f"- `{way}`, {library}: on {most} cores the pieces overlap to "
                f"{wall[most] / total:.2f} of their sum ({1 / most:.2f} would be all of it)."
            )
    return lines


def _process_table(block: Row) -> list[str]:
    rows = [
        [
            f"{row['n']:,} x {row['length']}, {row['input']}"
            + (f" ({row['files']} files)" if row["files"] > 1 else ""),
            str(row["shards"]),
            row["way"],
            seconds(row["best_s"]),
            seconds(row["cpu_s"]),
            f"{row['speed_of_one']:.2f}",
            f"{row['read_times']:.3g}",
        ]
        for row in rows_of(block, "processes")
    ]
    head = "input | shards | way | time | processor | speed | times the input is read"
    return markdown(head, rows)


def _part_table(block: Row) -> list[str]:
    rows = [
        [
            str(row["cell_bytes"]),
            size(row["file_bytes"]),
            seconds(row["load_s"]),
            seconds(row["add_s"]),
            seconds(row["save_s"]),
            f"{1e9 * (row['load_s'] + row['add_s']) / row['file_bytes']:.3g} ns",
        ]
        for row in rows_of(block, "part")
    ]
    return markdown("bytes a cell | file | load | add | save | load and add, a byte", rows)


def _merge_lines(block: Row) -> list[str]:
    (merge,) = rows_of(block, "merge")
    (files,) = rows_of(block, "files")
    return [
        f"- `fastmi.merge` of {merge['parts']} parts, {size(merge['bytes'])}: "
        f"{seconds(merge['best_s'])}, {seconds(merge['best_s'] / merge['parts'])} a part.",
        f"- Each input file takes {seconds(files['look_s'])} and up to "
        f"{size(files['look_bytes'])} to be known, in every task; and "
        f"{size(files['named_bytes'])} and {1e6 * files['named_s']:.3g} us in each part, "
        "where it is named.",
    ]


# ------------------------------------------------------------------------------ on paper


def nodes(found: Row, source: str) -> list[str]:
    """What stands below "A thousand nodes, on paper"."""
    model = found["model"]
    given = model["arguments"]
    return [
        f"Given: {given['cores']} cores a node, one process each; "
        f"{_rate(given['node_bandwidth'])} for a node and {_rate(given['bandwidth'])} for all "
        f"from the shared file system; files of {given['file_sequences']:,.0f} sequences; "
        f"gzip by {model['library']}; merged {model['fan_in']} at a time. Everything else is "
        f"measured, and above. From `{source}` (`benchmarks/model.py`).",
        "",
        *_node_table(model),
        "",
        *_too_many(model),
        "The same formula for this machine, against what was measured on it:",
        "",
        *_check_table(model),
    ]


def _both(row: Row, what: str, words: Callable[[float], str]) -> str:
    """Of the tree, and of one process."""
    return f"{words(row[f'merge_{what}'])} / {words(row[f'merge_by_one_{what}'])}"


def _rate(bandwidth: float) -> str:
    return "any number of bytes/s" if isinf(bandwidth) else f"{size(bandwidth)}/s"


def _node_table(model: Row) -> list[str]:
    rows = []
    for row in model["rows"]:
        cpu: dict[str, Any] = row["cpu_s"]
        work = cpu["unpacking and parsing"] + cpu["counting"]
        rows.append(
            [
                f"{row['n']:,.0f}, {row['input']}, {row['files']:,} files",
                f"{row['nodes']:,}",
                f"{row['shards']:,}",
                duration(work),
                duration(sum(cpu.values()) - work),
                duration(row["transfer_s"]),
                duration(row["count_s"]),
                _both(row, "s", duration),
                _both(row, "written_bytes", size),
                _both(row, "read_bytes", size),
                duration(row["wall_s"]),
                row["limit"],
            ]
        )
    head = (
        "sequences, input | nodes | shards | read, count | start, look, tables | bytes "
        "| counting phase | merge: tree / one | written: tree / one | read: tree / one "
        "| in all | limit"
    )
    return markdown(head, rows)


def _too_many(model: Row) -> list[str]:
    files = sorted({row["files"] for row in model["rows"] if not row["fits"]})
    if not files:
        return []
    return [
        f"Not possible as it is: the names of {files[0]:,} files do not fit into a part.",
        "",
    ]


def _check_table(model: Row) -> list[str]:
    rows = [
        [
            row["what"],
            seconds(row["predicted_s"]),
            seconds(row["measured_s"]),
            f"{row['ratio']:.2f}",
        ]
        for row in model["check"]
    ]
    return markdown("case | predicted | measured | ratio", rows)
