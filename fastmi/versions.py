"""show_versions: what a bug report needs."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

from . import _core
from ._run import resolve_isa, resolve_threads
from ._version import __version__


def versions() -> dict[str, str]:
    """Names and versions of what fastmi runs on."""
    found = {
        "fastmi": __version__,
        "python": sys.version.split()[0],
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "openmp": "yes" if _core.HAS_OPENMP else "no (one thread only)",
        "threads": str(resolve_threads()),
        "isa": f"{resolve_isa() or _core.ISAS[-1]} (here: {', '.join(_core.ISAS)})",
    }
    for package in ("numpy", "scipy", "matplotlib", "tqdm", "isal"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "missing"
    return found


def _processor() -> str:
    """Name, family and model; the latter tell apart what vendors call by one name."""
    found: dict[str, str] = {}
    try:
        with open("/proc/cpuinfo") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                found.setdefault(name.strip(), value.strip())
    except OSError:
        pass
    if "model name" not in found:
        return platform.processor() or "unknown"
    return "{model name}, family {cpu family}, model {model}".format_map(
        {"cpu family": "?", "model": "?", **found}
    )


def show_versions() -> None:
    """Print the versions of fastmi and of what it runs on.

    Examples
    --------
    >>> import fastmi
    >>> fastmi.show_versions()  # doctest: +ELLIPSIS
    fastmi      ...
    """
    for name, version in versions().items():
        print(f"{name:<12}{version}")
