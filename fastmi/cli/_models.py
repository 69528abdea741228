"""Models on the command line: a word for what they are, and where they are."""

from __future__ import annotations

import argparse
import importlib
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from ..errors import FastMIError
from ._options import column, positive

if TYPE_CHECKING:
    from ..models.base import Model

KINDS = ("deepbind", "command", "python")
HELP = (
    "who scores: deepbind:NAME (comes with fastmi: RBMS1, MSI1) or deepbind:FILE; "
    "command:'PROGRAM ARGUMENTS' (sequences on its stdin, a line each; scores on its stdout); "
    "python:MODULE:NAME (a model or function of yours; its module runs); or an .onnx, .keras "
    "or .h5 file, or a SavedModel folder"
)


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the model, and what it takes."""
    group = parser.add_argument_group("model")
    group.add_argument(
        "-m",
        "--model",
        action="append",
        required=True,
        metavar="[NAME=]MODEL",
        help=f"{HELP}; several, each with a name, score in one pass",
    )
    group.add_argument(
        "--takes",
        choices=("strings", "codes", "one_hot"),
        help="what a Python function takes (default: as the model says)",
    )
    group.add_argument(
        "--layout",
        metavar="AXES",
        help="axes of its one-hot array: NLA (sequences, letters, alphabet), NAL, N1LA, ... "
        "(default: as the model says)",
    )
    group.add_argument(
        "--model-letters",
        metavar="LETTERS",
        help="the order of letters that the model was trained with (default: the alphabet's)",
    )
    group.add_argument(
        "--output",
        type=column,
        metavar="N",
        help="which output or column of it, by number or name (default: all)",
    )
    group.add_argument(
        "--batch-size",
        type=positive,
        metavar="N",
        help="sequences in a call of the model (default: found by trying)",
    )
    group.add_argument("--device", metavar="D", help="torch and ONNX: as cpu or cuda")


def add_scoring(parser: argparse.ArgumentParser) -> None:
    """Add where scores are kept, and who scores."""
    parser.add_argument(
        "--checkpoint",
        metavar="DIR",
        help="folder where scores are kept, so that a run goes on after a stop, and nothing is "
        "scored twice",
    )
    parser.add_argument(
        "--workers", type=positive, metavar="N", help="score by N processes (default: this one)"
    )


def add_head(parser: argparse.ArgumentParser, what: str) -> None:
    """Add which of a model's scores; ``what`` says what for."""
    parser.add_argument("--head", type=column, metavar="H", help=what)


@contextmanager
def head_is_named() -> Iterator[None]:
    """A score that the model does not have is a wrong option."""
    try:
        yield
    except KeyError as error:
        raise ValueError(error.args[0]) from None


def model_of(args: argparse.Namespace) -> Model:
    """The model that the options ask for."""
    named = [_named(text) for text in args.model]
    _check_options([what for _, what in named], args)
    if len(named) == 1:
        return _made(named[0][1], args)
    names = [name for name, _ in named]
    if "" in names or len(set(names)) < len(names):
        raise ValueError(
            "several models need different names: --model RBMS1=deepbind:RBMS1 --model "
            f"MSI1=deepbind:MSI1, got {', '.join(args.model)}"
        )
    from ..models.stacked import Stacked

    return Stacked({name: _made(what, args) for name, what in named})


def models_in_files(args: argparse.Namespace) -> list[str]:
    """Files that models are read from, which no output may take the place of."""
    whats = [_named(text)[1] for text in args.model]
    return [path for path in (_path_of(what) for what in whats) if os.path.isfile(path)]


def _path_of(what: str) -> str:
    return what.removeprefix("deepbind:")


def _check_options(whats: list[str], args: argparse.Namespace) -> None:
    """Raise where an option is for none of the models."""
    kinds = {what.partition(":")[0] for what in whats}
    if kinds <= {"deepbind", "command"}:
        for option in ("takes", "layout", "model_letters", "output", "batch_size", "device"):
            if getattr(args, option) is not None:
                said = option.replace("_", "-")
                raise ValueError(f"--{said} goes with python: and with models in files")


def _named(text: str) -> tuple[str, str]:
    """Name and model; a name is a word before the first = sign."""
    name, equals, rest = text.partition("=")
    return (name, rest) if equals and name.isidentifier() else ("", text)


def _made(text: str, args: argparse.Namespace) -> Model:
    kind, colon, what = text.partition(":")
    if not colon or kind not in KINDS:
        if not os.path.exists(text):
            raise FastMIError(
                f"there is no file {text!r}, and no such model; allowed are deepbind:NAME, "
                "command:'PROGRAM ARGUMENTS', python:MODULE:NAME, and .onnx, .keras and .h5 "
                "files and SavedModel folders that are there"
            )
        return _wrapped(text, args)
    if not what:
        raise ValueError(f"--model {text} says nothing behind the colon")
    if kind == "deepbind":
        from ..models import deepbind

        return deepbind.load(what, n_threads=getattr(args, "threads", None))
    if kind == "command":
        from ..models.command import Command

        return Command(shlex.split(what))
    return _wrapped(_imported(what), args)


def _wrapped(model: Any, args: argparse.Namespace) -> Model:
    from ..models import wrap

    return wrap(
        model,
        takes=args.takes,
        layout=args.layout,
        alphabet=args.model_letters,
        batch_size=args.batch_size,
        output=args.output,
        device=args.device,
        n_threads=getattr(args, "threads", None),
    )


def _imported(text: str) -> Any:
    """What a module of the user's calls so; modules are looked for here, too."""
    module, colon, name = text.rpartition(":")
    if not colon or not module or not name:
        raise ValueError(f"--model python:{text} must be python:MODULE:NAME")
    sys.path.insert(0, os.getcwd())
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (Exception, SystemExit) as error:  # whatever a module of the user's does
        said = " ".join(str(error).split()) or type(error).__name__
        raise FastMIError(f"--model python:{text} cannot be used: {said}") from error
    finally:
        sys.path.remove(os.getcwd())
    return found


@contextmanager
def models_speak_on_stderr() -> Iterator[BinaryIO]:
    """What a model prints is no data of ours: that goes to the stream given here."""
    from ..models.base import stdout_to_stderr

    sys.stdout.flush()
    with os.fdopen(os.dup(1), "wb") as stdout, stdout_to_stderr():
        yield stdout
