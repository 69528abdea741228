"""The command line: a thin layer over the library, one command a file.

Each command module has ``add(subparsers)``, which declares its options and names its
handler; handlers import what they need when they run.  Data goes to files or stdout, words
to stderr.  Exit codes: 0 ok, 1 data error, 2 usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
import time
import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any, NoReturn

from .._version import __version__
from ..errors import FastMIError, FastMIWarning
from . import (
    calcpvalues,
    compare,
    contacts,
    count,
    demo,
    dependency,
    difference,
    follow_up,
    gia,
    info,
    interpret,
    ism,
    merge,
    mi,
    plot,
    plotdiagonals,
    plotmi,
    randomreads,
    report,
    score,
    shuffle,
    simulate,
)

COMMANDS = (
    mi,
    plot,
    interpret,
    gia,
    follow_up,
    ism,
    dependency,
    compare,
    contacts,
    report,
    difference,
    simulate,
    shuffle,
    score,
    count,
    merge,
    demo,
    info,
    plotmi,
    calcpvalues,
    plotdiagonals,
    randomreads,
)
# how the library's messages name parameters, which are options here
_PARAMETER = re.compile(
    r"\b(unknown|column|weights|scores|alphabet|pseudocount|memory_limit|partial|weighted|"
    r"starts|start|gap|wild_type|takes|output|head|mutants|"
    r"until_se|log|null|chain|line|min_identity|threshold|bias|pool_column|pool_scores)="
    r"(?:('?)([\w.,-]*\w)\2)?"
)
# commands with an original's options: what these are called there, and who has the others
_ORIGINALS = {
    "plotmi": ({"pseudocount": "p"}, "mi"),
    "calcpvalues": ({"pseudocount": "pseudocount", "alphabet": "alphabet"}, "mi"),
    "plotdiagonals": ({"pseudocount": "pseudocount", "alphabet": "alphabet"}, "mi"),
    "randomreads": ({"starts": "starts", "gap": "distance"}, "simulate"),
}
OK, DATA_ERROR, USAGE, INTERRUPTED = 0, 1, 2, 130


class _Parser(argparse.ArgumentParser):
    """argparse with errors of one line, and no guesses what half an option may mean."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message} (see '{self.prog} --help')\n")


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    parser = _Parser(
        prog="fastmi",
        description="Mutual information maps of k-mers: what sequence models learned.",
    )
    parser.add_argument("--version", action="version", version=f"fastmi {__version__}")
    subparsers = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=_Parser
    )
    for command in COMMANDS:
        command.add(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the process.

    Returns
    -------
    int
        The exit code.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if sys.stderr is None:
        _no_stderr()
    try:
        args = build_parser().parse_args(arguments)
    except SystemExit as stop:  # argparse has printed why
        return int(stop.code or 0)
    args.command_line = ["fastmi", *arguments]
    started = time.perf_counter()
    quiet = getattr(args, "quiet", getattr(args, "v", 1) == 0)  # --v is the original PlotMI's
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if quiet else "always", FastMIWarning)
        warnings.showwarning = partial(_show_warning, args.command)
        try:
            if sys.stdout is None:
                raise FastMIError("stdout is closed")
            args.handler(args)
            sys.stdout.flush()
        except KeyboardInterrupt:
            print("fastmi: interrupted", file=sys.stderr)
            return INTERRUPTED
        except BrokenPipeError:  # the reader of stdout, such as head, has seen enough
            _drop_stdout()
            return OK
        except (FastMIError, OSError, ImportError) as error:
            if isinstance(error, OSError):
                _drop_stdout()
            return _fail(args.command, error, DATA_ERROR)
        except MemoryError as error:
            return _fail(args.command, f"out of memory ({error})", DATA_ERROR)
        except (ValueError, TypeError) as error:
            return _fail(args.command, error, USAGE)
    if not quiet:
        _report(args.command, started)
    return OK


def _drop_stdout() -> None:
    """What is still to be written would fail again when the process ends."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _no_stderr() -> None:
    """Words go nowhere, neither to stdout nor into the next file, where stderr is closed."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != 2:
        os.dup2(nowhere, 2)
        os.close(nowhere)
    sys.stderr = os.fdopen(2, "w", closefd=False)


def _fail(command: str, error: object, code: int) -> int:
    if isinstance(error, OSError):
        error = f"{error.filename or 'the output'}: {error.strerror or error}"
    print(f"fastmi: error: {_in_options(command, str(error))}", file=sys.stderr)
    return code


def _in_options(command: str, sentence: str) -> str:
    """A message of the library in the words of the command line."""

    def option(match: re.Match[str]) -> str:
        name, value = match[1].replace("_", "-"), match[3]
        if value == "False":
            return f"--no-{name}"
        said = "" if value in (None, "True") else f" {value}"
        if command not in _ORIGINALS:
            return f"--{name}{said}"
        called, other = _ORIGINALS[command]
        if name in called:
            return f"--{called[name]}{said}"
        return f"--{name}{said} ('fastmi {other}' has it)"

    words = _PARAMETER.sub(option, " ".join(sentence.split()))
    return words.replace("use pairwise_mi,", "use 'fastmi mi',")


def _show_warning(
    command: str, message: Warning | str, category: type[Warning], *_: object
) -> None:
    if issubclass(category, FastMIWarning):
        print(f"fastmi: warning: {_in_options(command, str(message))}", file=sys.stderr)


def _report(command: str, started: float) -> None:
    """The last line on stderr: what it took."""
    from .._provenance import peak_memory

    print(
        f"fastmi {__version__}, {command}: {time.perf_counter() - started:.2f} s wall, "
        f"{time.process_time():.2f} s CPU, {peak_memory() / 1e6:.0f} MB at most",
        file=sys.stderr,
    )
