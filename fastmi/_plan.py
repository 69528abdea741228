"""What workers are told and do: a plan in a folder, shares of it counted, parts merged.

The plan is a file that tasks name, so that a task is a few numbers however many input files
there are, and a worker that does not see the folder knows it at once.  Every part says of
itself what is in it; a file with the right name and other contents is not used.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from ._archive import Archive, whole
from ._counts_file import COUNTS_KIND
from ._files import replacing
from ._inputs import inputs_of
from ._origin import Job, Origin
from ._shares import Share
from ._version import __version__
from .alphabet import Alphabet, Unknown
from .batch import count
from .counts import JointCounts
from .errors import FastMIError

FAN_IN = 8  # parts that one task merges
_KIND = "fastmi distributed plan"
# what does not go away by waiting
_LASTING = (errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EROFS)


class Node(NamedTuple):
    """Shards ``first`` (the first is 0) to before ``stop``: one of them, or parts to merge."""

    first: int
    stop: int

    @property
    def children(self) -> tuple[Node, ...]:
        """What is merged into this; empty for a shard."""
        if self.stop - self.first == 1:
            return ()
        size = 1  # of a child
        while size * FAN_IN < self.stop - self.first:
            size *= FAN_IN
        starts = range(self.first, self.stop, size)
        return tuple(Node(at, min(at + size, self.stop)) for at in starts)

    def n_tasks(self) -> int:
        """Tasks that make this, and everything below it."""
        return 1 + sum(child.n_tasks() for child in self.children)


@dataclass(frozen=True)
class Plan:
    """A job, cut into shards.

    Attributes
    ----------
    folder : Path
        Where the parts are.
    job : Job
        The files, as the process that asked sees them.
    k, alphabet, unknown, weighted, memory_limit, n_threads
        As for :func:`fastmi.count`.
    n_shards : int
        How many.
    """

    folder: Path
    job: Job
    k: int
    alphabet: Alphabet
    unknown: Unknown
    weighted: bool | None
    memory_limit: str | int
    n_threads: int = 1
    n_shards: int = 1

    @property
    def key(self) -> str:
        """What the names of the files begin with: another job or settings, another name."""
        settings = [self.job.key, self.k, self.alphabet.about(), self.unknown, self.weighted]
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def file(self) -> Path:
        """The plan's own file."""
        return self.folder / f"{self.key}-plan-of-{self.n_shards}.json"

    def path(self, node: Node) -> Path:
        """The file of a part."""
        first, last = node.first + 1, node.stop
        name = f"{first}" if first == last else f"{first}-to-{last}"
        return self.folder / f"{self.key}-{name}-of-{self.n_shards}.npz"

    # ---------------------------------------------------------------------------- files

    def write(self) -> None:
        """Put the plan into the folder."""
        about = {
            "kind": _KIND,
            "fastmi": __version__,
            "job": self.job.to_json(),
            "k": self.k,
            **self.alphabet.about(),
            "unknown": self.unknown,
            "weighted": self.weighted,
            "memory_limit": self.memory_limit,
            "n_threads": self.n_threads,
            "n_shards": self.n_shards,
        }
        with replacing(self.file) as temporary:
            temporary.write_text(json.dumps(about), encoding="utf-8")

    @classmethod
    def read(cls, file: str) -> Plan:
        """The plan as a worker finds it."""
        try:
            about = json.loads(Path(file).read_text(encoding="utf-8"))
            if about["kind"] == _KIND and about["fastmi"] != __version__:
                raise FastMIError(
                    f"the worker on {_host()} runs fastmi {__version__}, the process that "
                    f"asked {about['fastmi']}: install one version everywhere"
                )
            return cls(
                Path(file).parent,
                Job.from_json(about["job"]),
                whole(about, "k", 1),
                Alphabet.from_about(about),
                about["unknown"],
                about["weighted"],
                about["memory_limit"],
                whole(about, "n_threads", 1),
                whole(about, "n_shards", 1),
            )
        except FileNotFoundError:
            raise FastMIError(
                f"the worker on {_host()} does not see {file}: directory= must be a folder "
                "that all workers see under the same path"
            ) from None
        except FastMIError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise FastMIError(f"{file} is no plan, or it is damaged ({error})") from None

    def trouble(self, node: Node) -> str | None:
        """Why the file of a node cannot be used: None if it can, "" if there is none."""
        path = self.path(node)
        if not path.exists():
            return ""
        try:
            with Archive(path, COUNTS_KIND) as archive:
                return self._misfit(node, archive.about)
        except FastMIError as error:
            return str(error)

    def _misfit(self, node: Node, about: Mapping[str, Any]) -> str | None:
        """How a file's own words differ from what the node needs."""
        try:
            origin = Origin.from_json(about["provenance"]["origin"])
        except (KeyError, TypeError, ValueError, AttributeError):
            return f"{self.path(node)} does not say what it holds"
        share = Share(*(Fraction(end, self.n_shards) for end in node))
        job = origin.jobs[0]
        same = (
            len(origin.jobs) == 1
            and (job.key, job.covered, job.under_way) == (self.job.key, (share,), None)
            and origin.unknown == self.unknown
            and (about.get("k"), about.get("letters")) == (self.k, self.alphabet.letters)
            and self.weighted in (None, about.get("weighted", False))
        )
        return None if same else f"{self.path(node)} holds other counts than its name says"

    # ---------------------------------------------------------------------------- tasks

    def make(self, node: Node) -> list[tuple[Node, str]]:
        """Write the file of a node; or say which parts it needs cannot be used, and why."""
        if node.children:
            return self._merge(node)
        self._count(node)
        return []

    def _count(self, node: Node) -> None:
        files = [i.path for i in self.job.inputs]
        columns = self.job.columns
        unseen = next((path for path in files if not os.path.exists(path)), None)
        if unseen is not None:
            raise FastMIError(
                f"the worker on {_host()} does not see {unseen}: input files must be there for "
                "all workers under the same path"
            )
        try:
            counts = count(
                files,
                self.k,
                shard=(node.stop, self.n_shards),
                alphabet=self.alphabet,
                unknown=self.unknown,
                column=columns["column"],
                weights=columns["weights"],
                weighted=self.weighted,
                memory_limit=self.memory_limit,
                n_threads=self.n_threads,
            )
        except FastMIError:
            self._compare(Job(inputs_of(files), columns, self.job.covered))
            raise
        assert counts.origin is not None
        self._compare(counts.origin.jobs[0])
        counts.save(self.path(node), compress=False)

    def _compare(self, seen: Job) -> None:
        """Raise where this worker sees other files than the process that asked."""
        if seen.key == self.job.key:
            return
        there = {i.path: (i.n_bytes, i.fingerprint) for i in seen.inputs}
        other = (i for i in self.job.inputs if there[i.path] != (i.n_bytes, i.fingerprint))
        file = next(other, self.job.inputs[0])
        raise FastMIError(
            f"the worker on {_host()} sees {file.path} with other contents "
            f"({there[file.path][0]:,} bytes) than the process that asked ({file.n_bytes:,} "
            "bytes); or it was changed meanwhile"
        )

    def _merge(self, node: Node) -> list[tuple[Node, str]]:
        total: JointCounts | None = None
        lost: list[tuple[Node, str]] = []
        for child in node.children:
            try:
                part = self.load(child)
            except FastMIError as error:
                if is_passing(error):
                    raise
                lost.append((child, str(error)))
                continue
            if total is None:
                total = part
            elif not lost:
                total.merge(part)
            del part  # two tables at a time
        if total is not None and not lost:
            total.save(self.path(node), compress=False)
        return lost

    def load(self, node: Node) -> JointCounts:
        """The counts of a node, whole and those that are wanted."""
        counts = JointCounts.load(self.path(node), memory_limit=self.memory_limit)
        misfit = self._misfit(node, counts.about())
        if misfit is not None:
            raise FastMIError(misfit)
        return counts


def task(file: str, first: int, stop: int, pause: float, once: str) -> list[tuple[Node, str]]:
    """Make the file of a node in a worker.

    Parameters
    ----------
    file : str
        The plan.
    first, stop : int
        The node.
    pause : float
        Seconds to wait before it is tried again.
    once : str
        Another one each time, for schedulers that know the result of the same call.

    Returns
    -------
    list of (Node, str)
        Parts that cannot be used, and why; empty where all is well.

    Raises
    ------
    OSError
        Something failed that may work another time.
    """
    time.sleep(pause)
    try:
        return Plan.read(file).make(Node(first, stop))
    except FastMIError as error:
        if is_passing(error):
            raise OSError(f"on {_host()}: {error}") from None
        raise


def is_passing(error: FastMIError) -> bool:
    """Whether it comes from the system, of a kind that may go away."""
    cause = error.__context__
    return isinstance(cause, OSError) and cause.errno not in (None, *_LASTING)


def _host() -> str:
    return socket.gethostname()
