"""Global importance analysis: what patterns do to a model's scores, over many backgrounds.

``GIA`` has a model and backgrounds; each function asks it one question, and gives
:class:`Effects`, a tidy table with every local importance behind it.
"""

from ..simulate.hairpins import Hairpin
from .affinity import affinity, compare_to_measured, mismatches
from .contexts import context
from .contrasts import Contrast
from .copies import CODE_STARTS, PAPER_STARTS, additivity, copies
from .designs import Design, Placement
from .effects import Effects
from .engine import GIA
from .hairpins import PAPER_HAIRPIN, hairpin
from .importance import backgrounds, importance, positions
from .kmer_motifs import kmer_motif
from .kmer_mutants import kmer_logo, kmer_mutagenesis, mutant_matrix
from .kmer_search import KmerSearch
from .kmers import kmers
from .spacing import spacing
from .statistics import Statistics

__all__ = [
    "CODE_STARTS",
    "GIA",
    "PAPER_HAIRPIN",
    "PAPER_STARTS",
    "Contrast",
    "Design",
    "Effects",
    "Hairpin",
    "KmerSearch",
    "Placement",
    "Statistics",
    "additivity",
    "affinity",
    "backgrounds",
    "compare_to_measured",
    "context",
    "copies",
    "hairpin",
    "importance",
    "kmer_logo",
    "kmer_motif",
    "kmer_mutagenesis",
    "kmers",
    "mismatches",
    "mutant_matrix",
    "positions",
    "spacing",
]
