"""show_versions: what a bug report needs."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

from . import _core
from ._run import resolve_threads
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
    }
    for package in ("numpy", "scipy", "matplotlib", "tqdm"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "missing"
    return found


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


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
