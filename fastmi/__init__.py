"""fastmi: what sequence models learned, as maps of mutual information between k-mers.

The face of the package: names, nothing else. ``import fastmi`` loads the compiled core;
everything else comes when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

try:
    from . import _core as _core
except ImportError as error:
    raise ImportError(
        f"the compiled core could not be loaded from {__path__[0]}. If that is the source "
        "folder, build it with 'python -m pip install -e .', or start Python elsewhere."
    ) from error
from ._version import __version__ as __version__

_HOMES = {
    "Alphabet": "alphabet",
    "FastMIError": "errors",
    "FastMIWarning": "errors",
    "JointCounts": "counts",
    "Interpretation": "interpretation",
    "MIResult": "results",
    "Mutagenesis": "ism",
    "Motif": "motifs",
    "PackedSequences": "sequences",
    "ScoreBins": "score_bins",
    "Significance": "stats.result",
    "compare": "comparing",
    "count": "batch",
    "count_by_score": "batch",
    "dependency_map": "dependency",
    "align": "aligning",
    "example": "examples",
    "explore": "exploring",
    "follow_up": "following",
    "get_alphabet": "alphabet",
    "interpret": "interpreting",
    "load": "loading",
    "merge": "merging",
    "mutagenesis": "ism",
    "pack": "arrays",
    "pairwise_distance": "mi",
    "pairwise_mi": "mi",
    "read": "io",
    "reach": "reaching",
    "read_blocks": "io",
    "read_motifs": "motif_files",
    "read_plotmi": "loading",
    "report": "reporting",
    "score": "scoring",
    "sequence_weights": "weights",
    "show_versions": "versions",
    "significance": "stats.testing",
    "write_motifs": "motif_files",
}
_FOLDERS = ("contacts", "distributed", "examples", "gia", "models", "plot", "simulate", "stats")
__all__ = [*_HOMES, *_FOLDERS]

if TYPE_CHECKING:
    from . import contacts as contacts
    from . import distributed as distributed
    from . import examples as examples
    from . import gia as gia
    from . import models as models
    from . import plot as plot
    from . import simulate as simulate
    from . import stats as stats
    from .aligning import align as align
    from .alphabet import Alphabet as Alphabet
    from .alphabet import get_alphabet as get_alphabet
    from .arrays import pack as pack
    from .batch import count as count
    from .batch import count_by_score as count_by_score
    from .comparing import compare as compare
    from .counts import JointCounts as JointCounts
    from .dependency import dependency_map as dependency_map
    from .errors import FastMIError as FastMIError
    from .errors import FastMIWarning as FastMIWarning
    from .examples import example as example
    from .exploring import explore as explore
    from .following import follow_up as follow_up
    from .interpretation import Interpretation as Interpretation
    from .interpreting import interpret as interpret
    from .io import read as read
    from .io import read_blocks as read_blocks
    from .ism import Mutagenesis as Mutagenesis
    from .ism import mutagenesis as mutagenesis
    from .loading import load as load
    from .loading import read_plotmi as read_plotmi
    from .merging import merge as merge
    from .mi import pairwise_distance as pairwise_distance
    from .mi import pairwise_mi as pairwise_mi
    from .motif_files import read_motifs as read_motifs
    from .motif_files import write_motifs as write_motifs
    from .motifs import Motif as Motif
    from .reaching import reach as reach
    from .reporting import report as report
    from .results import MIResult as MIResult
    from .score_bins import ScoreBins as ScoreBins
    from .scoring import score as score
    from .sequences import PackedSequences as PackedSequences
    from .stats.result import Significance as Significance
    from .stats.testing import significance as significance
    from .versions import show_versions as show_versions
    from .weights import sequence_weights as sequence_weights


def __getattr__(name: str) -> Any:
    if name in _FOLDERS:
        return importlib.import_module(f".{name}", __name__)
    if name in _HOMES:
        value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
