"""follow_up: models whose rule is known get the verdict that they deserve.

The map of an additive model shows dependence, too, as sequences are chosen by their sum; the
model, asked, says that nothing depends on anything.
"""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, simulate
from fastmi._peaks import motif_width
from fastmi.models import MotifPair, wrap

LENGTH = 30


def interpreted(
    model, n=120_000, length=LENGTH, select="top 1%", k=3, alphabet="dna", **options
):
    sequences = simulate.random(n, length, alphabet, rng=1)
    return fastmi.interpret(
        model, sequences, select=select, k=k, pseudocount=0, null=None, **options
    )


def strings_model(score):
    return wrap(lambda strings: [float(score(s)) for s in strings], takes="strings")


def followed(found, model, **options):
    return fastmi.follow_up(found, model, n=300, rng=2, **options)


@pytest.fixture(scope="module")
def pair():
    motifs = [fastmi.Motif.from_iupac(letters) for letters in ("CACGTG", "GGAA")]
    model = MotifPair(motifs, gap=8, order="fixed")
    return interpreted(model, 200_000, 40), model


def test_two_motifs_at_a_distance(pair):
    found, model = pair
    (one,) = followed(found, model, n_pairs=1).pairs
    assert one.patterns == ("CACGTG", "GGAA")
    assert (one.gap, one.within, one.peak.everywhere) == (8, False, True)
    assert one.verdicts == {"score": "synergistic"}
    row = followed(found, model, n_pairs=1).table[0]
    assert row["specific_low"] > 0.5
    assert row["low"] < row["interaction"] < row["high"]
    assert row["effect_together"] == pytest.approx(
        row["interaction"] + row["effect_a"] + row["effect_b"], abs=1e-9
    )
    assert row["place"] == "anywhere"
    assert row["distance"] == row["j"] - row["i"]


def test_the_table_is_what_the_experiments_say(pair):
    found, model = pair
    report = followed(found, model, n_pairs=1, transform="logit")
    assert report.table["scale"].tolist() == ["score", "logit"]
    one = report[0]
    for row in report.table:
        cell = one.spacing.only(
            quantity="interaction", gap=one.gap, order="ab", scale=row["scale"]
        ).table[0]
        assert (row["interaction"], row["low"], row["p"]) == (
            cell["effect"],
            cell["low"],
            cell["p"],
        )
        both = one.alone.only(which="both", scale=row["scale"]).table[0]
        assert row["effect_together"] == both["effect"]
        cells = one.spacing.only(quantity="interaction", scale=row["scale"])
        effects, (here,) = cells.table["effect"], cells.rows(gap=one.gap, order="ab")
        others = np.delete(effects, here).mean()
        assert row["specific"] == pytest.approx(effects[here] - others, rel=1e-9)
    assert sorted(set(one.spacing.labels["gap"].tolist())) == list(range(0, 19))
    stream = io.StringIO()
    report.to_tsv(stream)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[0].split("\t") == list(report.to_dict())


def sites(codes):
    """CCC at 4, GGG at 18, and a little for every A."""
    a, b = (codes[:, at : at + 3] == code for at, code in ((4, 1), (18, 2)))
    return a.all(axis=1) * 1.0, b.all(axis=1) * 1.0, 0.01 * (codes == 0).sum(axis=1)


@pytest.mark.parametrize(
    ("rule", "select", "verdict"),
    [
        (lambda a, b: a + b, "top 3%", "additive"),
        (lambda a, b: a * b, "top 1%", "synergistic"),
        (lambda a, b: a * b, "bottom 1%", "synergistic"),
        (lambda a, b: np.maximum(a, b), "top 3%", "saturating"),
    ],
    ids=["sum", "both", "both, downwards", "either"],
)
def test_verdicts_are_those_of_the_rule(rule, select, verdict):
    """All have a spot in their maps: by selection, by the rule, as one is enough."""
    sign = -1 if select.startswith("bottom") else 1

    def score(codes):
        a, b, rest = sites(codes)
        return sign * (rule(a, b) + rest)

    model = wrap(score, takes="codes")
    found = interpreted(model, 1_000_000, select=select)
    one = followed(found, model, n_pairs=1)[0]
    assert (one.patterns, one.gap, one.start) == (("CCC", "GGG"), 11, 4)
    assert not one.peak.everywhere
    assert one.verdicts == {"score": verdict}


def test_an_additive_model_of_all_positions_is_additive():
    weights = np.random.default_rng(3).normal(size=(12, 4))
    weights[[2, 9]] *= 4  # two places that decide more than the others
    model = wrap(lambda c: weights[np.arange(12), c].sum(axis=1), takes="codes")
    report = followed(interpreted(model, 60_000, 12, "top 30%", k=1), model, n_pairs=2, flank=0)
    assert (report.table["verdict"] != "synergistic").all()
    assert (report.table["verdict"] != "saturating").all()
    assert {tuple(sorted((r["i"], r["j"]))) for r in report.table} >= {(2, 9)}


def test_a_single_motif_is_told_as_one():
    model = strings_model(lambda s: "TGCATG" in s)
    one = followed(interpreted(model, select="> 0.5"), model)[0]
    assert one.within
    assert one.gap == 0
    assert "".join(one.patterns) == "TGCATG"
    assert one.verdicts == {"score": "synergistic"}


def test_only_pairs_that_were_found_to_be_real(pair):
    found, model = pair
    with pytest.warns(fastmi.FastMIWarning, match="4,096 cells and 2,000 sequences"):
        tested = fastmi.significance(found.find().map, n_sets=20, rng=1)
    (one,) = followed(tested, model, n_pairs=1).pairs
    assert one.q <= 0.05
    assert one.peak == followed(found, model, n_pairs=1)[0].peak
    assert np.isnan(followed(found, model, n_pairs=1).table["q"]).all()
    none = np.where(np.isnan(tested.p), np.nan, 1.0)
    nothing = dataclasses.replace(tested, p=none)
    with pytest.raises(
        FastMIError, match=r"by 6 standard deviations and has a q of at most 0\.05"
    ):
        followed(nothing, model)
    only = np.where(tested.result.matrix == tested.result.matrix[3, 18], 1e-9, none)
    again = followed(dataclasses.replace(tested, p=only), model, n_pairs=1, min_distance=6)[0]
    assert (3, 18) in again.peak.pairs  # of the weaker distances, one that has it
    assert again.q < 1e-5


def test_nothing_stands_out():
    model = strings_model(lambda s: s.count("A") % 2)
    result = fastmi.pairwise_mi(simulate.random(5000, LENGTH, rng=1), k=2, pseudocount=0)
    with pytest.raises(FastMIError, match="nothing stands out in the map"):
        followed(result, model)


def test_maps_of_counts_and_of_files(pair, tmp_path):
    found, model = pair
    sequences = found.selected[0].sequences
    whole = followed(found, model, n_pairs=1)
    again = followed(fastmi.pairwise_mi(sequences, k=3), model, n_pairs=1)
    assert again[0].patterns == whole[0].patterns
    counts = fastmi.JointCounts(length=40, k=3)
    counts.add(sequences)
    few = followed(counts.mi(pseudocount=0), model, n_pairs=1)[0]
    assert few.patterns == few.kmers  # there is nothing to grow them by
    found.save(tmp_path / "found.npz")
    loaded = followed(fastmi.load(tmp_path / "found.npz"), model, n_pairs=1)
    assert np.array_equal(loaded[0].spacing.local, whole[0].spacing.local)
    found.map.save(tmp_path / "map.npz")
    with pytest.raises(ValueError, match="the counts behind this map are not here"):
        followed(fastmi.load(tmp_path / "map.npz"), model)


def test_heads_are_told_apart(pair):
    found, model = pair
    several = {"pair": model, "none": strings_model(lambda s: s.count("A"))}
    with pytest.raises(ValueError, match="the model has the scores pair, none: say which"):
        followed(found.map, several)
    one = followed(found, several, n_pairs=1, head="none")
    assert one.table["head"].tolist() == ["none"]
    assert one.table["verdict"][0] in ("additive", "one acts", "no effect")
    with pytest.raises(ValueError, match="and not 'other'"):
        followed(found, several, head="other")


def test_other_backgrounds(pair):
    found, model = pair
    real = sorted(simulate.random(400, 50, rng=7).pack().to_strings())
    one = followed(found, model, background=real, n_pairs=1)[0]
    assert one.verdicts["score"] == "synergistic"
    with pytest.raises(ValueError, match="backgrounds have 30 letters, the sequences of"):
        followed(found, model, background=simulate.random(300, 30, rng=7))


def test_parameters_are_checked(pair):
    found, model = pair
    for bad in ({"n_pairs": 0}, {"min_distance": 1}, {"flank": -1}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            followed(found, model, **bad)
    for bad in ("ab", [2.5], True):
        with pytest.raises(TypeError, match="a gap must be a whole number, got"):
            followed(found, model, gaps=bad)
    with pytest.raises(ValueError, match="follow_up is of mutual information"):
        followed(fastmi.pairwise_distance(found.selected[0].sequences, measure="HE"), model)
    with pytest.raises(TypeError, match="result must be a map"):
        followed([1, 2], model)


def test_where_a_motif_ends():
    codes = np.random.default_rng(1).integers(0, 4, (20_000, 40))
    codes[:, 1::2] = codes[:, ::2]
    result = fastmi.pairwise_mi(codes.astype(np.uint8), k=1, pseudocount=0)
    assert motif_width(result) == 2
    flat = fastmi.pairwise_mi(simulate.random(5000, 40, rng=1), k=1, pseudocount=0)
    assert motif_width(flat) == 1


def test_same_bits_whatever_runs_it():
    deep = fastmi.models.deepbind.load("RBMS1")
    rna = fastmi.interpret(deep, simulate.random(50_000, 30, "rna", rng=1), k=2, null=None)
    one = followed(rna, deep, n_pairs=1)
    other = followed(rna, deep, n_pairs=1, n_workers=2)
    assert one.table.tobytes() == other.table.tobytes()
