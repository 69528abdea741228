"""Aligning on motifs, exploring, reach, and the models they are tried with: known answers."""

from __future__ import annotations

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, Motif
from fastmi.aligning import best_starts, refined, table_of
from fastmi.models import MotifPair, Stacked, wrap

EBOX, ETS = Motif.from_iupac("CACGTG"), Motif.from_iupac("CCGGAAGT")


# ---------------------------------------------------------------------------- align


def test_the_motif_stands_in_one_place() -> None:
    random = fastmi.simulate.random(500, 40, rng=1).pack()
    with_motif = fastmi.simulate.embed(random, "GATTACAGATTACA", rng=2)
    found = fastmi.align(with_motif, "GATTACAGATTACA", before=3, after=5)
    assert found.sequences.length == 22
    assert found.first_position == -3
    assert {s[3:17] for s in found.sequences.to_strings()} == {"GATTACAGATTACA"}
    where = [s.index("GATTACAGATTACA") for s in with_motif.to_strings()]
    assert found.starts.tolist() == where
    assert found.records.tolist() == list(range(500))
    assert np.ptp(found.motif_scores) < 1e-9


def test_what_lies_beyond_the_ends_is_missing_or_dropped() -> None:
    given = ["CATGAAAA", "AACATGAA", "AAAACATG"]
    found = fastmi.align(given, "CATG", before=2, after=2)
    assert found.sequences.to_strings() == ["NNCATGAA", "AACATGAA", "AACATGNN"]
    kept = fastmi.align(given, "CATG", before=2, after=2, ends="drop")
    assert kept.records.tolist() == [1]
    assert kept.sequences.to_strings() == ["AACATGAA"]


def test_both_strands() -> None:
    given = ["TTGGAAGTCCCC", "GGGGACTTCCAA"]  # each the reverse complement of the other
    found = fastmi.align(given, "GGAAGT", before=2, after=2, strands="both")
    assert found.strands.tolist() == ["+", "-"]
    assert found.sequences.to_strings() == ["TTGGAAGTCC"] * 2
    minus = fastmi.align(given[1:], "GGAAGT", before=2, after=2, strands="-")
    assert minus.sequences.to_strings() == ["TTGGAAGTCC"]


def test_weights_and_scores_go_along_and_weak_ones_are_left_out() -> None:
    packed = fastmi.PackedSequences.from_strings(["CATGAA", "TTTTTT", "ACATGA"])
    packed = packed.with_weights([1, 2, 3]).with_scores([0.1, 0.2, 0.3])
    found = fastmi.align(packed, "CATG", before=0, after=0, least_score=4.0)
    assert found.records.tolist() == [0, 2]
    assert found.sequences.weights is not None
    assert found.sequences.weights.tolist() == [1, 3]
    assert found.sequences.scores is not None
    assert found.sequences.scores.tolist() == [0.1, 0.3]


def test_a_diagonal_becomes_a_spot() -> None:
    """Row d9: what depends on a motif anywhere is smeared, and in one place once aligned."""
    background = fastmi.simulate.random(4000, 60, rng=1)
    pairs = fastmi.simulate.embed(background, ["CACGTG", "GGNNCC"], gap=8, rng=2).pack()
    # GG is followed by CC: letters at 14, 15 and 18, 19 of an aligned sequence
    smeared = fastmi.pairwise_mi(pairs, 2, pseudocount=0)
    assert np.nanmax(smeared.matrix) < 0.25
    found = fastmi.align(pairs, "CACGTG", before=0, after=25)
    aligned = fastmi.pairwise_mi(found.sequences, 1, unknown="skip", pseudocount=0)
    letters = fastmi.simulate.profile(
        fastmi.align(pairs, "CACGTG", before=0, after=14).sequences
    )
    assert aligned.length == 31
    assert (letters[[14, 15, 18, 19]].max(axis=1) > 0.9).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strands": "?"}, r"strands must be '\+', '-' or 'both'"),
        ({"ends": "cut"}, "ends must be 'missing' or 'drop'"),
        ({"before": -1}, "before must be"),
        ({"least_score": 99.0}, "none of the 1 sequences has the motif"),
        ({"motif": "CATGCATGC"}, "the motif has 9 letters, the sequences 8"),
    ],
)
def test_align_refuses(options: dict, message: str) -> None:
    motif = options.pop("motif", "CATG")
    with pytest.raises((ValueError, FastMIError), match=message):
        fastmi.align(["CATGAAAA"], motif, **options)


def test_the_first_of_equals_and_missing_letters() -> None:
    codes = fastmi.PackedSequences.from_strings(
        ["CATGCATG", "NNNNCATG", "NNNNNNNN"], unknown="skip"
    ).to_codes()
    starts, scores = best_starts(codes, table_of(Motif.from_iupac("CATG")))
    assert starts.tolist() == [0, 4, 0]
    assert scores[2] == 0
    starts, _ = best_starts(codes, table_of(Motif.from_iupac("CATG")), slice(2, None))
    assert starts.tolist() == [4, 4, 2]


def test_a_motif_grows_out_of_its_core() -> None:
    background = fastmi.simulate.random(3000, 50, rng=3)
    codes = fastmi.simulate.embed(background, ETS, rng=4).pack().to_codes()
    motif, before = refined(codes, Motif.from_iupac("GGAA"), flank=5)
    assert motif.consensus() == "CCGGAAGT"
    assert before == 2
    alone, before = refined(codes[:0].reshape(0, 50), Motif.from_iupac("GGAA"), flank=2)
    assert (alone.consensus(), before) == ("GGAA", 0)


# --------------------------------------------------------------------------- explore


def test_explore_finds_both_motifs_and_their_gap() -> None:
    model = MotifPair([EBOX, ETS], gap=12, order="fixed", threshold=18.0, slope=0.5)
    background = fastmi.simulate.random(200_000, 60, rng=1)
    first, second = fastmi.explore(model, background, select="top 1%", rng=2)
    assert first.everywhere
    assert first.start is None
    assert second.start is not None
    assert not second.everywhere
    found = {first.motif.consensus(), second.motif.consensus()}
    assert found == {"CACGTG", "CCGGAAGT"}
    ((motif, at),) = second.embedded
    begin, end = sorted([(at, len(motif)), (second.start, len(second.motif))])
    assert end[0] - (begin[0] + begin[1]) == 12
    assert f"motif {first.motif.consensus(iupac=True)} anywhere" in repr(first)


def test_explore_is_not_misled_by_chance() -> None:
    # of 400 sequences the strongest cell of a map, and the mean over its few pairs of a long
    # distance, are chance; what stands anywhere is in the means over many pairs
    for seed in range(3):
        random = fastmi.simulate.random(40_000, 60, rng=seed)
        (step,) = fastmi.explore(MotifPair([EBOX, ETS], 10), random, steps=1, rng=1)
        assert step.start is None
        assert step.motif.consensus() in (EBOX.name, ETS.name)


def test_explore_refuses() -> None:
    background = fastmi.simulate.random(100, 20, rng=1)
    model = wrap(lambda s: [float(x.count("G")) for x in s], takes="strings")
    with pytest.raises(ValueError, match="steps must be a whole number from 1 up, got 0"):
        fastmi.explore(model, background, steps=0)
    with pytest.raises(TypeError, match="select is one selection"):
        fastmi.explore(model, background, select=["top 1%", "top 2%"])  # type: ignore[arg-type]


# ----------------------------------------------------------------------------- reach


def test_reach_of_pairs_that_end() -> None:
    codes = np.random.default_rng(1).integers(0, 4, (20_000, 40))
    for at in range(30):
        some = np.random.default_rng(at + 2).random(20_000) < 0.3
        codes[some, at + 7] = codes[some, at]
    assert fastmi.reach(fastmi.pairwise_mi(codes, k=1, pseudocount=0), 0.9) in (7,)
    with pytest.raises(ValueError, match="share must be above 0"):
        fastmi.reach(fastmi.pairwise_mi(codes, k=1, pseudocount=0), 1.0)
    with pytest.raises(ValueError, match="this is a map of JS"):
        fastmi.reach(fastmi.pairwise_distance(codes, k=1))
    with pytest.raises(FastMIError, match="its reach needs four"):
        fastmi.reach(fastmi.pairwise_mi(codes[:, :4], k=1, pseudocount=0))


# ---------------------------------------------------------------------------- models


def plain_best(text: str, motifs: list[Motif], gap: int) -> float:
    """The rule of MotifPair, letter by letter."""
    tables = [m.log_odds(pseudocount=0.01) for m in motifs]
    best = -np.inf
    for order in (tables, tables[::-1]):
        width = sum(map(len, order)) + gap
        for start in range(len(text) - width + 1):
            at, total = start, 0.0
            for table in order:
                total += sum(table[t, "ACGT".index(text[at + t])] for t in range(len(table)))
                at += len(table) + gap
            best = max(best, total)
    return best


def test_the_pair_model_is_its_rule() -> None:
    random = fastmi.simulate.random(60, 43, rng=5).pack()
    ragged = Motif.from_counts(np.random.default_rng(1).integers(0, 9, (11, 4)) + 1)
    model = MotifPair([ragged, EBOX], gap=4)
    plain = np.array([plain_best(s, [ragged, EBOX], 4) for s in random.to_strings()])
    expected = 1 / (1 + np.exp(-(plain - model.threshold)))
    np.testing.assert_allclose(model.predict(random), expected, rtol=1e-4)
    with pytest.raises(ValueError, match="are 21 letters long, the sequences 20"):
        model.predict(fastmi.simulate.random(1, 20, rng=1).pack())
    with pytest.raises(ValueError, match="order must be"):
        MotifPair([EBOX], 1, order="any")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="motifs are Motif objects"):
        MotifPair(["ACG", "CAT"], 1)  # type: ignore[list-item]
    with pytest.raises(ValueError, match="in any order are at most 6, got 12"):
        MotifPair([EBOX] * 12, 1)
    with pytest.raises(ValueError, match="the sequences over 'protein'"):
        model.predict(fastmi.simulate.random(5, 43, "protein", rng=1).pack())


def test_what_cannot_be_explored_or_aligned() -> None:
    background = fastmi.simulate.random(300, 20, rng=1)
    model = wrap(lambda s: [x.count("CATG") for x in s], takes="strings")
    for bad in ({"flank": -1}, {"flank": 20}, {"start": -1}, {"start": 20}):
        with pytest.raises(ValueError, match=f"{next(iter(bad))} must be"):
            fastmi.explore(model, background, select="top 20%", k=2, **bad)
    two = Stacked({"a": model, "b": model})
    with pytest.raises(fastmi.FastMIError, match="gives 2 scores a sequence, and one is"):
        fastmi.explore(two, background, select="top 20%", k=2)
    with pytest.raises(TypeError, match="a motif is a string or a Motif, got int"):
        fastmi.align(background, 5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="before and after are at most 20"):
        fastmi.align(background, "CATG", before=10**7)


def test_a_steep_pair_model_warns_of_nothing(recwarn: pytest.WarningsRecorder) -> None:
    random = fastmi.simulate.random(60, 43, rng=5).pack()
    assert not MotifPair([EBOX, EBOX], 4, slope=1e300).predict(random).any()
    assert not recwarn


def test_models_are_stacked() -> None:
    count = {c: wrap(lambda s, c=c: [x.count(c) for x in s], takes="strings") for c in "ACG"}
    model = Stacked(count)
    background = fastmi.simulate.random(3000, 10, rng=1)
    r = fastmi.interpret(model, background, select="top 10%", k=1, null=None)
    assert r.heads == ("A", "C", "G")
    for letter, one in count.items():
        alone = fastmi.interpret(one, background, select="top 10%", k=1, null=None)
        assert (r.find(head=letter).records == alone.selected[0].records).all()
    again = fastmi.interpret(count, background, select="top 10%", k=1, null=None)
    assert again.heads == r.heads
    assert all(
        (a.records == b.records).all() for a, b in zip(again.selected, r.selected, strict=True)
    )
    with pytest.raises(TypeError, match="several models take no takes="):
        wrap(count, takes="strings")
    two = Stacked({"x": model, "y": count["A"]})
    two.predict(background[:2])
    assert two.heads == ("x.0", "x.1", "x.2", "y")
    with pytest.raises(ValueError, match="no models to stack"):
        Stacked({})
    with pytest.raises(TypeError, match="a mapping of names"):
        Stacked([model])  # type: ignore[arg-type]


def test_what_cannot_be_interpreted_is_said_at_once() -> None:
    constant = wrap(lambda s: np.zeros((len(s), 600)), takes="strings")
    background = fastmi.simulate.random(300, 10, rng=1)
    with pytest.raises(fastmi.FastMIError, match="has 600 scores, which makes 1,200"):
        fastmi.interpret(constant, background, select=["all", "top 10"], k=1)
    one = wrap(lambda s: np.zeros(len(s)), takes="strings")
    with pytest.raises(ValueError, match="select has 'top 10' twice"):
        fastmi.interpret(one, background, select=["top 10", "TOP  10"], k=1)
    with pytest.raises(ValueError, match="checkpoint is the name of a folder"):
        fastmi.score(one, background, checkpoint="")
    for n_workers, kind in ((0, ValueError), (1.5, TypeError)):
        with pytest.raises(kind, match="n_workers must be"):
            fastmi.score(one, background, n_workers=n_workers)  # type: ignore[arg-type]


def test_a_background_without_end_begins_at_once() -> None:
    class Seen(Exception):
        pass

    def first(strings: list[str]) -> list[float]:
        raise Seen

    model = wrap(first, takes="strings")
    endless = fastmi.simulate.random(2**62 - 1, 30, rng=1)
    with pytest.raises(fastmi.FastMIError, match="failed at sequences 0 to 255: Seen"):
        fastmi.interpret(model, endless, select="> 3", null=None)
