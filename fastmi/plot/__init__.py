"""Plots of results. Each takes ``ax=`` and returns the Axes; matplotlib comes when needed."""

from .comparison import comparison, difference, halves, overlay
from .contacts import contacts
from .curve import curve
from .effects import effects
from .heatmap import annotate_pair, heatmap
from .histogram import histogram
from .logos import logo
from .measured import measured
from .mutagenesis import mutagenesis
from .profiles import adjacent, by_distance
from .scores import scores
from .structures import structure_track

__all__ = [
    "adjacent",
    "annotate_pair",
    "by_distance",
    "comparison",
    "contacts",
    "curve",
    "difference",
    "effects",
    "halves",
    "heatmap",
    "histogram",
    "logo",
    "measured",
    "mutagenesis",
    "overlay",
    "scores",
    "structure_track",
]
