"""What of a map is real: significance, bias, errors, corrections and differences."""

from .._distinct import Duplicates
from .conditional import conditional_mi
from .corrected import apc, asc
from .duplicated import duplicates
from .empirical import empirical_p
from .normalising import normalised
from .result import Significance
from .summary import NullSummary, summarise_pool
from .testing import significance

__all__ = [
    "Duplicates",
    "NullSummary",
    "Significance",
    "apc",
    "asc",
    "conditional_mi",
    "duplicates",
    "empirical_p",
    "normalised",
    "significance",
    "summarise_pool",
]
