"""The page of HTML: what is in it, and that it is safe, whole and the same each time."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _report_map import MARKUP, planted, tested_map

import fastmi
from fastmi.cli import main
from fastmi.errors import FastMIError
from fastmi.stats.nulls import EXPLAINED

MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def tested() -> fastmi.Significance:
    return tested_map()


@pytest.fixture(scope="module")
def page(tested: fastmi.Significance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "page.html"
    fastmi.report(tested, path, title=MARKUP)
    return path


class Parsed(HTMLParser):
    """Tags with their attributes, and the text inside each kind of tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._last = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._last = tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._last, []).append(data)


def data_of(path: Path) -> dict[str, Any]:
    """What the script reads, found as a browser finds it: up to the first end of a script."""
    text = path.read_text(encoding="utf-8")
    start = '<script type="application/json" id="data">'
    inside = text.split(start)[1].split("</script>")[0]
    assert "<" not in inside
    return dict(json.loads(inside))


def array_of(data: dict[str, Any], name: str) -> np.ndarray:
    packed = data["arrays"][name]
    return np.frombuffer(base64.b64decode(packed["base64"]), f"<{packed['type']}")


# ------------------------------------------------------------------------------------ content


def test_numbers_are_those_of_the_map(tested: fastmi.Significance, page: Path) -> None:
    data = data_of(page)
    pairs = tested.result.pairs()
    assert np.array_equal(array_of(data, "p"), tested.p[pairs])
    assert np.array_equal(array_of(data, "q"), tested.q[pairs])
    for name, matrix in (("value", tested.result.matrix), ("corrected", tested.corrected)):
        np.testing.assert_allclose(array_of(data, name), matrix[pairs], rtol=2**-23)
    assert data["n"] == 2000
    assert "n" not in data["arrays"]
    assert data["labels"] == [str(i) for i in range(29)]


def test_kmers_are_the_librarys(tested: fastmi.Significance, page: Path) -> None:
    i, j, rows = data_of(page)["kmers"][0]
    best = tested.top_pairs(1)[0]
    assert (i, j) == (best["i"], best["j"])
    expected = tested.result.top_kmers(i, j, 3)
    assert [row[:2] for row in rows] == [[r["kmer_i"], r["kmer_j"]] for r in expected]
    np.testing.assert_allclose([row[4] for row in rows], expected["contribution"], rtol=1e-5)


def test_logo_is_that_of_the_sequences(page: Path) -> None:
    logo = data_of(page)["logo"]
    heights = np.frombuffer(base64.b64decode(logo["heights"]["base64"]), "<f4").reshape(30, 4)
    expected = fastmi.Motif.from_sequences(planted()).heights()
    np.testing.assert_allclose(heights, expected, atol=2.1e-3)
    assert heights[5].argmax() == "ACGT".index("T")
    assert all(shape["path"].startswith("M") for shape in logo["shapes"])


def test_words_say_what_was_done(tested: fastmi.Significance, page: Path) -> None:
    text = html.unescape(page.read_text(encoding="utf-8"))
    assert EXPLAINED["independence"] in text
    assert f"{tested.check.n_trials:,} trials without dependence" in text
    assert f"{tested.n_significant()} of {tested.n_tests} pairs at q ≤ 0.05" in text
    assert "None: the plain estimate" in text
    assert fastmi.__version__ in text


def test_a_check_that_failed_is_said(tested: fastmi.Significance, tmp_path: Path) -> None:
    from dataclasses import replace

    shares = (0.2, 0.1, 0.05, 0.01)
    wrong = replace(tested, check=replace(tested.check, shares=shares, errors=(1e-3,) * 4))
    assert wrong.check.failed
    fastmi.report(wrong, tmp_path / "p.html")
    text = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "too many at p ≤ 0.05" in text
    assert "That is as it should be" not in text


def test_without_a_test_there_is_no_p(tmp_path: Path) -> None:
    result = fastmi.pairwise_mi(planted(), 1)
    fastmi.report(result, tmp_path / "p.html")
    data = data_of(tmp_path / "p.html")
    assert data["null"] is None
    assert set(data["arrays"]) == {"value"}
    assert "was not tested" in (tmp_path / "p.html").read_text(encoding="utf-8")


def test_other_measures(tmp_path: Path) -> None:
    model = fastmi.models.deepbind.load("RBMS1")
    background = fastmi.simulate.random(5, 24, "rna", rng=5)
    signed = fastmi.dependency_map(model, background, positions=range(8), summary="mean")
    fastmi.report(signed, tmp_path / "ep.html")
    data = data_of(tmp_path / "ep.html")
    assert data["signed"]
    assert data["logo"] is None
    assert set(data["arrays"]) == {"value", "error", "n"}
    far = fastmi.pairwise_distance(["ACGT", "ACGA"], 1, measure="BC", pseudocount=0)
    assert np.isinf(far.matrix).any()
    fastmi.report(far, tmp_path / "bc.html")
    pairs = far.matrix[far.pairs()]
    np.testing.assert_allclose(array_of(data_of(tmp_path / "bc.html"), "value"), pairs)


def test_a_selection_brings_its_sequences(tmp_path: Path) -> None:
    model = fastmi.models.deepbind.load("RBMS1")
    background = fastmi.simulate.random(300, 24, "rna", rng=5)
    found = fastmi.interpret(model, background, select="top 50%", k=1)
    fastmi.report(found, tmp_path / "p.html")
    data = data_of(tmp_path / "p.html")
    assert data["logo"] is not None
    assert len(data["kmers"]) == 24 * 23 // 2
    assert "top 50%" in data["title"]


def test_saved_results_take_sequences_and_counts(tmp_path: Path) -> None:
    sequences = planted()
    counts = fastmi.JointCounts(length=30, k=3)
    counts.add(sequences)
    counts.mi().save(tmp_path / "r.npz")
    loaded = fastmi.load(tmp_path / "r.npz")
    assert isinstance(loaded, fastmi.MIResult)
    fastmi.report(loaded, tmp_path / "none.html")
    none = data_of(tmp_path / "none.html")
    assert (none["kmers"], none["logo"]) == ([], None)
    fastmi.report(loaded, tmp_path / "a.html", sequences=sequences, top_kmers=7)
    fastmi.report(loaded, tmp_path / "b.html", sequences=counts, top_kmers=7)
    assert len(data_of(tmp_path / "a.html")["kmers"]) == 7
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_other_sequences_are_refused(tmp_path: Path) -> None:
    result = fastmi.pairwise_mi(planted(), 2)
    path = tmp_path / "p.html"
    with pytest.raises(FastMIError, match=r"pair \d+, \d+ has .* bits in them and"):
        fastmi.report(result, path, sequences=planted()[:1000])
    with pytest.raises(FastMIError, match="dna of length 29, and the map has 2-mers of dna"):
        fastmi.report(result, path, sequences=["ACGTACGTACGTACGTACGTACGTACGTA"] * 3)
    counts = fastmi.JointCounts(length=30, k=3)
    counts.add(planted())
    with pytest.raises(FastMIError, match="3-mers of dna of length 30"):
        fastmi.report(result, path, sequences=counts)
    with pytest.raises(ValueError, match="top_kmers"):
        fastmi.report(result, path, top_kmers=-1)
    with pytest.raises(TypeError, match="must be a map"):
        fastmi.report(planted(), path)  # type: ignore[arg-type]
    assert not path.exists()


def test_maps_without_bounds_are_refused(tmp_path: Path) -> None:
    matrix = np.zeros((2300, 2300))
    result = fastmi.MIResult(matrix, "MI", 1, 2300, 10, fastmi.get_alphabet("dna"), 0.0)
    with pytest.raises(ValueError, match="2,643,850 pairs, and a page holds 2,500,000"):
        fastmi.report(result, tmp_path / "p.html")


# --------------------------------------------------------------------------------- the file


def test_the_same_bytes_again(tested: fastmi.Significance, page: Path, tmp_path: Path) -> None:
    fastmi.report(tested, tmp_path / "again.html", title=MARKUP)
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()


def test_it_is_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    shape = 198, 198
    p = rng.random(shape)
    result = fastmi.pairwise_mi(fastmi.simulate.random(3000, 200, rng=1), 3)
    check = fastmi.significance(planted(200), 1, rng=1).check
    found = fastmi.Significance(result, "independence", p, (p + p.T) / 2, "analytic", check)
    fastmi.report(found, tmp_path / "p.html", top_kmers=2000)
    assert (tmp_path / "p.html").stat().st_size < 1.5 * MEBIBYTE  # 5 are allowed


def test_a_page_that_fails_leaves_what_was_there(
    tested: fastmi.Significance, tmp_path: Path
) -> None:
    with pytest.raises(FastMIError, match="cannot write"):
        fastmi.report(tested, tmp_path / "nowhere" / "p.html")
    (tmp_path / "p.html").write_text("before")
    with pytest.raises(FastMIError, match="are not those of the map"):
        fastmi.report(tested, tmp_path / "p.html", sequences=["ACGT"])
    assert (tmp_path / "p.html").read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


# ------------------------------------------------------------------------------------ safety


def test_markup_stays_text(page: Path) -> None:
    parsed = Parsed(page.read_text(encoding="utf-8"))
    assert not [tag for tag, _ in parsed.tags if tag in ("img", "iframe", "object", "form")]
    assert len([tag for tag, _ in parsed.tags if tag == "script"]) == 2
    assert MARKUP in parsed.texts["h1"]
    assert MARKUP in parsed.texts["title"]
    assert data_of(page)["title"] == MARKUP


def test_names_of_files_and_labels_stay_text(tmp_path: Path) -> None:
    from dataclasses import replace

    letters = fastmi.Alphabet("<&>", "<&>\"'")
    result = fastmi.pairwise_mi(["<&>\"'<", "&><'\"<", "'\"&<<>"] * 3, 1, alphabet=letters)
    made = {"input": {"file": f"dir/{MARKUP}\udcff.fa"}, "command": ["fastmi", MARKUP]}
    result = replace(result, provenance=made, reference="<&>\"'<")
    fastmi.report(result, tmp_path / "p.html")
    parsed = Parsed((tmp_path / "p.html").read_text(encoding="utf-8"))
    assert len([tag for tag, _ in parsed.tags if tag == "script"]) == 2
    assert not [tag for tag, _ in parsed.tags if tag == "img"]
    assert data_of(tmp_path / "p.html")["labels"][0] == "<0"
    assert any(MARKUP in text for text in parsed.texts["dd"])


def test_the_policy_lets_only_this_script_run(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    parsed = Parsed(text)
    policies = [a for _, a in parsed.tags if a.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in str(policies[0]["content"]).split("; "))
    assert rules["default-src"] == "'none'"
    script = text.rsplit("<script>", 1)[1].split("</script>")[0]
    style = text.split("<style>", 1)[1].split("</style>")[0]
    for rule, code in (("script-src", script), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    for word in ("innerHTML", "eval(", "fetch(", "XMLHttpRequest", "import(", "http:"):
        assert word not in script.replace("http://www.w3.org/2000/svg", "")
    assert "http" not in style
    assert not [a for _, a in parsed.tags if any(n.startswith("on") or n == "style" for n in a)]


def luminance(colour: str) -> float:
    parts = np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read(dark: bool) -> None:
    style = Path(fastmi.__file__).with_name("page").joinpath("page.css").read_text()
    themes = re.findall(r":root \{(.*?)\}", style, re.S)
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", themes[dark]))
    grounds = [colours[name] for name in ("ground", "panel", "row")]
    for name in ("ink", "faint", "link", "a", "b"):
        for ground in grounds:
            light, deep = sorted(map(luminance, (colours[name], ground)), reverse=True)
            assert (light + 0.05) / (deep + 0.05) >= 4.5, (name, ground)


# ----------------------------------------------------------------------------------- command


def test_the_command_is_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.txt").write_text("\n".join(planted(500).to_strings()) + "\n")
    assert main(["mi", "s.txt", "-k", "2", "-o", "m", "-q"]) == 0
    assert main(["report", "m.npz", "--sequences", "s.txt", "--title", "Mine"]) == 0
    assert "wrote m.html" in capfd.readouterr().err
    fastmi.report(fastmi.load("m.npz"), "b.html", sequences="s.txt", title="Mine")  # type: ignore[arg-type]
    assert Path("m.html").read_bytes() == Path("b.html").read_bytes()
    words = ["report", "m.npz", "-q", "--first-position", "1", "-o", "c.html"]
    assert main(words) == 0
    assert data_of(Path("c.html"))["labels"][0] == "1"
    assert data_of(Path("c.html"))["title"] == "s.txt"
    assert main(["report", "m.npz", "-o", "m.pdf"]) == 2
    assert main(["report", "m.npz", "-o", "c.html", "--column", "2"]) == 2
    assert main(["report", "s.txt", "-o", "c.html"]) == 1
    said = capfd.readouterr().err
    assert "must end in .html" in said
    assert "--column is for --sequences" in said


def test_the_command_takes_what_mi_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = [s.replace("G", "-", 1) for s in planted(60).to_strings()]
    Path("s.txt").write_text("\n".join(lines) + "\n")
    reading = ["--unknown", "skip", "--reweight", "0.9"]
    assert main(["mi", "s.txt", "-k", "1", "-o", "m", "-q", *reading]) == 0
    made = ["report", "m.npz", "-q", "--sequences", "s.txt"]
    assert main([*made, "--reweight", "0.9"]) == 0
    data = data_of(Path("m.html"))
    assert len(data["kmers"]) == 30 * 29 // 2
    assert len(array_of(data, "n")) == 30 * 29 // 2
    assert main(["count", "s.txt", "-k", "1", "-o", "c", "-q", "--unknown", "skip"]) == 0
    assert main(["mi", "c.npz", "-o", "d", "-q"]) == 0
    assert main(["report", "d.npz", "-q", "--sequences", "c.npz"]) == 0
    assert data_of(Path("d.html"))["logo"] is not None
    assert main(made) in (0, 1)  # without weights, unless all of them are 1
    capfd.readouterr()


def test_a_tested_map_from_a_file(
    tested: fastmi.Significance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tested.save("s.npz")
    assert main(["report", "s.npz", "-q"]) == 0
    assert np.array_equal(
        array_of(data_of(Path("s.html")), "q"), tested.q[tested.result.pairs()]
    )
    assert main(["report", "s.npz", "-q", "--select", "top 1%"]) == 2
