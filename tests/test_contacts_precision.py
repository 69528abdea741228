"""Precision: known answers, ties as the mean over all orders, and p that keep their word.

Planted: maps that know but the distance, for which p must be uniform; maps that know the
contacts; maps and truths that are smooth, for which p within distance is known to fail and to
say so.
"""

from __future__ import annotations

import io
import math
import warnings
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, spearmanr

import fastmi
from fastmi import contacts, plot
from fastmi.cli import main
from fastmi.contacts._ranking import Ranking
from fastmi.contacts._within import Strata
from fastmi.contacts.maps import ContactMap
from fastmi.examples import GB1_WILD_TYPE

L = 40


def truth_of(rng: np.random.Generator, length: int = L) -> np.ndarray:
    """Contacts that are more often near, as those of proteins."""
    apart = np.abs(np.subtract.outer(np.arange(length), np.arange(length)))
    found = np.triu(rng.random((length, length)) < 0.5 * np.exp(-apart / 12))
    return found | found.T


def symmetric(matrix: np.ndarray) -> np.ndarray:
    return np.triu(matrix) + np.triu(matrix, 1).T


def by_distance(rng: np.random.Generator, length: int = L) -> np.ndarray:
    """A map that knows nothing but j - i."""
    apart = np.abs(np.subtract.outer(np.arange(length), np.arange(length)))
    return symmetric(np.exp(-apart / 8) + 0.2 * rng.random((length, length)))


def row(found: contacts.Precision, name: str) -> Any:
    return found.table[found.table["statistic"] == name][0]


# ------------------------------------------------------------------------------ known answers


def test_a_case_by_hand() -> None:
    truth = ContactMap.from_pairs([[0, 4], [1, 5]], 6, min_separation=1)
    m = np.zeros((6, 6))
    for value, (i, j) in zip((9, 8, 7, 6), ((0, 4), (2, 3), (1, 5), (0, 1)), strict=True):
        m[i, j] = m[j, i] = value
    found = contacts.precision(m, truth, at=[1, 2, 3, "L"], permutations=0)
    assert [found.at(n) for n in (1, 2, 3)] == [1, 1 / 2, 2 / 3]
    assert found.at("L") == 2 / 6
    assert (found.letters, len(found.pairs), found.n_true) == (6, 15, 2)
    # of 13 others, none is above the first contact and one above the second
    assert found.auc == pytest.approx((13 + 12) / 26)
    assert found.average_precision == pytest.approx((1 + 2 / 3) / 2)
    assert found.pairs[:3][["i", "j"]].tolist() == [(0, 4), (2, 3), (1, 5)]
    assert np.isnan(found.table["p"]).all()
    curve = found.curve()
    assert curve["n"].tolist() == [0, 1, 2, 3, 4, 15]
    assert curve["true_positive_rate"].tolist() == [0, 0.5, 0.5, 1, 1, 1]
    x, y = curve["false_positive_rate"], curve["true_positive_rate"]
    assert (np.diff(x) * (y[1:] + y[:-1]) / 2).sum() == pytest.approx(found.auc)


def test_separation_and_rule() -> None:
    d = np.full((12, 12), 20.0)
    for i, j, value in ((0, 6, 7.99), (0, 5, 1.0), (2, 11, 8.0), (3, 10, 5.0)):
        d[i, j] = d[j, i] = value
    m = np.random.default_rng(1).random((12, 12))
    found = contacts.precision(m + m.T, d, permutations=0)
    assert found.pairs["separation"].min() == 6
    assert found.n_true == 2
    assert "closer than 8 A" in found.in_words()
    assert contacts.precision(m + m.T, d, threshold=8.01, permutations=0).n_true == 3
    near = contacts.precision(m + m.T, d, min_separation=5, max_separation=6, permutations=0)
    assert set(near.pairs["separation"].tolist()) == {5, 6}
    assert near.n_true == 2


def test_what_is_not_known_is_left_out() -> None:
    rng = np.random.default_rng(2)
    d, m = 20 * symmetric(rng.random((20, 20))), symmetric(rng.random((20, 20)))
    d[3] = d[:, 3] = np.nan
    m[5, 12] = m[12, 5] = np.nan
    found = contacts.precision(m, d, permutations=0)
    assert found.letters == 19
    assert found.n_unknown == len(found.pairs[:0]) + 14 * 15 // 2 - len(found.pairs)
    assert not (found.pairs["i"] == 3).any()
    assert (5, 12) not in found.pairs[["i", "j"]].tolist()


@pytest.mark.filterwarnings("ignore:neighbouring pairs")
@pytest.mark.parametrize("k", [1, 2, 3])
def test_k_mers_touch_if_any_of_their_letters_do(k: int, rng: np.random.Generator) -> None:
    truth = truth_of(rng, 15)
    known = ContactMap.from_contacts(truth, min_separation=3)
    m = symmetric(rng.random((16 - k, 16 - k)))
    found = contacts.precision(m, known, k=k, permutations=0)
    expected = {}
    for i in range(16 - k):
        for j in range(i + 1, 16 - k):
            if j - (i + k - 1) >= 3:  # from the last letter of one to the first of the other
                expected[i, j] = any(
                    truth[a, b] for a in range(i, i + k) for b in range(j, j + k)
                )
    assert {(i, j): c for i, j, c in found.pairs[["i", "j", "contact"]].tolist()} == expected


def test_spearman_is_that_of_scipy(rng: np.random.Generator) -> None:
    d, m = 30 * symmetric(rng.random((L, L))), np.round(symmetric(rng.random((L, L))), 1)
    found = contacts.precision(m, d, permutations=0)
    rho = spearmanr(found.pairs["value"], -found.pairs["distance"]).statistic
    assert row(found, "Spearman")["value"] == pytest.approx(rho, abs=1e-12)


def test_mean_epistasis_counts_by_its_size(rng: np.random.Generator) -> None:
    m = symmetric(rng.normal(size=(L, L)))
    signed = fastmi.MIResult(m, "EP_mean", 1, L, 9, fastmi.get_alphabet("dna"), 0.0)
    truth = truth_of(rng)
    a, b = (contacts.precision(x, truth, permutations=9) for x in (signed, np.abs(m)))
    assert a.table.tobytes() == b.table.tobytes()


# ---------------------------------------------------------------------------------------- ties


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=2, max_size=6))
def test_ties_are_the_mean_over_all_orders(pairs: list[tuple[int, bool]]) -> None:
    values = np.array([float(v) for v, _ in pairs])
    true = np.array([t for _, t in pairs])
    if not 0 < true.sum() < len(true):
        return
    orders = [
        o
        for o in permutations(range(len(pairs)))
        if all(values[a] >= values[b] for a, b in pairwise(o))
    ]
    ranking, ns = Ranking(values), list(range(1, len(pairs) + 1))
    here = true[ranking.order][None]
    of_all = []
    for o in orders:
        t = true[list(o)]
        hits = np.cumsum(t)
        ap = float((hits / np.arange(1, len(t) + 1))[t].mean())
        auc = float(np.mean([(~t[at:]).sum() for at in np.flatnonzero(t)]) / (~t).sum())
        of_all.append([*hits, ap, auc])
    mean = np.mean(of_all, axis=0)
    np.testing.assert_allclose(ranking.found(here, ns)[0], mean[:-2], atol=1e-12)
    assert ranking.average_precision(here)[0] == pytest.approx(mean[-2], abs=1e-12)
    assert ranking.auc(here)[0] == pytest.approx(mean[-1], abs=1e-12)
    for n in ns:
        assert ranking.weights(n).sum() == pytest.approx(n)
        assert ranking.found(here, [n])[0, 0] == pytest.approx(ranking.weights(n) @ here[0])


def test_the_order_of_pairs_does_not_matter(rng: np.random.Generator) -> None:
    """Reversed sequences: the same pairs the other way round, many of them tied."""
    m, truth = np.round(by_distance(rng), 1), truth_of(rng)
    a = contacts.precision(m, truth, permutations=0)
    b = contacts.precision(m[::-1, ::-1], truth[::-1, ::-1], permutations=0)
    for column in ("value", "expected", "sd", "tied", "p_exact"):
        np.testing.assert_allclose(a.table[column], b.table[column], atol=1e-12)
    assert a.table["tied"].max() > 1


def test_rounding_makes_no_order(rng: np.random.Generator) -> None:
    m, truth = np.round(by_distance(rng), 1), truth_of(rng)
    noise = 1e-15 * symmetric(rng.normal(size=m.shape))
    a, b = (contacts.precision(x, truth, permutations=20) for x in (m, m + noise))
    for column in ("value", "expected", "sd", "tied", "p", "p_shift"):
        np.testing.assert_allclose(a.table[column], b.table[column], atol=1e-12)
    infinite = np.where(m > 0.6, np.inf, m)
    assert contacts.precision(infinite, truth, permutations=0).table["tied"][0] > 1


def test_nothing_is_learned_of_a_constant(rng: np.random.Generator) -> None:
    found = contacts.precision(np.ones((L, L)), truth_of(rng))
    share = found.n_true / len(found.pairs)
    assert found.at("L") == pytest.approx(share)
    assert found.auc == 0.5
    assert (found.table["p"][:-1] == 1).all()
    np.testing.assert_allclose(found.table["value"][:-1], found.table["chance"][:-1])


# -------------------------------------------------------------------------- p within distance


def test_exact_moments_are_those_of_permutations(rng: np.random.Generator) -> None:
    m, d = np.round(by_distance(rng), 2), 20 * symmetric(rng.random((L, L)))
    found = contacts.precision(m, d, permutations=4000)
    pairs = found.pairs
    strata = Strata(pairs["separation"], pairs["i"])
    orders = np.concatenate(list(strata.permuted(5, 4000)))
    assert (np.sort(orders, axis=1) == np.arange(len(pairs))).all()
    assert (pairs["separation"][orders] == pairs["separation"]).all()
    ranking = Ranking(pairs["value"])
    truths = pairs["contact"][orders][:, ranking.order]
    for name, seen in (
        ("precision at L", ranking.found(truths, [L])[:, 0] / L),
        ("AUC", ranking.auc(truths)),
    ):
        assert row(found, name)["expected"] == pytest.approx(
            seen.mean(), abs=4 * seen.std() / 63
        )
        assert row(found, name)["sd"] == pytest.approx(seen.std(), rel=0.06)


def test_exact_p_is_that_of_all_permutations() -> None:
    # distances 1 and 2 of four positions: 3! x 2! orders of the truth
    pairs = [(0, 1), (1, 2), (2, 3), (0, 2), (1, 3)]
    true = [True, False, False, False, True]
    m = np.zeros((4, 4))
    for n, (i, j) in enumerate(pairs):
        m[i, j] = m[j, i] = (9, 2, 1, 3, 8)[n]
    truth = ContactMap.from_pairs([p for p, t in zip(pairs, true, strict=True) if t], 4)
    found = contacts.precision(
        m, truth, at=[1, 2, 3], min_separation=1, max_separation=2, permutations=0
    )
    # the first two are the true ones: 1/3 x 1/2 of all orders
    assert row(found, "precision at 2")["p_exact"] == pytest.approx(1 / 6)
    assert row(found, "precision at 1")["p_exact"] == pytest.approx(1 / 3)
    assert row(found, "precision at 3")["p_exact"] == pytest.approx(1 / 3)  # and (0, 2), too


@pytest.mark.filterwarnings("ignore:neighbouring pairs")  # by chance, 1 in 1,000
def test_p_of_a_map_that_knows_but_the_distance_is_uniform() -> None:
    """Though it is far better than chance."""
    truth = truth_of(np.random.default_rng(1000))  # no seed below
    p, auc, exact, shifted = [], [], [], []
    for seed in range(200):
        m = by_distance(np.random.default_rng(seed))
        found = contacts.precision(m, truth, permutations=99, rng=seed)
        auc.append(found.auc)
        p.append(row(found, "AUC")["p"])
        shifted.append(row(found, "AUC")["p_shift"])
        exact.append(row(found, "precision at 2L")["p_exact"])
    assert min(auc) > 0.6
    assert kstest(p, "uniform").pvalue > 1e-3
    assert kstest(shifted, "uniform").pvalue > 1e-3
    for some in (p, exact, shifted):
        # 200 x 0.05 = 10, and never 0
        assert np.count_nonzero(np.array(some) <= 0.05) < 22
        assert min(some) > 0


def test_p_of_a_map_that_knows_the_contacts_is_tiny(rng: np.random.Generator) -> None:
    truth = truth_of(rng)
    found = contacts.precision(by_distance(rng) + 0.3 * truth, truth, permutations=999)
    assert (found.table["p"] == 1 / 1000).all()
    assert row(found, "precision at L")["p_exact"] < 1e-10
    assert (found.table["p_shift"] == found.table["p_shift"].min()).all()
    assert found.table["p_shift"][0] < 0.05


def smooth(rng: np.random.Generator, length: int = 60) -> np.ndarray:
    """Noise in which neighbours along a diagonal are alike."""
    noise = rng.normal(size=(length + 20, length + 20))
    found = sum(noise[n : n + length, n : n + length] for n in range(20))
    return symmetric(np.asarray(found))


def test_smooth_maps_need_shifts_and_say_so() -> None:
    p, shifted, warned = [], [], 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        truth = smooth(rng) > 6
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = contacts.precision(smooth(rng), truth, permutations=99, rng=seed)
        warned += any("read p_shift" in str(w.message) for w in caught)
        p.append(row(found, "AUC")["p"])
        shifted.append(row(found, "AUC")["p_shift"])
    assert warned == 100
    assert np.count_nonzero(np.array(p) <= 0.05) > 15  # wrong, as the warning says
    assert np.count_nonzero(np.array(shifted) <= 0.05) <= 13
    assert found.alike > 1.5


def test_p_belong_to_their_seed(rng: np.random.Generator) -> None:
    m, truth = by_distance(rng), truth_of(rng)
    a, b, c = (contacts.precision(m, truth, permutations=50, rng=s) for s in (1, 1, 2))
    assert a.table.tobytes() == b.table.tobytes()
    assert (a.table["p"] != c.table["p"]).any()
    strata = Strata(a.pairs["separation"], a.pairs["i"])
    whole = np.concatenate(list(strata.permuted(3, 20, block=20)))
    pieces = np.concatenate(list(strata.permuted(3, 20, block=7)))
    np.testing.assert_array_equal(whole, pieces)


def test_turns_keep_neighbours() -> None:
    i, j = np.triu_indices(12, 3)
    strata = Strata(j - i, i)
    turned = np.concatenate(list(strata.shifted(block=4)))
    assert len(turned) == 8
    for order in turned:
        assert sorted(order.tolist()) == list(range(len(i)))
        assert ((j - i)[order] == j - i).all()
    first = turned[0][j - i == 3]
    assert i[first].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 0]


# --------------------------------------------------------------------------------- real truth


@pytest.fixture(scope="module")
def gb1() -> fastmi.MIResult:
    return fastmi.pairwise_mi(
        fastmi.example("gb1_top5"), k=1, alphabet="protein", pseudocount=0
    ).with_positions(1, GB1_WILD_TYPE)


def test_gb1(gb1: fastmi.MIResult) -> None:
    structure = contacts.structure(fastmi.example("gb1_structure"))
    found = contacts.precision(gb1, structure, permutations=99)
    assert (found.letters, len(found.pairs), found.n_true) == (56, 1275, 93)
    # raw MI shows which positions vary, not which touch
    assert found.at("L") == pytest.approx(1 / 56)
    table = found.top_pairs(3)
    assert table["label_i"].tolist() == table["residue_i"].tolist() == ["A24"] * 3
    numbered = contacts.precision(gb1, contacts.contact_map(structure), permutations=99)
    assert found.table.tobytes() == numbered.table.tobytes()


def test_the_sam_riboswitch(shared: Path) -> None:
    r = fastmi.pairwise_mi(
        shared / "rf00162" / "RF00162.fasta", k=1, alphabet="rna", unknown="skip", pseudocount=0
    )
    truth = contacts.read_pairs(shared / "rf00162" / "consensus.txt", 2)
    found = contacts.precision(r, truth)
    assert found.at("L/5") == pytest.approx(20 / 21)
    assert found.at("L") == pytest.approx(27 / 107)
    assert row(found, "precision at L/5")["p_exact"] < 1e-25
    assert row(found, "precision at L/5")["p_shift"] == pytest.approx(1 / 103)


# -------------------------------------------------------------------------------- parameters


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"at": ["L/0"]}, "a number of pairs is such as 'L/5'"),
        ({"at": ["x"]}, "a number of pairs is such as 'L/5'"),
        ({"at": [0]}, "from 1 up"),
        ({"threshold": 0}, "threshold must be above 0"),
        ({"threshold": math.nan}, "threshold must be above 0"),
        ({"min_separation": 0}, "from 1 up"),
        ({"min_separation": 39}, "nothing to tell apart"),
        ({"permutations": -1}, "from 0 up"),
        ({"rng": -1}, "a seed is between"),
        ({"k": 2}, "the map is of 41 letters, the truth of 40"),
    ],
)
def test_impossible_parameters(given: dict[str, Any], words: str) -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match=words):
        contacts.precision(by_distance(rng), truth_of(rng), **given)


def test_what_is_no_list_and_no_map(rng: np.random.Generator) -> None:
    values, truth = by_distance(rng), truth_of(rng)
    for at in (5, None, "L"):
        with pytest.raises(TypeError, match="at must be a list of numbers of pairs"):
            contacts.precision(values, truth, at=at)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="distances must be a matrix of numbers"):
        contacts.precision(values, [[1.0], [2.0, 3.0]])
    half = np.triu(values, 1)
    assert contacts.precision(half, truth, permutations=9).table["n"][-1] > 0
    with pytest.raises(ValueError, match="a map is symmetric, or empty below its diagonal"):
        contacts.precision(half.T, truth)


def test_numbers_of_pairs_that_there_are_not_get_no_row(rng: np.random.Generator) -> None:
    found = contacts.precision(by_distance(rng), truth_of(rng), at=["L", 10**6, "3L/2"])
    assert found.table["statistic"].tolist()[:2] == ["precision at L", "precision at 3L/2"]
    assert found.table["n"].tolist()[:2] == [40, 60]
    with pytest.raises(KeyError, match="at L, 3L/2, not at 2L"):
        found.at("2L")


# ----------------------------------------------------------------------- pictures, the command


def test_a_picture(gb1: fastmi.MIResult, rng: np.random.Generator) -> None:
    structure = contacts.structure(fastmi.example("gb1_structure"))
    ax = plot.contacts(gb1, structure, n=20, title="GB1")
    words = [t.get_text() for t in ax.get_legend().get_texts()]
    assert words[0] == "C-alpha atoms closer than 8 A"
    assert words[-2:] == [
        "true: 0 of the 20 strongest pairs",
        "false: 20 of the 20 strongest pairs",
    ]
    crosses = ax.collections[-1].get_offsets()
    found = contacts.precision(gb1, structure, permutations=0)
    top = found.top_pairs(20)
    assert sorted(map(tuple, crosses.tolist())) == sorted(
        zip((top["i"] + 1.0).tolist(), (top["j"] + 1.0).tolist(), strict=True)
    )
    known = ax.images[-1].get_array()
    assert known[18, 2, 0] == pytest.approx(0.55)  # K4? L5 .. : residues 3 and 19
    assert known[2, 18, 3] == 0  # above the diagonal is the map
    other = plot.contacts(found, n=20)
    assert [t.get_text() for t in other.get_legend().get_texts()] == words
    with pytest.raises(ValueError, match="has its truth already"):
        plot.contacts(found, structure)
    with pytest.raises(ValueError, match="there is no truth"):
        plot.contacts(gb1)
    bare = contacts.precision(by_distance(rng), truth_of(rng), permutations=0)
    with pytest.raises(ValueError, match="a bare matrix has no positions"):
        plot.contacts(bare)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: Any) -> Any:
    mpl.use("Agg")
    monkeypatch.chdir(tmp_path)

    def go(*argv: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(a) for a in argv])
        return status, *capsys.readouterr()

    return go


def test_the_command(run: Any, gb1: fastmi.MIResult, tmp_path: Path) -> None:
    gb1.save("g.npz")
    file = fastmi.example("gb1_structure")
    status, out, err = run("contacts", "g.npz", "--structure", file, "--permutations", 99)
    assert status == 0
    assert "56 residues aligned, identity 100.0%, coverage 100.0%" in err
    assert "93 contacts (C-alpha atoms closer than 8 A) among 1,275 pairs" in err
    table = io.StringIO()
    contacts.precision(gb1, contacts.structure(file), permutations=99).to_tsv(table)
    assert out == table.getvalue()
    options = ["--structure", file, "--atom", "CB", "--permutations", 9, "-o", "x"]
    assert run("contacts", "g.npz", *options)[0] == 0
    made = {p.name for p in tmp_path.iterdir()}
    assert made >= {f"x.contacts.{e}" for e in ("tsv", "pairs.tsv", "json", "png")}
    assert len((tmp_path / "x.contacts.pairs.tsv").read_text().splitlines()) == 113
    assert '"atom": "CB"' in (tmp_path / "x.contacts.json").read_text()


def test_the_command_with_base_pairs(run: Any) -> None:
    reads = ["ACGUAAAAACGU", "CAGUAAAAACUG", "GGCAAAAAUGCC", "UCCAAAAAUGGA"]
    fastmi.pairwise_mi(reads, k=1, alphabet="rna", pseudocount=0).save("r.npz")
    Path("p").write_text("((((....))))\n(((......)))\n")
    status, _, err = run("contacts", "r.npz", "--pairs", "p", "-q")
    assert (status, err) == (
        1,
        "fastmi: error: p has 2 structures: say which, as --line 1\n",
    )
    status, out, _ = run(
        "contacts", "r.npz", "--pairs", "p", "--line", 1, "--at", "2,L/3", "-q"
    )
    assert status == 0
    assert [x.split("\t")[0] for x in out.splitlines()[1:3]] == [
        "precision at 2",
        "precision at L/3",
    ]


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (["--pairs", "p", "--chain", "A"], 2, "--chain is for --structure"),
        (["--structure", "p", "--line", "1"], 2, "--line is for --pairs"),
        ([], 2, "one of the arguments --structure --pairs --fold is required"),
        (["--pairs", "p", "--threshold", "-1"], 2, "must be a number above 0"),
        (["--pairs", "none"], 1, "cannot read none"),
        (["--structure", "p"], 1, "p is neither a PDB nor an mmCIF file"),
        (["--pairs", "p", "-o", "no/x"], 1, "the folder no does not exist"),
        (["--pairs", "p"], 2, "the map is of 56 letters, the truth of 12"),
    ],
)
def test_what_the_command_refuses(
    run: Any, gb1: fastmi.MIResult, options: list[str], status: int, words: str
) -> None:
    gb1.save("g.npz")
    Path("p").write_text("((((....))))\n")
    found = run("contacts", "g.npz", *options)
    assert found[0] == status
    assert words in found[2]
    assert "Traceback" not in found[2]
