"""interpret tests its maps: which null, which pool, files, and what cannot be tested."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_files import describe, refused
from test_interpret import TwoHeads, background

import fastmi
from fastmi import FastMIError, FastMIWarning, Interpretation
from fastmi._null_tests import NULLS, NullTests, bytes_kept, in_advance

SELECT = "top 10%"
L = 12


class Signed:
    """Sums over letters, and a pair (2, 8) whose letters do one thing or its opposite."""

    def __init__(self, pair: float = 2.0) -> None:
        self.pair = pair
        self.weights = np.random.default_rng(3).normal(size=(L, 4)).cumsum(axis=1)

    def predict(self, sequences: fastmi.PackedSequences) -> np.ndarray:
        codes = sequences.to_codes()
        alike = np.where(codes[:, 2] // 2 == codes[:, 8] // 2, 1.0, -1.0)
        return self.weights[np.arange(L), codes].sum(axis=1) + self.pair * alike

    def about(self) -> dict[str, Any]:
        return {"what": "signed"}


def run(model: Any = None, data: Any = None, **options: Any) -> Interpretation:
    """An interpretation, without the warnings that are about p."""
    options = {"select": SELECT, "k": 1, "pseudocount": 0, **options}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "p of this map are too small", FastMIWarning)
        data = background(20_000) if data is None else data
        return fastmi.interpret(model or Signed(), data, **options)


@pytest.fixture(scope="module")
def found() -> Interpretation:
    return run()


def test_the_additive_null_is_the_default_and_finds_the_interaction(
    found: Interpretation,
) -> None:
    tested = found.significance()
    assert tested is found.selected[0].significance
    assert tested.null == "additive"
    assert tested.result is found.map
    assert tested.top_pairs(1)[["i", "j"]].tolist() == [(2, 8)]
    assert 0 < tested.settings["explained"] < 0.99
    # selection makes most positions dependent, which is not interaction
    plain = run(null="independence").significance()
    assert plain.n_significant() > 2 * tested.n_significant()


def test_without_an_interaction_nothing_stands_out() -> None:
    tested = run(Signed(0.0)).significance()
    assert tested.n_significant() <= 1
    assert np.nanmean(tested.p[tested.result.pairs()] <= 0.05) < 0.2


@pytest.mark.parametrize("null", NULLS)
def test_each_null_is_that_of_significance(null: str) -> None:
    pool, options = background(3000).pack(), dict[str, Any]()
    model = Signed()
    if null in ("additive", "pool"):
        options = {"pool": pool}
    if null == "additive":
        options |= {"scores": model.predict(pool), "selection": "top 300"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FastMIWarning)
        mine = fastmi.interpret(
            model, background(3000), select=SELECT, k=1, null=null, n_sets=20
        )
        wanted = fastmi.significance(mine.sequences, 1, null=null, n_sets=20, **options)
    tested = mine.significance()
    assert tested.null == null
    np.testing.assert_array_equal(tested.p, wanted.p)
    np.testing.assert_array_equal(tested.expected, wanted.expected)


def test_what_is_in_memory_is_the_pool_itself(found: Interpretation) -> None:
    other = run(data=background(20_000).pack())
    np.testing.assert_array_equal(other.significance().p, found.significance().p)


def test_chunks_do_not_matter(found: Interpretation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastmi.scoring.CHUNK", 1777)
    np.testing.assert_array_equal(run(n_threads=1).significance().p, found.significance().p)


def test_each_head_has_its_own_scores() -> None:
    both = run(TwoHeads(), select=["top 10%", "bottom 20%"], n_sets=20)
    for one in both.selected:
        assert one.significance is not None
        assert both.significance(one.selection, one.head) is one.significance
        alone = run(
            _Head(both.heads.index(one.head)), select=one.selection, n_sets=20
        ).significance()
        np.testing.assert_array_equal(one.significance.p, alone.p)


class _Head(TwoHeads):
    def __init__(self, number: int) -> None:
        self.heads, self.number = ("one",), number

    def predict(self, sequences: fastmi.PackedSequences) -> np.ndarray:
        return super().predict(sequences)[:, self.number]


def test_labels_reach_what_was_tested(found: Interpretation) -> None:
    other = found.with_positions(-3, "ACGTACGTACGT")
    assert other.significance().result is other.map
    assert other.significance().top_pairs(1)["label_i"].tolist() == ["G-1"]


# --------------------------------------------------------------------------------- no test


def test_none_is_an_off_switch() -> None:
    model = Signed()
    other = run(model, null=None)
    assert other.selected[0].significance is None
    refused(other.significance, "'top 10%' was not tested")
    with pytest.raises(KeyError):
        other.significance("top 3%")


def test_an_unknown_null() -> None:
    message = (
        "null must be one of additive, pool, independence, distance, or None, got 'samples'"
    )
    with pytest.raises(ValueError, match=message):
        run(null="samples")


def test_a_pool_that_does_not_fit_is_said_before_anything_is_scored() -> None:
    class Never:
        def predict(self, sequences: Any) -> Any:
            raise AssertionError

        def about(self) -> dict[str, Any]:
            return {"what": "never"}

    with (
        pytest.warns(FastMIWarning, match="needs all 20,000 sequences with their scores") as w,
        pytest.raises(FastMIError, match="the model failed"),
    ):
        fastmi.interpret(Never(), background(20_000), select="> 3", memory_limit=1_000_000)
    assert "memory_limit=1,000,000; raise it, or take null='independence'" in str(w[0].message)
    with pytest.warns(FastMIWarning, match="nothing is tested"):
        other = run(select="> 5", memory_limit=1_000_000)
    assert other.selected[0].significance is None
    assert run(select="> 5", null="independence", memory_limit=1_000_000).significance()


def test_more_heads_than_were_foretold() -> None:
    class Wide(Signed):
        heads = None

        def predict(self, sequences: fastmi.PackedSequences) -> np.ndarray:
            return np.repeat(super().predict(sequences)[:, None], 50, axis=1)

    limit = bytes_kept(background(5000), 10)
    with pytest.warns(FastMIWarning, match="nothing is tested"):
        other = run(Wide(), background(5000), select="> 5", memory_limit=limit)
    assert all(one.significance is None for one in other.selected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"select": "all"}, "'all' is not tested under the null 'additive': it takes all"),
        ({"n": 60}, "an additive score has 37 numbers"),
        ({"missing": True}, "letters of the pool are missing"),
    ],
)
def test_what_cannot_be_tested_is_said_and_mapped(options: Any, message: str) -> None:
    data = background(options.pop("n", 2000)).pack()
    if options.pop("missing", False):
        codes = data.to_codes().copy()
        codes[0, 0] = 255
        data = fastmi.PackedSequences.from_codes(codes, unknown="skip")
    model = _Head(0)
    with pytest.warns(FastMIWarning, match=message):
        other = run(model, data, **options)
    assert other.selected[0].significance is None
    assert np.isfinite(other.map.matrix[0, 1])


def test_what_keeping_takes_is_said_in_advance() -> None:
    source = background(1_000_000)
    words = in_advance("additive", source, 10**10, None)
    assert words.startswith(
        "null 'additive': 100 times as many sequences are chosen from all 1,0"
    )
    assert in_advance("additive", source, 10**10, 30).startswith("null 'additive': 30 times")
    assert in_advance("independence", source, 10**10, None) == ""
    assert in_advance(None, source, 10**10, None) == ""
    assert in_advance("additive", source, 10**6, None) == ""  # of which a warning speaks
    packed = background(1000).pack()
    assert bytes_kept(packed, 1) < bytes_kept(background(1000), 1) < bytes_kept(packed, 2)
    assert NullTests(None, source, 1, 10**9, None, 1, False).significance(None, None, 0) is None  # type: ignore[arg-type]


# ----------------------------------------------------------------------------------- files


def test_it_comes_back(found: Interpretation, tmp_path: Path) -> None:
    found.save(tmp_path / "i.npz")
    other = fastmi.load(tmp_path / "i.npz")
    assert isinstance(other, Interpretation)
    mine, theirs = other.significance(), found.significance()
    assert mine.about() == theirs.about()
    np.testing.assert_array_equal(mine.p, theirs.p)
    np.testing.assert_array_equal(mine.expected, theirs.expected)
    assert mine.result is other.map
    other.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "i.npz").read_bytes()
    x2 = run(null="independence", data=background(2000))
    x2.save(tmp_path / "i.npz")
    again = fastmi.load(tmp_path / "i.npz")
    assert isinstance(again, Interpretation)
    np.testing.assert_array_equal(again.significance().x2, x2.significance().x2)


def test_what_was_not_tested_has_the_format_that_older_versions_read() -> None:
    data = background(500)
    assert run(data=data, null=None).about()["format"] == 1
    assert run(data=data, null="independence", n_sets=3).about()["format"] == 2


def test_damaged_files(tmp_path: Path) -> None:
    made, path = run(data=background(500), null="independence", n_sets=3), tmp_path / "i.npz"
    for change, message in (
        ({"null": "any"}, "description is damaged"),
        ({"bias": "any"}, "description is damaged"),
        ({"check": None}, "description is damaged"),
    ):
        about = made.about()["selected"]
        about[0]["significance"] = {**about[0]["significance"], **change}
        made.save(path)
        describe(path, selected=about)
        refused(lambda: fastmi.load(path), message)


def test_a_page_has_what_was_tested(found: Interpretation, tmp_path: Path) -> None:
    fastmi.report(found, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "additive" in text
    fastmi.report(found.map, tmp_path / "page.html")
    assert "additive" not in (tmp_path / "page.html").read_text()
