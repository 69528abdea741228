"""mmCIF files: one chain of one model, numbered as in the entry and as by its author.

Dictionary: https://mmcif.wwpdb.org/dictionaries/mmcif_pdbx_v50.dic/Index/.
"""

from __future__ import annotations

from collections.abc import Iterator

from .._checks import MOST_POSITIONS
from ..errors import FastMIError
from ._chains import Atom, Chain, Site, is_hydrogen
from ._cif import Row, rows_of
from ._names import MODIFIED, STANDARD
from ._pdb import choose, listed
from ._text import coordinate, real, whole_number

_NOTHING = (".", "?", "")
_MOST_ROWS = 5_000_000  # of the categories beside the atoms
_NEEDED = ("label_atom_id", "label_comp_id", "cartn_x", "cartn_y", "cartn_z")


def read_mmcif(lines: Iterator[str], path: str, chain: str | None, model: int) -> Chain:
    """One chain of an mmCIF file.

    Parameters
    ----------
    lines : iterator of str
        Of the file.
    path : str
        Its name, for messages.
    chain : str, optional
        The author's identifier, or else that of the entry (``label_asym_id``); by default that
        of the only chain.
    model : int
        Number of the model, as the file has it; 1 where it has none.
    """
    return _Reader(path, chain, model).read(rows_of(lines, path))


class _Reader:
    """What is known so far."""

    def __init__(self, path: str, chain: str | None, model: int) -> None:
        self.path, self.wanted, self.model = path, chain, model
        self.authors: dict[str, Chain] = {}
        self.labels: dict[str, Chain] = {}
        self.models: dict[int, None] = {}
        self.label_of: dict[str, str] = {}  # of the author's chains
        self.entity_of: dict[str, str] = {}  # of the entry's
        self.sequences: dict[str, dict[int, str]] = {}  # by entity
        self.numbers: dict[str, dict[int, tuple[str, str]]] = {}  # by label
        self.parents: dict[str, str] = {}
        self.rows = self.atoms = 0

    def read(self, rows: Iterator[Row]) -> Chain:
        readers = {
            "_atom_site": self._atom,
            "_entity_poly_seq": self._sequence,
            "_pdbx_poly_seq_scheme": self._scheme,
            "_pdbx_struct_mod_residue": self._modified,
        }
        for row in rows:
            reader = readers.get(row.category)
            if reader is None:
                continue
            self.atoms += reader == self._atom
            self.rows += reader != self._atom
            if self.rows > _MOST_ROWS:
                raise FastMIError(f"{self.path} lists more than {_MOST_ROWS:,} residues")
            try:
                reader(row)
            except FastMIError:
                raise
            except ValueError as error:
                where = f"atom {self.atoms} " if reader == self._atom else ""
                raise FastMIError(f"{self.path}: {where}in {row.category}: {error}") from None
        return self._chosen()

    def _sequence(self, row: Row) -> None:
        at = _place(_value(row, "num"))
        self.sequences.setdefault(_value(row, "entity_id"), {}).setdefault(
            at, _value(row, "mon_id")
        )

    def _scheme(self, row: Row) -> None:
        number = _value(row, "pdb_seq_num")
        if number not in _NOTHING:
            self.numbers.setdefault(_value(row, "asym_id"), {}).setdefault(
                _place(_value(row, "seq_id")),
                (number, _some(row, "pdb_ins_code")),
            )

    def _modified(self, row: Row) -> None:
        parent = _some(row, "parent_comp_id").upper()
        if parent in STANDARD:
            self.parents[_value(row, "label_comp_id")] = parent

    def _atom(self, row: Row) -> None:
        model = whole_number(_some(row, "pdbx_pdb_model_num") or "1")
        self.models[model] = None
        if len(self.models) > MOST_POSITIONS:
            raise ValueError("there are too many models")
        if model != self.model or not self._in_polymer(row):
            return
        label = _some(row, "label_asym_id")
        author = _some(row, "auth_asym_id") or label
        number = str(whole_number(_some(row, "auth_seq_id") or _value(row, "label_seq_id")))
        insertion = _some(row, "pdbx_pdb_ins_code")
        placed = _some(row, "label_seq_id")
        key: object = _place(placed) if placed else (number, insertion)
        name, *_ = (_value(row, item) for item in _NEEDED)
        if is_hydrogen(_some(row, "type_symbol"), name):
            return
        x, y, z = (coordinate(_value(row, item)) for item in _NEEDED[2:])
        atom = Atom(
            name,
            _some(row, "label_alt_id"),
            _value(row, "label_comp_id").upper(),
            real(_some(row, "occupancy") or "1"),
            (x, y, z),
        )
        self.entity_of.setdefault(label, _some(row, "label_entity_id"))
        # an author may call two molecules alike
        mine = self.label_of.setdefault(author, label) == label
        for chains, called, fits in ((self.authors, author, mine), (self.labels, label, True)):
            chain = chains.setdefault(called, Chain(author))
            if not fits or (chain.residues and not self._kept(called)):
                continue
            if placed:
                chain.places = chain.places or {}
                chain.places.setdefault(key, _place(placed) - 1)
            chain.add(key, number, insertion, atom)

    def _in_polymer(self, row: Row) -> bool:
        """Whether it is no ligand and no water: it has a place in a sequence.

        Some programs write no places; then it is what is no hetero atom and a known residue.
        """
        name = _value(row, "label_comp_id").upper()
        known = name in STANDARD or name in MODIFIED
        return bool(_some(row, "label_seq_id")) or (
            known and _some(row, "group_pdb") != "HETATM"
        )

    def _kept(self, called: str) -> bool:
        """Whether its atoms may be asked for: those of the first chain, if none is named."""
        if self.wanted is not None:
            return called == self.wanted
        return called in (next(iter(self.authors)), next(iter(self.labels), None))

    def _chosen(self) -> Chain:
        if not self.atoms:
            raise FastMIError(f"{self.path} has no atoms (_atom_site)")
        if self.model not in self.models:
            raise FastMIError(
                f"{self.path} has no model {self.model}, but {listed(list(self.models))}"
            )
        by_label = (
            self.wanted is not None
            and self.wanted not in self.authors
            and self.wanted in self.labels
        )
        if by_label:
            chosen = self.labels[str(self.wanted)]
            label = str(self.wanted)
        else:
            some = [chain for chain in self.authors.values() if chain.residues]
            chosen = choose(some, self.wanted, self.path)
            label = self.label_of[chosen.name]
        chosen.parents = self.parents
        if chosen.places is not None and len(chosen.places) < len(chosen.residues):
            chosen.places = None  # those of some residues only
        if chosen.places is not None:
            chosen.sequence = self._whole(
                chosen, self.sequences.get(self.entity_of[label], {}), label
            )
        return chosen

    def _whole(self, chain: Chain, names: dict[int, str], label: str) -> list[Site]:
        """All residues of the polymer; without a list of them, up to the last one seen."""
        assert chain.places is not None
        last = max(chain.places.values()) + 1
        n = max(names) if names else last
        if last > n:
            raise FastMIError(
                f"{self.path}: residue {last} of chain {chain.name!r} is beyond its sequence "
                f"of {n:,}"
            )
        numbers = self.numbers.get(label, {})
        return [
            Site(names.get(at, "UNK").upper(), *numbers.get(at, ("", "")))
            for at in range(1, n + 1)
        ]


def _value(row: Row, item: str) -> str:
    at = row.items.get(item)
    if at is None:
        raise ValueError(f"{item} is missing")
    return row.values[at]


def _some(row: Row, item: str) -> str:
    """The value, or "" where there is none."""
    at = row.items.get(item)
    value = "" if at is None else row.values[at]
    return "" if value in _NOTHING else value


def _place(text: str) -> int:
    """A place in a sequence, from 1; no more than a map has positions."""
    place = whole_number(text)
    if not 1 <= place <= MOST_POSITIONS:
        raise ValueError(
            f"residue {text} of a sequence is not between 1 and {MOST_POSITIONS:,}, the most "
            "positions that a map has"
        )
    return place
