"""Designs x backgrounds as one source of sequences.

All designs of a background are neighbours: record r is design r % D in background r // D.  So
more backgrounds renumber nothing, and sequences that happen to be equal, which those of one
background may be, come in one block.  Packed rows are edited as they are: what stays is kept
by a mask, what is written is put in by a second one, and no letter is unpacked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from .._packing import Bytes
from ..sequences import PackedSequences
from ..simulate.hairpins import Hairpin
from ..sources import Simulated, Source, about_source
from .designs import KEEP, Design, edit_of

Backgrounds = Mapping["Hairpin | None", Source]

_BYTES = 1 << 22  # edited at a time, which caches hold


class Designed(Simulated):
    """Sequences of some designs in some backgrounds, made when asked for.

    Parameters
    ----------
    backgrounds : mapping of Source
        By the hairpin that they were made into; None for those left as they are. Alike in all
        else.
    designs : sequence of Design
        D of them.
    first, stop : int
        Backgrounds ``first`` to ``stop - 1`` are taken.
    """

    def __init__(
        self, backgrounds: Backgrounds, designs: Sequence[Design], first: int, stop: int
    ) -> None:
        plain = backgrounds[None]
        length, alphabet = plain.length, plain.alphabet
        super().__init__((stop - first) * len(designs), length, alphabet)
        self._first, self._stop, self._n_designs = first, stop, len(designs)
        structures = list(dict.fromkeys(design.hairpin for design in designs))
        self._sources = [backgrounds[structure] for structure in structures]
        self._which = np.array([structures.index(d.hairpin) for d in designs], np.intp)
        self._edits = np.array([edit_of(design, length, alphabet) for design in designs])
        kept = self._edits == KEEP
        self._written = np.packbits(~kept, axis=1)
        self._letters = self._packed(np.where(kept, 0, self._edits))
        if len(alphabet) == 4:  # 2 bits a letter
            self._kept = self._packed(np.where(kept, 3, 0))
        else:
            self._kept = np.where(kept, 0xFF, 0).astype(np.uint8)

    def _packed(self, codes: Bytes) -> Bytes:
        return PackedSequences.from_codes(codes, self.alphabet).rows

    def block(self, start: int, stop: int) -> PackedSequences:
        """Make sequences ``start`` to ``stop - 1``."""
        self._check_block(start, stop)
        first, last = start // self._n_designs, -(-stop // self._n_designs)
        bases = [s.block(self._first + first, self._first + last) for s in self._sources]
        rows = np.empty((stop - start, self._letters.shape[1]), np.uint8)
        masked = any(base.mask is not None for base in bases)
        mask = np.empty((stop - start, self._written.shape[1]), np.uint8) if masked else None
        at = 0
        for b, d in self._pieces(start, stop):
            here = slice(at, at := at + _size(b) * _size(d))
            b = slice(b.start - first, b.stop - first)
            self._write(bases, b, d, rows[here])
            if mask is not None:
                self._write_mask(bases, b, d, mask[here])
        return PackedSequences(rows, self.length, self.alphabet, mask)

    def _pieces(self, start: int, stop: int) -> Iterator[tuple[slice, slice]]:
        """Backgrounds and designs whose products are these records, in turn."""
        n = self._n_designs
        most = max(1, _BYTES // (n * self._letters.shape[1]))
        while start < stop:
            b, d = divmod(start, n)
            whole = min((stop - start) // n, most) if d == 0 else 0
            designs = slice(0, n) if whole else slice(d, min(n, d + stop - start))
            yield slice(b, b + max(1, whole)), designs
            start += max(1, whole) * _size(designs)

    def _write(self, bases: Sequence[PackedSequences], b: slice, d: slice, out: Bytes) -> None:
        """All these designs in all these backgrounds."""
        n, width = _size(d), out.shape[1]
        if len(bases) == 1:
            out[:] = np.repeat(bases[0].rows[b], n, axis=0)
        else:
            each = out.reshape(-1, n, width)
            for source, base in enumerate(bases):
                these = self._which[d] == source
                each[:, these] = base.rows[b][:, None]
        flat = out.reshape(-1, n * width)  # a background's, in one go
        flat &= self._kept[d].ravel()
        flat |= self._letters[d].ravel()

    def _write_mask(
        self, bases: Sequence[PackedSequences], b: slice, d: slice, out: Bytes
    ) -> None:
        """What is missing in them: what is missing in the background, and not written."""
        each = out.reshape(-1, _size(d), out.shape[1])
        for source, base in enumerate(bases):
            these = self._which[d] == source
            missing: Any = 0
            if base.mask is not None:
                missing = base.mask[b][:, None] & ~self._written[d][these]
            each[:, these] = missing

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256(self._edits.tobytes())
        digest.update(self._which.astype("<i8").tobytes())
        return digest.hexdigest()

    def about(self) -> dict[str, Any]:
        """How they are made, ready for JSON."""
        return {
            "what": "designs in backgrounds",
            "n": len(self),
            "length": self.length,
            **self.alphabet.about(),
            "designs": {"n": self._n_designs, "sha256": self._digest},
            "first": self._first,
            "sources": [about_source(source) for source in self._sources],
        }


def _size(some: slice) -> int:
    return int(some.stop - some.start)
