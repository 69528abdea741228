"""Maps held against what is known: contacts of structures, base pairs of RNA.

``structure`` reads a PDB or mmCIF file, ``contact_map`` lays it along a sequence,
``base_pairs``, ``read_pairs`` and ``fold`` do the same for RNA; ``precision`` says how many of
a map's strongest pairs touch, and how many would if it knew but how far apart they are.
"""

from .folding import fold
from .maps import ContactMap, contact_map
from .pairing import base_pairs, read_pairs
from .precisions import Precision
from .scores import precision
from .structures import Structure, structure

__all__ = [
    "ContactMap",
    "Precision",
    "Structure",
    "base_pairs",
    "contact_map",
    "fold",
    "precision",
    "read_pairs",
    "structure",
]
