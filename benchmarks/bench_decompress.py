"""benchmarks/decompress.py: it runs, and a reader that loses something is found."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import decompress
import pytest
import yardstick


def bench_decompress_writes_every_way(tmp_path: Path) -> None:
    assert decompress.main(["--quick", "--json", str(tmp_path / "x.json")]) == 0
    found = json.loads((tmp_path / "x.json").read_text())
    assert {"processor", "commit", "isal", "zlib"} <= set(found["machine"])
    ways = {(row["way"], row["library"]) for row in found["cases"]}
    expected = {
        (way, name)
        for way in ("bare", "opened", "read_blocks")
        for name in decompress.libraries()
    }
    assert expected | {("gzip.open", "zlib")} <= ways
    for row in found["cases"]:
        assert row["runs"] == 2
        assert row["bytes_per_s"] == pytest.approx(row["bytes"] / row["best_s"])
        if row["way"] == "bare":
            assert row["of_bare"] == 1


@pytest.mark.parametrize("library", decompress.libraries().values())
def bench_what_is_lost_is_found(library: object, tmp_path: Path) -> None:
    plain, whole, blocks = (tmp_path / name for name in ("x", "x.gz", "x.bgz"))
    yardstick.write_fasta(plain, 2_000)
    decompress.write_packed(plain, whole, blocks)
    decompress.check(whole, plain, 2_000, library)
    decompress.check(blocks, plain, 2_000, library)
    with pytest.raises(AssertionError):
        decompress.check(whole, plain, 2_001, library)
    plain.write_bytes(plain.read_bytes() + b"A")
    with pytest.raises(AssertionError):
        decompress.check(whole, plain, 2_000, library)


def bench_the_library_is_put_back() -> None:
    before = decompress.libraries()
    with decompress.using(zlib):
        assert list(decompress.libraries()) == ["zlib"]
    assert decompress.libraries() == before
