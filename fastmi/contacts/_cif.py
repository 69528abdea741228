"""The CIF language: rows of the categories of one data block, as strings, nothing interpreted.

Syntax: https://www.iucr.org/resources/cif/spec/version1.1/cifsyntax. Only the first data block
is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import FastMIError

MOST_ITEMS = 200  # of a category; those of the PDB have fewer than 100
_MOST_TEXT = 1 << 24  # characters of one value over several lines

# quoted values end where a quote is followed by white space
_TOKEN = re.compile(
    r"""\s*(?:'((?:[^']|'(?=\S))*)'(?=\s|$)|"((?:[^"]|"(?=\S))*)"(?=\s|$)|\#.*|([^\s]+))"""
)
_PLAIN = frozenset("'\"#;")
_WORDS = ("loop_", "data_", "save_", "stop_", "global_")


class Row(NamedTuple):
    """One row of a category."""

    category: str  # as "_atom_site"
    items: dict[str, int]  # where each item, as "id", is among the values
    values: list[str]


class _Token(NamedTuple):
    text: str
    bare: bool  # neither quoted nor over several lines: may be a tag or a word of the language


def rows_of(lines: Iterator[str], path: str) -> Iterator[Row]:
    """Rows of loops, and pairs of tags and values as one row a category.

    A category outside a loop is given when the next one begins, so that it is whole.
    """
    tokens = _Tokens(lines, path)
    single: dict[str, list[str]] = {}
    category, blocks = "", 0
    while (token := tokens.next()) is not None:
        word = token.text.lower()
        if token.bare and word.startswith("data_"):
            blocks += 1
            if blocks > 1:
                break
        elif token.bare and word == "loop_":
            if single:
                yield _one(category, single)
                single = {}
            yield from _loop(tokens)
        elif token.bare and word.startswith("_"):
            name, item = _split(token.text, tokens)
            if name != category and single:
                yield _one(category, single)
                single = {}
            category = name
            value = tokens.next()
            if value is None or (value.bare and _is_word(value.text)):
                raise tokens.error(f"{token.text} has no value")
            single[item] = [value.text]
            if len(single) > MOST_ITEMS:
                raise tokens.error(f"{category} has more than {MOST_ITEMS} items")
        else:
            raise tokens.error(f"{token.text[:40]!r} belongs to no tag")
    if single:
        yield _one(category, single)


def _one(category: str, single: dict[str, list[str]]) -> Row:
    items = {item: at for at, item in enumerate(single)}
    return Row(category, items, [value for (value,) in single.values()])


def _loop(tokens: _Tokens) -> Iterator[Row]:
    items: dict[str, int] = {}
    category = ""
    while (tag := tokens.peek()) is not None and tag.bare and tag.text.startswith("_"):
        tokens.next()
        category, item = _split(tag.text, tokens)
        if item in items or len(items) >= MOST_ITEMS:
            raise tokens.error(f"the loop of {category} has {item} twice, or too many items")
        items[item] = len(items)
    if not items:
        raise tokens.error("a loop has no tags")
    while True:
        values = tokens.plain(len(items))  # a row a line, nothing quoted: nearly all of them
        if values is None:
            values = []
            while len(values) < len(items):
                token = tokens.peek()
                if token is None or (token.bare and _is_word(token.text)):
                    break
                tokens.next()
                values.append(token.text)
            if not values:
                return
            if len(values) < len(items):
                raise tokens.error(f"a row of {category} is cut off")
        yield Row(category, items, values)


def _is_word(text: str) -> bool:
    return text.startswith("_") or text.lower().startswith(_WORDS)


def _split(tag: str, tokens: _Tokens) -> tuple[str, str]:
    category, dot, item = tag.lower().partition(".")
    if not dot or not item:
        raise tokens.error(f"{tag[:40]!r} is no tag of an mmCIF file")
    return category, item


class _Tokens:
    """Tokens of lines, one to look ahead."""

    def __init__(self, lines: Iterator[str], path: str) -> None:
        self._lines, self._path = lines, path
        self._number = 0
        self._waiting: list[_Token] = []  # of the line, the last one first

    def error(self, words: str) -> FastMIError:
        return FastMIError(f"{self._path}, line {self._number}: {words}")

    def next(self) -> _Token | None:
        token = self.peek()
        if token is not None:
            self._waiting.pop()
        return token

    def peek(self) -> _Token | None:
        while not self._waiting:
            line = self._line()
            if line is None:
                return None
            self._enter(line)
        return self._waiting[-1]

    def plain(self, n: int) -> list[str] | None:
        """The next line, if it is n values and nothing but plain ones; else it waits."""
        if self._waiting:
            return None
        line = self._line()
        if line is None:
            return None
        values = line.split()
        if len(values) == n and _PLAIN.isdisjoint(line) and not any(map(_is_word, values)):
            return values
        self._enter(line)
        return None

    def _line(self) -> str | None:
        line = next(self._lines, None)
        self._number += line is not None
        return line

    def _enter(self, line: str) -> None:
        if line.startswith(";"):
            text, line = self._text(line[1:])
            self._waiting = [*self._of(line), _Token(text, False)]
        else:
            self._waiting = self._of(line)

    def _text(self, first: str) -> tuple[str, str]:
        """A value over several lines, up to one that begins with a semicolon; its rest."""
        some, size, began = [first], 0, self._number
        while (line := self._line()) is not None:
            if line.startswith(";"):
                return "\n".join(some), line[1:]
            size += len(line)
            if size > _MOST_TEXT:
                break
            some.append(line)
        raise FastMIError(f"{self._path}, line {began}: a text has no end")

    def _of(self, line: str) -> list[_Token]:
        found = []
        for match in _TOKEN.finditer(line.rstrip()):
            single, double, bare = match.groups()
            if bare is not None:
                if bare[0] in "'\"":
                    raise self.error("a quote stays open")
                found.append(_Token(bare, True))
            elif single is not None or double is not None:
                found.append(_Token(single if double is None else double, False))
        return found[::-1]
