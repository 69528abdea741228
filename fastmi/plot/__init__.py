"""Plots of results. Each takes ``ax=`` and returns the Axes; matplotlib comes when needed."""

from .heatmap import annotate_pair, heatmap
from .profiles import adjacent, by_distance

__all__ = ["adjacent", "annotate_pair", "by_distance", "heatmap"]
