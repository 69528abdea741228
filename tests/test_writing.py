"""Sequences written as FASTA, lines, gzip and stores: the very bytes, whole or not at all."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import fastmi
from fastmi import PackedSequences, writing
from fastmi.errors import FastMIError
from fastmi.writing import check_output_name, write_sequences


def some(n: int, length: int = 7, alphabet: str = "dna", seed: int = 3) -> PackedSequences:
    size = len(fastmi.get_alphabet(alphabet))
    codes = np.random.default_rng(seed).integers(0, size, (n, length), dtype=np.uint8)
    return PackedSequences.from_codes(codes, alphabet)


def cut(sequences: PackedSequences, step: int) -> Iterator[PackedSequences]:
    for start in range(0, len(sequences), step):
        yield sequences[start : start + step]


def as_text(sequences: PackedSequences, fasta: bool) -> bytes:
    """The file written without any cleverness."""
    lines = (
        f">{n}\n{s}\n" if fasta else f"{s}\n" for n, s in enumerate(sequences.to_strings())
    )
    return "".join(lines).encode("latin-1")


@pytest.mark.parametrize("ending", ["fa", "fasta", "txt", "seq"])
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("n", "step"), [(1, 1), (9, 4), (10, 3), (12, 12), (1234, 7), (1234, 400)]
)
def test_text_is_what_a_loop_writes(
    tmp_path: Path, ending: str, zipped: bool, n: int, step: int
) -> None:
    path = tmp_path / f"s.{ending}{'.gz' if zipped else ''}"
    sequences = some(n)
    assert write_sequences(cut(sequences, step), path) == n
    data = gzip.decompress(path.read_bytes()) if zipped else path.read_bytes()
    assert data == as_text(sequences, ending in ("fa", "fasta"))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("alphabet", ["rna", "protein", "01", "\xe4\xf6xyz"])
@pytest.mark.parametrize("ending", ["fa", "txt", "fa.gz", "npy"])
def test_what_is_written_is_read_back(tmp_path: Path, alphabet: str, ending: str) -> None:
    path, sequences = tmp_path / f"s.{ending}", some(300, 11, alphabet)
    write_sequences(cut(sequences, 64), path)
    assert fastmi.read(path, alphabet) == sequences


def test_pieces_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sequences = some(250)
    monkeypatch.setattr(writing, "_PIECE", 20)
    write_sequences(cut(sequences, 99), tmp_path / "s.fa")
    assert (tmp_path / "s.fa").read_bytes() == as_text(sequences, True)


def test_missing_letters_are_placeholders(tmp_path: Path) -> None:
    sequences = PackedSequences.from_strings(["ANGT", "NNNN"], unknown="skip")
    write_sequences([sequences], tmp_path / "s.txt")
    assert (tmp_path / "s.txt").read_text() == "ANGT\nNNNN\n"
    proteins = PackedSequences.from_strings(["AB"], "protein", unknown="skip")
    write_sequences([proteins], tmp_path / "p.txt")
    assert (tmp_path / "p.txt").read_text() == "AX\n"


def test_gzip_has_the_same_bytes_whatever_it_is_called(tmp_path: Path) -> None:
    for name, step in (("a.txt.gz", 5), ("other.seq.gz", 1000)):
        write_sequences(cut(some(2000), step), tmp_path / name)
    one, other = ((tmp_path / n).read_bytes() for n in ("a.txt.gz", "other.seq.gz"))
    assert one == other
    assert one[4:8] == bytes(4)  # no date


@pytest.mark.parametrize("on_disk", [False, True])
def test_stores_keep_weights_and_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_disk: bool
) -> None:
    if on_disk:
        monkeypatch.setattr(writing, "_MOST", 100)
    sequences = some(500).with_weights(np.arange(500)).with_scores(np.arange(500) / 7)
    write_sequences(cut(sequences, 77), tmp_path / "s.npy")
    assert PackedSequences.open(tmp_path / "s.npy") == sequences


def test_stdout(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert write_sequences(cut(some(20), 6), "-") == 20
    assert capfdbinary.readouterr().out == as_text(some(20), False)


@pytest.mark.parametrize("name", ["s.fa", "s.txt.gz", "s.npy"])
def test_a_failure_leaves_what_was_there(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_sequences([some(5)], path)
    before = {p: p.read_bytes() for p in tmp_path.iterdir()}

    def broken() -> Iterator[PackedSequences]:
        yield some(50_000, 40)
        raise RuntimeError("planted")

    with pytest.raises(RuntimeError, match="planted"):
        write_sequences(broken(), path)
    assert {p: p.read_bytes() for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["s.csv", "s", "s.gz", "s.npy.gz", ""])
def test_other_endings_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"ends in \.fa, \.fasta, \.txt, \.seq \(each also"):
        check_output_name(name)


def test_nothing_to_write(tmp_path: Path) -> None:
    with pytest.raises(FastMIError, match="there are no sequences"):
        write_sequences([], tmp_path / "s.fa")
    with pytest.raises(FastMIError, match=r"text cannot hold the letter '>' .*a store"):
        write_sequences([some(1, 5, "<>")], tmp_path / "s.fa")
    write_sequences([some(1, 5, "<>")], tmp_path / "s.npy")
    with pytest.raises(FastMIError, match="cannot write"):
        write_sequences([some(1)], tmp_path / "no" / "s.fa")


@pytest.mark.parametrize("name", ["out.fa", "out.npy", "out.txt.gz"])
def test_blocks_that_are_not_alike_are_refused(name: str, tmp_path: Path) -> None:
    made = fastmi.PackedSequences.from_strings
    path = tmp_path / name
    for other in (made(["ACG"]), made(["ACGU"], "rna")):
        with pytest.raises(fastmi.FastMIError, match="a block has"):
            write_sequences([made(["ACGT"]), other], path)
    with pytest.raises(TypeError, match="blocks are PackedSequences, got str"):
        write_sequences(made(["ACGT"]), path)  # type: ignore[arg-type]
    with pytest.raises(fastmi.FastMIError, match="there are no sequences"):
        write_sequences([made(["ACGT"])[:0]], path)
    assert not list(tmp_path.iterdir())
