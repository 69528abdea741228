"""interpret and score: known answers, and the same result however the work is done.

Chunks, threads, workers that die, stops and goings-on must not change a bit.  Models are small
classes; they fail here in every way that models of others may.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastmi
from fastmi import FastMIError, FastMIWarning, Interpretation, PackedSequences
from fastmi._files import write_arrays
from fastmi._score_cache import SCORES_KIND

N, L = 2000, 12
MESSAGE = "the model failed at sequences "


class Spaced:
    """A planted pair: 1 where there is G at 2 and C at 8, beside a little for each A."""

    def __init__(self, i: int = 2, j: int = 8) -> None:
        self.i, self.j, self.scored = i, j, 0

    def predict(self, sequences: PackedSequences) -> np.ndarray:
        codes = sequences.to_codes()
        self.scored += len(codes)
        pair = (codes[:, self.i] == 2) & (codes[:, self.j] == 1)
        return pair + 0.01 * (codes == 0).sum(axis=1)

    def about(self) -> dict[str, Any]:
        return {"what": "spaced", "at": [self.i, self.j]}


class TwoHeads:
    """Two pairs, a score for each."""

    heads = ("near", "far")

    def predict(self, sequences: PackedSequences) -> np.ndarray:
        pairs = (Spaced(0, 3), Spaced(1, 11))
        return np.stack([pair.predict(sequences) for pair in pairs], axis=1)


class Function:
    """A model that does anything."""

    def __init__(self, function: Callable[[PackedSequences], Any]) -> None:
        self.predict = function

    def about(self) -> dict[str, Any]:
        return {"what": "a function"}


class FailsAt(Spaced):
    """Raises once so many sequences are scored."""

    def __init__(self, most: int, error: type[BaseException] = ValueError) -> None:
        super().__init__()
        self.most, self.error = most, error

    def predict(self, sequences: PackedSequences) -> np.ndarray:
        if self.scored >= self.most:
            raise self.error("no more")
        return super().predict(sequences)


class Dies(Spaced):
    """Its process ends at the first call; a file says that it did."""

    def __init__(self, marker: Path, times: int = 1) -> None:
        super().__init__()
        self.marker, self.times = marker, times

    def predict(self, sequences: PackedSequences) -> np.ndarray:
        for n in range(self.times):
            try:
                self.marker.with_suffix(f".{n}").touch(exist_ok=False)
            except FileExistsError:
                continue
            os._exit(3)
        return super().predict(sequences)


def background(n: int = N, seed: int = 1) -> Any:
    return fastmi.simulate.random(n, L, rng=seed)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten chunks of 200, two blocks each."""
    monkeypatch.setattr("fastmi.scoring.CHUNK", 200)
    monkeypatch.setattr("fastmi.models.base.BLOCK", 100)


def run(model: Any = None, data: Any = None, **options: Any) -> Interpretation:
    options = {"select": "top 5%", "k": 1, "pseudocount": 0, "null": None, **options}
    return fastmi.interpret(
        model or Spaced(), data if data is not None else background(), **options
    )


def same(a: Interpretation, b: Interpretation) -> None:
    """Everything is the same but what the runs took."""
    assert (a.heads, a.wild_type, a.n_scored) == (b.heads, b.wild_type, b.n_scored)
    for x, y in zip(a.histograms, b.histograms, strict=True):
        assert x.about() == y.about()
        assert x.counts.tolist() == y.counts.tolist()
    assert len(a.selected) == len(b.selected)
    for one, other in zip(a.selected, b.selected, strict=True):
        assert one.in_words() == other.in_words()
        assert one.sequences == other.sequences
        assert one.records.tolist() == other.records.tolist()
        np.testing.assert_array_equal(one.map.matrix, other.map.matrix)


def refused(call: Callable[[], object], message: str, kind: Any = FastMIError) -> str:
    with pytest.raises(kind, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --------------------------------------------------------------------------- known answers


def test_the_planted_pair_is_the_top_pair() -> None:
    found = run(data=background(20_000), select="top 25%")
    top = found.map.top_pairs(2)
    assert (top["i"][0], top["j"][0]) == (2, 8)
    assert top["value"][0] > 3 * top["value"][1]
    assert found.find().share == 0.25
    assert found.sequences is found.selected[0].sequences


def test_what_is_selected_is_what_scoring_and_sorting_give() -> None:
    source = background()
    packed, scores = source.pack(), fastmi.score(Spaced(), source)
    assert scores.shape == (N,)
    np.testing.assert_array_equal(scores, Spaced().predict(packed))
    (one,) = run(select="top 100").selected
    order = np.lexsort((np.arange(N), -scores))[:100]
    assert one.records.tolist() == sorted(order.tolist())
    assert one.sequences == packed[np.sort(order)].with_scores(scores[np.sort(order)])
    wanted = fastmi.pairwise_mi(one.sequences, 1, pseudocount=0)
    np.testing.assert_array_equal(one.map.matrix, wanted.matrix)
    assert one.score_range == (scores[order].min(), scores.max())
    assert repr(one) == f"<Selected: {one.in_words()}>"
    assert one.in_words().startswith("top 100: 100 of 2,000 sequences, scores 1.")


def test_several_heads_and_selections_are_those_of_single_runs() -> None:
    select = ["top 5%", "bottom 10%", "> 0.9", "quantiles 0.25 to 0.5", "all"]
    together = run(TwoHeads(), select=select)
    assert together.heads == ("near", "far")
    wanted = [(head, words) for head in together.heads for words in select]
    assert [(one.head, one.selection) for one in together.selected] == wanted
    for n, head in enumerate(together.heads):

        def one_head(sequences: PackedSequences, n: int = n) -> np.ndarray:
            return TwoHeads().predict(sequences)[:, n]

        for words in select:
            alone = run(Function(one_head), select=words, heads=[head])
            one = together.find(words, head)
            assert one is together.find(words, n)
            assert one.sequences == alone.sequences
            np.testing.assert_array_equal(one.map.matrix, alone.map.matrix)
            assert one.map.provenance["head"] == head
            assert together.histograms[n].about() == alone.histograms[0].about()
    assert repr(together).count("\n") == len(wanted)


@pytest.mark.filterwarnings("ignore:.* taken by record")
def test_heads_have_numbers_or_names() -> None:
    def three(sequences: PackedSequences) -> np.ndarray:
        return sequences.to_codes()[:, :3].astype(float)

    assert run(Function(three)).heads == ("0", "1", "2")
    assert run(Function(three), heads=["a", "b", "c"]).heads == ("a", "b", "c")
    assert run(heads="affinity").heads == ("affinity",)
    assert fastmi.score(Function(three), background(10)).shape == (10, 3)
    for names in (["a"], ["a", "b", "b"], ["a", "b", "c", "d"]):
        refused(
            lambda n=names: run(Function(three), heads=n),
            "the model gives 3 scores a sequence, and heads names .*: give as many different",
            ValueError,
        )


def test_finding_a_selection() -> None:
    found = run(TwoHeads(), select=["top 5%", "all"])
    for words, head, message in (
        (
            None,
            None,
            "say which selection: 'top 5%' of head 'near'; 'all' of head 'near'; 'top",
        ),
        ("all", None, "say which selection: 'all' of head 'near'; 'all' of head 'far'"),
        (None, "far", "say which selection: 'top 5%' of head 'far'; 'all' of head 'far'"),
        ("top 7%", "far", "no 'top 7%' of 'far' here, only: 'top 5%' of head 'near'; "),
    ):
        with pytest.raises(KeyError, match=message):
            found.find(words, head)
    for head in ("middle", 2, -1):
        with pytest.raises(KeyError, match="the model has no score"):
            found.find("all", head)


def test_the_wild_type() -> None:
    wild = "CCGCCCCCCCCC"
    found = run(wild_type=wild, select=["> wt", "<= wt"])
    assert found.wild_type == (1.0,)
    scores = fastmi.score(Spaced(), background())
    assert found.find("> wt").records.tolist() == np.flatnonzero(scores > 1).tolist()
    assert sum(len(one.records) for one in found.selected) == N
    assert found.find("> wt").map.provenance["selection"] == f"> {found.wild_type[0]}"
    two = run(TwoHeads(), wild_type=wild, select="<= wt")
    assert two.wild_type is not None
    assert len(two.wild_type) == len(two.selected) == 2


@pytest.mark.parametrize(
    ("wild", "kind", "message"),
    [
        ("ACGT", ValueError, "the wild type has 4 letters, the sequences 12"),
        ("ACGTACGTACGX", FastMIError, "the wild type cannot be used: sequence 0"),
        ("", (FastMIError, ValueError), "the wild type"),
        (["A" * 12], TypeError, "wild_type is a sequence, a string, got list"),
        (None, ValueError, "'> wt' needs the wild type: give wild_type="),
    ],
)
def test_wild_types_that_cannot_be(wild: Any, kind: Any, message: str) -> None:
    model = Spaced()
    refused(lambda: run(model, wild_type=wild, select="> wt"), message, kind)
    assert model.scored == 0


def test_provenance_says_what_was_done() -> None:
    found = run(select=["top 5%", "all"])
    about = found.provenance
    assert about["model"] == {"what": "spaced", "at": [2, 8]}
    assert about["background"] == background().about()
    assert about["fastmi"] == fastmi.__version__
    assert about["run"]["wall_s"] > 0
    for one in found.selected:
        mine = one.map.provenance
        assert (mine["selection"], mine["n_scored"]) == (one.selection, N)
        assert mine["model"] == about["model"]
    plain = run(Function(Spaced().predict), background().pack())
    assert plain.provenance["background"]["what"] == "sequences"
    assert len(plain.provenance["background"]["sha256"]) == 64


def test_positions_and_labels() -> None:
    found = run(select=["top 5%", "all"]).with_positions(-5, "ACGTACGTACGT")
    assert [one.map.label(0) for one in found.selected] == ["A-5", "A-5"]


# ----------------------------------------------------------- the same result, however made


@pytest.fixture(scope="module")
def wanted() -> Interpretation:
    return run(
        TwoHeads(), select=["top 5%", "> 0.5", "quantiles 0.3 to 0.4"], wild_type="A" * L
    )


def again(**options: Any) -> Interpretation:
    select = ["top 5%", "> 0.5", "quantiles 0.3 to 0.4"]
    return run(options.pop("model", TwoHeads()), select=select, wild_type="A" * L, **options)


@pytest.mark.parametrize(
    ("chunk", "block"), [(1, 1), (7, 3), (200, 7), (1999, 5000), (2000, 1)]
)
def test_chunks_do_not_matter(chunk: int, block: int, wanted: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("fastmi.scoring.CHUNK", chunk)
    monkeypatch.setattr("fastmi.models.base.BLOCK", block)
    same(again(), wanted)


def test_threads_do_not_matter(n_threads: int, wanted: Any) -> None:
    same(again(n_threads=n_threads), wanted)


@pytest.mark.parametrize("kind", ["packed", "strings", "path", "codes", "store", "mapped"])
def test_what_the_background_is_does_not_matter(kind: str, wanted: Any, tmp_path: Path) -> None:
    packed = background().pack()
    path = tmp_path / "background.npy"
    packed.save(path)
    (tmp_path / "background.txt").write_text("\n".join(packed.to_strings()))
    data = {
        "packed": packed,
        "strings": packed.to_strings(),
        "path": tmp_path / "background.txt",
        "codes": packed.to_codes(),
        "store": path,
        "mapped": PackedSequences.open(path),
    }[kind]
    same(again(data=data, alphabet="dna"), wanted)


def test_a_small_memory_limit_does_not_matter(wanted: Any) -> None:
    same(again(memory_limit=6 * 43_200), wanted)
    same(run(select="all", memory_limit=1000), run(select="all"))


def test_threads_as_workers(small_chunks: None, wanted: Any) -> None:
    with ThreadPoolExecutor(3) as pool:
        same(again(executor=pool), wanted)
        same(again(executor=pool, data=background().pack()), wanted)
        assert pool.submit(int).result() == 0  # which is left as it was


def test_a_function_that_makes_workers(small_chunks: None, wanted: Any) -> None:
    made: list[ThreadPoolExecutor] = []

    def make() -> ThreadPoolExecutor:
        made.append(ThreadPoolExecutor(2))
        return made[-1]

    same(again(executor=make, n_workers=2), wanted)
    assert len(made) == 1
    with pytest.raises(RuntimeError, match="shutdown"):
        made[0].submit(int)


def processes(n: int = 2) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(n, mp_context=get_context("spawn"))


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with processes() as made:
        yield made


def test_processes_as_workers(
    small_chunks: None, wanted: Any, pool: Any, tmp_path: Path
) -> None:
    same(again(executor=pool), wanted)
    same(again(executor=pool, data=background().pack(), checkpoint=tmp_path), wanted)
    same(again(data=background().pack(), checkpoint=tmp_path), wanted)


def test_processes_of_its_own(small_chunks: None, wanted: Any) -> None:
    same(again(n_workers=2), wanted)


def test_packed_sequences_are_sent_in_pieces(small_chunks: None, monkeypatch: Any) -> None:
    """Not all of them with each chunk."""
    sent: list[int] = []

    class Here:
        def submit(self, function: Any, *args: Any) -> Future[Any]:
            sent.extend(len(arg) for arg in args if isinstance(arg, PackedSequences))
            future: Future[Any] = Future()
            future.set_result(function(*args))
            return future

    fastmi.score(Spaced(), background().pack(), executor=Here(), n_workers=1)
    assert sent == [200] * 10


def test_what_a_model_raises_in_a_worker_says_where(small_chunks: None, pool: Any) -> None:
    for executor in (None, pool):
        model = FailsAt(0)
        text = refused(
            lambda e=executor, m=model: run(m, executor=e),
            MESSAGE + r"\d+ to [\d,]+: ValueError: no more$",
        )
        assert executor or " 0 to 99:" in text


def test_numbers_of_sequences_in_messages_are_those_of_all(
    small_chunks: None, pool: Any
) -> None:
    packed = background().pack()
    bad = int(np.flatnonzero(packed.to_codes()[:, 0] == 3)[-1])
    strings = packed.to_strings()
    strings = [s if n == bad else "A" + s[1:] for n, s in enumerate(strings)]
    for executor in (None, pool):
        refused(
            lambda e=executor: fastmi.score(NanAtT(), strings, executor=e),
            rf"the model gives nan for sequence {bad:,} \({strings[bad]}\), allowed are finite",
        )


class NanAtT:
    """Gives NaN to what begins with T."""

    def predict(self, sequences: PackedSequences) -> np.ndarray:
        return np.where(sequences.to_codes()[:, 0] == 3, np.nan, 1.0)


def test_a_worker_that_dies_is_replaced(small_chunks: None, tmp_path: Path) -> None:
    """By a function that makes executors; the chunks under way are scored again."""
    model = Dies(tmp_path / "died", times=2)
    same(run(model, executor=processes), run())
    assert len(list(tmp_path.iterdir())) == 2


def test_a_worker_of_a_given_executor_that_dies(small_chunks: None, tmp_path: Path) -> None:
    model = Dies(tmp_path / "died")
    cache = tmp_path / "cache"
    with processes(1) as broken:
        message = r"the executor broke \(.*\); was a worker killed, or could it not import what"
        refused(lambda: run(model, executor=broken, checkpoint=cache), message)
        refused(
            lambda: run(model, executor=broken, checkpoint=cache), message
        )  # already broken
    same(run(model, checkpoint=cache), run())


def test_workers_that_die_again_and_again(tmp_path: Path, small_chunks: None) -> None:
    model = Dies(tmp_path / "died", times=99)
    refused(lambda: run(model, executor=processes), "the executor broke")
    assert len(list(tmp_path.iterdir())) < 99


class Lost(Exception):
    """As Dask says it."""


Lost.__name__ = "KilledWorker"


@pytest.mark.parametrize(("times", "works"), [(2, True), (3, False)])
def test_a_task_whose_worker_is_lost_is_sent_again(times, works, small_chunks) -> None:
    lost = {"n": 0}

    class Loses:
        def submit(self, function: Any, *args: Any) -> Future[Any]:
            future: Future[Any] = Future()
            if args[3] == 400 and lost["n"] < times:  # one chunk
                lost["n"] += 1
                future.set_exception(Lost("gone"))
            else:
                future.set_result(function(*args))
            return future

    if works:
        same(run(executor=Loses()), run())
        return
    with pytest.raises(Lost, match="gone"):
        run(executor=Loses())


class Breaks:
    """An executor that breaks after so many tasks, in the order in which they were given."""

    def __init__(self, most: int, given: list[int]) -> None:
        self.most, self.given = most, given

    def submit(self, function: Any, *args: Any) -> Future[Any]:
        if self.most == 0:
            raise BrokenExecutor("snapped")
        self.most -= 1
        self.given.append(args[2])
        future: Future[Any] = Future()
        future.set_result(function(*args))
        return future


def test_an_executor_that_breaks_between_tasks(small_chunks: None) -> None:
    given: list[int] = []
    most = iter([3, 4, 99])
    same(run(executor=lambda: Breaks(next(most), given), n_workers=1), run())
    assert sorted(set(given)) == list(range(0, N, 200))
    refused(lambda: run(executor=Breaks(3, given)), r"the executor broke \(snapped\)")


def test_a_model_that_cannot_be_sent(pool: Any) -> None:
    class Local(Spaced):
        pass

    model = Spaced()
    model.function = lambda x: x  # type: ignore[attr-defined]
    for one in (Local(), model, Function(lambda s: np.zeros(len(s)))):
        refused(
            lambda m=one: run(m, executor=pool),
            r"^the model or the sequences cannot be sent to a worker \(.*\): define their "
            "classes and functions at the top of a module, or take a ThreadPoolExecutor$",
        )


def test_an_executor_that_is_none() -> None:
    refused(lambda: run(executor=3), r"executor must have submit\(\)", TypeError)


# ------------------------------------------------------------------------------ checkpoints


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_a_stopped_call_goes_on(small_chunks: None, tmp_path: Path) -> None:
    refused(lambda: run(FailsAt(900), checkpoint=tmp_path), MESSAGE + "900 to 999: ValueError")
    assert len(files(tmp_path)) == 4
    model = FailsAt(10**9)
    found = run(model, checkpoint=tmp_path)
    same(found, run())
    assert N - 800 <= model.scored <= N - 800 + 40  # and a few that were looked at again
    model.scored = 0
    same(run(model, checkpoint=tmp_path, select="bottom 7%"), run(select="bottom 7%"))
    assert model.scored <= 40  # no model is needed for another selection
    assert fastmi.score(model, background(), checkpoint=tmp_path).tolist() == (
        fastmi.score(model, background()).tolist()
    )


def test_ctrl_c_leaves_what_was_scored(small_chunks: None, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(FailsAt(900, KeyboardInterrupt), checkpoint=tmp_path)
    assert len(files(tmp_path)) == 4
    model = FailsAt(10**9)
    same(run(model, checkpoint=tmp_path), run())
    assert model.scored <= N - 800 + 40


def test_ctrl_c_with_threads(small_chunks: None, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(KeyboardInterrupt):
        run(FailsAt(900, KeyboardInterrupt), checkpoint=tmp_path, executor=pool)
    same(run(FailsAt(10**9), checkpoint=tmp_path), run())


def test_chunks_that_are_missing_in_between(small_chunks: None, tmp_path: Path) -> None:
    run(checkpoint=tmp_path)
    for n in (0, 3, 9):
        files(tmp_path)[n].rename(tmp_path / f"{n}.away")
    model = Spaced()
    same(run(model, checkpoint=tmp_path), run())
    assert 600 <= model.scored <= 640


class Shifted(Spaced):
    """Says that it is the same, and is not."""

    def predict(self, sequences: PackedSequences) -> np.ndarray:
        return super().predict(sequences) + 0.05 * (sequences.to_codes()[:, 5] == 1)


class Rare:
    """1 for a motif that few sequences have."""

    def __init__(self, at: int) -> None:
        self.at = at

    def predict(self, sequences: PackedSequences) -> np.ndarray:
        return (sequences.to_codes()[:, self.at : self.at + 3] == 0).all(axis=1) * 1.0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Spaced(), Shifted()),
        (Rare(0), Rare(6)),
        (Function(Rare(0).predict), Function(TwoHeads().predict)),
    ],
    ids=["shifted", "rare", "heads"],
)
def test_scores_of_another_model_are_refused(first, second, small_chunks, tmp_path) -> None:
    second.about = lambda: {"what": "the same"}
    first.about = second.about
    fastmi.score(first, background(), checkpoint=tmp_path)
    files(tmp_path)[0].unlink()  # so that something is to be scored
    there = {path: path.read_bytes() for path in files(tmp_path)}
    refused(
        lambda: fastmi.score(second, background(), checkpoint=tmp_path),
        r"holds the scores of another model: record [\d,]+ has \[.*\] there, and now \[.*\]; "
        "take another checkpoint folder$",
    )
    # none of its scores is among those of the other one
    assert {path: path.read_bytes() for path in files(tmp_path)} == there
    fastmi.score(first, background(), checkpoint=tmp_path)


def test_other_models_and_backgrounds_have_other_files(small_chunks, tmp_path) -> None:
    packed = background().pack()
    runs: list[tuple[Any, Any]] = [
        (Spaced(), background()),
        (Spaced(3, 8), background()),
        (Spaced(), background(seed=2)),
        (Spaced(), background(N - 1)),
        (Spaced(), packed),
        (Spaced(), packed[::-1]),
        (Spaced(), PackedSequences.from_codes(packed.to_codes(), "rna")),
    ]
    for n, (model, data) in enumerate(runs):
        found = fastmi.score(model, data, checkpoint=tmp_path)
        assert len(files(tmp_path)) == 10 * (n + 1)
        np.testing.assert_array_equal(found, fastmi.score(model, data))
    # weights change no score
    fastmi.score(Spaced(), packed.with_weights(np.arange(N)), checkpoint=tmp_path)
    assert len(files(tmp_path)) == 10 * len(runs)


def npz_of(path: Path, **changes: Any) -> None:
    """Change fields of the description; digests are left out, as in files of old."""
    from test_files import describe

    describe(path, **changes)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda p: p.write_bytes(p.read_bytes()[:200]),
            "is not a fastmi file, or it is cut off",
        ),
        (lambda p: p.write_bytes(b""), "is not a fastmi file, or it is cut off"),
        (lambda p: p.write_bytes(b"scores\n" * 99), "is not a fastmi file"),
        (lambda p: fastmi.pairwise_mi(["AC", "CA"], 1).save(p), "holds 'fastmi result', not"),
        (lambda p: p.write_bytes(flipped(p.read_bytes(), -400)), "damaged|changed|fastmi file"),
        (lambda p: npz_of(p, n=199), "its description is damaged .it is of other records"),
        (lambda p: npz_of(p, n="many"), "its description is damaged .n is 'many'"),
        (lambda p: npz_of(p, start=0), "its description is damaged .it is of other records"),
        (lambda p: npz_of(p, heads=2), r"the array 'scores' is float64 \(200, 1\), expected"),
        (lambda p: npz_of(p, heads=0), "its description is damaged .heads is 0"),
        (lambda p: npz_of(p, heads=10**12), "its description is damaged"),
        (lambda p: npz_of(p, heads=...), "its description is damaged"),
        (lambda p: npz_of(p, format=2), "has file format 2, this fastmi reads up to 1"),
        (lambda p: npz_of(p, format=None), "has file format None"),
    ],
)
def test_damaged_scores_are_refused(damage, message, small_chunks, tmp_path) -> None:
    run(checkpoint=tmp_path)
    path = files(tmp_path)[4]
    damage(path)
    text = refused(lambda: run(checkpoint=tmp_path), message)
    assert text.startswith(str(path))
    assert text.endswith("; delete it to have these scores made again")
    path.unlink()
    same(run(checkpoint=tmp_path), run())


def flipped(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def test_scores_that_are_no_numbers_are_refused(small_chunks: None, tmp_path: Path) -> None:
    run(checkpoint=tmp_path)
    path = files(tmp_path)[2]
    scores = np.full((200, 1), np.nan)
    about = {"kind": SCORES_KIND, "format": 1, "start": 400, "n": 200, "heads": 1}
    write_arrays(path, about, {"scores": scores})
    refused(
        lambda: run(checkpoint=tmp_path), "holds scores that are no finite numbers; delete it"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_to(small_chunks: None, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        refused(lambda: run(checkpoint=tmp_path), "^cannot write .*: Permission denied$")
        refused(lambda: run(checkpoint=tmp_path / "new"), "^cannot write to .*: Permission")
    finally:
        tmp_path.chmod(0o700)


def test_a_checkpoint_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    model = Spaced()
    for path in (tmp_path / "file", tmp_path / "file" / "under"):
        refused(lambda p=path: run(model, checkpoint=p), f"^cannot write to {path}: ")
    assert model.scored == 0


def test_complete_scores_need_no_writing(small_chunks: None, tmp_path: Path) -> None:
    folder = tmp_path / "scores"
    run(checkpoint=folder)
    folder.chmod(0o500)
    try:
        same(run(checkpoint=folder), run())
    finally:
        folder.chmod(0o700)


# --------------------------------------------------------------------------- models of others


@pytest.mark.parametrize(
    ("predict", "message"),
    [
        (lambda s: np.full(len(s), np.nan), "the model gives nan for sequence 0 "),
        (
            lambda s: np.full((len(s), 2), np.inf),
            "the model gives inf in column 0 for sequence",
        ),
        (lambda s: np.zeros(len(s) - 1), "the model gives 1,999 scores for 2,000 sequences"),
        (lambda s: np.zeros((len(s), 2, 3)), r"an array of shape \(2000, 2, 3\)"),
        (lambda s: np.zeros((len(s), 0)), "the model gives no score at all"),
        (lambda s: 3.0, r"an array of shape \(\)"),
        (lambda s: None, "the model gives an array of object"),
        (lambda s: ["high"] * len(s), "the model gives an array of <U4, allowed are real"),
        (lambda s: np.zeros(len(s), complex), "the model gives an array of complex128"),
        (lambda s: 1 / 0, MESSAGE + "0 to 1,999: ZeroDivisionError: division by zero"),
        (lambda s: s.rows.fill(0), MESSAGE + "0 to 1,999: ValueError: .*read-only"),
        (lambda s: s.predict(), MESSAGE + "0 to 1,999: AttributeError"),
        (lambda s: (_ for _ in ()).throw(MemoryError("a\nb")), MESSAGE + ".*MemoryError: a b"),
    ],
)
def test_models_that_fail(predict: Any, message: str) -> None:
    refused(lambda: run(Function(predict)), message)


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint16, bool, np.float16, np.float32])
def test_scores_of_any_numbers(dtype: Any) -> None:
    def predict(sequences: PackedSequences) -> np.ndarray:
        return (sequences.to_codes()[:, 0] == 2).astype(dtype)

    found = run(Function(predict), select="> 0.5")
    wanted = np.flatnonzero(background().pack().to_codes()[:, 0] == 2)
    assert found.selected[0].records.tolist() == wanted.tolist()


def test_a_model_may_use_its_array_again() -> None:
    kept = np.zeros(N)

    def predict(sequences: PackedSequences) -> np.ndarray:
        kept[:] = -1
        kept[: len(sequences)] = Spaced().predict(sequences)
        return kept[: len(sequences)]

    same(run(Function(predict)), run())


def test_heads_that_come_and_go(small_chunks: None) -> None:
    calls = iter(range(100))

    def predict(sequences: PackedSequences) -> np.ndarray:
        return np.zeros((len(sequences), 1 if next(calls) < 6 else 2))

    refused(
        lambda: run(Function(predict)),
        "the model gives 2 scores a sequence from record 600 on, and gave 1 before",
    )

    def alone(sequences: PackedSequences) -> np.ndarray:
        return np.zeros((len(sequences), 3 if len(sequences) == 1 else 2))

    refused(
        lambda: run(Function(alone), wild_type="A" * L),
        "the model gives 3 scores for the wild type alone, and 2 for each of several",
    )


@pytest.mark.parametrize(
    ("about", "message"),
    [
        (lambda: {"loss": float("nan")}, "must give what JSON can hold: "),
        (lambda: {"model": np.zeros(3)}, "must give what JSON can hold: "),
        (lambda: {1: 2, "a": 3}, "must give what JSON can hold: "),
        (lambda: "a model", "must give a dict, got 'a model'"),
    ],
)
def test_models_that_say_odd_things_of_themselves(
    about: Any, message: str, tmp_path: Any
) -> None:
    model = Spaced()
    model.about = about  # type: ignore[method-assign]
    refused(lambda: run(model, checkpoint=tmp_path), message, TypeError)
    assert model.scored == 0


@pytest.mark.parametrize("odd", [None, 3, "model", object(), int], ids=repr)
def test_what_is_no_model(odd: Any) -> None:
    refused(lambda: fastmi.interpret(odd, background(), k=1), "is no model|takes=", TypeError)


# ------------------------------------------------------------------------------- edges


@pytest.mark.parametrize(
    ("words", "n"), [("> 5.0", 0), ("top 1", 1), ("quantiles 0.5 to 0.5005", 1)]
)
def test_a_map_needs_two_sequences(words: str, n: int) -> None:
    refused(
        lambda: run(select=words),
        f"^the selection '{words}' takes {n} of 2,000 sequences, and a map needs two at least; "
        "the scores go from 0 to 1.07$",
    )


def test_selections_that_take_too_few_are_left_out() -> None:
    with pytest.warns(
        FastMIWarning, match="'> 5.0' takes 0 of 2,000 .*; it is left out"
    ) as told:
        found = run(TwoHeads(), select=["> 5", "top 5%"])
    assert told[0].filename == __file__
    assert [(one.head, one.selection) for one in found.selected] == [
        ("near", "top 5%"),
        ("far", "top 5%"),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FastMIWarning)
        refused(
            lambda: run(select=["> 5", "> 6"]),
            "no selection takes two sequences, which a map needs at least",
        )


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"select": []}, ValueError, "select is empty: say which sequences are mapped"),
        ({"select": "best"}, ValueError, "a selection is one of"),
        ({"select": ["top 1%", 3]}, TypeError, "a selection is a string"),
        ({"select": "top 0.01%"}, FastMIError, "top 0.01% of 2,000 sequences is less than one"),
        ({"k": 7}, ValueError, "k must be"),
        ({"k": 0}, ValueError, "k must be"),
        ({"k": "3"}, TypeError, "k must be a whole number, got '3'"),
        ({"pseudocount": -1}, ValueError, "pseudocount must be"),
        ({"memory_limit": "much"}, ValueError, "a size is a number of bytes"),
        ({"memory_limit": 1000}, ValueError, "would hold 5,400 bytes, more than memory_limit"),
        ({"n_threads": 0}, ValueError, "n_threads"),
        ({"alphabet": "rna"}, ValueError, "the sequences are over 'dna', not 'rna'"),
        ({"data": fastmi.simulate.random(0, L)}, FastMIError, "there are no sequences"),
        ({"data": []}, FastMIError, "sequences"),
        ({"data": fastmi.simulate.random(9, 1)}, ValueError, "sequences of length 1 have no"),
        ({"data": "missing.fa"}, FastMIError, "cannot read missing.fa"),
        ({"data": iter(["ACGT"])}, TypeError, "expected sequences, an array or a path"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_scored(options, kind, message) -> None:
    model = Spaced()
    refused(lambda: run(model, **options), message, kind)
    assert model.scored == 0


def test_memory_is_shared_by_heads_that_are_known() -> None:
    never = Function(lambda sequences: 1 / 0)
    refused(
        lambda: run(never, heads=["a", "b"], memory_limit=10_000),
        "top 5% of 2,000 sequences would hold 5,400 bytes, more than memory_limit=5,000",
        ValueError,
    )


def test_scores_that_choose_nothing_are_said() -> None:
    def constant(sequences: PackedSequences) -> np.ndarray:
        return np.full(len(sequences), 60.0)

    def two(sequences: PackedSequences) -> np.ndarray:
        return (sequences.to_codes()[:, 0] == 1).astype(float)

    for select in ("top 5%", "bottom 5%", "quantiles 0.2 to 0.3"):
        with pytest.warns(FastMIWarning, match="all .* have the score 60, which others have"):
            run(Function(constant), select=select)
    run(Function(constant), select="all")  # asks for no score
    run(Function(constant), select="top 100%")
    with pytest.warns(FastMIWarning, match="top 5%: all .* have the score 1, which others"):
        run(Function(two), select="top 5%")
    run(Function(two), select="top 50%")  # half of which are better than the others


def test_several_maps_are_asked_for_by_name() -> None:
    several = run(select=["top 5%", "bottom 5%"])
    with pytest.raises(KeyError, match="say which selection: 'top 5%'; 'bottom 5%'"):
        _ = several.map
    with pytest.raises(ValueError, match="result has the maps of 2 selections"):
        fastmi.plot.heatmap(several)
    one = run()
    assert fastmi.plot.heatmap(one).images
    assert fastmi.plot.by_distance(one.selected[0]).lines
    with pytest.raises(TypeError, match="result must be a map, a selection or an interp"):
        fastmi.plot.adjacent("x")  # type: ignore[arg-type]


def test_a_background_of_few_sequences() -> None:
    refused(lambda: run(data=["A" * L]), r"'top 5%|less than one", FastMIError)
    refused(lambda: run(data=["A" * L], select="all"), "takes 1 of 1 sequences")
    two = run(data=["A" * L, "C" * L], select="all")
    assert two.map.matrix[0, 5] == 1
    assert two.n_scored == 2


def test_weights_of_the_background_count() -> None:
    packed = background().pack().with_weights(np.arange(N) % 3)
    found = run(data=packed, select="top 10%")
    (one,) = found.selected
    assert one.sequences.weights is not None
    assert one.sequences.weights.tolist() == (one.records % 3).tolist()
    assert found.map.n_effective == one.sequences.n_effective
    plain = run(select="top 10%")
    assert one.records.tolist() == plain.selected[0].records.tolist()


def test_progress_is_shown(
    capfd: Any, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastmi.scoring._QUIET_S", 0)
    pytest.importorskip("tqdm")
    run(progress=True)
    assert "scoring" in capfd.readouterr().err
    run()
    assert capfd.readouterr().err == ""
