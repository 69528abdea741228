"""A map to make pages of, and a title that would do harm as markup."""

from __future__ import annotations

import fastmi

MARKUP = "</script><!-- <script <img src=x onerror=alert(1)>&{{version}}"


def planted(n: int = 2000, length: int = 30) -> fastmi.PackedSequences:
    """Sequences in which letters 5-7 and 20-22 go together."""
    made = fastmi.simulate.random(n, length, rng=1)
    made = fastmi.simulate.embed(made, ["TGA", "CAC"], starts=[5, 20], share=0.3, rng=2)
    return made.block(0, n)


def tested_map() -> fastmi.Significance:
    """Their map of 2-mers, tested."""
    return fastmi.significance(planted(), 2, pseudocount=0.0, rng=1)
