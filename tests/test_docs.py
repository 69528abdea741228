"""What the documentation says is true: examples run, names exist, links lead somewhere."""

from __future__ import annotations

import doctest
import importlib
import inspect
import os
import pkgutil
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib as mpl
import pytest

import fastmi

ROOT = Path(__file__).resolve().parents[1]
HEAVY = (
    "matplotlib",
    "scipy",
    "torch",
    "keras",
    "tensorflow",
    "onnxruntime",
    "sklearn",
    "tqdm",
    "pandas",
    "logomaker",
    "h5py",
)


def module_names() -> list[str]:
    """All modules of the package that is being tested, but the compiled one."""
    found = [m.name for m in pkgutil.walk_packages(fastmi.__path__, "fastmi.")]
    skipped = ("fastmi._core", "fastmi.__main__")  # the latter runs the command line
    return ["fastmi", *(n for n in found if n not in skipped)]


def text_of(name: str) -> str:
    path = ROOT / name
    if not path.is_file():
        pytest.skip(f"{name} is not here (the tests run outside the source folder)")
    return path.read_text(encoding="utf-8")


# ---------------------------------------------------------------------------------- modules


def test_the_modules_are_found() -> None:
    assert {"fastmi.mi", "fastmi.plot.heatmap", "fastmi.cli.mi"} <= set(module_names())


EXAMPLES = module_names()


@pytest.mark.parametrize("name", EXAMPLES)
def test_doctests(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mpl.use("Agg")
    module = importlib.import_module(name)
    said: list[str] = []
    runner = doctest.DocTestRunner()
    for test in doctest.DocTestFinder(exclude_empty=True).find(module):
        runner.run(test, out=said.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(said)


def test_doctests_are_found() -> None:
    found = {
        test.name
        for name in module_names()
        for test in doctest.DocTestFinder().find(importlib.import_module(name))
        if test.examples
    }
    assert {
        "fastmi.mi.pairwise_mi",
        "fastmi.counts.JointCounts",
        "fastmi.sequences.PackedSequences",
        "fastmi.plot.heatmap.heatmap",
    } <= found


@pytest.mark.parametrize("name", module_names())
def test_every_module_says_what_it_is(name: str) -> None:
    assert (importlib.import_module(name).__doc__ or "").strip()


# ------------------------------------------------------------------------------ public names


def public_callables() -> dict[str, Any]:
    """Public functions, and the public methods of public classes, by name."""
    found: dict[str, Any] = {}
    places: list[tuple[str, Any]] = [
        (f"fastmi.{n}", getattr(fastmi, n)) for n in fastmi.__all__
    ]
    for room in ("distributed", "models", "plot", "stats"):
        module = getattr(fastmi, room)
        places += [(f"fastmi.{room}.{n}", getattr(module, n)) for n in module.__all__]
    for name, thing in places:
        if isinstance(thing, ModuleType):
            continue
        if not inspect.isclass(thing):
            found[name] = thing
        elif not issubclass(thing, Exception | Warning):
            found[name] = thing
            for method, raw in vars(thing).items():
                if method.startswith("_"):
                    continue
                if isinstance(raw, classmethod | staticmethod) or inspect.isfunction(raw):
                    found[f"{name}.{method}"] = getattr(thing, method)
    return found


PUBLIC = public_callables()


@pytest.mark.parametrize("name", fastmi.__all__)
def test_public_names_exist_and_explain_themselves(name: str) -> None:
    thing = getattr(fastmi, name)
    assert (inspect.getdoc(thing) or "").strip()
    assert name in dir(fastmi)


def test_public_names_are_unique() -> None:
    assert len(set(fastmi.__all__)) == len(fastmi.__all__)


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="module 'fastmi' has no attribute 'pairwise'"):
        _ = fastmi.pairwise


def test_star_import_gives_all_names() -> None:
    space: dict[str, Any] = {}
    exec("from fastmi import *", space)
    assert set(fastmi.__all__) <= set(space)


# One-parameter methods whose first sentence says it, and what only our functions pass.
IN_PROSE = {
    "fastmi.Alphabet.from_about": {"about"},
    "fastmi.Alphabet.kmers": {"k"},
    "fastmi.MIResult": {"source"},
    "fastmi.models.Model": {"args", "kwargs"},  # of every protocol
    "fastmi.MIResult.label": {"i"},
}


def parameters(thing: Any) -> list[str]:
    names = list(inspect.signature(thing).parameters)
    return [n for n in names if n not in ("self", "cls")]


def sections(doc: str) -> dict[str, str]:
    """The numpydoc sections of a docstring."""
    parts = re.split(r"^(\w[\w ]*)\n-+$", doc, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def documented(section: str) -> set[str]:
    """Names in front of the types: lines that are not indented."""
    heads = re.findall(r"^\**(\w[\w, ]*?)(?: :.*)?$", section, flags=re.M)
    return {name.strip() for head in heads for name in head.split(",")}


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_parameter_is_documented(name: str) -> None:
    doc = inspect.getdoc(PUBLIC[name]) or ""
    found = sections(doc)
    names = set(parameters(PUBLIC[name])) - IN_PROSE.get(name, set())
    where = documented(found.get("Parameters", "")) | documented(found.get("Attributes", ""))
    assert names - where == set()


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_nothing_is_documented_that_is_not_there(name: str) -> None:
    thing = PUBLIC[name]
    section = sections(inspect.getdoc(thing) or "").get("Parameters", "")
    assert documented(section) - set(parameters(thing)) == set()


@pytest.mark.parametrize("name", sorted(n for n in PUBLIC if not inspect.isclass(PUBLIC[n])))
def test_what_is_returned_is_documented(name: str) -> None:
    thing = PUBLIC[name]
    returned = inspect.signature(thing).return_annotation
    if returned in ("None", None):
        return
    doc = inspect.getdoc(thing) or ""
    found = sections(doc)
    wanted = "Yields" if "Iterator" in str(returned) else "Returns"
    if parameters(thing) and "Parameters" in found:
        assert found[wanted].strip()
    else:
        assert doc.strip()


# -------------------------------------------------------------------------------- import cost


def test_import_loads_numpy_and_the_core_only() -> None:
    code = (
        "import sys, fastmi; "
        f"print([m for m in {HEAVY!r} if m in sys.modules]); "
        "print(sorted(m for m in sys.modules if m.startswith('fastmi')))"
    )
    home = str(Path(fastmi.__file__).resolve().parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": home},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    heavy, ours = done.stdout.splitlines()
    assert heavy == "[]"
    assert "'fastmi._core'" in ours
    assert "'fastmi.plot'" not in ours


@pytest.mark.parametrize(
    ("code", "without"),
    [
        ("fastmi.pairwise_mi(['ACGT', 'TTGA'], 1)", ("matplotlib", "scipy", "torch")),
        ("import fastmi.cli; fastmi.cli.build_parser()", ("matplotlib", "scipy", "torch")),
    ],
)
def test_what_is_not_needed_is_not_loaded(code: str, without: tuple[str, ...]) -> None:
    script = f"import sys, fastmi; {code}; print([m for m in {without!r} if m in sys.modules])"
    home = str(Path(fastmi.__file__).resolve().parents[1])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        env={**os.environ, "PYTHONPATH": home},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert done.stdout.strip() == "[]"


# --------------------------------------------------------------------------- README and docs


def python_blocks(name: str) -> list[str]:
    path = ROOT / name
    if not path.is_file():
        return []
    return re.findall(r"^```python\n(.*?)^```$", path.read_text(encoding="utf-8"), re.M | re.S)


PAGES = ["README.md", *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
RUN_HERE = [page for page in PAGES if page != "docs/batch.md"]  # see test_batch_docs.py
BLOCKS = [
    pytest.param(block, id=f"{page}-{number}")
    for page in RUN_HERE
    for number, block in enumerate(python_blocks(page), 1)
]


def test_readme_has_blocks_of_python() -> None:
    text_of("README.md")
    assert python_blocks("README.md")


@pytest.mark.parametrize("block", BLOCKS)
def test_blocks_of_python_run(
    block: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    if "shared/data" in block:
        shared = str(request.getfixturevalue("shared"))
        block = re.sub(r"(\.\./)*shared/data", shared, block)
    monkeypatch.chdir(tmp_path)
    mpl.use("Agg")
    exec(compile(block, "<block>", "exec"), {"__name__": "__main__"})


def test_readme_example_finds_what_its_comments_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text_of("README.md")
    blocks = [b for b in python_blocks("README.md") if "the pair (10, 30)" in b]
    assert len(blocks) == 1
    monkeypatch.chdir(tmp_path)
    exec(compile(blocks[0], "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert re.match(r"\[\(10, 30, ", lines[0])
    assert lines[-1] == "20"


def links(name: str) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", (ROOT / name).read_text(encoding="utf-8"))
    return [x for x in found if not re.match(r"[a-z]+:|#", x)]


@pytest.mark.parametrize(
    ("page", "link"),
    [
        (page, link)
        for page in [*PAGES, "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md"]
        if (ROOT / page).is_file()
        for link in links(page)
    ],
)
def test_links_lead_to_files(page: str, link: str) -> None:
    target, _, section = link.partition("#")
    path = (ROOT / page).parent / target if target else ROOT / page
    assert path.exists()
    if section:
        heads = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
        slugs = {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in heads}
        assert section in slugs


def commands() -> list[Any]:
    """The lines of the pages that call fastmi's command line."""
    found = []
    for page in RUN_HERE:
        if not (ROOT / page).is_file():
            continue
        text = (ROOT / page).read_text(encoding="utf-8")
        for block in re.findall(r"^```(?:bash|sh|console)\n(.*?)^```$", text, re.M | re.S):
            for line in block.replace("\\\n", " ").splitlines():
                for part in re.split(r"\||&&|;", line.split(" #")[0]):
                    words = shlex.split(part)
                    if words[:1] == ["fastmi"]:
                        found.append(pytest.param(words[1:], id=f"{page}: {' '.join(words)}"))
    return found


@pytest.mark.parametrize("argv", commands())
def test_commands_in_the_pages_are_understood(argv: list[str]) -> None:
    from fastmi.cli import build_parser

    args = build_parser().parse_args([a for a in argv if a not in (">",)])
    assert args.handler is not None


# ---------------------------------------------------------------------------------- versions


def test_newest_change_is_this_version() -> None:
    found = re.findall(r"^## \[?v?(\d+\.\d+\S*?)\]?(?:\s.*)?$", text_of("CHANGELOG.md"), re.M)
    assert found[0] == fastmi.__version__


def test_version_of_the_project_is_the_packages() -> None:
    text = text_of("pyproject.toml")
    literal = re.search(r'^version = "(.+)"$', text, re.M)
    if literal is not None:
        assert literal.group(1) == fastmi.__version__
    else:  # taken from the package
        assert re.search(r'^dynamic = \[.*"version".*\]$', text, re.M)
        assert re.search(r'^version = \{ ?attr = "fastmi\._?_?version', text, re.M)


def test_citation_has_this_version() -> None:
    found = re.search(r"^version: [\"']?([^\"'\s]+)", text_of("CITATION.cff"), re.M)
    assert found is not None
    assert found.group(1) == fastmi.__version__
