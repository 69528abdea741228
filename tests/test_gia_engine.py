"""The engine: every design in every background, once, with the same bits however it is run."""

from __future__ import annotations

import copy
import pickle
import warnings
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, FastMIWarning, PackedSequences, simulate
from fastmi.gia import GIA, Contrast, Design, Statistics, backgrounds, importance, positions
from fastmi.gia.contrasts import difference, interaction, ratio
from fastmi.gia.designed import Designed
from fastmi.models import Distinct, wrap

LENGTH = 24


def random(n=200, rng=1):
    return simulate.random(n, LENGTH, "rna", rng=rng)


def weights():
    """Of an additive model."""
    return np.random.default_rng(5).normal(size=(LENGTH, 4))


class Additive:
    """Adds a number for each letter in its place; remembers what it was given."""

    def __init__(self, heads=1):
        self.heads_, self.seen = heads, []

    def predict(self, sequences):
        self.seen += sequences.to_strings()
        codes = sequences.to_codes()
        total = weights()[np.arange(LENGTH), codes].sum(axis=1)
        return np.stack([total * (h + 1) for h in range(self.heads_)], axis=1)


def by_hand(pattern, start, n=200):
    """Local importances of a pattern under the additive model."""
    codes = random(n).pack().to_codes()
    letters = fastmi.get_alphabet("rna").lookup[np.frombuffer(pattern.encode(), np.uint8)]
    where = np.arange(start, start + len(pattern))
    return weights()[where, letters].sum() - weights()[where, codes[:, where]].sum(axis=1)


# ------------------------------------------------------------------------------- numbers


def test_effects_of_an_additive_model_are_its_weights():
    gia = GIA(Additive(), random())
    found = importance(gia, ["UGCAUG@3", "GG@20"])
    for row, (pattern, start) in enumerate([("UGCAUG", 3), ("GG", 20)]):
        local = by_hand(pattern, start)
        np.testing.assert_allclose(found.local[row], local, rtol=0, atol=1e-12)
        assert found.table["effect"][row] == pytest.approx(local.mean(), abs=1e-12)
        assert found.table["se"][row] == pytest.approx(local.std(ddof=1) / 200**0.5, rel=1e-9)
        sd = weights()[np.arange(LENGTH), random().pack().to_codes()].sum(axis=1).std(ddof=1)
        assert found.table["effect_in_sd"][row] == pytest.approx(local.mean() / sd, rel=1e-9)


def test_an_additive_model_has_no_interaction():
    gia = GIA(Additive(), random())
    a, b = Design.parse("UGCAUG@3"), Design.parse("GG@20")
    found = gia.effects([interaction("both", a + b, [a, b])])
    assert (found.local == 0).all()  # not 1e-16, which any test would find
    assert found.table["p"][0] == 1
    single = GIA(
        wrap(
            lambda c: weights().astype(np.float32)[np.arange(LENGTH), c].sum(axis=1),
            takes="codes",
        ),
        random(),
    )
    assert np.abs(single.effects([interaction("both", a + b, [a, b])]).local).max() < 1e-5


def test_what_is_more_than_rounding_is_kept():
    model = wrap(
        lambda s: [1.0 + 1e-13 * ("UGCAUG" in x and "GGGG" in x) for x in s], takes="strings"
    )
    found = GIA(model, random()).effects(
        [
            interaction(
                "both",
                Design.parse("UGCAUG@3+GGGG@19"),
                [Design.parse("UGCAUG@3"), Design.parse("GGGG@19")],
            )
        ]
    )
    assert found.table["effect"][0] == pytest.approx(1e-13, rel=0.1, abs=0)


@pytest.mark.parametrize("base", [1e7, 2.0**40, 1e307, -1.5e308])
def test_effects_on_large_scores_are_kept(base):
    """Counts are exact, however large; and so is what is far from rounding."""
    step = max(1.0, abs(base) * 2.0**-30)
    model = wrap(lambda s: [base + step * ("UGCAUG" in x) for x in s], takes="strings")
    gia = GIA(model, ["A" * LENGTH] * 3, alphabet="rna")
    found = importance(gia, "UGCAUG@3")
    assert found.local.tolist() == [[base + step - base] * 3]


def test_rounding_is_that_of_each_head():
    """One head of single precision has rounding, whatever the others are of."""

    def model(codes):
        total = weights().astype(np.float32)[np.arange(LENGTH), codes].sum(axis=1)
        return np.stack([total, codes.sum(axis=1) / 3], axis=1)

    both = interaction(
        "both",
        Design.parse("UGCAUG@3+GG@20"),
        [Design.parse("UGCAUG@3"), Design.parse("GG@20")],
    )
    found = GIA(wrap(model, takes="codes"), random()).effects([both])
    alone = GIA(wrap(lambda c: model(c)[:, 0], takes="codes"), random()).effects([both])
    assert np.array_equal(found.local[0], alone.local[0])


def test_contrasts_are_taken_within_backgrounds():
    gia = GIA(Additive(), random())
    a, b = Design.parse("UGCAUG@3"), Design.parse("GG@20")
    one, other = by_hand("UGCAUG", 3), by_hand("GG", 20)
    found = gia.effects([difference("d", a, b), ratio("r", a, b)])
    np.testing.assert_allclose(found.local[0], one - other, atol=1e-12)
    assert found.table["effect"][1] == pytest.approx(one.mean() / other.mean())
    assert list(found.table["quantity"]) == ["difference", "ratio"]
    assert found.table["low"][1] < found.table["effect"][1] < found.table["high"][1]


def test_interaction_depends_on_the_scale():
    class Sigmoid(Additive):
        def predict(self, sequences):
            return 1 / (1 + np.exp(-super().predict(sequences)))

    gia = GIA(Sigmoid(), random(), transform="logit")
    found = gia.effects(
        [
            interaction(
                "both",
                Design.parse("UGCAUG@3+GG@20"),
                [Design.parse("UGCAUG@3"), Design.parse("GG@20")],
            )
        ],
        "interaction",
    )
    assert list(found.table["scale"]) == ["score", "logit"]
    assert np.abs(found.local[0]).max() > 1e-3
    assert np.abs(found.local[1]).max() < 1e-6


def test_every_head_has_its_row():
    gia = GIA(Additive(2), random(), heads=["one", "two"])
    found = importance(gia, ["UGCAUG@3", "GG@20"])
    assert list(found.table["head"]) == ["one", "two", "one", "two"]
    np.testing.assert_allclose(found.local[1::2], 2 * found.local[::2], rtol=1e-12)
    models = GIA({"x": Additive(), "y": Additive(2)}, random())
    assert list(importance(models, "GG@20").table["head"]) == ["x", "y.0", "y.1"]


def test_positions_takes_every_start():
    found = positions(GIA(Additive(), random()), ["UGCAUG", "GG"], range(0, LENGTH - 5, 3))
    assert list(found.table["start"]) == 2 * list(range(0, LENGTH - 5, 3))
    assert found.table["effect"][2] == pytest.approx(by_hand("UGCAUG", 6).mean())
    assert len(positions(GIA(Additive(), random()), "UGCAUG")) == LENGTH - 5


def test_backgrounds_side_by_side():
    nulls = {
        "even": random(),
        "skewed": simulate.random(200, LENGTH, "rna", frequencies=[0.7, 0.1, 0.1, 0.1], rng=2),
    }
    found = backgrounds(Additive(), nulls, {"motif": "UGCAUG@3"})
    assert list(found.table["background"]) == ["even", "skewed"]
    np.testing.assert_allclose(found.local[0], by_hand("UGCAUG", 3), atol=1e-12)
    spread = found.summary["spread"]["motif"]
    assert spread["least"] == pytest.approx(found.table["effect"].min())
    assert found.provenance["backgrounds"]["skewed"]["frequencies"] == [[0.7, 0.1, 0.1, 0.1]]


# ------------------------------------------------------------------------- once, and same


def test_nothing_is_scored_twice():
    model = Additive()
    gia = GIA(model, random(50))
    importance(gia, ["UGCAUG@3", "GG@20"])
    n_tried = 2 * 32  # to see whether the model gives the same answer
    assert len(model.seen) <= n_tried + 3 * 50
    before = len(model.seen)
    importance(gia, ["UGCAUG@3"])
    importance(gia, {"other words": [("UGC", 3), ("AUG", 6)]})  # the same letters
    assert len(model.seen) == before
    importance(gia, ["UGCAUG@4"])
    assert before < len(model.seen) <= before + 50


def test_equal_sequences_are_scored_once():
    model = Additive()
    gia = GIA(model, ["ACGU" * 6] * 40, alphabet="rna")
    importance(gia, ["ACGU@0", "GG@20"])
    assert len(model.seen) <= 2 + 2  # two trials, then the background and one design


def test_same_bits_for_blocks_and_workers(monkeypatch):
    whole = importance(GIA(Additive(), random()), ["UGCAUG@3", "GG@20"]).local
    import fastmi.scoring as scoring

    monkeypatch.setattr(scoring, "CHUNK", 7)
    assert np.array_equal(
        importance(GIA(Additive(), random()), ["UGCAUG@3", "GG@20"]).local, whole
    )
    deep = fastmi.models.deepbind.load("RBMS1")
    alone = importance(GIA(deep, random()), ["UGCAUG@3", "GG@20"]).local
    others = importance(GIA(deep, random(), n_workers=2), ["UGCAUG@3", "GG@20"]).local
    assert np.array_equal(alone, others)


def test_scores_are_kept_in_a_folder(tmp_path):
    first = importance(GIA(Additive(), random(), checkpoint=tmp_path), ["UGCAUG@3"])
    model = Additive()
    again = importance(GIA(model, random(), checkpoint=tmp_path), ["UGCAUG@3"])
    assert np.array_equal(first.local, again.local)
    assert len(model.seen) < 150  # those that tell models apart, not 400


def test_same_bits_from_shards(tmp_path, monkeypatch):
    """Jobs of an array fill a folder with scores; the experiment then asks no model."""
    monkeypatch.setattr("fastmi.scoring.CHUNK", 50)
    asked = ["UGCAUG@3", "GG@20"]
    whole = importance(GIA(Additive(), random()), asked).local
    made = Designed({None: random()}, [Design(), *map(Design.parse, asked)], 0, 200)
    for shard in ("2/3", "1/3", "3/3"):
        fastmi.score(Distinct(Additive()), made, shard=shard, checkpoint=tmp_path)
    model = Additive()
    again = importance(GIA(model, random(), checkpoint=tmp_path), asked).local
    assert np.array_equal(again, whole)
    assert len(model.seen) < 150  # tried twice, and those that tell models apart, of 600


def test_adding_designs_or_backgrounds_changes_no_number():
    few = importance(GIA(Additive(), random(), 50), ["GG@20"]).local
    gia = GIA(Additive(), random(), 80)
    many = importance(gia, ["UGCAUG@3", "GG@20"]).local
    assert np.array_equal(many[1, :50], few[0])


# ------------------------------------------------------------------------------ backgrounds


def test_real_sequences_are_taken_by_chance():
    strings = sorted(random(500).pack().to_strings())
    one, other = (GIA(Additive(), strings, 40, alphabet="rna", rng=s) for s in (1, 2))
    taken = [list(g.background().block(0, 40)) for g in (one, other)]
    assert taken[0] != taken[1]
    assert set(taken[0]) < set(strings)
    assert taken[0] != sorted(taken[0])
    assert len(set(taken[0])) == 40
    again = GIA(Additive(), strings, 60, alphabet="rna", rng=1)
    assert list(again.background().block(0, 40)) == taken[0]


def test_several_backgrounds_are_as_many():
    narrow = simulate.random(20_000, LENGTH, "rna", frequencies=[0.97, 0.01, 0.01, 0.01], rng=2)
    nulls = {"wide": random(20_000), "narrow": narrow}
    goal = importance(GIA(Additive(), random(20_000), 100), "UGCAUG@3").table["se"][0] / 4
    found = backgrounds(Additive(), nulls, "UGCAUG@3", 100, until_se=goal)
    assert found.n > 1000
    assert found.table["se"].max() <= goal
    with pytest.raises(ValueError, match="as many of all backgrounds are taken, and there are"):
        backgrounds(Additive(), {"a": random(20), "b": random(30)}, "GG@3")
    with pytest.raises(ValueError, match=r"names must differ as text, got \[1, '1'\]"):
        backgrounds(Additive(), {1: random(), "1": random()}, "GG@3")


def test_extreme_backgrounds_are_left_out():
    gia = GIA(Additive(), random(1000), select="quantiles 0.1 to 0.9", rng=1)
    assert gia.n_most == 800
    scores = gia.scores([Design()])[0, :, 0]
    everything = Additive().predict(random(1000).pack())[:, 0]
    low, high = np.sort(everything)[[100, 899]]
    assert np.array_equal(scores, everything[(everything >= low) & (everything <= high)])
    other = wrap(lambda s: [x.count("A") for x in s], takes="strings")
    several = GIA({"first": Additive(), "second": other}, random(1000), select="> 0", rng=1)
    assert several.n_most == (everything > 0).sum()  # the first one chooses
    with pytest.raises(FastMIError, match="no background has a score that is '> 1e9'"):
        GIA(Additive(), random(), select="> 1e9")
    with pytest.raises(FastMIError, match="there are 800 backgrounds that are 'quantiles"):
        GIA(Additive(), random(1000), 900, select="quantiles 0.1 to 0.9")


def test_until_the_error_is_small():
    wide = importance(GIA(Additive(), random(100_000), 100), "UGCAUG@3").table
    goal = wide["se"][0] / 5
    gia = GIA(Additive(), random(100_000), 100, until_se=goal)
    found = importance(gia, "UGCAUG@3").table
    assert found["se"][0] <= goal
    assert found["n"][0] == gia.n
    assert 1500 < gia.n < 4000
    whole = importance(GIA(Additive(), random(100_000), gia.n), "UGCAUG@3").table
    assert whole["effect"][0] == found["effect"][0]
    scaled = GIA(Additive(), random(100_000), 100, until_se=goal, transform=np.exp)
    assert importance(scaled, "UGCAUG@3").n == gia.n  # the goal is of the model's own scores
    with pytest.warns(FastMIWarning, match="with all 150 backgrounds the largest standard"):
        importance(GIA(Additive(), random(150), 100, until_se=goal), "UGCAUG@3")


def test_until_the_error_is_small_from_one_background_or_to_a_tiny_one():
    """Of one background no error is known; a goal may be beyond all squares of numbers."""
    few = GIA(Additive(), random(1000), 1, until_se=0.5)
    assert importance(few, "UGCAUG@3").table["se"][0] <= 0.5
    with pytest.warns(FastMIWarning, match="with all 200 backgrounds"):
        importance(GIA(Additive(), random(), 100, until_se=1e-200), "UGCAUG@3")
    gia = GIA(Additive(), random(), 100, until_se=1e-9)
    gia.effects(
        [ratio("r", Design.parse("GG@3"), Design.parse("CC@3"))]
    )  # which is not of these
    assert gia.n == 100


def test_more_backgrounds_are_used_once_they_are_scored():
    class Fails(Additive):
        def predict(self, sequences):
            if len(self.seen) > 500:
                raise KeyboardInterrupt
            return super().predict(sequences)

    model = Fails()
    gia = GIA(model, random(100_000), 100, until_se=1e-3)
    with pytest.raises(KeyboardInterrupt):
        importance(gia, "UGCAUG@3")
    assert gia.n == 400  # and not those that it asked for then
    Fails.predict = Additive.predict
    np.testing.assert_allclose(
        gia.scores([Design.parse("GG@3")])[0, :, 0],
        Additive().predict(gia.background().block(0, 400))[:, 0]
        + by_hand("GG", 3, 100_000)[:400],
        atol=1e-12,
    )


def test_backgrounds_are_added_in_a_few_steps(monkeypatch):
    taken, once = [], GIA._effects

    def counted(self, contrasts, experiment, summary, n):
        taken.append(n)
        return once(self, contrasts, experiment, summary, n)

    monkeypatch.setattr(GIA, "_effects", counted)
    found = importance(GIA(Additive(), random(100_000), 10, until_se=0.03), "UGCAUG@3")
    assert found.worst_se <= 0.03
    assert taken[1] == 40  # four times as many at most, as ten tell little of the error
    assert all(a < b <= 4 * a for a, b in pairwise(taken))
    assert len(taken) < 8


# -------------------------------------------------------------------------------- what fails


def test_a_model_that_changes_its_mind_is_told():
    rng = np.random.default_rng(1)
    model = wrap(lambda codes: codes.sum(axis=1) + rng.normal(size=len(codes)), takes="codes")
    with pytest.warns(FastMIWarning, match="the model gives the same sequences other scores"):
        found = importance(GIA(model, random()), "GG@3")
    assert found.provenance["repeatable"] is False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert importance(GIA(Additive(), random()), "GG@3").provenance["repeatable"]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_are_none_are_refused(bad):
    model = wrap(lambda s: [bad if "GGGG" in x else 0.0 for x in s], takes="strings")
    with pytest.raises(FastMIError, match="GGGG"):
        importance(GIA(model, random(20)), "GGGG@3")


def test_a_model_that_changes_its_number_of_scores_is_refused():
    class Changes(Additive):
        def predict(self, sequences):
            scores = super().predict(sequences)
            return scores[:, : 1 + (len(self.seen) < self.heads_)]

    message = "the model gives 1 scores a sequence, and gave 2 before"
    for last in (50, 80):  # in the second trial, or behind both
        model = Changes(2)
        model.heads_, model.seen = last, []
        with pytest.raises(FastMIError, match=message):
            importance(GIA(model, random()), "GG@3")


def test_heads_are_checked_before_the_long_part():
    model = Additive(2)
    with pytest.raises(
        ValueError, match="the model gives 2 scores a sequence, and heads names"
    ):
        importance(GIA(model, random(), heads=["a", "b", "c"]), "GG@3")
    assert len(model.seen) <= 2 * 32


def test_what_is_asked_is_checked():
    gia, design = GIA(Additive(), random()), Design.parse("GG@3")
    assert np.array_equal(gia.scores("GG@3"), gia.scores([design]))
    for bad in (0, -1):
        with pytest.raises(ValueError, match="n must be a whole number from 1 up"):
            gia.scores([design], bad)
    for bad in (5, None, [7]):
        with pytest.raises(
            TypeError, match=r"(designs are one or several|a design is a Design)"
        ):
            gia.scores(bad)
    for bad in (7, [design], "GG@3"):
        with pytest.raises(TypeError, match="effects are of Contrasts, got"):
            gia.effects(bad)
    with pytest.raises(TypeError, match="summary must be a mapping, got 5"):
        gia.effects([Contrast("a", ((1.0, design),))], "a", 5)
    with pytest.raises(TypeError, match="heads are names of scores, got 5"):
        importance(GIA(Additive(), random(), heads=5), "GG@3")
    with pytest.raises(TypeError, match="statistics must be a Statistics, got 't'"):
        GIA(Additive(), random(), statistics="t")
    with pytest.raises(ValueError, match="names must differ as text"):
        importance(gia, {1: "GG@3", "1": "GG@4"})
    with pytest.raises(TypeError, match=r"a pattern is a string, got 5"):
        positions(gia, 5)
    with pytest.raises(ValueError, match="a pattern has a letter at least"):
        positions(gia, "")
    with pytest.raises(ValueError, match="has 25 letters, the background 24"):
        positions(gia, "A" * 25)
    assert positions(gia, "GG", 3).labels["start"].tolist() == [3]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("a", ()), ValueError, "contrast 'a' has no terms"),
        (("a", ((1.0, "GG@3"),)), TypeError, "a term of contrast 'a' is a weight and a Design"),
        (("a", 5), TypeError, "a term of contrast 'a' is a weight and a Design"),
        (("a", ((np.inf, Design()),)), ValueError, "a weight of contrast 'a' must be finite"),
        (("a", ((1.0, Design()),), "ratio"), ValueError, "a ratio has a denominator"),
        (
            ("a", ((1.0, Design()),), "x", {}, ((1.0, Design()),)),
            ValueError,
            "a ratio has a denominator",
        ),
        ((5, ((1.0, Design()),)), TypeError, "name must be a string"),
        (("a", ((1.0, Design()),), "x", {"y": None}), TypeError, "factors are numbers or text"),
    ],
)
def test_contrasts_are_checked(arguments, error, message):
    with pytest.raises(error, match=message):
        Contrast(*arguments)


@pytest.mark.parametrize("n", [80, 100, 150])
def test_another_thread_may_score_the_same_meanwhile(n):
    """A model that asks its own GIA, as another thread would at that moment."""
    design, asked = Design.parse("GG@3"), []

    class Asks(Additive):
        def predict(self, sequences):
            if asked:
                asked.pop()
                gia.scores([design], n)
            return super().predict(sequences)

    gia = GIA(Asks(), random(), 50)
    gia.scores([design])
    asked.append(True)
    assert gia.scores([design], 100).shape == (1, 100, 1)
    whole = GIA(Additive(), random(), 200).scores([design])
    assert np.array_equal(gia.scores([design], 200), whole)


def test_what_is_found_and_asked_can_be_sent():
    gia = GIA(fastmi.models.deepbind.load("RBMS1"), random(), rng=1)
    found = importance(gia, "GG@3")
    contrast = Contrast("a", [(1, Design.parse("GG@3"))])
    for thing in (found, gia, contrast, contrast.terms[0][1], Statistics()):
        again = pickle.loads(pickle.dumps(thing))
        assert repr(again) == repr(thing)
        assert repr(copy.deepcopy(thing)) == repr(thing)
    assert np.array_equal(
        importance(pickle.loads(pickle.dumps(gia)), "GG@3").local, found.local
    )


def test_nothing_to_test():
    gia = GIA(Additive(), random())
    for empty in ([], {}, ()):
        with pytest.raises(ValueError, match="there are no designs"):
            importance(gia, empty)
    with pytest.raises(ValueError, match="design 'background' is empty: it writes nothing"):
        importance(gia, [Design()])
    with pytest.raises(ValueError, match="there are no patterns"):
        positions(gia, [])
    with pytest.raises(ValueError, match="nothing to test"):
        gia.effects([])
    with pytest.raises(ValueError, match="its starts are 0 to 18"):
        importance(gia, "UGCAUG@19")
    with pytest.raises(FastMIError, match="there are no sequences"):
        GIA(Additive(), [])
    with pytest.raises(TypeError, match="mapping of names to backgrounds"):
        backgrounds(Additive(), {}, "GG@3")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 201}, "there are 200 backgrounds, and n is 201"),
        ({"n": 0}, "n must be a whole number from 1 up"),
        ({"until_se": 0}, "until_se must be a number above 0"),
        ({"until_se": float("nan")}, "until_se must be a number above 0"),
        ({"transform": "sqrt"}, "transform must be 'logit' or 'log', or a function"),
        ({"select": "the best"}, "a selection is one of"),
        ({"select": "> wt"}, "needs the wild type"),
        ({"rng": -1}, "a seed is between"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        GIA(Additive(), random(), **options)


def test_transforms_have_a_value_for_every_score():
    gia = GIA(Additive(), random(), transform="logit")
    with pytest.raises(FastMIError, match="transform logit is for scores above 0 and below 1"):
        importance(gia, "GG@3")
    with pytest.raises(FastMIError, match="it must keep their shape"):
        importance(GIA(Additive(), random(), transform=lambda x: x[0]), "GG@3")
    for bad, message in (
        (lambda x: 1 / 0, "transform transformed failed: ZeroDivisionError: division by zero"),
        (lambda x: 1j * x, "gives an array of complex128, allowed are real numbers"),
        (lambda x: "text", "gives an array of <U4, allowed are real numbers"),
    ):
        with pytest.raises(FastMIError, match=message):
            importance(GIA(Additive(), random(), transform=bad), "GG@3")
    found = importance(GIA(Additive(), random(), transform=np.exp), "GG@3")
    assert list(found.table["scale"]) == ["score", "exp"]


def test_memory_is_told_beforehand():
    model = Additive()
    gia = GIA(model, random(), memory_limit=1000)
    with pytest.raises(ValueError, match="would hold 4,800 bytes of scores, more than"):
        importance(gia, ["GG@3", "GG@4"])
    assert not model.seen
    model = Additive(1000)
    with pytest.raises(ValueError, match="would hold 3,200,000 bytes of scores"):
        importance(GIA(model, random(), memory_limit="1MB"), ["GG@3"])
    assert len(model.seen) <= 2 * 32  # by which the number of scores is known


def test_factors_are_alike_in_a_table():
    gia = GIA(Additive(), random())
    terms = ((1.0, Design.parse("GG@3")),)
    with pytest.raises(ValueError, match="have the same factors"):
        gia.effects([Contrast("a", terms, factors={"x": 1}), Contrast("b", terms)])
    for taken in ("head", "n", "effect", ""):
        with pytest.raises(ValueError, match="a factor is none of quantity, name"):
            gia.effects([Contrast("a", terms, factors={taken: 1})])
    assert gia.n_scored == 0


def test_statistics_are_kept():
    gia = GIA(
        Additive(), random(), statistics=Statistics(confidence=0.5, test="wilcoxon"), rng=3
    )
    found = importance(gia, "GG@3")
    assert found.statistics == replace(Statistics(confidence=0.5, test="wilcoxon"), seed=3)
    assert gia.statistics == found.statistics
    assert repr(gia) == "<GIA: 200 of 200 backgrounds of 24 letters, rna>"
    narrow, wide = found.table, found.with_statistics(confidence=0.99).table
    assert wide["low"][0] < narrow["low"][0] < narrow["high"][0] < wide["high"][0]


def test_missing_letters_stay_missing():
    packed = PackedSequences.from_strings(["ACGN" * 6] * 3, "rna", unknown="skip")
    seen = []

    def model(strings):
        seen.extend(strings)
        return [float(x.count("N")) for x in strings]

    found = importance(GIA(wrap(model, takes="strings"), packed), "AAAA@0")
    assert found.table["effect"][0] == -1
    assert "AAAAACGN" + "ACGN" * 4 in seen


def test_a_pattern_alone_stands_in_the_middle():
    gia = GIA(Additive(), random())
    found = importance(gia, ["UGCAUG", "GG@20"])
    assert found.labels["name"].tolist() == ["UGCAUG@9", "GG@20"]
    assert importance(gia, "UGCAUG").labels["name"].tolist() == ["UGCAUG@9"]
    assert importance(gia, {"motif": "UGCAUG"}).local.tolist() == found.local[:1].tolist()
    with pytest.raises(ValueError, match="has 'X' at letter 2"):
        importance(gia, "UGXAUG")
