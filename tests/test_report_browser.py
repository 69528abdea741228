"""The page of HTML in a headless Chromium: what a reader sees, points at and takes away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from _browser import Browser, chromium
from _report_map import MARKUP, planted, tested_map

import fastmi

DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"


def title(i: int, j: int) -> str:
    """What the card is headed."""
    return f"{i} {DASH} {j}"


def pair_in(text: str) -> tuple[int, int]:
    """The pair that a heading names."""
    i, j = re.findall(r"\d+", text)[:2]
    return int(i), int(j)


def number(text: str) -> float:
    """A number as the page writes it."""
    return float(text.replace(MINUS, "-").replace(",", ""))


@pytest.fixture(scope="module")
def tested() -> fastmi.Significance:
    return tested_map()


@pytest.fixture(scope="module")
def page(tested: fastmi.Significance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "page.html"
    fastmi.report(tested, path, title=MARKUP)
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("there is no Chromium here (apt-get install chromium)")
    with Browser(path, tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def shown(browser: Browser, page: Path) -> Browser:
    """The page, opened anew."""
    browser.errors.clear()
    browser.requests.clear()
    browser.open(page)
    return browser


def facts(browser: Browser) -> dict[str, str]:
    """What the card says of a pair."""
    return dict(zip(browser.texts("#facts dt"), browser.texts("#facts dd"), strict=True))


def place(browser: Browser, i: int, j: int, positions: int = 29) -> tuple[float, float]:
    """The middle of a cell, in the window."""
    left, top, width, _ = browser.box("#map")
    return left + (j + 0.5) * width / positions, top + (i + 0.5) * width / positions


def test_it_opens_in_peace(shown: Browser, page: Path) -> None:
    assert shown.errors == []
    assert shown.requests == [page.as_uri()]
    assert shown.text("h1") == MARKUP
    assert shown.js("document.title") == MARKUP
    assert shown.js("document.images.length") == 0


def test_the_pointer_reads_the_map(shown: Browser, tested: fastmi.Significance) -> None:
    for i, j in ((5, 20), (2, 11), (20, 5)):
        shown.mouse("mouseMoved", *place(shown, i, j))
        shown.settle()
        said = facts(shown)
        low, high = min(i, j), max(i, j)
        assert shown.text("#pair-title") == title(low, high)
        assert said["distance"] == str(high - low)
        for name, matrix in (
            ("MI (bits)", tested.result.matrix),
            ("q", tested.q),
            ("p", tested.p),
        ):
            assert number(said[name]) == pytest.approx(matrix[i, j], rel=6e-3)
        beyond = number(said["beyond the null"])
        assert beyond == pytest.approx(tested.corrected[i, j], rel=6e-3)
        assert said["N"] == "2,000"
        assert title(low, high) in shown.text("#tip")
    before = shown.text("#pair-title")
    shown.mouse("mouseMoved", *place(shown, 9, 9))  # no pair
    shown.settle()
    assert shown.text("#pair-title") == before


def test_colours_are_those_of_the_values(shown: Browser, tested: fastmi.Significance) -> None:
    shown.js("document.querySelector('[value=value]').click()")
    shown.settle()
    values = tested.result.matrix[tested.result.pairs()]
    for i, j in ((5, 20), (2, 11), (11, 2)):
        share = (tested.result.matrix[i, j] - values.min()) / (values.max() - values.min())
        x, y = (int(v) for v in place(shown, i, j))
        left, top, *_ = shown.box("#map")
        ink = "document.getElementById('map').getContext('2d')"
        code = f"[...{ink}.getImageData({x - left}, {y - top}, 1, 1).data]"
        expected = mpl.colormaps["viridis"](float(share), bytes=True)
        assert np.abs(np.array(shown.js(code)[:3]) - expected[:3]).max() <= 4


def test_the_keyboard_moves_and_pins(shown: Browser) -> None:
    shown.js("document.getElementById('map').focus()")
    first = shown.text("#pair-title")
    i, j = pair_in(first)
    shown.press("ArrowDown")
    assert shown.text("#pair-title") == title(i + 1, j)
    shown.press("ArrowUp")
    assert shown.text("#pair-title") == first
    shown.press("ArrowLeft", shift=True)
    assert shown.text("#pair-title") == title(i, j - 10)
    for _ in range(3):
        shown.press("ArrowLeft", shift=True)  # over the diagonal, and no farther than the edge
    assert pair_in(shown.text("#pair-title")) == (0, i)
    shown.press("Enter")
    assert "pinned" in shown.text("#pair-title")
    shown.until("document.getElementById('said').textContent.includes('pinned')")
    assert "0 and" in shown.text("#said")
    shown.press("ArrowDown")
    assert shown.text("#pair-title").startswith(title(0, i))  # what is pinned stays
    shown.press("Escape")
    assert "pinned" not in shown.text("#pair-title")
    ring = "getComputedStyle(document.getElementById('map')).outlineStyle"
    assert shown.js(ring) == "solid"


def test_a_click_pins_and_again_lets_go(shown: Browser) -> None:
    shown.click(*place(shown, 5, 20))
    assert shown.text("#pair-title") == f"{title(5, 20)} · pinned"
    assert shown.text("#row-i") == "5"
    shown.click(*place(shown, 5, 20))
    assert shown.text("#pair-title") == title(5, 20)


def test_dragging_zooms(shown: Browser) -> None:
    (x, y), (x2, y2) = place(shown, 3, 15), place(shown, 13, 25)
    shown.mouse("mouseMoved", x, y)
    shown.mouse("mousePressed", x, y, 1)
    shown.mouse("mouseMoved", x2, y2, 1)
    shown.mouse("mouseReleased", x2, y2)
    shown.settle()
    shown.mouse("mouseMoved", *place(shown, 0, 0, 10))
    shown.settle()
    i, j = pair_in(shown.text("#pair-title"))
    assert abs(i - 3) <= 1
    assert abs(j - 15) <= 1
    shown.js("document.getElementById('zoom-reset').click()")
    shown.settle()
    shown.mouse("mouseMoved", *place(shown, 2, 20))
    shown.settle()
    assert shown.text("#pair-title") == title(2, 20)


def rows(browser: Browser) -> list[list[str]]:
    """The rows of the table in sight."""
    cells = "[...row.cells].map(cell => cell.textContent)"
    code = f"[...document.querySelectorAll('#pairs tr[data-pair]')].map(row => {cells})"
    return list(browser.js(code))


def header(browser: Browser, name: str) -> None:
    at = browser.texts("#pairs th button").index(name)
    browser.js(f"document.querySelectorAll('#pairs th button')[{at}].click()")
    browser.settle()


def fill(browser: Browser, field: str, value: object) -> None:
    element = f"document.getElementById('{field}')"
    browser.js(f"{element}.value = '{value}'")
    browser.js(f"{element}.dispatchEvent(new Event('input'))")
    browser.settle()


def test_the_table_sorts(shown: Browser, tested: fastmi.Significance) -> None:
    order = tested.top_pairs(None, q=None)
    assert [r[:2] for r in rows(shown)[:5]] == [[p["label_i"], p["label_j"]] for p in order[:5]]
    header(shown, "distance")
    assert rows(shown)[0][:3] == ["0", "28", "28"]
    assert (
        shown.js("document.querySelector('[aria-sort=descending]').textContent") == "distance"
    )
    header(shown, "distance")
    assert [r[2] for r in rows(shown)[:3]] == ["2"] * 3
    header(shown, "p")
    found = [number(r[5]) for r in rows(shown)]
    assert found == sorted(found)
    header(shown, "leading k-mer pairs")
    assert rows(shown)[0][8].startswith(("TG", "GA"))


def test_the_table_filters(shown: Browser, tested: fastmi.Significance) -> None:
    pairs = tested.top_pairs(None, q=None)
    fill(shown, "from", 14)
    fill(shown, "to", 16)
    kept = pairs[(pairs["distance"] >= 14) & (pairs["distance"] <= 16)]
    assert shown.text("#shown") == f"{len(kept)} of 378 pairs"
    fill(shown, "most-q", 0.05)
    kept = kept[kept["q"] <= 0.05]
    assert len(kept) > 0
    assert shown.text("#shown") == f"{len(kept)} of 378 pairs"
    assert len(rows(shown)) == len(kept)
    fill(shown, "text", "nothing")
    assert rows(shown) == []
    assert shown.text("#shown") == "0 of 378 pairs"
    shown.js("document.getElementById('clear').click()")
    shown.settle()
    fill(shown, "text", f"tg{DASH}ca")
    assert all(f"TG{DASH}CA" in r[8] for r in rows(shown))
    assert shown.errors == []


def test_only_rows_in_sight_are_there(shown: Browser) -> None:
    assert len(rows(shown)) < 60
    shown.js("document.getElementById('pairs').scrollTop = 1e6")
    shown.settle()
    shown.until("document.querySelector('tr[aria-rowindex=\"379\"]') !== null")
    assert len(rows(shown)) < 60
    shown.js("document.getElementById('pairs').focus()")
    shown.press("Home")
    shown.press("ArrowDown")
    chosen = "document.querySelector('#pairs .chosen').getAttribute('aria-rowindex')"
    assert shown.js(chosen) == "3"
    shown.press("Enter")
    i, j = (int(x) for x in rows(shown)[1][:2])
    assert shown.text("#pair-title") == f"{title(i, j)} · pinned"


def test_the_slider_moves_the_contour(shown: Browser, tested: fastmi.Significance) -> None:
    assert shown.text("#q-text") == "0.05"
    found = []
    for notch, q in ((None, 0.05), (0, 1e-10), (29, 0.5), (30, 1.0)):
        if notch is not None:
            fill(shown, "q-slider", notch)
        assert shown.text("#q-count") == f"{tested.n_significant(q)} pairs"
        with np.errstate(invalid="ignore"):
            inside = np.pad(tested.q <= q, 1)
        around = sum(
            np.count_nonzero(inside & ~np.roll(inside, by, axis))
            for axis in (0, 1)
            for by in (-1, 1)
        )
        assert int(shown.js("document.getElementById('map').dataset.edges")) == around
        found.append(around)
    assert len(set(found)) > 2


def test_curves_are_the_librarys(shown: Browser, tested: fastmi.Significance) -> None:
    shown.js("document.querySelector('[value=value]').click()")
    shown.settle()
    expected = tested.result.by_distance()
    for name in ("mean", "max"):
        left, top, width, _ = shown.box(f"#{name}")
        at = 13  # of the distances
        x = left + 58 + (at + 0.5) / len(expected) * (width - 66)
        shown.mouse("mouseMoved", x, top + 20)
        shown.settle()
        said = re.match(r"15: (\S+);", shown.text(f"#{name}-text"))
        assert said is not None
        assert number(said[1]) == pytest.approx(expected[at][name], rel=1e-3)
    shown.click(x, top + 20)
    assert shown.text("#shown") == "14 of 378 pairs"


def test_the_table_can_be_taken_away(shown: Browser, tested: fastmi.Significance) -> None:
    fill(shown, "most-q", 0.05)
    shown.js("document.getElementById('save').click()")
    path = shown.downloaded()
    assert path.name.endswith(".pairs.tsv")
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    best = tested.top_pairs(None)
    assert lines[0][:5] == ["i", "j", "label_i", "label_j", "distance"]
    assert len(lines) == 1 + len(best)
    for line, pair in zip(lines[1:], best, strict=True):
        row = dict(zip(lines[0], line, strict=True))
        assert (int(row["i"]), int(row["j"])) == (pair["i"], pair["j"])
        assert float(row["mi_bits"]) == pytest.approx(pair["value"], rel=1e-6)
        assert float(row["q"]) == pytest.approx(pair["q"], rel=1e-9)
    kmers = lines[1][lines[0].index("top_kmers")]
    assert re.fullmatch(r"([ACGT]{2}~[ACGT]{2}:\d+:[\d.e-]+;?){1,3}", kmers)


@pytest.mark.parametrize("measure", ["MI", "JS", "BC_inv"])
def test_maps_without_a_test_open_too(browser: Browser, tmp_path: Path, measure: str) -> None:
    if measure == "MI":
        result = fastmi.pairwise_mi(planted(), 1)
    else:
        result = fastmi.pairwise_distance(planted(), 1, measure=measure)
    fastmi.report(result, tmp_path / "p.html")
    browser.errors.clear()
    browser.open(tmp_path / "p.html")
    assert browser.errors == []
    assert browser.js("document.querySelector('#q-slider, #most-q')") is None
    assert "q" not in facts(browser)
    assert "p" not in browser.texts("#pairs th")
    assert browser.js("document.getElementById('logo') !== null") == (measure == "MI")


def test_it_is_laid_out_on_narrow_and_dark_screens_and_paper(
    shown: Browser, tmp_path: Path
) -> None:
    for width in (800, 400):
        shown.resize(width, 900)
        shown.settle()
        assert shown.js("document.documentElement.scrollWidth <= innerWidth")
    shown.resize(1400, 900)
    shown.media(scheme="dark")
    shown.settle()
    assert shown.js("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    shown.media()
    shown.pdf(tmp_path / "p.pdf")
    assert (tmp_path / "p.pdf").read_bytes().startswith(b"%PDF")
    assert shown.errors == []
