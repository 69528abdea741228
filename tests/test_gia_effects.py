"""Effects: a table made of local values, the same after a file; files are not trusted."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, simulate
from fastmi.gia import GIA, Design, Effects, importance, positions
from fastmi.gia.contrasts import ratio
from fastmi.gia.effects import together
from fastmi.models import wrap


@pytest.fixture(scope="module")
def effects() -> Effects:
    model = wrap(lambda s: [[x.count("GC"), len(x.strip("A"))] for x in s], takes="strings")
    gia = GIA(model, simulate.random(100, 20, rng=1), heads=["gc", "width"], rng=4)
    a, b = Design.parse("GCGC@4"), Design.parse("TTTT@0")
    plain = gia.effects(
        [
            ratio("r", a, b, number=1),
            *(
                fastmi.gia.Contrast(str(n), ((1.0, a), (-float(n), b)), factors={"number": n})
                for n in (2, 3)
            ),
        ],
        "mixed",
        {"slope": 0.5, "verdict": None},
    )
    return plain


def same(a: Effects, b: Effects) -> bool:
    return (
        a.table.dtype == b.table.dtype
        and np.array_equal(a.local, b.local)
        and np.array_equal(a.denominator, b.denominator)
        and str(a.table.tolist()) == str(b.table.tolist())
    )


def test_a_file_brings_everything_back(effects, tmp_path):
    effects.save(tmp_path / "e.npz")
    for loaded in (Effects.load(tmp_path / "e.npz"), fastmi.load(tmp_path / "e.npz")):
        assert same(loaded, effects)
        assert loaded.summary == {"slope": 0.5, "verdict": None}
        assert loaded.heads == ("gc", "width")
        assert loaded.statistics == effects.statistics
        assert loaded.provenance == json.loads(json.dumps(effects.provenance))
        assert list(loaded.labels) == list(effects.labels)
    effects.save(tmp_path / "again.npz")
    assert (tmp_path / "e.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()


def test_rows_by_their_labels(effects):
    assert effects.rows(quantity="ratio").tolist() == [0, 1]
    some = effects.only(head="width")
    assert some.table["number"].tolist() == [1, 2, 3]
    assert some.denominator.shape == (1, 100)
    assert (some.heads, effects.heads) == (("width",), ("gc", "width"))
    assert some.table["effect"].tolist() == effects.table["effect"][1::2].tolist()
    assert effects.only(quantity="importance").denominator.shape == (0, 100)
    with pytest.raises(ValueError, match="no row has"):
        effects.only(number=9)
    with pytest.raises(ValueError, match="rows have quantity, name, number, head, scale"):
        effects.rows(gap=1)


def test_q_is_corrected_for_all_rows(effects):
    table = effects.table
    order = np.argsort(table["p"])[::-1]  # Benjamini and Hochberg, ratios among the others
    stepped = np.minimum.accumulate(table["p"][order] * 6 / np.arange(6, 0, -1))
    np.testing.assert_allclose(table["q"][order], np.minimum(stepped, 1), rtol=1e-12)
    holm = effects.with_statistics(correction="holm").table
    assert (holm["q"] >= table["q"]).all()
    assert np.array_equal(holm["p"], table["p"])


def test_text(effects, tmp_path):
    effects.to_tsv(tmp_path / "e.tsv")
    lines = (tmp_path / "e.tsv").read_text().splitlines()
    assert lines[0].split("\t")[:5] == ["quantity", "name", "number", "head", "scale"]
    assert len(lines) == 1 + len(effects)
    stream = io.StringIO()
    effects.to_tsv(stream)
    assert stream.getvalue().splitlines() == lines
    effects.to_tsv(tmp_path / "e.tsv.gz")
    with gzip.open(tmp_path / "e.tsv.gz", "rt") as packed:
        assert packed.read().splitlines() == lines
    assert repr(effects) == "<Effects: mixed, 6 rows, 100 backgrounds>"
    effects.to_tsv(tmp_path / "e.tsv.gz")
    assert gzip.decompress((tmp_path / "e.tsv.gz").read_bytes()).decode().splitlines() == lines


def test_names_do_not_break_a_table(tmp_path):
    gia = GIA(wrap(lambda s: [x.count("G") for x in s], takes="strings"), ["ACAT", "GGTT"])
    importance(gia, {"a\tb\nc": "GG@0", "Übung 日": "GG@1"}).to_tsv(tmp_path / "e.tsv")
    lines = (tmp_path / "e.tsv").read_text("utf-8").splitlines()
    assert len({line.count("\t") for line in lines}) == 1
    assert [line.split("\t")[1] for line in lines] == ["name", "a b c", "Übung 日"]


def test_tables_go_together(effects):
    both = together([effects, effects])
    assert len(both) == 12
    assert both.denominator.shape == (4, 100)
    np.testing.assert_array_equal(both.table["effect"][6:], effects.table["effect"])
    gia = GIA(wrap(lambda s: [x.count("G") for x in s], takes="strings"), ["ACGT"] * 3)
    with pytest.raises(ValueError, match="tables of one kind go together"):
        together([effects, importance(gia, "A@0")])


def test_labels_of_several_kinds():
    gia = GIA(
        wrap(lambda s: [x.count("G") for x in s], takes="strings"),
        simulate.random(10, 8, rng=1),
    )
    table = positions(gia, ["GG", "GGG"]).table
    assert table["start"].dtype == np.int64
    assert table["pattern"].tolist()[:2] == ["GG", "GG"]
    found = gia.effects(
        [fastmi.gia.Contrast("x", ((1.0, Design()),), factors={"k_d": 0.5, "mixed": "a"})]
    )
    assert found.table["k_d"].dtype == np.float64


def test_one_background_has_an_effect_only():
    gia = GIA(wrap(lambda s: [x.count("G") for x in s], takes="strings"), ["ACAT"])
    row = importance(gia, "GG@0").table[0]
    assert row["effect"] == 2
    assert all(np.isnan(row[name]) for name in ("se", "low", "high", "effect_in_sd", "p", "q"))


def altered(source, target, **changes):
    """The file with other things in its description, whose digest is left out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "about.npy":
                header_end = data.index(b"\n") + 1
                about = json.loads(data[header_end:])
                about.pop("sha256")
                about.update(changes)
                stream = io.BytesIO()
                text = np.frombuffer(json.dumps(about).encode(), np.uint8)
                np.lib.format.write_array(stream, text)
                data = stream.getvalue()
            new.writestr(info.filename, data)


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": 7},
        {"rows": -1},
        {"n": 10**12},
        {"n": 99},
        {"heads": []},
        {"heads": ["gc", "gc"]},
        {"heads": ["gc", "other"]},
        {"labels": [[name, ["x"] * 6] for name in ("quantity", "name", "scale", "head", "p")]},
        {
            "labels": [
                [name, ["gc"] * 6] for name in ("quantity", "name", "scale", "head", "head")
            ]
        },
        {"labels": [[name, ["gc"] * 6] for name in ("quantity", "name", "scale", "head", "")]},
        {
            "labels": [
                *([n, ["gc"] * 6] for n in ("name", "scale", "head")),
                ["quantity", [1] * 6],
            ]
        },
        {"heads": 3},
        {"labels": [["quantity", ["ratio"]]]},
        {"labels": {}},
        {"labels": [["quantity", [["x"]] * 6]]},
        {"statistics": {"confidence": 7}},
        {"statistics": {"unheard": 7}},
        {"summary": 3},
        {"summary": {"slope": float("nan")}},
        {"format": 9},
        {"kind": "fastmi result"},
    ],
)
def test_damaged_files_are_refused(effects, tmp_path, changes):
    effects.save(tmp_path / "e.npz")
    altered(tmp_path / "e.npz", tmp_path / "bad.npz", **changes)
    with pytest.raises(FastMIError):
        Effects.load(tmp_path / "bad.npz")
