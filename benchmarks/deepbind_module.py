"""DeepBind as a module of torch; a module that costs nothing; one that is watched."""

from __future__ import annotations

import time

import torch
from torch.nn.functional import pad

from fastmi.models._deepbind_parameters import Parameters


class DeepBindModule(torch.nn.Module):
    """One-hot sequences (n, 4, letters) to scores (n, 1), by one strand.

    Windows are scored one after the other, each padded on its own, as the rule has it: of all
    sequences at once they take twice as long, as they are too many for the caches.
    """

    def __init__(self, p: Parameters) -> None:
        super().__init__()
        assert p.n_hidden > 0
        assert p.has_mean
        assert not p.both_strands
        self.width = 3 * p.detector_length // 2
        self.pad = p.detector_length - 1
        self.detectors = torch.nn.Conv1d(4, p.n_detectors, p.detector_length)
        self.hidden = torch.nn.Linear(2 * p.n_detectors, p.n_hidden)
        self.out = torch.nn.Linear(p.n_hidden, 1)
        given = {
            "detectors.weight": p.detectors.transpose(2, 1, 0),
            "detectors.bias": p.thresholds,
            "hidden.weight": p.weights1.T,
            "hidden.bias": p.biases1,
            "out.weight": p.weights2[None],
            "out.bias": p.biases2,
        }
        self.load_state_dict({name: torch.from_numpy(x.copy()) for name, x in given.items()})
        self.eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The greatest score of all windows."""
        n_windows = max(1, x.shape[2] - self.width + 1)
        best = self.window(x[:, :, : self.width])
        for start in range(1, n_windows):
            best = torch.maximum(best, self.window(x[:, :, start : start + self.width]))
        return best

    def window(self, x: torch.Tensor) -> torch.Tensor:
        """The score of each sequence's window."""
        values = self.detectors(pad(x, (self.pad, self.pad), value=0.25)).relu()
        pooled = torch.stack([values.amax(dim=2), values.mean(dim=2)], dim=2).flatten(1)
        scores: torch.Tensor = self.out(self.hidden(pooled).relu())
        return scores


class FreeModule(torch.nn.Module):
    """Zeros, without a look at the sequences: what is left is what others do."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One a sequence."""
        return x.new_zeros(len(x), 1)


class WatchedModule(torch.nn.Module):
    """Another module, and the processor's time that this thread spends in it."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.module, self.inside_s = module, 0.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """What it gives."""
        start = time.thread_time()
        scores: torch.Tensor = self.module(x)
        self.inside_s += time.thread_time() - start
        return scores
