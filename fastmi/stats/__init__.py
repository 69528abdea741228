"""What of a map is real: significance, bias, errors, corrections and differences."""

from .empirical import empirical_p as empirical_p
from .result import Significance as Significance
from .summary import NullSummary as NullSummary
from .summary import summarise_pool as summarise_pool
from .testing import significance as significance

__all__ = ["NullSummary", "Significance", "empirical_p", "significance", "summarise_pool"]
