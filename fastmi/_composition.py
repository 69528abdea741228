"""GC content of sequences, as whole numbers that can be compared and counted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .sources import Source, blocks_of_source


def gc_contents(source: Source, units: int) -> npt.NDArray[np.int64]:
    """GC content of each sequence in whole units; units + 1 where no letter is known."""
    if source.alphabet.complement is None:
        raise ValueError(
            f"GC content is of DNA and RNA, and there are sequences over "
            f"{source.alphabet.name!r}"
        )
    c, g = (source.alphabet.letters.index(letter) for letter in "CG")
    contents = []
    for block in blocks_of_source(source):
        codes = block.to_codes()
        known = (codes < len(block.alphabet)).sum(axis=1, dtype=np.int64)
        gc = ((codes == c) | (codes == g)).sum(axis=1, dtype=np.int64)
        nearest = (2 * units * gc + known) // np.maximum(2 * known, 1)
        contents.append(np.where(known > 0, nearest, units + 1))
    return np.concatenate(contents) if contents else np.zeros(0, np.int64)
