"""The page on the architecture is true: every file has a room, and imports point downwards."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
if not PAGE.is_file():
    pytest.skip("the tests run outside the source folder", allow_module_level=True)

# of several models, each is wrapped, which may be several again
TURNS_BACK = {("fastmi.models._recognised", "fastmi.models.base")}

# who may import a room from outside it, also late; nobody else may
KNOWN_BY = {
    "fastmi.cli": {"fastmi.__main__"},
    "fastmi.plot": {"fastmi.cli", "fastmi.reporting", "fastmi._page_words"},
    "fastmi.reporting": {"fastmi.cli"},
    "fastmi.contacts": {"fastmi.cli", "fastmi.plot"},
    "fastmi.distributed": set(),
    "fastmi.exploring": set(),
    "fastmi.stats": {
        "fastmi.interpretation",
        "fastmi.selected",
        "fastmi._null_tests",
        "fastmi.loading",
        "fastmi.reporting",
        "fastmi._page_words",
        "fastmi.cli",
        "fastmi.plot",
    },
    "fastmi.comparing": {"fastmi.cli", "fastmi.plot"},
    "fastmi.interpreting": {"fastmi.exploring", "fastmi.cli"},
    "fastmi.following": {"fastmi.cli", "fastmi.plot"},
    "fastmi.gia": {"fastmi.following", "fastmi.loading", "fastmi.cli", "fastmi.plot"},
    "fastmi.ism": {"fastmi.loading", "fastmi.cli", "fastmi.plot"},
    "fastmi.dependency": {"fastmi.loading", "fastmi.cli", "fastmi.plot"},
    "fastmi.scoring": {
        "fastmi.interpreting",
        "fastmi.exploring",
        "fastmi.gia",
        "fastmi.ism",
        "fastmi.dependency",
        "fastmi.cli",
    },
    "fastmi.simulate": {"fastmi.exploring", "fastmi.gia", "fastmi.following", "fastmi.cli"},
    "fastmi.models": {
        "fastmi._score_cache",
        "fastmi.scoring",
        "fastmi.interpreting",
        "fastmi.gia",
        "fastmi.ism",
        "fastmi.dependency",
        "fastmi.following",
        "fastmi.cli",
    },
}

# --------------------------------------------------------------------------------- the rooms


def rooms() -> list[str]:
    """Patterns of the files that have rooms; a name without a folder has the last one's."""
    found = []
    text = PAGE.read_text(encoding="utf-8")
    tables = text[text.index("## Rooms") : text.index("## The seam")]
    for cell in re.findall(r"^\| (`.*?) \|", tables, re.M):
        folder = ""
        for name in re.findall(r"`([^`]+)`", cell):
            folder = name.rpartition("/")[0] if "/" in name else folder
            whole = name if "/" in name or not folder else f"{folder}/{name}"
            found.append(whole + "**/*" if whole.endswith("/") else whole)
    return found


def test_rooms_are_found() -> None:
    assert {"csrc/pack.c", "csrc/parse.c", "fastmi/io.py", "fastmi/cli/**/*"} <= set(rooms())


@pytest.mark.parametrize("room", rooms())
def test_every_room_has_a_file(room: str) -> None:
    assert any(path.is_file() for path in ROOT.glob(room))


def test_every_file_has_a_room() -> None:
    named = {path for room in rooms() for path in ROOT.glob(room)}
    files = [
        path
        for folder, endings in (("csrc", "c h"), ("fastmi", "py pyx pxd pyi"))
        for ending in endings.split()
        for path in (ROOT / folder).rglob(f"*.{ending}")
    ]
    assert len(files) > 100
    assert sorted(str(path.relative_to(ROOT)) for path in files if path not in named) == []


def test_no_file_has_two_rooms() -> None:
    found = [path for room in rooms() for path in ROOT.glob(room) if path.is_file()]
    assert sorted(str(path) for path, n in Counter(found).items() if n > 1) == []


# ------------------------------------------------------------------------------- the imports

FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (ROOT / "fastmi").rglob("*.py")
}


def imported(module: str) -> Iterator[str]:
    """The modules of fastmi that a module imports, also late, but for types only."""
    path = FILES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    todo: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        todo += ast.iter_child_nodes(node)
        if not isinstance(node, ast.ImportFrom):
            continue
        base = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, base]).rstrip(".")
        for name in node.names:
            whole = f"{base}.{name.name}"
            if whole in FILES or base in FILES:
                yield whole if whole in FILES else base


GRAPH = {module: set(imported(module)) - {"fastmi", module} for module in FILES}


def test_the_graph_is_found() -> None:
    assert "fastmi.sequences" in GRAPH["fastmi.io"]
    assert "fastmi.simulate.shuffling" in GRAPH["fastmi.cli.shuffle"]  # late
    assert "fastmi.motifs" not in GRAPH["fastmi._strengths"]  # types only


def test_no_module_imports_itself_by_others() -> None:
    left = {module: set(others) for module, others in GRAPH.items()}
    for above, below in TURNS_BACK:
        left[below].remove(above)
    while free := [module for module, others in left.items() if not others & left.keys()]:
        for module in free:
            del left[module]
    assert sorted(left) == []


@pytest.mark.parametrize("room", KNOWN_BY)
def test_only_those_above_know_a_room(room: str) -> None:
    def inside(module: str, of: str) -> bool:
        return module == of or module.startswith(f"{of}.")

    knowing = [
        module
        for module, others in GRAPH.items()
        if not inside(module, room) and any(inside(other, room) for other in others)
    ]
    allowed = KNOWN_BY[room]
    assert [m for m in knowing if not any(inside(m, above) for above in allowed)] == []
