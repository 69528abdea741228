"""Global importance analysis: what patterns do to a model's scores, over many backgrounds.

``GIA`` has a model and backgrounds; each function asks it one question, and gives
:class:`Effects`, a tidy table with every local importance behind it.
"""

from ._statistics import Statistics
from .contrasts import Contrast
from .designs import Design, Placement
from .effects import Effects
from .engine import GIA
from .hairpins import hairpin
from .importance import backgrounds, importance, positions
from .spacing import spacing

__all__ = [
    "GIA",
    "Contrast",
    "Design",
    "Effects",
    "Placement",
    "Statistics",
    "backgrounds",
    "hairpin",
    "importance",
    "positions",
    "spacing",
]
