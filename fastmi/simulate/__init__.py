"""Sequences to ask models about: random, shuffled, mutants, hairpins, with motifs, real ones.

What these functions give is made when it is asked for, block by block, and is the same for
any block size, number of threads and order: a sequence depends on the seed and its own number
alone.  Each takes packed sequences, too, and then gives packed sequences.  Real sequences,
which are drawn from a set, are packed.
"""

from .backgrounds import Markov as Markov
from .backgrounds import markov as markov
from .backgrounds import profile as profile
from .backgrounds import random as random
from .designs import PairDesign as PairDesign
from .designs import pair_design as pair_design
from .embedding import Embedded as Embedded
from .embedding import embed as embed
from .expected import arrangements as arrangements
from .expected import expected_mi as expected_mi
from .hairpins import Hairpin as Hairpin
from .hairpins import HairpinSequences as HairpinSequences
from .hairpins import hairpin as hairpin
from .mutating import Mutated as Mutated
from .mutating import Randomized as Randomized
from .mutating import mutate as mutate
from .mutating import randomize as randomize
from .sampling import nulls as nulls
from .sampling import sample as sample
from .shuffling import shuffle as shuffle
