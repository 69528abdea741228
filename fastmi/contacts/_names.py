"""Names of residues as letters: the standard ones, and those that are one of these modified."""

from __future__ import annotations

from collections.abc import Mapping

UNKNOWN = "X"

_AMINO = (
    "ALA A ARG R ASN N ASP D CYS C GLN Q GLU E GLY G HIS H ILE I LEU L LYS K MET M PHE F "
    "PRO P SER S THR T TRP W TYR Y VAL V SEC U PYL O ASX B GLX Z"
)
_NUCLEIC = "A A C C G G U U T T I I DA A DC C DG G DT T DU U DI I"
# the commonest of the Chemical Component Dictionary, by their parents there, and the names
# that force fields give to protonation states
_MODIFIED_AMINO = (
    "MSE M FME M MHO M SME M MLE L NLE L SEP S TPO T PTR Y TYS Y CSO C CME C CSD C CSS C "
    "OCS C CAS C CSX C CAF C CYX C CYM C KCX K MLY K M3L K MLZ K ALY K LLP K LYN K HYP P "
    "PCA Q CGU E GLH E GMA E ASH D HIC H NEP H HID H HIE H HIP H HSD H HSE H HSP H SAC S "
    "AYA A ABA A AIB A TRQ W TRN W AGM R CIR R"
)
_MODIFIED_NUCLEIC = (
    "PSU U 5MU U H2U U OMU U 4SU U UR3 U 5BU U 5MC C OMC C 2MG G M2G G 7MG G OMG G YYG G "
    "YG G QUO G 1MG G 1MA A MIA A MA6 A A2M A 5CM C"
)


def _table(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


STANDARD = _table(_AMINO) | _table(_NUCLEIC)
MODIFIED = _table(_MODIFIED_AMINO) | _table(_MODIFIED_NUCLEIC)


def letter_of(name: str, parents: Mapping[str, str]) -> str:
    """The letter of a residue.

    Parameters
    ----------
    name : str
        As in the file.
    parents : mapping of str to str
        Names of the residues that modified ones were, as the file says.
    """
    for known in (name, parents.get(name, "")):
        if found := STANDARD.get(known) or MODIFIED.get(known):
            return found
    return UNKNOWN
