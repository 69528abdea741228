"""Lets ``python -m pytest`` in the source folder test what is installed.

``python -m`` puts this folder first on the path, where ``fastmi/`` is source without a
compiled core. Unless the core was built in place (``pip install -e .``), step aside.
"""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
if not any((_HERE / "fastmi").glob("_core.*.so")) and not any(
    (_HERE / "fastmi").glob("_core.*.pyd")
):
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != _HERE]
