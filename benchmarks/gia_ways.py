"""The ways of ``gia.py``: what does the k-mers, and the models that it is done with."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from peers import sample
from yardstick import Array

import fastmi
from fastmi import simulate
from fastmi.gia import GIA, KmerSearch, importance, kmers
from fastmi.gia.kmer_search import all_kmers
from fastmi.models import deepbind

MODEL, ALPHABET, LENGTH, START = "RBMS1", "rna", 41, 17
NEEDS = {"torch": "torch", "tangermeme": "tangermeme.marginalize"}


@dataclass
class Watched:
    """The model in C, which works in a thread of its own, and the time that it takes."""

    model: deepbind.DeepBind
    inside_s: float = 0.0
    block_rows = deepbind.DeepBind.block_rows

    def predict(self, sequences: fastmi.PackedSequences) -> Array:
        """Its scores."""
        start = time.process_time()
        scores = self.model.predict(sequences)
        self.inside_s += time.process_time() - start
        return scores


class Free:
    """A model of no cost."""

    block_rows = deepbind.DeepBind.block_rows

    def predict(self, sequences: fastmi.PackedSequences) -> Array:
        """Zeros."""
        return np.zeros(len(sequences))


def missing() -> dict[str, str]:
    """Peers that are not here, and why."""
    found = {}
    for name, module in NEEDS.items():
        try:
            importlib.import_module(module)
        except Exception as error:  # a broken package must not end the others
            found[name] = f"cannot import {module} ({type(error).__name__}: {error})"
    return found


def made(n: int) -> Any:
    """Backgrounds, the same ones for every way."""
    return simulate.random(n, LENGTH, ALPHABET, rng=1)


def some_kmers(k: int, n: int) -> list[str]:
    """Evenly spread over all."""
    return sample(all_kmers(fastmi.get_alphabet(ALPHABET), k), n)


def by_engine(model: Any, n: int, names: list[str]) -> Array:
    """Local importances of these k-mers, and the table of their effects."""
    effects = importance(GIA(model, made(n), n), {name: [(name, START)] for name in names})
    assert len(effects.table) == len(names)
    return effects.local


def by_search(model: Any, n: int, k: int, exact: bool) -> KmerSearch:
    """The search among all k-mers."""
    return kmers(GIA(model, made(n), n), k, START, exact=exact)


def one_hot(n: int) -> Array:
    """Backgrounds as the module takes them."""
    return np.ascontiguousarray(made(n).pack().to_one_hot().transpose(0, 2, 1))


def by_loop(module: Any, backgrounds: Array, names: list[str]) -> Array:
    """Local importances by a plain loop."""
    torch = importlib.import_module("torch")
    letters = fastmi.get_alphabet(ALPHABET).letters
    found = np.empty((len(names), len(backgrounds)), np.float32)
    with torch.inference_mode():
        before = module(torch.from_numpy(backgrounds)).numpy()[:, 0]
        for row, name in enumerate(names):
            x = backgrounds.copy()
            written = np.eye(len(letters), dtype=np.float32)[[letters.index(c) for c in name]]
            x[:, :, START : START + len(name)] = written.T
            found[row] = module(torch.from_numpy(x)).numpy()[:, 0] - before
    return found


def by_tangermeme(module: Any, backgrounds: Array, names: list[str]) -> Array:
    """Local importances by tangermeme."""
    torch = importlib.import_module("torch")
    marginalize = importlib.import_module("tangermeme.marginalize").marginalize
    letters = list(fastmi.get_alphabet(ALPHABET).letters)
    options = {"alphabet": letters, "batch_size": len(backgrounds), "device": "cpu"}
    x = torch.from_numpy(backgrounds)
    found = np.empty((len(names), len(backgrounds)), np.float32)
    for row, name in enumerate(names):
        before, after = marginalize(module, x, name, start=START, **options)
        found[row] = (after - before).numpy()[:, 0]
    return found


def modules() -> Any:
    """What there is in torch."""
    return importlib.import_module("deepbind_module")


def the_module() -> Any:
    """The model in torch."""
    return modules().DeepBindModule(deepbind.load(MODEL).parameters)


def wrapped(module: Any, n: int) -> Any:
    """A module for the engine, in batches as large as those of the others."""
    return fastmi.models.wrap(module, batch_size=n)


def module_ways(module: Any, n: int, names: list[str]) -> dict[str, Callable[[], Array]]:
    """Whatever does a sample of the k-mers with the module, as far as it is here."""
    backgrounds = one_hot(n)
    ways = {
        "exact": partial(by_engine, wrapped(module, n), n, names),
        "loop": partial(by_loop, module, backgrounds, names),
    }
    if "tangermeme" not in missing():
        ways["tangermeme"] = partial(by_tangermeme, module, backgrounds, names)
    return ways
