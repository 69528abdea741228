"""What of a map is real: significance, bias, errors, corrections and differences."""

from .._distinct import Duplicates
from .bootstrapping import bootstrap
from .conditional import conditional_mi
from .corrected import apc, asc
from .differences import MIDifference
from .differing import difference
from .duplicated import duplicates
from .empirical import empirical_p
from .intervals import MIIntervals
from .normalising import normalised
from .result import Significance
from .summary import NullSummary, summarise_pool
from .testing import significance

__all__ = [
    "Duplicates",
    "MIDifference",
    "MIIntervals",
    "NullSummary",
    "Significance",
    "apc",
    "asc",
    "bootstrap",
    "conditional_mi",
    "difference",
    "duplicates",
    "empirical_p",
    "normalised",
    "significance",
    "summarise_pool",
]
