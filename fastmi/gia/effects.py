"""Effects: what an experiment found, as a tidy table, with every local importance behind it.

Only the local values are facts; errors, intervals and tests are made of them, by rules that
may be changed afterwards without asking the model again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, TextIO

import numpy as np
import numpy.typing as npt

from .._adjusting import adjusted
from .._archive import Archive, description_of, whole
from .._files import write_arrays, write_lines
from .._numbers import Doubles
from ._means import standard_errors
from .contrasts import RATIO, RESERVED, Contrast, Factor, check_factors
from .scales import SCORE
from .statistics import Statistics, describe, describe_ratios

EFFECTS_KIND = "fastmi effects"
_ONE_CELL = str.maketrans("\t\n\r", "   ")  # in names, which anyone may give
_MOST = 1 << 22  # rows, or backgrounds, in a file


class Row(NamedTuple):
    """A contrast of one head, on one scale.

    ``numerator`` has its values in each background, ``denominator`` what they are divided by,
    if anything; ``sd`` is the standard deviation of the backgrounds' own scores.
    """

    contrast: Contrast
    head: str
    scale: str
    numerator: Doubles
    denominator: Doubles | None
    sd: float


@dataclass(frozen=True, eq=False, repr=False)
class Effects:
    """Effects of designs on a model's scores.

    Attributes
    ----------
    experiment : str
        What was asked.
    labels : mapping of ndarray, shape (rows,)
        What each row is: ``quantity``, ``name``, what the experiment varied, ``head``,
        ``scale``.
    local : ndarray of float64, shape (rows, n)
        Local importance: the row's value in each background. Of a ratio, its numerator.
    denominator : ndarray of float64, shape (ratios, n)
        Of ratios, in the order of their rows.
    background_sd : ndarray of float64, shape (rows,)
        Standard deviation of the backgrounds' own scores, of the row's head, on its scale.
    heads : tuple of str
        Names of the model's scores that rows are of.
    statistics : Statistics
        How the table is made of these.
    summary : mapping
        Numbers of the experiment as a whole.
    provenance : mapping
        Versions, model, backgrounds, seed.
    """

    experiment: str
    labels: Mapping[str, npt.NDArray[Any]]
    local: Doubles
    denominator: Doubles
    background_sd: Doubles
    heads: tuple[str, ...]
    statistics: Statistics
    summary: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        experiment: str,
        rows: Sequence[Row],
        heads: tuple[str, ...],
        statistics: Statistics,
        summary: Mapping[str, Any],
        provenance: Mapping[str, Any],
    ) -> Effects:
        """Effects of the rows of an experiment, whose contrasts have the same factors."""
        factors = list(rows[0].contrast.factors)
        labels = {
            "quantity": np.array([row.contrast.quantity for row in rows]),
            "name": np.array([row.contrast.name for row in rows]),
            **{f: _column([row.contrast.factors[f] for row in rows]) for f in factors},
            "head": np.array([row.head for row in rows]),
            "scale": np.array([row.scale for row in rows]),
        }
        under = [row.denominator for row in rows if row.denominator is not None]
        return cls(
            experiment,
            labels,
            np.array([row.numerator for row in rows]),
            np.array(under).reshape(len(under), len(rows[0].numerator)),
            np.array([row.sd for row in rows]),
            heads,
            statistics,
            dict(summary),
            dict(provenance),
        )

    def __repr__(self) -> str:
        n, rows = self.n, len(self)
        words = f"{rows:,} row{'s' * (rows != 1)}, {n:,} background{'s' * (n != 1)}"
        return f"<Effects: {self.experiment}, {words}>"

    def __len__(self) -> int:
        return len(self.local)

    @property
    def n(self) -> int:
        """Number of backgrounds."""
        return int(self.local.shape[1])

    # ------------------------------------------------------------------------- numbers

    @cached_property
    def table(self) -> npt.NDArray[Any]:
        """A row for each contrast, head and scale.

        Structured: the ``labels``, and then

        - ``n``: backgrounds;
        - ``effect``: global importance, the mean of the local values; of a ratio, that of
          the means; ``se``: its standard error, from backgrounds alone;
        - ``low``, ``high``: its interval;
        - ``effect_in_sd``: in standard deviations of the backgrounds' scores;
        - ``p``, ``q``: that it is 0 (a ratio: 1), for this row and corrected for all rows;
        - ``p_minimal``: that it is no larger than ``statistics.minimal``.

        They are Monte Carlo: n is the caller's choice, so any effect but exactly 0 gets as
        small a p as one likes. Whether an effect matters is for ``effect_in_sd`` and
        ``p_minimal`` to say. ``pandas.DataFrame`` takes it as it is.
        """
        ratio = self.is_ratio
        numbers = describe(self.local, self.statistics, self.background_sd)
        if ratio.any():
            numbers[ratio], _ = describe_ratios(
                self.local[ratio], self.denominator, self.statistics
            )
            numbers["q"] = adjusted(numbers["p"], self.statistics.correction)
        kinds = [(name, column.dtype) for name, column in self.labels.items()]
        table = np.empty(len(self), [*kinds, ("n", np.int64), *numbers.dtype.descr])
        for name, column in self.labels.items():
            table[name] = column
        table["n"] = self.n
        for name in numbers.dtype.names or ():
            table[name] = numbers[name]
        return table

    @property
    def is_ratio(self) -> npt.NDArray[np.bool_]:
        """Which rows are ratios, shape (rows,)."""
        return np.asarray(self.labels["quantity"] == RATIO)

    @property
    def worst_se(self) -> float:
        """The largest standard error of an effect in the model's own scores; not of ratios.

        0 where all are ratios, NaN of a single background.
        """
        plain = (self.labels["scale"] == SCORE) & ~self.is_ratio
        if not plain.any():
            return 0.0
        return float(standard_errors(self.local[plain]).max())

    def with_statistics(self, **changes: Any) -> Effects:
        """The same local values under other rules.

        Parameters
        ----------
        **changes : Any
            Fields of :class:`Statistics`, as ``test="wilcoxon"`` or ``minimal=0.5``.

        Returns
        -------
        Effects
        """
        return replace(self, statistics=replace(self.statistics, **changes))

    def with_summary(self, **more: Any) -> Effects:
        """The same with more numbers of the experiment as a whole, ready for JSON."""
        return replace(self, summary={**self.summary, **more})

    def with_provenance(self, **more: Any) -> Effects:
        """The same with more in its provenance, ready for JSON."""
        return replace(self, provenance={**self.provenance, **more})

    def rows(self, **labels: Any) -> npt.NDArray[np.intp]:
        """Numbers of the rows that have these labels.

        Parameters
        ----------
        **labels : Any
            As ``quantity="interaction", gap=3``; a list is of several: ``gap=[0, 3]``.

        Returns
        -------
        ndarray of int, shape (found,)
        """
        keep = np.ones(len(self), bool)
        for name, value in labels.items():
            if name not in self.labels:
                raise ValueError(f"rows have {', '.join(self.labels)}, and not {name!r}")
            several = isinstance(value, Iterable) and not isinstance(value, str)
            wanted = list(value) if several else [value]
            keep &= np.any([self.labels[name] == one for one in wanted], axis=0)
        return np.flatnonzero(keep)

    def only(self, **labels: Any) -> Effects:
        """The rows that have these labels; q is then corrected for these only.

        Parameters
        ----------
        **labels : Any
            As for :meth:`rows`.

        Returns
        -------
        Effects

        Raises
        ------
        ValueError
            There are none.
        """
        found = self.rows(**labels)
        if not len(found):
            raise ValueError(f"no row has {labels}")
        labels_of_rows = {name: column[found] for name, column in self.labels.items()}
        return replace(
            self,
            labels=labels_of_rows,
            local=self.local[found],
            denominator=self.denominator[np.isin(np.flatnonzero(self.is_ratio), found)],
            background_sd=self.background_sd[found],
            heads=tuple(head for head in self.heads if head in labels_of_rows["head"]),
        )

    # ------------------------------------------------------------------------- leaving

    def to_dict(self) -> dict[str, list[Any]]:
        """The table as lists by column."""
        return {name: self.table[name].tolist() for name in self.table.dtype.names or ()}

    def to_pandas(self) -> Any:
        """The table as a pandas DataFrame.

        Raises
        ------
        ImportError
            pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError("to_pandas needs pandas: pip install pandas") from None
        return pandas.DataFrame(self.to_dict())

    def to_tsv(self, target: str | os.PathLike[str] | TextIO) -> None:
        """Write the table as tab-separated text.

        Parameters
        ----------
        target : path-like or text stream
            A file is written whole or not at all; ``.gz`` is compressed.
        """
        write_table(self.table, target)

    def about(self) -> dict[str, Any]:
        """Everything but the numbers, ready for JSON."""
        return {
            "kind": EFFECTS_KIND,
            "format": 1,
            "experiment": self.experiment,
            "rows": len(self),
            "n": self.n,
            "labels": [[name, _plain(column.tolist())] for name, column in self.labels.items()],
            "heads": list(self.heads),
            "statistics": asdict(self.statistics),
            "summary": dict(self.summary),
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything as ``.npz``.

        Parameters
        ----------
        path : path-like
            Written whole or not at all; :func:`fastmi.load` opens it.
        """
        write_arrays(path, self.about(), self.arrays)

    @property
    def arrays(self) -> dict[str, Doubles]:
        """What a file holds of them, beside :meth:`about`."""
        return {
            "local": self.local,
            "denominator": self.denominator,
            "background_sd": self.background_sd,
        }

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Effects:
        """Read what :meth:`save` wrote. Nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        Effects
        """
        with Archive(path, EFFECTS_KIND) as archive:
            return cls.read(archive)

    @classmethod
    def read(cls, archive: Archive, part: Mapping[str, Any] | None = None) -> Effects:
        """Effects out of a file of theirs, or of one that has them among other things.

        Parameters
        ----------
        archive : Archive
            With ``arrays``.
        part : mapping, optional
            What :meth:`about` gave; by default the file's own description.

        Returns
        -------
        Effects
        """
        about = archive.check_format(1, part)
        with description_of(archive.path):
            rows, n = whole(about, "rows", 1), whole(about, "n", 1)
            heads = tuple(str(head) for head in about["heads"])
            if max(rows, n, len(heads)) > _MOST or not 0 < len(set(heads)) == len(heads):
                raise ValueError("impossible sizes")
            labels = dict(_stored_labels(about["labels"], rows))
            if not set(labels["head"].tolist()) <= set(heads):
                raise ValueError(f"rows are of other heads than {', '.join(heads)}")
            ratios = int((labels["quantity"] == RATIO).sum())
            fields: dict[str, Any] = {
                "statistics": Statistics(**about["statistics"]),
                "summary": dict(about["summary"]),
                "provenance": dict(about["provenance"]),
            }
            experiment = str(about["experiment"])
        shapes = {"local": (rows, n), "denominator": (ratios, n), "background_sd": (rows,)}
        for name, shape in shapes.items():
            fields[name] = archive.array(name, "<f8", shape)
        return cls(experiment, labels, heads=heads, **fields)


def write_table(table: npt.NDArray[Any], target: str | os.PathLike[str] | TextIO) -> None:
    """Write a structured array as tab-separated text; a file whole or not at all."""
    rows = [table.dtype.names or (), *table.tolist()]
    cells = ([f"{x:.6g}" if isinstance(x, float) else str(x) for x in row] for row in rows)
    lines = ("\t".join(cell.translate(_ONE_CELL) for cell in row) + "\n" for row in cells)
    write_lines(target, lines)


def together(parts: Sequence[Effects]) -> Effects:
    """The rows of several effects, of as many backgrounds and the same labels, as one table.

    Summary and provenance are the first one's.
    """
    first = parts[0]
    for part in parts:
        if part.n != first.n or list(part.labels) != list(first.labels):
            raise ValueError(
                f"tables of one kind go together, and one has {part.n:,} backgrounds and "
                f"{', '.join(part.labels)}, another {first.n:,} and {', '.join(first.labels)}"
            )
    return replace(
        first,
        labels={name: np.concatenate([p.labels[name] for p in parts]) for name in first.labels},
        local=np.concatenate([part.local for part in parts]),
        denominator=np.concatenate([part.denominator for part in parts]),
        background_sd=np.concatenate([part.background_sd for part in parts]),
    )


def check_experiment(effects: Any, experiment: str, columns: Sequence[str]) -> None:
    """Raise unless these are effects of an experiment, with the columns that it has."""
    if not isinstance(effects, Effects):
        raise TypeError(f"effects of {experiment} are Effects, got {effects!r}")
    if effects.experiment != experiment or not set(columns) <= set(effects.labels):
        raise ValueError(f"these are effects of {effects.experiment}, not of {experiment}")


def for_json(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of a summary: numbers as Python's own, None for what is none."""
    return dict(zip(record, _plain(record.values()), strict=True))


def _plain(values: Iterable[Any]) -> list[Any]:
    found = [v.item() if isinstance(v, np.generic) else v for v in values]
    return [None if isinstance(v, float) and not np.isfinite(v) else v for v in found]


def _column(values: Sequence[Factor]) -> npt.NDArray[Any]:
    """Labels as an array: of whole numbers, of numbers, or of text."""
    if all(isinstance(v, int | np.integer) and not isinstance(v, bool) for v in values):
        return np.array(values, np.int64)
    if all(isinstance(v, int | float | np.number) for v in values):
        return np.array(values, np.float64)
    return np.array([str(v) for v in values])


def _stored_labels(found: Sequence[Any], rows: int) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    names = [str(name) for name, _ in found]
    if not set(RESERVED) <= set(names) or len(set(names)) < len(names):
        raise ValueError("labels are missing, or there twice")
    check_factors([name for name in names if name not in RESERVED])
    for name, values in found:
        if not isinstance(values, list) or len(values) != rows:
            raise ValueError(f"there are other than {rows} labels {name!r}")
        if not all(v is None or isinstance(v, str | int | float) for v in values):
            raise ValueError(f"labels {name!r} are no text or numbers")
        if name in RESERVED and not all(isinstance(v, str) for v in values):
            raise ValueError(f"labels {name!r} are no text")
        yield str(name), _column([np.nan if v is None else v for v in values])
