"""Global importance analysis: what patterns do to a model's scores, over many backgrounds.

``GIA`` has a model and backgrounds; each function asks it one question, and gives
:class:`Effects`, a tidy table with every local importance behind it.
"""

from ._statistics import Statistics
from .contrasts import Contrast
from .designs import Design, Placement
from .effects import Effects
from .engine import GIA
from .importance import backgrounds, importance, positions
from .kmer_motifs import kmer_motif
from .kmer_mutants import kmer_logo, kmer_mutagenesis, mutant_matrix
from .kmer_search import KmerSearch
from .kmers import kmers

__all__ = [
    "GIA",
    "Contrast",
    "Design",
    "Effects",
    "KmerSearch",
    "Placement",
    "Statistics",
    "backgrounds",
    "importance",
    "kmer_logo",
    "kmer_motif",
    "kmer_mutagenesis",
    "kmers",
    "mutant_matrix",
    "positions",
]
