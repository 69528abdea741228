"""Motifs out of files of any common format, and into them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeAlias

from ._files import replacing
from ._matrices import ORIENTATIONS, Orientation
from ._motif_formats import matrices, meme_order, numbered_lines
from ._opened import BROKEN, PathLike, opened
from .alphabet import NAMED, Alphabet, get_alphabet
from .errors import FastMIError
from .motifs import Motif

MotifFormat: TypeAlias = Literal["meme", "jaspar", "pfm"]

Titled: TypeAlias = list[tuple[str, Motif]]

_MOST_MOTIFS = 10_000


def read_motifs(
    path: PathLike,
    alphabet: str | Alphabet | None = None,
    *,
    orientation: Orientation | None = None,
) -> list[Motif]:
    """Read the motifs of a file.

    The content decides: MEME (minimal, or the text that MEME and STREME write, of which the
    letter probabilities are read), JASPAR, HOMER, TRANSFAC, or bare matrices of counts,
    probabilities or percentages, with letters as rows or as columns, labelled or not,
    between blanks, tabs or commas (PFM, PPM, CIS-BP, tables); each matrix of several starts
    with a line ``>name``. Plain or compressed with gzip, bzip2 or xz. ``Motif.read_as`` says
    what a matrix was taken for.

    Parameters
    ----------
    path : path-like
        The file; "-" reads stdin.
    alphabet : str or Alphabet, optional
        "dna", "rna", "protein", or the letters in the order of their codes. By default that
        of the file's letters; unlabelled matrices with a side of 4 are DNA in the order A, C,
        G, T, those with one of 20 are proteins in alphabetical order.
    orientation : {"letters-as-rows", "letters-as-columns"}, optional
        For unlabelled matrices: which sides the letters are. By default it shows by their
        sizes, and where it does not, a warning says what was guessed.

    Returns
    -------
    list of Motif

    Raises
    ------
    FastMIError
        The file cannot be used: the message names the line. Log-odds scores are refused,
        as they do not say which counts or probabilities they were made from.

    Examples
    --------
    >>> from pathlib import Path
    >>> rows = ["A [3 0 1]", "C [0 4 1]", "G [1 0 1]", "T [0 0 1]"]
    >>> _ = Path("some.txt").write_text(chr(10).join(rows))
    >>> [motif] = read_motifs("some.txt")
    >>> motif.read_as, motif.consensus(iupac=True)
    ('JASPAR counts, 3 positions', 'ACN')
    """
    kind = None if alphabet is None else get_alphabet(alphabet)
    if orientation is not None and orientation not in ORIENTATIONS:
        raise ValueError(
            f"orientation must be {' or '.join(map(repr, ORIENTATIONS))}, got {orientation!r}"
        )
    motifs: list[Motif] = []
    with opened(path) as (stream, name):
        try:
            for matrix in matrices(numbered_lines(stream, name), name):
                if len(motifs) == _MOST_MOTIFS:
                    matrix.refuse(f"more than {_MOST_MOTIFS:,} motifs")
                motifs.append(matrix.motif(kind, orientation))
        except BROKEN as error:
            raise FastMIError(f"{name} is damaged or cut off: {error}") from None
    if not motifs:
        raise FastMIError(f"{name} holds no motif")
    return motifs


def write_motifs(
    motifs: Motif | Iterable[Motif], path: PathLike, format: MotifFormat | None = None
) -> None:
    """Write motifs; :func:`read_motifs` reads them back.

    Parameters
    ----------
    motifs : Motif, or several
        Of one alphabet.
    path : path-like
        Written whole or not at all.
    format : {"meme", "jaspar", "pfm"}, optional
        MEME's minimal format keeps all digits. JASPAR's has frequencies times ``n_sites``,
        or the frequencies where that is unknown. "pfm" has a line ``>name`` and the
        frequencies, a row a position, below a line of letters. By default as the name ends:
        ``.meme``, ``.jaspar``, ``.pfm``. Blanks in an identifier, and in a name without one,
        become underscores.

    Raises
    ------
    FastMIError
        The file cannot be written.
    ValueError
        There are no motifs, they are of several alphabets, or the format is unknown.

    Examples
    --------
    >>> write_motifs(Motif.from_iupac("CANNTG"), "ebox.meme")
    >>> read_motifs("ebox.meme")[0] == Motif.from_iupac("CANNTG")
    True
    """
    some = [motifs] if isinstance(motifs, Motif) else list(motifs)
    ending = str(path).lower().rpartition(".")[2]
    form = ending if format is None else format
    if form not in _WRITERS:
        raise ValueError(
            f"format must be {', '.join(map(repr, _WRITERS))}, or the file's name must end "
            f"so, got {format!r} for {str(path)!r}"
        )
    for motif in some:
        if not isinstance(motif, Motif):
            raise TypeError(f"motifs are Motif objects, got {type(motif).__name__}")
    if not some:
        raise ValueError("there are no motifs to write")
    if len({motif.alphabet for motif in some}) > 1:
        raise ValueError("the motifs of a file have one alphabet, these have several")
    titles = [_title(number, motif) for number, motif in enumerate(some, 1)]
    lines = _WRITERS[form](list(zip(titles, some, strict=True)))
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{line}\n" for line in lines)


def _title(number: int, motif: Motif) -> str:
    """Identifier and name as one line; blanks only where they separate the two, or follow."""
    identifier = "_".join(motif.identifier.split())
    name = (" " if identifier else "_").join(motif.name.split())
    title = f"{identifier} {name}".strip() or f"motif{number}"
    if not title.isprintable():
        raise ValueError(f"the name {title!r} cannot be printed")
    return title


def _meme(titled: Titled) -> Iterator[str]:
    alphabet = titled[0][1].alphabet
    letters = sorted(alphabet.letters, key=meme_order)
    yield "MEME version 4\n"
    if alphabet in NAMED.values():
        yield f"ALPHABET= {alphabet.letters}"
    else:
        _check_letters(alphabet, "meme")
        yield "\n".join([f'ALPHABET "{alphabet.letters}"', *letters, "END ALPHABET"])
    for title, motif in titled:
        sites = "" if motif.n_sites is None else f" nsites= {_number(motif.n_sites)}"
        yield f"\nMOTIF {title}"
        yield f"letter-probability matrix: alength= {len(alphabet)} w= {len(motif)}{sites}"
        order = [alphabet.letters.index(c) for c in letters]
        yield from (" ".join(map(_number, row)) for row in motif.frequencies[:, order])


def _jaspar(titled: Titled) -> Iterator[str]:
    for title, motif in titled:
        _check_letters(motif.alphabet, "jaspar")
        # below 2, counts could not be told from probabilities
        n_sites, written = motif.n_sites or 0, _count
        if n_sites < 2:
            n_sites, written = 1, _number
        numbers = motif.frequencies * n_sites
        yield ">" + title.replace(" ", "\t", 1)
        for letter, row in zip(motif.alphabet.letters, numbers.T, strict=True):
            yield f"{letter}  [ {' '.join(map(written, row))} ]"


def _pfm(titled: Titled) -> Iterator[str]:
    for title, motif in titled:
        _check_letters(motif.alphabet, "pfm")
        yield ">" + title.replace(" ", "\t", 1)
        yield "\t".join(motif.alphabet.letters)
        yield from ("\t".join(map(_number, row)) for row in motif.frequencies)


_WRITERS: dict[str, Callable[[Titled], Iterator[str]]] = {
    "meme": _meme,
    "jaspar": _jaspar,
    "pfm": _pfm,
}


def _number(value: float) -> str:
    """A number with all its digits."""
    return repr(float(value)).removesuffix(".0")


def _count(value: float) -> str:
    """A count; one that is whole but for rounding as a whole number."""
    whole = round(value)
    return str(whole) if abs(value - whole) <= 1e-12 * whole else _number(value)


def _check_letters(alphabet: Alphabet, format: str) -> None:
    """Raise where a letter could not be told from something else in the file."""
    letters = alphabet.letters
    strange = [c for c in letters if not (c.isascii() and c.isalpha())]
    if strange or len(set(letters.upper())) < len(letters):
        raise ValueError(
            f"a {format} file takes the letters A to Z, in one case, not those of "
            f"{alphabet.name!r}"
        )
