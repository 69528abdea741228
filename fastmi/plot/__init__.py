"""Plots of results. Each takes ``ax=`` and returns the Axes; matplotlib comes when needed."""

from .comparison import comparison, difference, halves, overlay
from .heatmap import annotate_pair, heatmap
from .logos import logo
from .profiles import adjacent, by_distance
from .scores import scores
from .structures import structure_track

__all__ = [
    "adjacent",
    "annotate_pair",
    "by_distance",
    "comparison",
    "difference",
    "halves",
    "heatmap",
    "logo",
    "overlay",
    "scores",
    "structure_track",
]
