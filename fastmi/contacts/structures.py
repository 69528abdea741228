"""Structures of one chain: its residues, how they are numbered, where their atoms are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain as joined
from itertools import pairwise
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from .._checks import MOST_POSITIONS, check_size
from .._numbers import Doubles, frozen
from .._opened import PathLike
from ..errors import FastMIError
from ._chains import Chain, Place, Site
from ._distances import least_distances
from ._mmcif import read_mmcif
from ._names import letter_of
from ._pdb import read_pdb
from ._placing import by_number, placed
from ._text import lines_of, whole_number

AtomRule: TypeAlias = Literal["CA", "CB", "C1'", "closest"]
RULES: tuple[str, ...] = get_args(AtomRule)

_IN_WORDS = {
    "CA": "C-alpha atoms",
    "CB": "C-beta atoms (of glycine C-alpha)",
    "C1'": "C1' atoms",
    "closest": "closest heavy atoms",
}
_KIND = [
    ("letter", "U1"),
    ("name", "U8"),
    ("number", np.int64),
    ("author", "U12"),
    ("insertion", "U4"),
    ("observed", np.bool_),
]


@dataclass(frozen=True, eq=False, repr=False)
class Structure:
    """One chain of one model, every residue in one conformation.

    Attributes
    ----------
    path : str
        The file.
    chain : str
        As its author calls it.
    model : int
        Number of the model.
    atom : str
        Which atoms distances are between: "CA", "CB", "C1'" or "closest".
    residues : ndarray, structured
        Of the whole sequence, those without atoms among them. Columns ``letter`` (of the
        residue, or of what it was before it was modified; "X" for an unknown one), ``name``
        (as in the file), ``number`` (1, 2, 3 ... along the sequence), ``author`` and
        ``insertion`` (the author's number and insertion code; "" where nobody says) and
        ``observed`` (whether distances are known).
    points : ndarray of float64, shape (m, 3)
        Coordinates in angstroms of the atoms that distances are between, residue by residue.
    of : ndarray of int64, shape (n + 1,)
        Where the points of each residue begin.
    """

    path: str
    chain: str
    model: int
    atom: str
    residues: npt.NDArray[Any]
    points: Doubles
    of: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.residues)

    def __repr__(self) -> str:
        seen = int(self.residues["observed"].sum())
        return (
            f"<Structure: chain {self.chain or 'blank'} of {self.path}, {len(self)} residues, "
            f"{seen} with {self.rule}>"
        )

    @property
    def sequence(self) -> str:
        """The letters of all residues, seen or not."""
        return "".join(self.residues["letter"].tolist())

    @property
    def rule(self) -> str:
        """Words for what distances are between."""
        return _IN_WORDS[self.atom]

    @property
    def coordinates(self) -> Doubles:
        """Of each residue, shape (n, 3): its atom, or the mean of several; NaN for none."""
        found = np.full((len(self), 3), np.nan)
        some = np.flatnonzero(np.diff(self.of))
        if len(some):
            sums = np.add.reduceat(self.points, self.of[some])
            found[some] = sums / np.diff(self.of)[some, None]
        return found

    def label(self, i: int) -> str:
        """Letter and the author's number of residue i (0-based), as "K4" or "G52A"."""
        residue = self.residues[i]
        return f"{residue['letter']}{residue['author']}{residue['insertion']}"

    def distances(self) -> Doubles:
        """Distances of all pairs of residues.

        Returns
        -------
        ndarray of float64, shape (n, n)
            In angstroms; NaN where a residue lacks its atom.
        """
        return least_distances(self.points, self.of)


def structure(
    path: PathLike, chain: str | None = None, atom: AtomRule = "CA", model: int = 1
) -> Structure:
    """Read one chain of a PDB or mmCIF file.

    Water and ligands are left out. Modified residues, such as selenomethionine, are part of
    the chain, and have the letter of what they were before: as the file says (MODRES,
    ``_pdbx_struct_mod_residue``), or as a table of common ones does. Of alternate
    conformations of a residue the one of highest occupancy is taken, of equal ones the first.
    Residues without atoms are known by SEQRES (``_entity_poly_seq``), else by REMARK 465, else
    by gaps in the numbers. Nothing in the file is executed.

    Parameters
    ----------
    path : path-like
        Also compressed with gzip, bzip2 or xz. What it is shows in its first lines.
    chain : str, optional
        The author's identifier (of mmCIF else that of the entry); by default that of the only
        chain that is a protein or a nucleic acid.
    atom : {"CA", "CB", "C1'", "closest"}
        What distances are between: C-alpha atoms, C-beta atoms (C-alpha of glycine, which has
        no other), C1' atoms of nucleotides, or the closest of all heavy atoms.
    model : int
        Number of the model in the file; 1 where it names none.

    Returns
    -------
    Structure

    Raises
    ------
    FastMIError
        The file is damaged, has no such chain or model, or no such atoms.

    Examples
    --------
    >>> import fastmi
    >>> s = fastmi.contacts.structure(fastmi.example("gb1_structure"))
    >>> s.sequence[:10], s.label(3), round(float(s.distances()[0, 19]), 2)
    ('MQYKLILNGK', 'K4', 5.4)
    """
    if atom not in RULES:
        raise ValueError(f"atom must be one of {', '.join(RULES)}, got {atom!r}")
    if chain is not None and not isinstance(chain, str):
        raise TypeError(f"chain must be a string, got {chain!r}")
    model = check_size("model", model, -(2**31))
    lines = lines_of(path)
    start: list[str] = []
    for line in lines:
        start.append(line)
        if line.strip() and not line.startswith("#"):
            break
        if len(start) > 10_000:
            raise FastMIError(f"{path} is neither a PDB nor an mmCIF file")
    is_cif = bool(start) and start[-1].lower().startswith("data_")
    read = read_mmcif if is_cif else read_pdb
    found = read(joined(start, lines), str(path), chain, model)
    sites, atoms = _whole(found, str(path))
    return _made(found, sites, atoms, str(path), atom, model)


def _whole(
    chain: Chain, path: str
) -> tuple[list[Site], dict[int, tuple[str, dict[str, Place]]]]:
    """All residues of the chain, and names and atoms of those that have some, by index."""
    some = []
    for residue in chain.residues.values():
        names = {a.residue for a in residue.atoms if not a.alternate}
        if len(names) > 1:
            raise FastMIError(
                f"{path}: residue {residue.number}{residue.insertion} of chain "
                f"{chain.name!r} is both {' and '.join(sorted(names))}"
            )
        some.append(residue.one_conformation())
    residues = list(chain.residues.values())
    if chain.places is not None:
        sites, at = chain.sequence, [chain.places[key] for key in chain.residues]
    else:
        where = placed(
            "".join(letter_of(name, chain.parents) for name, _ in some),
            [whole_number(r.number) for r in residues],
            "".join(letter_of(site.name, chain.parents) for site in chain.sequence),
        )
        if where is None:  # no sequence, or not that of these atoms
            numbers = [whole_number(r.number) for r in residues]
            span = sum(max(b - a, 1) for a, b in pairwise(numbers))
            if span + len(chain.absent) > MOST_POSITIONS:
                raise FastMIError(
                    f"{path}: chain {chain.name!r} is numbered over more than "
                    f"{MOST_POSITIONS:,} residues, the most positions that a map has"
                )
            sites, at = by_number(chain, [name for name, _ in some])
        else:
            sites, at = chain.sequence, where.tolist()
    sites = list(sites)
    for index, (name, _), residue in zip(at, some, residues, strict=True):
        sites[index] = Site(name, residue.number, residue.insertion)
    return sites, dict(zip(at, some, strict=True))


def _made(
    chain: Chain,
    sites: list[Site],
    atoms: dict[int, tuple[str, dict[str, Place]]],
    path: str,
    atom: str,
    model: int,
) -> Structure:
    table = np.zeros(len(sites), _KIND)
    points: list[Place] = []
    of = [0]
    for index, site in enumerate(sites):
        letter = letter_of(site.name, chain.parents)
        points += _points(atom, letter, atoms.get(index, ("", {}))[1])
        of.append(len(points))
        table[index] = (
            letter,
            site.name,
            index + 1,
            site.number,
            site.insertion,
            of[-1] > of[-2],
        )
    if not points:
        raise FastMIError(
            f"{path}: no residue of chain {chain.name!r} has {_IN_WORDS[atom]}; atom is one of "
            f"{', '.join(RULES)}"
        )
    return Structure(
        path,
        chain.name,
        model,
        atom,
        table,
        frozen(np.array(points, np.float64)),
        np.array(of, np.int64),
    )


def _points(atom: str, letter: str, atoms: dict[str, Place]) -> Iterator[Place]:
    if atom == "closest":
        yield from atoms.values()
        return
    name = "CA" if atom == "CB" and letter == "G" else atom
    if name not in atoms:
        name = name.replace("'", "*")  # as nucleotides were written before 2007
    if name in atoms:
        yield atoms[name]
