"""What the readers of both formats collect: residues of a chain, each in one conformation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from .._checks import MOST_POSITIONS

MOST_ATOMS = 1000  # of a residue

Place = tuple[float, float, float]


class Site(NamedTuple):
    """A residue of a chain's sequence, seen or not."""

    name: str
    number: str = ""  # of the author; "" where nobody says
    insertion: str = ""


class Atom(NamedTuple):
    """An atom as it is written."""

    name: str
    alternate: str
    residue: str
    occupancy: float
    place: Place


@dataclass
class Residue:
    """A residue that was seen: all its atoms, in the order of the file."""

    number: str
    insertion: str
    atoms: list[Atom] = field(default_factory=list)

    def one_conformation(self) -> tuple[str, dict[str, Place]]:
        """Its name, and its atoms by name: of the conformation of highest occupancy.

        Of equal ones, the first, and of an atom that is written twice, too. An atom that only
        another conformation has is taken from there, if that is the same residue.
        """
        occupancies: dict[str, list[float]] = {}
        for atom in self.atoms:
            if atom.alternate:
                occupancies.setdefault(atom.alternate, []).append(atom.occupancy)
        means = {which: sum(some) / len(some) for which, some in occupancies.items()}
        chosen = max(means, key=means.__getitem__, default="")  # the first of equal ones
        name = next(
            (a.residue for a in self.atoms if a.alternate == chosen), self.atoms[0].residue
        )
        found: dict[str, tuple[float, Place]] = {}
        for atom in self.atoms:
            if atom.residue != name:
                continue
            rank = atom.occupancy if atom.alternate not in ("", chosen) else 1e9
            if atom.name not in found or rank > found[atom.name][0]:
                found[atom.name] = rank, atom.place
        return name, {atom: place for atom, (_, place) in found.items()}


@dataclass
class Chain:
    """A chain as a file has it.

    Attributes
    ----------
    name : str
        As the author calls it.
    residues : dict of Residue
        Those with atoms, in the order of the file, by what tells them apart.
    places : dict of int, or None
        Indices of them in the sequence, where the file says so.
    sequence : list of Site
        All residues, those without atoms among them; empty where the file does not tell.
    absent : list of Site
        Those without atoms, where the file lists them.
    parents : dict of str
        What modified residues were.
    """

    name: str
    residues: dict[object, Residue] = field(default_factory=dict)
    places: dict[object, int] | None = None
    sequence: list[Site] = field(default_factory=list)
    absent: list[Site] = field(default_factory=list)
    parents: dict[str, str] = field(default_factory=dict)
    _last: object = None  # the residue of the atom before

    def add(self, key: object, number: str, insertion: str, atom: Atom) -> None:
        """Enter an atom of the residue with this key."""
        residue = self.residues.get(key)
        if residue is None:
            if len(self.residues) >= MOST_POSITIONS:
                raise ValueError(
                    f"chain {self.name!r} has more than {MOST_POSITIONS:,} residues, the most "
                    "that a map has"
                )
            residue = self.residues[key] = Residue(number, insertion)
        elif key != self._last and any(atom[:3] == other[:3] for other in residue.atoms):
            raise ValueError(
                f"residue {number}{insertion} of chain {self.name!r} is there twice, with "
                "others between: are several chains called alike?"
            )
        self._last = key
        if len(residue.atoms) >= MOST_ATOMS:
            raise ValueError(
                f"residue {number}{insertion} of chain {self.name!r} has more than "
                f"{MOST_ATOMS:,} atoms"
            )
        residue.atoms.append(atom)


def is_hydrogen(element: str, name: str) -> bool:
    """Whether an atom is hydrogen or deuterium; by its name where no element is given."""
    bare = name.lstrip("0123456789'\"")
    return (element or bare[:1]).upper() in ("H", "D")
