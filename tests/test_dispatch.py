"""Proves which kernel and instruction set run: the chosen one, the one asked for, or none.

A machine without some instructions is played by taking their name out of ``_core.ISAS``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import fastmi
from conftest import can_count, core_mi, core_tables, kernels_for, random_codes, seqs_of
from fastmi import JointCounts, PackedSequences, _core, _run
from fastmi.cli import main
from fastmi.versions import versions

STRINGS = ["ACGTAC", "TTGATC", "CCGAAC", "ACCATG", "GTTTAA"]
ROOT = str(Path(fastmi.__file__).resolve().parents[1])


def view() -> _core.Seqs:
    return PackedSequences.from_strings(STRINGS).view


def control() -> np.ndarray:
    return np.zeros(2, np.int64)


def calls(**options: Any) -> list[Any]:
    """Every function of the core that takes an instruction set."""
    tables = np.ones((1, 4, 4), np.uint32)
    mi, n_ij = np.empty(15), np.empty(15, np.uint64)
    return [
        lambda: core_mi(view(), 6, 1, 0.0, **options),
        lambda: core_tables(view(), 6, 4, 1, **options),
        lambda: _core.kernel_name(view(), 1, **options),
        lambda: _core.scratch_bytes(view(), 1, 1, **options),
        lambda: _core.mi_tables(tables, 0, 1, control(), mi[:1], n_ij[:1], isa=options["isa"]),
    ]


@pytest.fixture
def only_scalar(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with nothing but plain C."""
    monkeypatch.setattr(_core, "ISAS", ("scalar",))


# -------------------------------------------------------------------- instruction sets


def test_plain_c_is_always_there_and_the_best_is_last() -> None:
    assert _core.ALL_ISAS == ("scalar", "avx2", "avx512")
    assert _core.ISAS[0] == "scalar"
    assert [isa for isa in _core.ALL_ISAS if isa in _core.ISAS] == list(_core.ISAS)
    assert _core.kernel_name(view(), 2) == _core.kernel_name(view(), 2, isa=_core.ISAS[-1])


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="needs Linux's /proc")
def test_processor_flags_agree() -> None:
    flags: set[str] = set()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            flags = set(line.split())
            break
    assert ("avx2" in _core.ISAS) == ("avx2" in flags)
    wide = "avx512f avx512bw avx512vl avx512vbmi avx512_vpopcntdq gfni"
    assert ("avx512" in _core.ISAS) == (set(wide.split()) <= flags)


@pytest.mark.parametrize("size", [4, 20])
def test_forced_isa_runs(size: int, kernel: str, isa: str) -> None:
    for k, missing in ((1, 0.0), (1, 0.2), (2, 0.0)):
        seqs = seqs_of(random_codes(np.random.default_rng(1), 9, 6, size, missing), size)
        if can_count(seqs, k, kernel):
            name = _core.kernel_name(seqs, k, isa=isa, kernel=kernel)
            assert name == ("plain" if kernel == "plain" else f"{kernel}-{isa}")


def test_variable_forces_what_runs(forced_isa: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    for name in ("pairwise_mi", "count_pairs", "mi_tables"):
        real = getattr(_core, name)

        def watched(*args: Any, real: Any = real, **options: Any) -> None:
            seen.append(options["isa"])
            real(*args, **options)

        monkeypatch.setattr(_core, name, watched)
    direct = fastmi.pairwise_mi(STRINGS, 2, pseudocount=0)
    assert direct.provenance["kernel"] == f"groups-{forced_isa}"
    counts = JointCounts(6, 2)
    counts.add(STRINGS)
    assert_array_equal(counts.mi(0).matrix, direct.matrix)
    assert seen == [forced_isa] * 3


@pytest.mark.parametrize("value", [None, "", "  "])
def test_without_the_variable_the_best_runs(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FASTMI_ISA", raising=False)
    if value is not None:
        monkeypatch.setenv("FASTMI_ISA", value)
    assert _run.resolve_isa() == ""
    result = fastmi.pairwise_mi(STRINGS, 2, pseudocount=0)
    assert result.provenance["kernel"] == f"groups-{_core.ISAS[-1]}"


def test_all_isas_give_the_same_bits_to_the_public_functions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes = random_codes(np.random.default_rng(2), 2000, 30, 4, 0.02)
    packed = PackedSequences.from_codes(codes, unknown="skip")
    found = []
    for isa in _core.ISAS:
        monkeypatch.setenv("FASTMI_ISA", isa)
        counts = JointCounts(30, 2)
        counts.add(packed)
        found += [fastmi.pairwise_mi(packed, 2).matrix, counts.mi().matrix]
    for matrix in found[1:]:
        assert_array_equal(matrix, found[0])


def test_variable_works_in_a_process_of_its_own(isa: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import fastmi; fastmi.show_versions()"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": ROOT, "FASTMI_ISA": isa},
    )
    assert f"{isa} (here: {', '.join(_core.ISAS)})" in done.stdout


def test_versions_name_the_instruction_sets(forced_isa: str) -> None:
    assert versions()["isa"] == f"{forced_isa} (here: {', '.join(_core.ISAS)})"


# ---------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("value", ["sse2", "AVX2", "best", "avx2,avx512", "1"])
def test_unknown_variable_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTMI_ISA", value)
    message = (
        "^the environment variable FASTMI_ISA must be one of scalar, avx2, avx512, got "
        f"'{value}'$"
    )
    counts = JointCounts(6, 2)
    for call in (
        lambda: fastmi.pairwise_mi(STRINGS, 2),
        lambda: counts.add(STRINGS),
        lambda: versions(),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    monkeypatch.delenv("FASTMI_ISA")
    counts.add(STRINGS)  # a refused call leaves the counts usable
    assert counts.n_sequences == len(STRINGS)


@pytest.mark.usefixtures("only_scalar")
@pytest.mark.parametrize("value", ["avx2", "avx512"])
def test_variable_naming_what_is_not_here(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTMI_ISA", value)
    message = (
        f"^the environment variable FASTMI_ISA is '{value}', but this machine has no {value}; "
        "it has: scalar$"
    )
    with pytest.raises(ValueError, match=message):
        fastmi.pairwise_mi(STRINGS, 2)


def test_command_line_says_it_in_a_line_before_it_reads(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FASTMI_ISA", "neon")
    assert main(["mi", "no such file.fa"]) == 2
    assert capsys.readouterr().err == (
        "fastmi: error: the environment variable FASTMI_ISA must be one of scalar, avx2, "
        "avx512, got 'neon'\n"
    )


@pytest.mark.usefixtures("only_scalar")
@pytest.mark.parametrize("at", range(5))
def test_core_refuses_what_is_not_here(at: int) -> None:
    with pytest.raises(ValueError, match=r"^this machine has no avx2; it has: scalar$"):
        calls(isa="avx2")[at]()
    calls(isa="scalar")[at]()


@pytest.mark.parametrize("at", range(5))
def test_core_refuses_unknown_instruction_sets(at: int) -> None:
    with pytest.raises(ValueError, match=r"^isa must be one of scalar, avx2, avx512, got 'x'$"):
        calls(isa="x")[at]()


@pytest.mark.parametrize("at", range(4))
def test_core_refuses_unknown_kernels(at: int) -> None:
    allowed = ", ".join(_core.KERNELS)
    with pytest.raises(ValueError, match=f"^kernel must be one of {allowed}, got 'x'$"):
        calls(isa="", kernel="x")[at]()


@pytest.mark.parametrize("at", range(3))
def test_core_refuses_a_kernel_that_cannot_count_this(at: int) -> None:
    codes = random_codes(np.random.default_rng(1), 9, 6, 20)
    how = {"kernel": "planes"}
    call = [
        lambda: core_mi(seqs_of(codes, 20), 6, 2, 0.0, **how),
        lambda: core_tables(seqs_of(codes, 20), 6, 20, 2, **how),
        lambda: _core.kernel_name(seqs_of(codes, 20), 2, **how),
    ][at]
    message = r"^the kernel planes cannot count 2-mers of 20 letters in these sequences$"
    with pytest.raises(ValueError, match=message):
        call()
    assert _core.scratch_bytes(seqs_of(codes, 20), 2, 1, **how) == 0


def test_what_is_wrong_is_not_blamed_on_the_kernel() -> None:
    with pytest.raises(ValueError, match="FMI_ERR_BAD_PARAM"):
        core_mi(view(), 6, 1, -1.0, kernel="planes")
    with pytest.raises(ValueError, match="FMI_ERR_BAD_PARAM"):
        _core.kernel_name(view(), 4, kernel="plain")


# ---------------------------------------------------------------------- which kernel when


# kernels for plain C, AVX2 and AVX-512
@pytest.mark.parametrize(
    ("size", "k", "missing", "kernels"),
    [
        (4, 1, 0.0, "planes planes planes"),
        (4, 1, 0.2, "groups groups groups"),
        (4, 2, 0.0, "groups groups groups"),
        (4, 2, 0.2, "groups groups groups"),
        (4, 3, 0.0, "groups groups groups"),
        (4, 3, 0.2, "groups groups groups"),
        (4, 4, 0.0, "sparse sparse groups"),
        (4, 4, 0.2, "plain plain groups"),
        (4, 5, 0.0, "sparse sparse sparse"),
        (4, 6, 0.2, "weights weights weights"),
        (20, 1, 0.0, "groups groups groups"),
        (20, 1, 0.2, "groups groups groups"),
        (20, 2, 0.0, "sparse sparse sparse"),
        (20, 2, 0.2, "weights weights weights"),
        (20, 3, 0.0, "sparse sparse sparse"),
        (2, 1, 0.0, "groups groups groups"),
        (2, 8, 0.0, "sparse sparse sparse"),
        (2, 9, 0.0, "sparse sparse sparse"),
        (21, 2, 0.0, "sparse sparse sparse"),
        (255, 1, 0.2, "groups groups groups"),
    ],
)
def test_kernel_that_is_chosen(
    size: int, k: int, missing: float, kernels: str, isa: str
) -> None:
    kernel = kernels.split()[_core.ALL_ISAS.index(isa)]
    codes = random_codes(np.random.default_rng(3), 50, 2 * k + 3, size, missing)
    name = _core.kernel_name(seqs_of(codes, size), k, isa=isa)
    assert name == (kernel if kernel == "plain" else f"{kernel}-{isa}")
    assert kernel in kernels_for(size, k, missing)


@pytest.mark.parametrize(
    ("k", "kernels"),
    [
        (1, "planes planes planes"),
        (2, "bytes groups groups"),
        (3, "bytes groups groups"),
        (4, "bytes bytes groups"),
        (5, "sparse sparse sparse"),
    ],
)
def test_kernel_that_is_chosen_for_many_sequences(k: int, kernels: str, isa: str) -> None:
    kernel = kernels.split()[_core.ALL_ISAS.index(isa)]
    many = _core.Seqs(np.zeros((1 << 16, 3), np.uint8), None, 12, 4)
    assert _core.kernel_name(many, k, isa=isa) == f"{kernel}-{isa}"


def test_a_mask_without_marks_is_no_reason_for_another_kernel() -> None:
    rows, mask = np.zeros((3, 2), np.uint8), np.zeros((3, 1), np.uint8)
    assert _core.kernel_name(_core.Seqs(rows, mask, 8, 4), 1).startswith("planes")
    mask[2, 0] = 1
    assert _core.kernel_name(_core.Seqs(rows, mask, 8, 4), 1).startswith("groups")


@pytest.mark.parametrize(("size", "k"), [(4, 1), (4, 5), (20, 1), (20, 3), (3, 2), (255, 1)])
def test_plain_counts_everything(size: int, k: int) -> None:
    assert "plain" in kernels_for(size, k, 0.0)
    assert "plain" in kernels_for(size, k, 0.2)


def test_the_kernel_for_mi_only_makes_no_tables() -> None:
    with pytest.raises(ValueError, match=r"^the kernel sparse makes no tables$"):
        core_tables(view(), 6, 4, 1, kernel="sparse")
