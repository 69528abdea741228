"""Tiny structure files, written residue by residue, in both formats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

_NAMES = """ALA ARG ASN ASP CYS GLN GLU GLY HIS ILE LEU LYS MET PHE PRO SER THR TRP TYR
VAL"""
THREE = dict(zip("ARNDCQEGHILKMFPSTWYV", _NAMES.split(), strict=True))


class Atom(NamedTuple):
    """An atom as both formats can say it."""

    name: str
    residue: str
    number: int
    x: float
    y: float = 0.0
    z: float = 0.0
    chain: str = "A"
    insertion: str = " "
    alternate: str = " "
    occupancy: float = 1.0
    record: str = "ATOM"
    element: str = ""
    model: int = 1
    seq: int = 0  # its place in the sequence, for mmCIF


def pdb_line(a: Atom, serial: int = 1) -> str:
    name = a.name if len(a.name) == 4 else f" {a.name:<3}"
    return (
        f"{a.record:<6}{serial:>5} {name}{a.alternate}{a.residue:>3} {a.chain}{a.number:>4}"
        f"{a.insertion}   {a.x:8.3f}{a.y:8.3f}{a.z:8.3f}{a.occupancy:6.2f}{0:6.2f}          "
        f"{a.element or a.name[0]:>2}"
    )


def pdb(atoms: Iterable[Atom], head: Sequence[str] = (), tail: Sequence[str] = ("END",)) -> str:
    lines = [pdb_line(a, n) for n, a in enumerate(atoms, 1)]
    return "\n".join([*head, *lines, *tail]) + "\n"


def seqres(letters: str, chain: str = "A") -> list[str]:
    names = [THREE[c] for c in letters]
    return [
        f"SEQRES {n // 13 + 1:>3} {chain} {len(names):>4}  {' '.join(names[n : n + 13])}"
        for n in range(0, len(names), 13)
    ]


def trace(letters: str, first: int = 1, **rest: object) -> list[Atom]:
    """C-alpha atoms 3.8 apart on a line."""
    return [
        Atom("CA", THREE[c], first + n, 3.8 * n, seq=first + n, **rest)  # type: ignore[arg-type]
        for n, c in enumerate(letters)
    ]


_COLUMNS = """group_PDB id type_symbol label_atom_id label_alt_id label_comp_id label_asym_id
label_entity_id label_seq_id pdbx_PDB_ins_code Cartn_x Cartn_y Cartn_z occupancy auth_seq_id
auth_asym_id pdbx_PDB_model_num"""
COLUMNS = _COLUMNS.split()


def cif_row(a: Atom, serial: int = 1) -> str:
    name = f'"{a.name}"' if "'" in a.name else a.name
    return (
        f"{a.record} {serial} {a.element or a.name[0]} {name} {a.alternate.strip() or '.'} "
        f"{a.residue} {a.chain} 1 {a.seq or '.'} {a.insertion.strip() or '?'} "
        f"{a.x} {a.y} {a.z} {a.occupancy} {a.number} {a.chain}a {a.model}"
    )


def cif(atoms: Iterable[Atom], letters: str = "", extra: str = "") -> str:
    lines = ["# a comment", "data_TEST", "_entry.id TEST", "#", "loop_"]
    lines += [f"_atom_site.{c}" for c in COLUMNS]
    lines += [cif_row(a, n) for n, a in enumerate(atoms, 1)]
    if letters:
        lines += ["#", "loop_", "_entity_poly_seq.entity_id", "_entity_poly_seq.num"]
        lines += ["_entity_poly_seq.mon_id", "_entity_poly_seq.hetero"]
        lines += [f"1 {n} {THREE[c]} n" for n, c in enumerate(letters, 1)]
    return "\n".join([*lines, "#", extra]) + "\n"
