"""What of a map is real: significance, bias, errors, corrections and differences."""

from .corrected import apc, asc
from .normalising import normalised

__all__ = ["apc", "asc", "normalised"]
