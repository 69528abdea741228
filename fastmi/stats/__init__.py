"""What of a map is real: significance, bias, errors, corrections and differences."""

from .bootstrapping import bootstrap
from .differences import MIDifference
from .differing import difference
from .intervals import MIIntervals

__all__ = ["MIDifference", "MIIntervals", "bootstrap", "difference"]
