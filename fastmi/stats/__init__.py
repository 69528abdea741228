"""What of a map is real: significance, bias, errors, corrections and differences."""

from .result import Significance as Significance
from .testing import significance as significance

__all__ = ["Significance", "significance"]
