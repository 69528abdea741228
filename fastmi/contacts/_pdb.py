"""PDB files: fixed columns, one chain of one model, whatever the file says beside it.

Format: https://www.wwpdb.org/documentation/file-format, version 3.30; and chains of two
letters, the first of them in the column before, as large files have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .._checks import MOST_POSITIONS
from ..errors import FastMIError
from ._chains import Atom, Chain, Site, is_hydrogen
from ._names import MODIFIED, STANDARD
from ._text import coordinate, real, whole_number

# waters and ions, which programs for molecular dynamics write as ATOM, too
_AROUND = ("HOH", "WAT", "DOD", "H2O", "TIP", "TP3", "SOL", "SOD", "CLA", "POT", "CAL", "CES")
_ABSENT = re.compile(
    r"REMARK 465\s+(?:(\d+)\s+)?([A-Z0-9]{1,3}) +(\S{1,2}) +(-?\d+)([A-Za-z]?)\s*", re.ASCII
)


def read_pdb(lines: Iterator[str], path: str, chain: str | None, model: int) -> Chain:
    """One chain of a PDB file.

    Parameters
    ----------
    lines : iterator of str
        Of the file.
    path : str
        Its name, for messages.
    chain : str, optional
        Its identifier; by default that of the only chain.
    model : int
        Number of the model, as the file has it; 1 where it has none.
    """
    return _Reader(path, chain, model).read(lines)


class _Reader:
    """What is known so far."""

    def __init__(self, path: str, chain: str | None, model: int) -> None:
        self.path, self.wanted, self.model = path, chain, model
        self.chains: dict[str, Chain] = {}  # atoms are kept of one only
        self.models: list[int] = []
        self.ended: set[str] = set()  # chains whose polymer has ended, in this model
        self.in_model = 1
        self.parents: dict[tuple[str, str], str] = {}
        self.number = 0

    def read(self, lines: Iterator[str]) -> Chain:
        for self.number, line in enumerate(lines, 1):
            record = line[:6].rstrip()
            try:
                if record in ("ATOM", "HETATM"):
                    self._atom(line, record == "HETATM")
                elif record == "MODEL":
                    self._begin(whole_number(line[6:]))
                elif record == "TER":
                    self._end(line)
                elif record == "SEQRES":
                    self._sequence(line)
                elif record == "MODRES":
                    self.parents[line[15:17].strip(), line[12:15].strip()] = line[24:27].strip()
                elif line.startswith("REMARK 465") and (absent := _ABSENT.fullmatch(line[:80])):
                    self._absent(*absent.groups())
            except FastMIError:
                raise
            except ValueError as error:
                raise FastMIError(f"{self.path}, line {self.number}: {error}") from None
        return self._chosen()

    def _begin(self, number: int) -> None:
        if number in self.models:
            raise ValueError(f"there are two models {number}")
        self.models.append(number)
        self.in_model = number
        self.ended.clear()

    def _end(self, line: str) -> None:
        """After TER come a chain's ligands and waters; of a bare TER, the chain is the last."""
        self.ended.add(line[20:22].strip() if len(line) > 20 else self.last)

    last = ""

    def _chain(self, letter: str) -> Chain:
        name = letter.strip()
        return self.chains.setdefault(name, Chain(name))

    def _sequence(self, line: str) -> None:
        sites = self._chain(line[10:12]).sequence
        sites += [Site(name) for name in line[19:70].split()]
        if len(sites) > MOST_POSITIONS:
            raise ValueError(
                f"the chain has more than {MOST_POSITIONS:,} residues, the most positions that "
                "a map has"
            )

    def _absent(
        self, model: str | None, name: str, chain: str, number: str, insertion: str
    ) -> None:
        if model is None or int(model) == self.model:
            self._chain(chain).absent.append(Site(name, number, insertion))

    def _atom(self, line: str, hetero: bool) -> None:
        if self.in_model != self.model:
            return
        if len(line) < 54:
            raise ValueError("the atom is cut off")
        name, residue = line[12:16].strip(), line[17:20].strip()
        chain = self._chain(line[20:22])
        self.last = chain.name
        if residue in _AROUND or (hetero and not self._belongs(chain, residue)):
            return
        if not name or is_hydrogen(line[76:78].strip(), name):
            return
        place = coordinate(line[30:38]), coordinate(line[38:46]), coordinate(line[46:54])
        number, insertion = str(whole_number(line[22:26])), line[26:27].strip()
        occupancy = line[54:60].strip()
        key = number, insertion
        if self._kept(chain):
            share = real(occupancy) if occupancy else 1.0
            chain.add(key, *key, Atom(name, line[16:17].strip(), residue, share, place))
        elif not chain.residues:  # what tells that it has some
            chain.add(key, *key, Atom(name, "", residue, 1.0, place))

    def _belongs(self, chain: Chain, residue: str) -> bool:
        """Whether a hetero residue is one of the polymer's, which a modified one is."""
        if chain.name in self.ended or residue in STANDARD:  # such as a bound amino acid
            return False
        return (
            residue in MODIFIED
            or (chain.name, residue) in self.parents
            or any(site.name == residue for site in chain.sequence)
        )

    def _kept(self, chain: Chain) -> bool:
        """Whether its atoms may be asked for: those of the first chain, if none is named."""
        if self.wanted is not None:
            return chain.name == self.wanted.strip()
        return all(other is chain or not other.residues for other in self.chains.values())

    def _chosen(self) -> Chain:
        some = [chain for chain in self.chains.values() if chain.residues]
        if not self.number or not (some or self.models or self.chains):
            raise FastMIError(f"{self.path} is neither a PDB nor an mmCIF file")
        if self.model not in (self.models or [1]):
            raise FastMIError(
                f"{self.path} has no model {self.model}, but {listed(self.models or [1])}"
            )
        chosen = choose(some, self.wanted, self.path)
        chosen.parents = {
            name: parent
            for (chain, name), parent in self.parents.items()
            if chain == chosen.name and parent in STANDARD
        }
        return chosen


def choose(chains: list[Chain], wanted: str | None, path: str) -> Chain:
    """The chain that was asked for, or the only one."""
    names = [chain.name or "blank" for chain in chains]
    if not chains:
        raise FastMIError(f"{path} has no residues of a protein or a nucleic acid")
    if wanted is None:
        if len(chains) > 1:
            raise FastMIError(
                f"{path} has chains {listed(names)}: say which, as chain={names[0]!r}"
            )
        return chains[0]
    for chain in chains:
        if chain.name == wanted.strip():
            return chain
    raise FastMIError(f"{path} has no chain {wanted!r}, but {listed(names)}")


def listed(things: list[int] | list[str]) -> str:
    """Some of them, for a message."""
    words = [str(thing) for thing in things[:20]]
    return ", ".join(words) + (f" and {len(things) - 20:,} more" if len(things) > 20 else "")
