"""Files of motifs, line by line, to matrices: MEME, JASPAR, HOMER, TRANSFAC and bare ones.

What a file is, is read from its content.  Only its matrices are kept, so memory is theirs,
whatever else the file holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from math import inf
from typing import BinaryIO, TypeAlias

from ._iupac import letters_of
from ._matrices import Matrix
from .alphabet import DNA, PROTEIN, RNA
from .errors import FastMIError

Lines: TypeAlias = Iterator[tuple[int, str]]

_MOST_LINE = 1 << 17  # bytes, of a row of 1,000 numbers with all their digits and more
_SEPARATORS = re.compile(r"[\s,;:|\[\]]+")
_OTHER_SEPARATORS = re.compile(r"[\s;:|\[\]]+")
_NO_COMMA_NEEDED = re.compile(r"[\d.]\s+[\d.]|[;\t]")  # so that "0,25" is no two numbers
_WIDTH = re.compile(r"\s+width\s*=.*")
_FIELD = re.compile(r"(\w+)\s*=\s*(\S+)")
_TRANSFAC = ("AC", "ID", "NA", "VV", "XX", "DE", "P0", "PO")
_BEFORE_POSITIONS = ("po", "p0", "pos", "pos.", "position", "#", "base")


def numbered_lines(stream: BinaryIO, name: str) -> Lines:
    """The lines of a text file with their numbers, blanks at their ends removed."""
    number = 0
    while line := stream.readline(_MOST_LINE + 1):
        number += 1
        if len(line) > _MOST_LINE or b"\0" in line:
            raise FastMIError(f"{name}, line {number}: this is no text file of motifs")
        text = line.decode("utf-8", "replace")
        yield number, text.removeprefix("\ufeff").strip()


def matrices(lines: Lines, file: str) -> Iterator[Matrix]:
    """The matrices of a file, each when its last row was read."""
    first = next(((n, line) for n, line in lines if line and not line.startswith("#")), None)
    if first is None:
        raise FastMIError(f"{file} holds no motif: it is empty")
    rest = chain([first], lines)
    if first[1].startswith("<"):
        raise FastMIError(
            f"{file} is XML or HTML; of MEME's results, give the text (meme.txt, streme.txt)"
        )
    if first[1].startswith(("MEME", "****", "ALPHABET", "MOTIF", "STREME", "DREME")):
        yield from _meme(rest, file)
    elif first[1].split()[0] in _TRANSFAC and not _header(first[1]):
        yield from _transfac(rest, file)
    else:
        yield from _bare(rest, file)


# ------------------------------------------------------------------------------------- MEME


def _meme(lines: Lines, file: str) -> Iterator[Matrix]:
    """Matrices of letter probabilities; whatever else MEME writes is passed over."""
    letters, title, other, found = "", _title(""), 0, False
    for line_number, line in lines:
        if line.startswith("ALPHABET"):
            value = line.removeprefix("ALPHABET").lstrip()
            letters = value[1:].strip() if value.startswith("=") else _declared(lines)
        elif line.split(None, 1)[:1] == ["MOTIF"]:
            title = _title(_WIDTH.sub("", line.removeprefix("MOTIF")))
        elif line.startswith("log-odds matrix"):
            other = line_number
        elif line.startswith("letter-probability matrix"):
            found = True
            yield _meme_matrix(lines, Matrix(file, line_number, *title, "MEME"), line, letters)
    if not found:
        where = f", line {other}" if other else ""
        what = "log-odds scores only" if other else "no 'letter-probability matrix'"
        raise FastMIError(
            f"{file}{where}: this MEME file holds {what}; motifs are read from letter "
            "probabilities"
        )


def _declared(lines: Lines) -> str:
    """Letters of an alphabet that the file defines, in MEME's order."""
    letters = set()
    for _, line in lines:
        if line.startswith("END ALPHABET"):
            break
        if line and "=" not in re.sub(r'"[^"]*"', "", line):  # those with = are codes
            symbols = [line[0], *re.findall(r"~\s*(\S)", re.sub(r'"[^"]*"', "", line))]
            letters.update(symbols)
    return "".join(sorted(letters, key=meme_order))


def meme_order(letter: str) -> tuple[bool, bool, str]:
    """Sorts letters as MEME does: capitals, small ones, digits, then anything else."""
    return (not letter.isalpha(), not letter.isdigit(), letter)


def _meme_matrix(lines: Lines, matrix: Matrix, header: str, letters: str) -> Matrix:
    fields = dict(_FIELD.findall(header))
    try:
        size = int(fields.get("alength", len(letters)))
        width = int(fields["w"]) if "w" in fields else None
        n_sites = float(fields.get("nsites", 0))
        if not 0 <= n_sites < inf:
            raise ValueError
    except ValueError:
        matrix.refuse(f"{header[:60]!r} is damaged")
    matrix.n_sites = n_sites or None
    matrix.column_letters = letters or {4: DNA.letters, 20: PROTEIN.letters}.get(size, "")
    if len(matrix.column_letters) != size:
        matrix.refuse(f"alength= {size} is not the size of the alphabet {letters!r}")
    number = matrix.line
    while width is None or len(matrix.numbers) < width:
        number, line = next(lines, (number, ""))
        if not line or line.startswith("---"):
            break
        words = line.split()
        if len(words) != size:
            matrix.refuse(f"{len(words)} numbers, expected {size} (alength)", number)
        matrix.add(words, number)
    if width is not None and len(matrix.numbers) != width:
        matrix.refuse(f"the matrix has {len(matrix.numbers)} rows, its header says w= {width}")
    return matrix


# --------------------------------------------------------------------------------- TRANSFAC


def _transfac(lines: Lines, file: str) -> Iterator[Matrix]:
    fields: dict[str, str] = {}
    matrix: Matrix | None = None
    for number, line in lines:
        key, value = [*line.split(None, 1), "", ""][:2]
        if key in ("P0", "PO"):
            identifier = fields.get("AC", "")
            name = fields.get("NA") or fields.get("ID") or identifier
            matrix = Matrix(
                file, number, name, "" if name == identifier else identifier, "TRANSFAC"
            )
            matrix.label(value.split(), number)
        elif matrix is not None and key.isdigit():
            matrix.add(line.split(), number)
        elif line.startswith("//"):
            if matrix is not None:
                yield matrix
            fields, matrix = {}, None
        else:
            fields.setdefault(key, value)
    if matrix is not None:
        yield matrix


# --------------------------------------------------------------------- JASPAR, HOMER and bare


def _bare(lines: Lines, file: str) -> Iterator[Matrix]:
    """Matrices one after another, each but the first after a line that starts with ">"."""
    matrix: Matrix | None = None
    for number, line in lines:
        if not line or line.startswith("#"):
            continue
        if line.startswith(">"):
            if matrix is not None:
                yield matrix
            matrix = _headed(file, number, line[1:].strip())
            continue
        matrix = matrix or Matrix(file, number)
        if "[" in line and not matrix.form:
            matrix.form = "JASPAR"
        if letters := _header(line):
            matrix.label(letters, number)
        elif words := _words(line):
            matrix.add(words, number)
    if matrix is not None:
        yield matrix


def _words(line: str) -> list[str]:
    separators = _OTHER_SEPARATORS if _NO_COMMA_NEEDED.search(line) else _SEPARATORS
    return [word for word in separators.split(line) if word]


def _header(line: str) -> list[str]:
    """The letters of a line that names the columns, such as "Pos A C G T"; else none."""
    words = [word for word in _SEPARATORS.split(line) if word]
    if words and words[0].lower() in _BEFORE_POSITIONS:
        words = words[1:]
    letters = len(words) > 1 and all(len(word) == 1 and word.isalpha() for word in words)
    return words if letters else []


def _headed(file: str, line: int, header: str) -> Matrix:
    """A matrix named by a line: ">ID name" or HOMER's ">consensus name threshold"."""
    fields = header.split("\t")
    if len(fields) > 2 and fields[0] and all(letters_of(c, RNA) for c in fields[0]):
        try:
            float(fields[2])
        except ValueError:
            pass
        else:
            return Matrix(file, line, fields[1].strip(), "", "HOMER")
    return Matrix(file, line, *_title(header))


def _title(text: str) -> tuple[str, str]:
    """Name and identifier out of "identifier name", or of a name alone."""
    words = text.split(None, 1)
    return (words[-1].strip(), words[0] if len(words) > 1 else "") if words else ("", "")
