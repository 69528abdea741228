"""Where counts come from, so that parts which do not fit together are never added.

A job is a set of input files and how they were read; counts of a job know which shares of it
they hold.  Counts of several jobs may be added if they were read alike and no file is in two
of the jobs.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from ._archive import whole
from ._inputs import Input
from ._shares import MOST_SHARDS, Covered, Share
from .errors import FastMIError

_MOST_INPUTS = 100_000
_MOST_NAMED = 10  # jobs in a sentence
_LAYOUT = 1  # how a share is cut out of the files; another number, another share


class UnderWay(NamedTuple):
    """A share that is being counted, and how many blocks of it have been."""

    share: Share
    n_blocks: int


@dataclass(frozen=True)
class Job:
    """Some files, how they were read, and how much of them has been counted.

    Attributes
    ----------
    inputs : tuple of Input
        In their canonical order.
    columns : dict
        Which columns of tables were read: ``column``, ``weights``, ``scores``.
    covered : Covered
        The shares that were counted.
    n_shards : int
        Of how many shards these are some: for sentences.
    under_way : UnderWay or None
        What was counted of one share more; in checkpoints only.
    """

    inputs: tuple[Input, ...]
    columns: Mapping[str, Any]
    covered: Covered
    n_shards: int = 1
    under_way: UnderWay | None = None

    @cached_property  # of many files it takes its time
    def key(self) -> str:
        """The same for all shares of one job, whatever its files are called."""
        named = [_LAYOUT, dict(self.columns), [(i.fingerprint, i.n_bytes) for i in self.inputs]]
        return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "inputs": [
                {"file": i.path, "bytes": i.n_bytes, "fingerprint": i.fingerprint}
                for i in self.inputs
            ],
            "columns": dict(self.columns),
            "covered": self.covered.to_json(),
            "n_shards": self.n_shards,
            **({} if self.under_way is None else {"under_way": _way_to_json(self.under_way)}),
        }

    @classmethod
    def from_json(cls, found: Any) -> Job:
        """What ``to_json`` gave; ValueError, KeyError or TypeError where it is none."""
        inputs = found["inputs"]
        if not isinstance(inputs, list) or not 1 <= len(inputs) <= _MOST_INPUTS:
            raise ValueError("the inputs are no list of files")
        return cls(
            tuple(_input(each) for each in inputs),
            dict(found["columns"]),
            Covered.from_json(found["covered"]),
            whole(found, "n_shards", 1),
            _way_from_json(found["under_way"]) if "under_way" in found else None,
        )


def _way_to_json(way: UnderWay) -> dict[str, Any]:
    return {"share": Covered([way.share]).to_json(), "n_blocks": way.n_blocks}


def _way_from_json(found: Any) -> UnderWay:
    (share,) = Covered.from_json(found["share"])
    return UnderWay(share, whole(found, "n_blocks"))


def _input(found: Any) -> Input:
    path, n_bytes, fingerprint = found["file"], found["bytes"], found["fingerprint"]
    whole = n_bytes is None or (isinstance(n_bytes, int) and n_bytes >= 0)
    if not isinstance(path, str) or not whole or not isinstance(fingerprint, str | None):
        raise ValueError(f"an input is {found!r}")
    return Input(path, "", n_bytes, fingerprint)


@dataclass(frozen=True)
class Origin:
    """The jobs whose counts are here.

    Attributes
    ----------
    unknown : str
        What was done with letters outside the alphabet.
    jobs : tuple of Job
        No file is in two of them.
    """

    unknown: str
    jobs: tuple[Job, ...]

    @property
    def complete(self) -> bool:
        """Whether every file has been counted whole."""
        return all(job.covered.complete and job.under_way is None for job in self.jobs)

    def missing(self) -> str:
        """What has not been counted, in words."""
        partly = [job for job in self.jobs if not job.covered.complete]
        words = [
            f"{job.covered.missing().in_words(job.n_shards)} of {_names(job)}" for job in partly
        ]
        return _listed(words) + _changed(partly)

    def in_words(self) -> str:
        """Which shards are here, or which are missing if these are fewer; "" if none are."""
        words = []
        for job in self.jobs:
            here, missing = job.covered, job.covered.missing()
            if not missing:
                continue
            if here and _size(here) <= _size(missing):
                words.append(f"{here.in_words(job.n_shards)} of {_names(job)}")
            else:
                words.append(f"{missing.in_words(job.n_shards)} of {_names(job)} not counted")
        return _listed(words)

    def both_strands(self) -> Origin:
        """The same for counts of both strands, which do not go with those of one."""
        jobs = (replace(job, columns={**job.columns, "strands": "both"}) for job in self.jobs)
        return Origin(self.unknown, tuple(jobs))

    def selected(self, rule: str) -> Origin:
        """The same of those sequences only whose scores follow a rule."""
        jobs = (replace(job, columns={**job.columns, "selected": rule}) for job in self.jobs)
        return Origin(self.unknown, tuple(jobs))

    def merged(self, other: Origin) -> Origin:
        """Both together; FastMIError says why they cannot be added."""
        for part in (self, other):
            if any(job.under_way is not None for job in part.jobs):
                raise FastMIError("one part is a checkpoint of a run that has not ended")
        if self.unknown != other.unknown:
            raise FastMIError(
                f"the parts differ in unknown: {self.unknown!r} and {other.unknown!r}"
            )
        jobs = {job.key: job for job in self.jobs}
        for job in other.jobs:
            mine = jobs.get(job.key)
            if mine is None:
                _refuse_shared(job, jobs.values())
                jobs[job.key] = job
                continue
            twice = mine.covered.overlap(job.covered)
            if twice is not None:
                raise FastMIError(f"{twice} of {_names(job)} would be counted twice")
            covered = mine.covered.with_others(job.covered)
            n_shards = min(math.lcm(mine.n_shards, job.n_shards), MOST_SHARDS)
            jobs[job.key] = replace(mine, covered=covered, n_shards=n_shards)
        return Origin(self.unknown, tuple(jobs[key] for key in sorted(jobs)))

    def to_json(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"unknown": self.unknown, "jobs": [job.to_json() for job in self.jobs]}

    @classmethod
    def from_json(cls, found: Any) -> Origin:
        """What ``to_json`` gave; ValueError, KeyError or TypeError where it is none."""
        jobs = found["jobs"]
        if not isinstance(jobs, list) or not jobs:
            raise ValueError("there are no jobs")
        return cls(str(found["unknown"]), tuple(Job.from_json(job) for job in jobs))


def _refuse_shared(job: Job, others: Any) -> None:
    """Raise if a file of this job is in another one."""
    known = {i.fingerprint: i.path for other in others for i in other.inputs}
    known.pop(None, None)  # pipes
    for file in job.inputs:
        if file.fingerprint in known:
            same = known[file.fingerprint]
            also = "" if same == file.path else f" (there {same})"
            raise FastMIError(
                f"{file.path} is in both parts{also}, of jobs that differ in their files or "
                f"columns{_changed([*others, job])}: it would be counted twice"
            )


def _changed(jobs: Iterable[Job]) -> str:
    """The first file that has other contents in one job than in another, for a sentence."""
    seen: dict[str, str | None] = {}
    for file in (file for job in jobs for file in job.inputs):
        if seen.setdefault(file.path, file.fingerprint) != file.fingerprint:
            return f" ({file.path} is not the same file in both)"
    return ""


def _listed(words: list[str]) -> str:
    """For a sentence: of many jobs, the first."""
    more = len(words) - _MOST_NAMED
    return "; ".join(words[:_MOST_NAMED]) + (f"; and of {more:,} more jobs" if more > 0 else "")


def _size(covered: Covered) -> float:
    return math.fsum(float(share.size) for share in covered)


def _names(job: Job) -> str:
    """The files, for a sentence."""
    first = os.path.basename(job.inputs[0].path)
    more = len(job.inputs) - 1
    return first if more == 0 else f"{first} and {more:,} more file{'s'[: more != 1]}"
