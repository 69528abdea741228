"""Structures: both formats, what is chosen where a file offers several, and files that lie.

Tiny files with one defect each, 2QMT, and gemmi as the oracle where it is installed.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _structures import COLUMNS, Atom, cif, cif_row, pdb, pdb_line, seqres, trace
from hypothesis import given
from hypothesis import strategies as st

import fastmi
from fastmi import contacts
from fastmi.contacts._cif import rows_of
from fastmi.contacts._placing import placed
from fastmi.examples import GB1_WILD_TYPE

GB1 = fastmi.example("gb1_structure")


def made(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def go(text: str | bytes, **options: Any) -> contacts.Structure:
        return contacts.structure(made(tmp_path / "x", text), **options)

    return go


# ------------------------------------------------------------------------------------- 2QMT


def test_gb1() -> None:
    s = contacts.structure(GB1)
    assert s.sequence == GB1_WILD_TYPE
    assert (s.chain, s.model, len(s), s.residues["observed"].all()) == ("A", 1, 56, True)
    assert s.residues["author"].tolist() == [str(n) for n in range(1, 57)]
    d = s.distances()
    np.testing.assert_array_equal(d, d.T)
    assert (np.diagonal(d) == 0).all()
    steps = np.diagonal(d, 1)
    assert ((steps > 3.7) & (steps < 3.9)).all()  # a peptide bond's, trans
    # the published fold: the first strand lies beside the last, and beside the second
    touching = {tuple(p) for p in (contacts.contact_map(s).pairs() + 1).tolist()}
    assert {(4, 51), (6, 53), (3, 18), (5, 16), (44, 53), (42, 55)} <= touching
    assert not {(20, 45), (30, 10), (1, 40)} & touching


def test_atoms_of_gb1() -> None:
    ca, cb, close = (
        contacts.structure(GB1, atom=a).distances() for a in ("CA", "CB", "closest")
    )
    glycines = [i for i, c in enumerate(GB1_WILD_TYPE) if c == "G"]
    np.testing.assert_array_equal(
        ca[np.ix_(glycines, glycines)], cb[np.ix_(glycines, glycines)]
    )
    assert (ca != cb).sum() > 2000
    off = ~np.eye(56, dtype=bool)
    assert (close[off] <= np.minimum(ca, cb)[off]).all()
    assert close[0, 1] == pytest.approx(1.33, abs=0.03)  # the bond C-N
    np.testing.assert_allclose(contacts.structure(GB1).coordinates[0], [0.136, 28.162, 24.322])


def test_closest_is_the_least_of_all_pairs_of_atoms() -> None:
    s = contacts.structure(GB1, atom="closest")
    d = s.distances()
    for i, j in ((0, 20), (5, 52), (11, 12), (54, 55)):
        a, b = (s.points[s.of[n] : s.of[n + 1]] for n in (i, j))
        assert d[i, j] == pytest.approx(
            min(float(np.linalg.norm(p - q)) for p in a for q in b), abs=1e-12
        )


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_compressed(read: Any, pack: Any) -> None:
    assert read(pack(lzma.decompress(GB1.read_bytes()))).sequence == GB1_WILD_TYPE


def test_gemmi_reads_the_same(tmp_path: Path) -> None:
    gemmi = pytest.importorskip("gemmi")
    text = lzma.decompress(GB1.read_bytes()).decode()
    path = made(tmp_path / "x.pdb", text)
    theirs = gemmi.read_structure(str(path))
    theirs.setup_entities()
    made(tmp_path / "x.cif", theirs.make_mmcif_document().as_string())
    atoms = [r.find_atom("CA", "*").pos.tolist() for r in theirs[0]["A"].get_polymer()]
    for file in ("x.pdb", "x.cif"):
        s = contacts.structure(tmp_path / file)
        np.testing.assert_allclose(s.coordinates, atoms, atol=1e-9)
        assert s.sequence == GB1_WILD_TYPE
    for atom in ("CA", "CB", "closest"):
        a, b = (contacts.structure(tmp_path / f, atom=atom) for f in ("x.pdb", "x.cif"))
        np.testing.assert_array_equal(a.distances(), b.distances())


# ------------------------------------------------------------- what is chosen, in both formats


def both(atoms: list[Atom], letters: str = "", tail: tuple[str, ...] = ("END",)) -> list[str]:
    """The same as PDB and as mmCIF, whose sequence has numbers from 1."""
    return [pdb(atoms, seqres(letters) if letters else [], tail), cif(atoms, letters)]


def test_missing_residues_are_known_by_the_sequence(read: Any) -> None:
    atoms = [a for a in trace("MKTAYIA") if a.number not in (1, 4, 5)]
    for text in both(atoms, "MKTAYIA"):
        s = read(text)
        assert s.sequence == "MKTAYIA"
        assert s.residues["number"].tolist() == [1, 2, 3, 4, 5, 6, 7]
        assert s.residues["observed"].tolist() == [False, True, True, False, False, True, True]
        d = s.distances()
        assert np.isnan(d[0]).all()
        assert d[1, 5] == pytest.approx(4 * 3.8)
        assert s.label(2) == "T3"


def test_numbers_settle_where_letters_cannot(read: Any) -> None:
    atoms = [a for a in trace("AAAAAA", first=11) if a.number in (11, 12, 15)]
    s = read(pdb(atoms, seqres("AAAAAA")))
    assert np.flatnonzero(s.residues["observed"]).tolist() == [0, 1, 4]


def test_without_a_sequence_gaps_in_numbers_are_unknown(read: Any) -> None:
    atoms = [a for a in trace("MKTAY", first=-2) if a.number not in (0, 1)]
    s = read(pdb(atoms))
    assert s.sequence == "MKXXY"
    assert s.residues["author"].tolist() == ["-2", "-1", "0", "1", "2"]


def test_remark_465_names_what_is_absent(read: Any) -> None:
    head = ["REMARK 465", "REMARK 465   M RES C SSSEQI", "REMARK 465     GLY A     0"]
    head += ["REMARK 465     TRP A     2A", "REMARK 465     TRP B     7"]
    s = read(pdb(trace("MKT"), head), chain="A")
    assert s.sequence == "GMKWT"
    assert s.label(3) == "W2A"


def test_a_sequence_of_other_residues_does_not_count(read: Any) -> None:
    assert read(pdb(trace("MKT"), seqres("AAAAAAA"))).sequence == "MKT"


def test_the_occupied_conformation_is_taken_and_of_equal_ones_the_first(read: Any) -> None:
    first, *rest = trace("MKT")
    for shares, x in (((0.3, 0.7), 99.0), ((0.5, 0.5), 0.0), ((0.7, 0.3), 0.0)):
        twice = [
            first._replace(alternate="A", occupancy=shares[0]),
            first._replace(alternate="B", occupancy=shares[1], x=99.0),
        ]
        for text in both([*twice, *rest]):
            assert read(text).coordinates[0, 0] == x


def test_conformations_may_be_of_two_residues(read: Any) -> None:
    a, b, c = trace("MST")
    two = [
        b._replace(alternate="A", occupancy=0.4),
        b._replace(alternate="B", occupancy=0.6, residue="CYS", x=5.0),
    ]
    for text in both([a, *two, c]):
        s = read(text)
        assert s.sequence == "MCT"
        assert s.coordinates[1, 0] == 5.0


def test_a_conformation_lends_the_atom_that_another_lacks(read: Any) -> None:
    a, b = trace("MS")
    cb = b._replace(name="CB", alternate="B", occupancy=0.4, y=1.5)
    for text in both([a, b._replace(alternate="A", occupancy=0.6), cb]):
        assert read(text, atom="CB").coordinates[1, 1] == 1.5


def test_modified_residues_have_their_parents_letters(read: Any) -> None:
    atoms = trace("AKT")
    atoms[0] = atoms[0]._replace(residue="MSE", record="HETATM")
    atoms[1] = atoms[1]._replace(residue="ZZZ", record="HETATM")
    head = ["MODRES 1ABC ZZZ A    2  TRP  ODD"]
    assert read(pdb(atoms, head)).sequence == "MWT"
    extra = "loop_\n_pdbx_struct_mod_residue.id\n_pdbx_struct_mod_residue.label_comp_id\n"
    extra += "_pdbx_struct_mod_residue.parent_comp_id\n1 ZZZ TRP\n"
    assert read(cif(atoms, extra=extra)).sequence == "MWT"
    assert read(pdb(atoms)).sequence == "MXT"  # nobody knows what ZZZ is: it is not read
    assert read(cif(atoms)).sequence == "MXT"


def test_waters_and_ligands_are_left_out(read: Any) -> None:
    water = Atom("O", "HOH", 201, 1.0, record="HETATM")
    ligand = Atom("CA", "MSE", 202, 1.0, record="HETATM")  # a modified residue, but not bound
    bound = Atom("CA", "GLU", 203, 1.0, record="HETATM")
    lines = [pdb_line(a) for a in (ligand, bound, water)]
    text = pdb(trace("MKT"), tail=("TER       4      THR A   3", *lines, "END"))
    assert read(text).sequence == "MKT"
    assert read(cif([*trace("MKT"), ligand, bound, water])).sequence == "MKT"


def test_hydrogens_do_not_come_closest(read: Any) -> None:
    a, b = trace("MK")
    odd = [
        a._replace(name=n, x=3.0, element=e) for n, e in (("HA", "H"), ("1HB", " "), ("D", "D"))
    ]
    assert read(pdb([a, *odd, b]), atom="closest").distances()[0, 1] == pytest.approx(3.8)


def test_models(read: Any) -> None:
    one, two = trace("MK"), [a._replace(x=2 * a.x, model=5) for a in trace("MK")]
    body = ["MODEL        1", *map(pdb_line, one), "ENDMDL"]
    body += ["MODEL        5", *map(pdb_line, two), "ENDMDL", "END"]
    for text in ("\n".join(body), cif([*one, *two])):
        assert read(text).distances()[0, 1] == pytest.approx(3.8)
        assert read(text, model=5).distances()[0, 1] == pytest.approx(7.6)
        with pytest.raises(fastmi.FastMIError, match="no model 2, but 1, 5"):
            read(text, model=2)


def test_chains(read: Any) -> None:
    atoms = [*trace("MK"), *trace("TAY", chain="B")]
    for text, names in zip(both(atoms), ("A, B", "Aa, Ba"), strict=True):
        with pytest.raises(
            fastmi.FastMIError, match=f"has chains {names}: say which, as chain="
        ):
            read(text)
        assert read(text, chain=names[-1] if names == "A, B" else "Ba").sequence == "TAY"
        with pytest.raises(fastmi.FastMIError, match=f"no chain 'Q', but {names}"):
            read(text, chain="Q")
    assert read(cif(atoms), chain="B").sequence == "TAY"  # the entry's name, if no author's
    assert read(cif(atoms), chain="B").chain == "Ba"


def test_insertion_codes(read: Any) -> None:
    atoms = trace("MKTA")
    atoms[2] = atoms[2]._replace(number=2, insertion="A")
    atoms[3] = atoms[3]._replace(number=3)
    for text in both(atoms):
        s = read(text)
        assert [s.label(n) for n in range(4)] == ["M1", "K2", "T2A", "A3"]


def test_a_residue_without_its_atom_has_no_distances(read: Any) -> None:
    atoms = trace("MKT")
    atoms[1] = atoms[1]._replace(name="CB")
    for text in both(atoms):
        s = read(text)
        assert s.residues["observed"].tolist() == [True, False, True]
        assert np.isnan(s.coordinates[1]).all()
        with pytest.raises(fastmi.FastMIError, match=r"no residue of chain '.*' has C1' atoms"):
            read(text, atom="C1'")


def test_nucleic_acids(read: Any) -> None:
    atoms = [
        Atom("C1'", n, i, 6.0 * i, seq=i) for i, n in enumerate(("A", "DC", "PSU", "G"), 1)
    ]
    atoms[2] = atoms[2]._replace(record="HETATM")
    for text in both(atoms):
        s = read(text, atom="C1'")
        assert s.sequence == "ACUG"
        assert s.distances()[0, 3] == pytest.approx(18.0)
    assert read(pdb(atoms).replace("C1'", "C1*"), atom="C1'").sequence == "ACUG"


# ----------------------------------------------------------------------- the CIF language


def cif_rows(text: str) -> list[tuple[str, list[str]]]:
    return [(r.category, r.values) for r in rows_of(iter(text.split("\n")), "x")]


def test_cif_values() -> None:
    text = """data_x
_a.one 'it's quoted' # and this is said
_a.two "a 'b' c"
_a.three
;several lines
 of text
;
_a.four d#e
loop_ _b.p _b.q 1 'two words' 3
;x
; 5 6
_c.only .
"""
    assert cif_rows(text) == [
        ("_a", ["it's quoted", "a 'b' c", "several lines\n of text", "d#e"]),
        ("_b", ["1", "two words"]),
        ("_b", ["3", "x"]),
        ("_b", ["5", "6"]),
        ("_c", ["."]),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("data_x\n_a.b 'open", "line 2: a quote stays open"),
        ("data_x\n_a.b\n;text\nwithout end", "a text has no end"),
        ("data_x\n_a.b\n_a.c 1", "_a.b has no value"),
        ("data_x\nloop_\n_a.b\n_a.c\n1 2 3", "a row of _a is cut off"),
        ("data_x\nloop_\n1 2", "a loop has no tags"),
        ("data_x\nloop_\n_a.b\n_a.b\n1 2", "has b twice"),
        ("data_x\nstray", "'stray' belongs to no tag"),
        ("data_x\n_nodot 1", "is no tag of an mmCIF file"),
    ],
)
def test_broken_cif(text: str, words: str) -> None:
    with pytest.raises(fastmi.FastMIError, match=words):
        cif_rows(text)


@given(st.text(alphabet="_ab.;'\"#\n \t1l oop_data", max_size=80))
def test_any_cif_is_rows_or_one_sentence(text: str) -> None:
    try:
        rows = cif_rows("data_x\n" + text)
    except fastmi.FastMIError as refused:
        rows, said = [], str(refused)
    else:
        said = ""
    assert "\n" not in said
    for category, values in rows:
        assert category.startswith("_")
        assert values


def test_rows_on_several_lines_and_plain_ones_are_the_same(read: Any) -> None:
    text = cif(trace("MKT"))
    row = cif_row(trace("MKT")[1], 2)
    assert row in text
    a, b = read(text), read(text.replace(row, row.replace(" ", "\n")))
    np.testing.assert_array_equal(a.distances(), b.distances())
    assert read(text.replace(row, f"{row} # said")).sequence == "MKT"


# ---------------------------------------------------------------------------- files that lie

ROW = cif_row(trace("M")[0])
HOSTILE = {
    "empty": (b"", "neither a PDB nor an mmCIF file"),
    "text": (b"once upon a time\n" * 9, "neither a PDB nor an mmCIF file"),
    "binary": (bytes(range(256)) * 40, "binary"),
    "endless": (b"x" * 1_000_000, "endless"),
    "gzip cut off": (gzip.compress(pdb(trace("MKT" * 9)).encode())[:-20], "damaged or cut off"),
    "no atoms": ("HEADER\n" + "\n".join(seqres("MKT")), "no residues of a protein"),
    "cut off": (pdb(trace("MKT"))[:50], "line 1: the atom is cut off|no residue"),
    "NaN": (pdb(trace("MK")).replace("   3.800", "     nan"), "line 2: 'nan' is no number"),
    "infinite": (pdb(trace("MK")).replace("   3.800", "   1e999"), "1e999' is no number"),
    "far": (pdb(trace("MK")).replace("   3.800", "  9e9   "), "'9e9' is no coordinate"),
    "other digits": (
        pdb(trace("MK")).encode().replace(b"   3.800", "   \u0663.80".encode()),
        "is no number",
    ),
    "number": (pdb(trace("MK")).replace("A   2", "A  2x"), "line 2: '2x' is no whole number"),
    "twice": (pdb([*trace("MK"), *trace("MK")]), "is there twice"),
    "both": (pdb([*trace("M"), *trace("K")]), "is both LYS and MET"),
    "models": ("MODEL        1\nMODEL        1\n", "two models 1"),
    "cif NaN": (cif(trace("M")).replace(" 0.0 0.0 0.0", " nan 0 0"), "'nan' is no number"),
    "cif far": (cif(trace("M")).replace(" 0.0 0.0 0.0", " 1e99 0 0"), "is no coordinate"),
    "cif missing": (cif(trace("M")).replace("Cartn_z", "Cartn_w"), "cartn_z is missing"),
    "cif residues": (cif([trace("M")[0]._replace(seq=10**9)]), "is no whole number"),
    "cif residues 2": (cif([trace("M")[0]._replace(seq=10**8)]), "not between 1 and 16,384"),
    "cif sequence": (cif(trace("MKT"), "MK"), "beyond its sequence of 2"),
    "cif no atoms": ("data_x\n_entry.id x\n", "no atoms"),
    "cif cut off": (cif(trace("MK")).rpartition(" 1")[0], "is cut off"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_one_sentence(read: Any, name: str) -> None:
    text, words = HOSTILE[name]
    with pytest.raises(fastmi.FastMIError, match=words) as caught:
        read(text)
    assert "\n" not in str(caught.value)
    assert "x" in str(caught.value)  # the file is named


def test_a_number_too_large_for_a_map(read: Any) -> None:
    atoms = [a for n in (0, 1, 2, 3) for a in trace("MK", first=-999 + 3600 * n)]
    assert len(read(pdb(atoms))) == 3 * 3600 + 2
    columns = " ".join(c for c in COLUMNS if c != "label_seq_id")
    rows = [cif_row(a).split() for a in (trace("M")[0], trace("K", first=10**8)[0])]
    for row in rows:
        row.pop(8)
    text = "data_x\nloop_\n" + "\n".join(f"_atom_site.{c}" for c in columns.split())
    with pytest.raises(fastmi.FastMIError, match="numbered over more than 16,384"):
        read(text + "\n" + "\n".join(map(" ".join, rows)) + "\n")


@pytest.mark.parametrize(
    "text", [pdb(trace("MKTAY"), seqres("MKTAYIA")), cif(trace("MKT"), "MKTA")]
)
@given(data=st.data())
def test_damaged_files_are_structures_or_one_sentence(
    text: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    raw = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    path = made(tmp_path_factory.getbasetemp() / "damaged", bytes(raw[: cut or None]))
    try:
        s = contacts.structure(path)
    except fastmi.FastMIError as refused:
        said = str(refused)
    else:
        said = ""
        assert np.isfinite(s.points).all()
        assert len(s.distances()) == len(s) == len(s.sequence)
    assert "\n" not in said


def test_parameters(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="atom must be one of CA, CB, C1', closest"):
        contacts.structure(GB1, atom="CG")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="chain must be a string"):
        contacts.structure(GB1, chain=1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="model must be a whole number"):
        contacts.structure(GB1, model="1")  # type: ignore[arg-type]
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(fastmi.FastMIError, match=r"cannot read|is a directory"):
            contacts.structure(path)


# --------------------------------------------------------------------- places in a sequence


def plain_best(seen: str, numbers: list[int], whole: str) -> int | None:
    """The best score of any placement, by trying all."""
    from itertools import combinations

    scores = []
    for at in combinations(range(len(whole)), len(seen)):
        if all(whole[i] in (c, "X") or c == "X" for i, c in zip(at, seen, strict=True)):
            steps = zip(pairwise(at), pairwise(numbers), strict=True)
            scores.append(
                sum(2 if b - a == m - n else 1 if b - a == 1 else 0 for (a, b), (n, m) in steps)
            )
    return max(scores, default=None)


@given(
    st.text("ABX", min_size=1, max_size=5),
    st.text("ABX", max_size=8),
    st.lists(st.integers(-2, 9), min_size=5, max_size=5),
)
def test_placing_is_the_best_of_all(seen: str, whole: str, numbers: list[int]) -> None:
    some = numbers[: len(seen)]
    best = plain_best(seen, some, whole)
    found = placed(seen, some, whole)
    if found is None:
        assert best is None
        return
    at = found.tolist()
    assert at == sorted(set(at))
    got = plain_best("X" * len(at), some, "X" * len(at))  # the score function itself
    assert got is not None
    score = sum(
        2 if b - a == m - n else 1 if b - a == 1 else 0
        for (a, b), (n, m) in zip(pairwise(at), pairwise(some), strict=True)
    )
    assert score == best
