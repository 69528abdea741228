"""A thousand nodes, on paper: what the measured pieces add up to on a cluster.

    python benchmarks/model.py benchmarks/results/NAME.json [--cores 32] [--bandwidth 10e9] ...

Nothing is fitted: each number is one that ``end_to_end.py`` measured on one core and wrote
into this JSON file, or an argument, and the arguments are printed.  The input is cut into as
many shards as ``fastmi.distributed`` would; a core counts one after the other and writes parts;
these are merged by one process, or by all cores as a tree of fan-in 8; the map is made of what
is left.

A node's time for a phase is that of its processors or that of its bytes on the shared file
system, whichever is longer:

``start``   a command of a tiny file
``look``    each task reads 16 pieces of each input file, to know it; a node reads them once
``count``   unpacking, parsing and counting a sequence, times the sequences of a shard; of
            compressed files, whose shards begin inside them, F + S - 1 are read by S shards
            of F files
``tables``  new tables, and saving them
``merge``   loading and adding a part, and naming its files; a level of the tree at a time

The cells of a part are as wide as the largest count of uniform letters needs.  What is left
out: queues, failures, nodes that are slower than others, caches that several processes share
and what others do on the file system.  The model is held against what was measured here.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, inf
from pathlib import Path
from typing import Any

from end_to_end import COUNT, FASTA, GZ, STORE, put
from scaling import AT_ONCE, IN_TURN
from scipy.stats import poisson
from yardstick import Row

from fastmi._inputs import Input
from fastmi._plan import FAN_IN
from fastmi.distributed import _n_shards

WIDTHS = {1: 1 << 8, 2: 1 << 16, 4: 1 << 32}


@dataclass(frozen=True)
class Cluster:
    """What the work runs on.

    Attributes
    ----------
    nodes, cores
        How many, and cores of each; one process a core.
    node_bandwidth, bandwidth
        Bytes a second of the shared file system, for a node and for all together.
    """

    nodes: int = 1
    cores: int = 1
    node_bandwidth: float = inf
    bandwidth: float = inf

    @property
    def workers(self) -> int:
        """Processes."""
        return self.nodes * self.cores

    def seconds(self, n_bytes: float, nodes: int) -> float:
        """For so many bytes a node, of so many nodes at once."""
        return n_bytes / min(self.node_bandwidth, self.bandwidth / nodes)


@dataclass(frozen=True)
class Data:
    """What is counted: sequences in files of one kind."""

    kind: str
    n: float
    files: int = 1


@dataclass
class Costs:
    """What was measured, by name.

    Attributes
    ----------
    cases : list of dict
        The rows that ``end_to_end.py`` wrote.
    library : str
        What unpacks.
    """

    cases: list[Row]
    library: str = "isal"

    def only(self, case: str, **wanted: Any) -> Row:
        """The one row with these values."""
        (row,) = (
            row
            for row in self.cases
            if row["case"] == case and all(row[key] == it for key, it in wanted.items())
        )
        return row

    def stage(self, name: str, library: str = "") -> float:
        """Seconds."""
        return float(self.only("stage", stage=name, library=library)["best_s"])

    @cached_property
    def n(self) -> int:
        """Sequences that were measured."""
        return int(self.only("stage", stage="count")["n"])

    @cached_property
    def files(self) -> Row:
        """What an input file costs."""
        return self.only("files")

    def input_bytes(self, kind: str) -> float:
        """Of a sequence."""
        rows = [r for r in self.cases if r["case"] == "end to end" and r["input"] == kind]
        return float(rows[0]["bytes"]) / self.n

    def reading_s(self, kind: str) -> float:
        """Unpacking and parsing a sequence."""
        if kind == STORE:
            return 0.0
        stage = ("decompress and parse", self.library) if kind == GZ else ("parse", "")
        return self.stage(*stage) / self.n

    @property
    def counting_s(self) -> float:
        """Counting a sequence, the tables being there."""
        return (self.stage("count") - self.stage("tables")) / self.n

    def part(self, n: float) -> Row:
        """Counts of so many sequences of uniform letters, as a file."""
        some = self.only("part", cell_bytes=1)
        cells = some["cells"]
        most = poisson.isf(1 / cells, n / some["n_kmers"] ** 2)
        width = min(w for w, behind in WIDTHS.items() if most < behind or w == max(WIDTHS))
        return self.only("part", cell_bytes=width)


@dataclass
class Prediction:
    """Seconds by what they are for, and bytes on the shared file system."""

    cluster: Cluster
    data: Data
    shards: int
    nodes: int  # that have some
    cpu: dict[str, float] = field(default_factory=dict)  # of the counting phase
    bytes: dict[str, float] = field(default_factory=dict)  # the same, of a node
    merge_s: float = 0.0
    merge_one_s: float = 0.0
    map_s: float = 0.0
    written: float = 0.0
    read: float = 0.0
    written_one: float = 0.0
    read_one: float = 0.0

    @property
    def transfer_s(self) -> float:
        """The bytes of the counting phase."""
        return self.cluster.seconds(sum(self.bytes.values()), self.nodes)

    @property
    def worked_s(self) -> float:
        """What a processor does in the counting phase, once it has started."""
        return sum(self.cpu.values()) - self.cpu["start"]

    @property
    def count_s(self) -> float:
        """The counting phase."""
        return self.cpu["start"] + max(self.worked_s, self.transfer_s)

    @property
    def wall_s(self) -> float:
        """All of it, merged as a tree."""
        return self.count_s + self.merge_s + self.map_s

    @property
    def limit(self) -> str:
        """What takes longest."""
        shares = dict(self.cpu)
        if self.transfer_s > self.worked_s:
            shares = {"start": self.cpu["start"]}
            all_bytes = sum(self.bytes.values())
            for name, n_bytes in self.bytes.items():
                shares[name] = self.transfer_s * n_bytes / all_bytes
        shares |= {"merging": self.merge_s, "the map": self.map_s}
        return max(shares, key=lambda name: shares[name])


def read_times(data: Data, shards: int) -> float:
    """How often compressed files are read: the shards begin inside them."""
    return (data.files + shards - 1) / data.files if data.kind == GZ else 1.0


def shards_of(costs: Costs, cluster: Cluster, data: Data) -> int:
    """As many as the library would cut the files into."""
    entry = {GZ: "stream", FASTA: "text", STORE: "rows"}[data.kind]
    size = int(costs.input_bytes(data.kind) * data.n / data.files)
    inputs = [Input("", entry, size)] * data.files
    return _n_shards(
        inputs, cluster.workers, 4 * int(costs.only("part", cell_bytes=1)["cells"])
    )


def predict(costs: Costs, cluster: Cluster, data: Data, shards: int) -> Prediction:
    """The whole job."""
    found = Prediction(cluster, data, shards, min(cluster.nodes, shards))
    times, rounds = read_times(data, shards), ceil(shards / cluster.workers)
    n, stored = data.n / shards, costs.input_bytes(data.kind) * data.n
    part, look = costs.part(n), costs.files
    named = look["named_bytes"] * data.files
    found.cpu = {
        "start": costs.stage("start count"),
        "looking at the files": rounds * look["look_s"] * data.files,
        "unpacking and parsing": rounds * costs.reading_s(data.kind) * n * times,
        "counting": rounds * costs.counting_s * n,
        "tables": rounds * (costs.stage("tables") + part["save_s"]),
    }
    found.bytes = {
        "reading looks at the files": min(look["look_bytes"] * data.files, stored),
        "reading the input": stored * times / found.nodes,
        "writing the parts": shards / found.nodes * (part["file_bytes"] + named),
    }
    if shards > 1:
        _merge_by_one(found, costs)
        _merge_by_all(found, costs)
    last = costs.part(data.n)
    found.map_s = (
        costs.stage("start mi") + last["load_s"] + costs.stage("mi") + costs.stage("write")
    )
    return found


def _merge_by_one(found: Prediction, costs: Costs) -> None:
    shards = found.shards
    part, last = costs.part(found.data.n / shards), costs.part(found.data.n)
    named_s, named = (costs.files[x] * found.data.files for x in ("named_s", "named_bytes"))
    found.read_one = shards * (part["file_bytes"] + named)
    found.written_one = found.read_one + last["file_bytes"] + named  # the parts, too
    cpu = shards * (part["load_s"] + part["add_s"] + named_s) + last["save_s"]
    moved = found.read_one + last["file_bytes"] + named
    transfer = found.cluster.seconds(moved, 1)
    found.merge_one_s = costs.stage("start count") + max(cpu, transfer)


def _merge_by_all(found: Prediction, costs: Costs) -> None:
    cluster, shards, n = found.cluster, found.shards, found.data.n
    named_s, named = (costs.files[x] * found.data.files for x in ("named_s", "named_bytes"))
    found.written = shards * (costs.part(n / shards)["file_bytes"] + named)
    found.merge_s = costs.stage("start count")
    for parts, tasks in _levels(shards):
        part, whole = costs.part(n / parts), costs.part(n / tasks)
        fan = min(FAN_IN, parts)
        cpu = fan * (part["load_s"] + part["add_s"] + named_s) + whole["save_s"]
        moved = parts * (part["file_bytes"] + named) + tasks * (whole["file_bytes"] + named)
        nodes = min(cluster.nodes, tasks)
        rounds = ceil(tasks / cluster.workers)
        found.merge_s += max(rounds * cpu, cluster.seconds(moved / nodes, nodes))
        found.read += parts * (part["file_bytes"] + named)
        found.written += tasks * (whole["file_bytes"] + named)


def _levels(parts: int) -> Iterator[tuple[int, int]]:
    """Parts that each level has, and what it makes of them."""
    while parts > 1:
        yield parts, ceil(parts / FAN_IN)
        parts = ceil(parts / FAN_IN)


# --------------------------------------------------------------------------------- the check


def check(costs: Costs) -> list[Row]:
    """The model, with this machine as a cluster, against what was measured on it."""
    rows: list[Row] = []
    for row in costs.cases:
        if row["case"] == "end to end" and row["way"] == COUNT and row["cores"] == 1:
            here = Costs(costs.cases, row["library"])
            seconds = predict(here, Cluster(), Data(row["input"], row["n"]), 1).wall_s
            what = f"{row['input']}{', ' * bool(row['library'])}{row['library']}, 1 core"
        elif row["case"] == "processes" and row["way"] in (AT_ONCE, IN_TURN):
            cores = 2 if row["way"] == AT_ONCE else 1
            data = Data(row["input"], row["n"], row["files"])
            found = predict(costs, Cluster(1, cores), data, 2)
            starts = (2 - cores) * costs.stage("start count")  # of the second command
            seconds = found.count_s + starts + found.merge_one_s
            what = f"{row['input']}, {row['way']}, merged"
        else:
            continue
        rows.append(
            {
                "what": what,
                "predicted_s": seconds,
                "measured_s": row["best_s"],
                "ratio": seconds / row["best_s"],
            }
        )
    return rows


# ------------------------------------------------------------------------------- the program


def as_row(found: Prediction, costs: Costs) -> Row:
    """A prediction for the JSON."""
    return {
        "input": found.data.kind,
        "n": found.data.n,
        "files": found.data.files,
        "nodes": found.cluster.nodes,
        "shards": found.shards,
        "read_times": read_times(found.data, found.shards),
        "cpu_s": found.cpu,
        "bytes_a_node": found.bytes,
        "transfer_s": found.transfer_s,
        "count_s": found.count_s,
        "merge_s": found.merge_s,
        "merge_by_one_s": found.merge_one_s,
        "map_s": found.map_s,
        "wall_s": found.wall_s,
        "merge_written_bytes": found.written,
        "merge_read_bytes": found.read,
        "merge_by_one_written_bytes": found.written_one,
        "merge_by_one_read_bytes": found.read_one,
        "limit": found.limit,
        "fits": costs.files["named_bytes"] * found.data.files < costs.files["most_bytes"],
    }


def main(argv: list[str] | None = None) -> int:
    """Predict, hold against what was measured, and put both into the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("json", help="file with what end_to_end.py measured")
    parser.add_argument("--sequences", type=float, nargs="+", default=[1e9, 1e11])
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--cores", type=int, default=32, help="of a node")
    parser.add_argument(
        "--node-bandwidth", type=float, default=1e9, help="bytes/s of a node from the files"
    )
    parser.add_argument(
        "--bandwidth", type=float, default=10e9, help="bytes/s of the shared file system"
    )
    parser.add_argument("--file-sequences", type=float, default=5e6, help="in an input file")
    args = parser.parse_args(argv)
    measured = json.loads(Path(args.json).read_text()).get("end_to_end")
    if measured is None:
        print(f"{args.json} has nothing that end_to_end.py measured")
        return 1
    libraries = {r["library"] for r in measured["cases"] if r["case"] == "stage"}
    costs = Costs(measured["cases"], "isal" if "isal" in libraries else "zlib")
    rows = []
    for n in args.sequences:
        for kind in (GZ, FASTA, STORE):
            for nodes in args.nodes:
                cluster = Cluster(nodes, args.cores, args.node_bandwidth, args.bandwidth)
                data = Data(kind, n, ceil(n / args.file_sequences))
                shards = shards_of(costs, cluster, data)
                rows.append(as_row(predict(costs, cluster, data, shards), costs))
    checks = check(costs)
    for row in rows:
        print(
            f"  {row['n']:.0e} {row['input']:<9}{row['nodes']:>5} nodes, "
            f"{row['shards']:>6} shards: count "
            f"{row['count_s']:9.1f} s, merge {row['merge_s']:8.1f} (one "
            f"{row['merge_by_one_s']:8.1f}), in all {row['wall_s']:9.1f} s; {row['limit']}"
        )
    for row in checks:
        print(
            f"  {row['what']:<45} predicted {row['predicted_s']:7.2f} s, measured "
            f"{row['measured_s']:7.2f}: {row['ratio']:.2f}"
        )
    arguments = {name: it for name, it in vars(args).items() if name != "json"}
    about = {"arguments": arguments, "library": costs.library, "fan_in": FAN_IN}
    put(Path(args.json), model={**about, "rows": rows, "check": checks})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
