"""Who does what when: the tasks of a plan, given to workers that may die.

Parts are a tree, shards its leaves; what is merged has a few children.  A node whose file is
good is done, however it came about; so a task that was lost, a call that was stopped and a
file that was damaged are one thing: something to be made.
"""

from __future__ import annotations

import contextlib
import heapq
import uuid
import warnings
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import Any

from ._plan import Node, Plan, is_passing, task
from ._run import Progress
from ._workers import Workers, is_lost
from .counts import JointCounts
from .errors import FastMIError, FastMIWarning


class Schedule:
    """Has all nodes of a plan made.

    Parameters
    ----------
    plan : Plan
        What to do; its file is there.
    workers : Workers
        Who does it.
    retries : int
        How often a task may fail because of its worker or the system.
    keep : bool
        Whether the shards' files stay.
    progress : bool
        Whether to show progress on stderr.
    """

    def __init__(
        self, plan: Plan, workers: Workers, retries: int, keep: bool, progress: bool
    ) -> None:
        self._plan, self._workers = plan, workers
        self._retries, self._keep, self._progress = retries, keep, progress
        self._root = Node(0, plan.n_shards)
        self._ready: list[tuple[int, Node]] = []  # a heap: what merges most comes first
        self._waiting: dict[Node, set[Node]] = {}  # for these children
        self._parents: dict[Node, Node] = {}
        self._under_way: dict[Future[Any], Node] = {}
        self._tries: Counter[Node] = Counter()
        self._breaks = 0  # of the executor, since something was done
        self._call = uuid.uuid4().hex

    def run(self) -> JointCounts:
        """Make what is missing, and load what is then left."""
        bar = Progress(self._root.n_tasks(), "counting", self._progress)
        try:
            self._want(self._root)
            while True:
                self._make_all(bar)
                try:
                    counts = self._plan.load(self._root)
                    break
                except FastMIError as error:
                    if is_passing(error):
                        raise
                    self._again(self._root, error)
                    self._lose(self._root, str(error))
                    self._want(self._root)
        except BaseException:
            for future in self._under_way:
                future.cancel()
            raise
        finally:
            bar.close()
        self._sweep()
        return counts

    def _make_all(self, bar: Progress) -> None:
        total = self._root.n_tasks()
        while self._ready or self._under_way:
            self._hand_out()
            done, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
            broken: BaseException | None = None
            for future in done:
                node = self._under_way.pop(future)
                try:
                    lost = future.result()
                except BrokenExecutor as error:
                    broken = error
                    self._put(node)
                except Exception as error:
                    self._failed(node, error)
                else:
                    self._made(node, lost)
            if broken is not None:
                self._renew(broken)
            bar.update(total - len(self._ready) - len(self._waiting) - len(self._under_way))

    # --------------------------------------------------------------------------- tasks

    def _hand_out(self) -> None:
        self._workers.start()
        while self._ready and len(self._under_way) < self._workers.room():
            _, node = heapq.heappop(self._ready)
            if self._usable(node):  # by a worker that died afterwards
                self._finished(node)
                continue
            tries = self._tries[node]
            once = f"{self._call}-{self._breaks}-{tries}"
            call = (str(self._plan.file), *node, float(tries), once)
            try:
                self._under_way[self._workers.submit(task, *call)] = node
            except BrokenExecutor as error:
                self._put(node)
                self._renew(error)

    def _made(self, node: Node, lost: list[tuple[Node, str]]) -> None:
        self._breaks = 0
        if not lost:
            self._finished(node)
            return
        self._again(node, FastMIError(lost[0][1]))
        for child, why in lost:
            self._lose(Node(*child), why)
        self._want(node, self._parents.get(node))

    def _failed(self, node: Node, error: Exception) -> None:
        if isinstance(error, ImportError) and "fastmi" in str(error):
            raise FastMIError(
                f"a worker cannot load this version of fastmi ({error}): install one version "
                "everywhere"
            ) from None
        if not is_lost(error):
            raise error
        self._again(node, error)
        self._put(node)

    def _again(self, node: Node, error: Exception) -> None:
        """Note that a node failed; raise if that was once too often."""
        self._tries[node] += 1
        if self._tries[node] > self._retries:
            what = "merging shards" if node.children else "shard"
            last = f" to {node.stop}" if node.children else ""
            raise FastMIError(
                f"{what} {node.first + 1}{last} of {self._plan.n_shards} failed in "
                f"{_tries(self._tries[node])}, at last with {_in_words(error)}{self._kept()}"
            ) from error

    def _renew(self, error: BaseException) -> None:
        """Take back what a broken executor had, and replace it."""
        for node in self._under_way.values():
            self._put(node)
        self._under_way.clear()
        self._breaks += 1
        if self._breaks > self._retries:
            raise FastMIError(
                f"the workers died in {_tries(self._breaks)} without anything being done "
                f"({_in_words(error)}){self._kept()}"
            ) from error
        if not self._workers.renew():
            raise FastMIError(
                f"the executor broke, as a worker died ({_in_words(error)}){self._kept()}; a "
                "function that makes an executor, as executor=, would have been called again"
            ) from error

    def _kept(self) -> str:
        if not self._keep:
            return "; nothing is kept, as no directory= was given"
        folder = self._plan.folder
        return f"; what was done is in {folder}, from where the same call goes on"

    # --------------------------------------------------------------------------- nodes

    def _put(self, node: Node) -> None:
        heapq.heappush(self._ready, (node.first - node.stop, node))

    def _want(self, node: Node, parent: Node | None = None) -> bool:
        """Have a node made, and what it needs; whether it is there already."""
        if self._usable(node):
            return True
        if parent is not None:
            self._parents[node] = parent
        missing = {child for child in node.children if not self._want(child, node)}
        if missing:
            self._waiting[node] = missing
        else:
            self._put(node)
        return False

    def _usable(self, node: Node) -> bool:
        why = self._plan.trouble(node)
        if why:
            self._lose(node, why)
        return why is None

    def _finished(self, node: Node) -> None:
        for child in node.children:
            if child.children or not self._keep:
                self._remove(child)
        parent = self._parents.pop(node, None)
        if parent is not None:
            self._waiting[parent].discard(node)
            if not self._waiting[parent]:
                del self._waiting[parent]
                self._put(parent)

    def _lose(self, node: Node, why: str) -> None:
        warnings.warn(f"{why}; it is made anew", FastMIWarning, stacklevel=2)
        self._remove(node)

    def _remove(self, node: Node) -> None:
        with contextlib.suppress(OSError):
            self._plan.path(node).unlink()

    def _sweep(self) -> None:
        """Remove what workers that died left half-written."""
        plan = self._plan
        for path in plan.folder.glob(f".{plan.key}-*-of-{plan.n_shards}.*.part"):
            with contextlib.suppress(OSError):
                path.unlink()


def _tries(n: int) -> str:
    return "1 try" if n == 1 else f"{n} tries"


def _in_words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
