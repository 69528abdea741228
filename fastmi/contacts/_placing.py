"""Where the residues with atoms are in a chain's whole sequence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ._chains import Chain, Site
from ._names import UNKNOWN

_NEVER = -(2**40)
_AS_NUMBERED, _NEXT = 2, 1  # what a step is worth that goes as far as the numbers do, or by one


def placed(seen: str, numbers: Sequence[int], whole: str) -> npt.NDArray[np.int64] | None:
    """Indices in the whole sequence, each beyond the one before; None where there are none.

    Letters have to agree. Of all ways, one with the most steps that are as long as the
    author's numbers say, then with the most that are 1; of these, the first.

    Parameters
    ----------
    seen : str
        Letters of the residues with atoms.
    numbers : sequence of int
        The author's numbers of these.
    whole : str
        Letters of all.
    """
    n, m = len(seen), len(whole)
    if n > m:
        return None
    letters = np.frombuffer(whole.encode("latin-1"), np.uint8)
    came = np.zeros((n, m), np.uint16)  # no sequence is longer than a map
    score = np.zeros(m, np.int64)
    for a in range(n):
        here = np.full(m, True)
        if seen[a] != UNKNOWN:
            here = (letters == ord(seen[a])) | (letters == ord(UNKNOWN))
        if a:
            before = np.maximum.accumulate(score)
            best, origin = np.full(m, _NEVER), np.zeros(m, np.int64)
            best[1:] = before[:-1]
            first = np.where(np.r_[True, before[1:] > before[:-1]], np.arange(m), 0)
            origin[1:] = np.maximum.accumulate(first)[:-1]
            for step, worth in ((1, _NEXT), (numbers[a] - numbers[a - 1], _AS_NUMBERED)):
                if 0 < step < m:
                    other = np.full(m, _NEVER)
                    other[step:] = score[:-step] + worth
                    better = other > best
                    best[better] = other[better]
                    origin[better] = (np.arange(m) - step)[better]
            score, came[a] = best, origin
        score = np.where(here & (score > _NEVER // 2), score, _NEVER)
    at = int(score.argmax())
    if score[at] <= _NEVER // 2:
        return None
    found = np.empty(n, np.int64)
    for a in range(n - 1, -1, -1):
        found[a] = at
        at = int(came[a, at])
    return found


def by_number(chain: Chain, names: Sequence[str]) -> tuple[list[Site], list[int]]:
    """Residues in the order of the author's numbers, with those that are absent.

    Where nothing tells which these are, as many unknown ones as the numbers leave out.

    Parameters
    ----------
    chain : Chain
        Without a sequence.
    names : sequence of str
        Of its residues with atoms.

    Returns
    -------
    sites : list of Site
    at : list of int
        Where among them the residues with atoms are.
    """
    residues = list(chain.residues.values())
    seen = [Site(name, r.number, r.insertion) for name, r in zip(names, residues, strict=True)]
    keys = [_key(site) for site in seen]
    if chain.absent and keys == sorted(set(keys)):
        known = dict(zip(keys, range(len(seen)), strict=True))
        merged = {_key(site): site for site in chain.absent} | dict(
            zip(keys, seen, strict=True)
        )
        order = sorted(merged)
        where = {key: at for at, key in enumerate(order)}
        return [merged[key] for key in order], [where[key] for key in known]
    sites: list[Site] = []
    at = []
    last: int | None = None
    for site in seen:
        number = int(site.number)
        if last is not None:
            sites += [Site("UNK", str(n)) for n in range(last + 1, number)]
        at.append(len(sites))
        sites.append(site)
        last = number
    return sites, at


def _key(site: Site) -> tuple[int, str]:
    return int(site.number), site.insertion
