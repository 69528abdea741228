"""Modules of torch as models, which are left as they were found.

While it predicts, a module is in evaluation mode, on the device that was asked for, and records
no gradients; then each submodule is in its mode again, and the parameters are where they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from .._packing import Bytes
from ..alphabet import Alphabet
from ..sequences import PackedSequences
from ._batches import Batched, BatchSize
from ._encoding import Encoding, Form
from ._extras import imported
from ._outputs import Output

_NUMPY = {"torch.float16": np.float16, "torch.float32": np.float32, "torch.float64": np.float64}


class TorchModel(Batched):
    """A ``torch.nn.Module``.

    Parameters
    ----------
    model : torch.nn.Module
        Called with a batch: one-hot numbers of the type of its parameters, or codes (int64).
    takes : {"one_hot", "codes"}
        As for :func:`fastmi.models.wrap`.
    layout : str, optional
        Axes of the one-hot array; "NAL" by default, as convolutions want it.
    alphabet, dtype, unknown_value, batch_size, output
        As for :func:`fastmi.models.wrap`.
    device : str or torch.device, optional
        Where it predicts; by default where its parameters are.
    """

    def __init__(
        self,
        model: Any,
        *,
        takes: str = "one_hot",
        layout: str | None = None,
        alphabet: str | Alphabet | None = None,
        dtype: npt.DTypeLike | None = None,
        unknown_value: float = 0.0,
        batch_size: BatchSize = "auto",
        output: Output | None = None,
        device: Any = None,
    ) -> None:
        if takes == "strings":
            raise ValueError("a torch module takes 'one_hot' or 'codes', got 'strings'")
        encoding = Encoding(takes, layout, alphabet, dtype, unknown_value, "NAL")
        super().__init__(encoding, batch_size, output)
        self._torch = imported("torch", "this model", "fastmi[torch]")
        self._module = model
        self._device = None if device is None else self._torch.device(device)

    def form(self, sequences: PackedSequences) -> Form:
        """How sequences become a batch, in numbers of the type of the parameters."""
        if self.encoding.takes == "codes":
            return self.encoding.form(sequences, dtype=np.int64)
        return self.encoding.form(sequences, dtype=_NUMPY.get(str(self._kind()), np.float32))

    def _kind(self) -> Any:
        """The type of the parameters, None without any."""
        kinds = (p.dtype for p in self._module.parameters() if p.is_floating_point())
        return next(kinds, None)

    def _where(self) -> Any:
        """The device of the parameters, and of what else the module keeps."""
        state = (*self._module.parameters(), *self._module.buffers())
        return state[0].device if state else self._torch.device("cpu")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Evaluation mode, no gradients, on the device; afterwards all is as before."""
        before, device = self._where(), self._device
        moved = device is not None and device != before
        if moved:
            self._refuse_several()
        with modes_kept(self._module), self._torch.no_grad():
            try:
                if moved:
                    self._module.to(device)
                yield
            finally:
                if moved:
                    self._module.to(before)

    def _refuse_several(self) -> None:
        state = (*self._module.parameters(), *self._module.buffers())
        devices = sorted({str(part.device) for part in state})
        if len(devices) > 1:
            raise ValueError(
                f"device= is for modules on one device, this one is on {', '.join(devices)}"
            )

    def allocate(self, n_bytes: int) -> Bytes:
        """Memory for a batch; page-locked where it goes to a GPU, which copies that faster."""
        device = self._device or self._where()
        if device.type != "cuda":
            return super().allocate(n_bytes)
        memory = self._torch.empty(n_bytes, dtype=self._torch.uint8, pin_memory=True)
        return memory.numpy()  # type: ignore[no-any-return]

    def run(self, batch: npt.NDArray[Any]) -> Any:
        """What the module gives for a batch."""
        tensor = self._torch.from_numpy(batch).to(self._where(), non_blocking=True)
        kind = self._kind()
        if (
            self.encoding.dtype is None
            and self.encoding.takes == "one_hot"
            and kind is not None
        ):
            tensor = tensor.to(kind)  # bfloat16, which NumPy has not
        return self._module(tensor)

    def about(self) -> dict[str, Any]:
        """The class of the module and what it takes, ready for JSON."""
        kind = type(self._module)
        return {
            "what": "torch module",
            "name": f"{kind.__module__}.{kind.__qualname__}",
            "torch": str(self._torch.__version__),
            **self.encoding.about(),
        }


@contextmanager
def modes_kept(module: Any) -> Iterator[None]:
    """Evaluation mode for a module and its parts, each of which gets its own mode back."""
    modes = [(part, part.training) for part in module.modules()]
    try:
        if any(training for _, training in modes):
            module.eval()
        yield
    finally:
        for part, training in modes:
            part.training = training
