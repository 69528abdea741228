"""What a measured number must carry: processor, instruction sets, commit, versions, threads."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import fastmi
from fastmi import _core
from fastmi.versions import versions

ROOT = Path(__file__).resolve().parents[1]
# Those that counting or int8 products use; the long list of /proc/cpuinfo hides them.
ISA = (
    *("popcnt", "bmi2", "avx2", "avx512f", "avx512bw", "avx512vbmi", "avx512_bitalg"),
    *("avx512_vpopcntdq", "avx512_vnni", "avx_vnni", "gfni", "amx_int8"),
    *("asimd", "asimddp", "i8mm", "sve", "sve2"),
)
VARIABLES = (
    "OMP_",
    "GOMP_",
    "KMP_",
    "MKL_",
    "OPENBLAS_",
    "ONEDNN_",
    "DNNL_",
    "ATEN_",
    "NUMBA_",
    "FASTMI_",
)


def instruction_sets() -> str:
    """The instruction sets among ``ISA`` that the processor has; "unknown" off Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown"
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return " ".join(flag for flag in ISA if flag in value.split())
    return "unknown"


def git(*arguments: str, folder: Path = ROOT) -> str:
    """Output of git without the line end; "" where there is no git, or it refuses."""
    try:
        run = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return run.stdout.strip()


def commit() -> str:
    """Short hash of this tree, with "+changes" where what is built differs from it."""
    found = git("rev-parse", "--short=12", "HEAD")
    changed = git("status", "--porcelain", "--", "csrc", "fastmi", "setup.py")
    return (found or "unknown") + ("+changes" if changed else "")


def load() -> str:
    """Processes that wanted a core in the last minute: near 0 before an honest measurement."""
    try:
        return f"{os.getloadavg()[0]:.2f}"
    except (AttributeError, OSError):
        return "unknown"


def machine(packages: Iterable[str] = ()) -> dict[str, Any]:
    """Everything about the machine, fastmi and the given packages, as text."""
    found: dict[str, Any] = {
        **versions(),
        "isas": list(_core.ISAS),
        "instruction_sets": instruction_sets(),
        "commit": commit(),
        "load_before": load(),
        "fastmi_is": "of this tree"
        if ROOT in Path(fastmi.__file__).resolve().parents
        else "installed",
        "variables": " ".join(
            f"{k}={v}" for k, v in sorted(os.environ.items()) if k.startswith(VARIABLES)
        )
        or "none",
    }
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "missing"
    return found
