"""What of a map is real: significance, bias, errors, corrections and differences."""

from .._distinct import Duplicates
from .conditional import conditional_mi
from .corrected import apc, asc
from .duplicated import duplicates
from .normalising import normalised
from .result import Significance as Significance
from .testing import significance as significance

__all__ = [
    "Duplicates",
    "Significance",
    "apc",
    "asc",
    "conditional_mi",
    "duplicates",
    "normalised",
    "significance",
]
