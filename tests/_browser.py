"""A headless Chromium, spoken to through a pipe: nothing to install but the browser."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
LIMIT = 60.0  # seconds until an answer that does not come is an error

# Chromium reads from 3 and writes to 4; whoever started us may have these
_START = """
import os, sys
r, w = int(sys.argv[1]), int(sys.argv[2])
os.dup2(r, 3); os.dup2(w, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def chromium() -> str | None:
    """Path of a Chromium, of the environment variable FASTMI_CHROMIUM or of PATH."""
    named = os.environ.get("FASTMI_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page of a browser; what it says on the console and asks the network for is kept."""

    def __init__(self, path: str, folder: Path, width: int = 1400, height: int = 900) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._number = 0
        self._buffer = b""
        self._downloads = folder / "downloads"
        self._downloads.mkdir(parents=True, exist_ok=True)
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (theirs_in, theirs_out)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, *map(str, high), path, "--headless=new",
             "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update",
             "--force-color-profile=srgb", "--hide-scrollbars=false",
             f"--user-data-dir={folder / 'profile'}", "--remote-debugging-pipe"],
            pass_fds=high, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for fd in (theirs_in, theirs_out, *high):
            os.close(fd)
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session: str | None = None
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._ask(f"{domain}.enable")
        self._ask(
            "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self._downloads)
        )
        self.resize(width, height)

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        os.close(self._to)
        os.close(self._from)

    # ------------------------------------------------------------------------------- the pipe

    def _ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        session = getattr(self, "_session", None)
        if session is not None and not method.startswith(("Target", "Browser")):
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + LIMIT
        while True:
            answer = self._next(end, method)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._hear(answer)

    def _next(self, end: float, waiting_for: str) -> Any:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], max(end - time.monotonic(), 0))
            piece = os.read(self._from, 1 << 20) if ready else b""
            if not piece:
                raise RuntimeError(f"the browser gave no answer to {waiting_for}")
            self._buffer += piece
        text, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(text)

    def _hear(self, event: Any) -> None:
        said = event.get("params", {})
        if event["method"] == "Runtime.exceptionThrown":
            self.errors.append(str(said["exceptionDetails"]))
        elif event["method"] == "Runtime.consoleAPICalled" and said["type"] in (
            "error",
            "warning",
            "assert",
        ):
            self.errors.append(str(said["args"]))
        elif event["method"] == "Log.entryAdded" and said["entry"]["level"] == "error":
            self.errors.append(said["entry"]["text"])
        elif event["method"] == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])

    # ------------------------------------------------------------------------------- the page

    def resize(self, width: int, height: int) -> None:
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    def media(self, kind: str = "screen", scheme: str = "light") -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._ask("Emulation.setEmulatedMedia", media=kind, features=features)

    def open(self, path: Path) -> None:
        self._ask("Page.navigate", url=path.as_uri())
        self.until("document.readyState === 'complete'")
        self.settle()

    def settle(self) -> None:
        """Wait until what was changed is drawn."""
        self.js("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")

    def js(self, code: str) -> Any:
        """The value of an expression in the page."""
        answer = self._ask(
            "Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{code}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def text(self, selector: str) -> str:
        return str(self.js(f"document.querySelector({json.dumps(selector)}).textContent"))

    def texts(self, selector: str) -> list[str]:
        """Of all that it selects."""
        found = f"document.querySelectorAll({json.dumps(selector)})"
        return list(self.js(f"[...{found}].map(element => element.textContent)"))

    def box(self, selector: str) -> tuple[float, float, float, float]:
        """Left, top, width and height in the window."""
        element = f"document.querySelector({json.dumps(selector)})"
        found = self.js(f"{element}.getBoundingClientRect().toJSON()")
        return found["left"], found["top"], found["width"], found["height"]

    def until(self, condition: str) -> None:
        end = time.monotonic() + LIMIT
        while not self.js(condition):
            if time.monotonic() > end:
                raise RuntimeError(f"{condition} did not become true")
            time.sleep(0.02)

    def mouse(self, kind: str, x: float, y: float, buttons: int = 0) -> None:
        down = kind != "mouseMoved"
        self._ask(
            "Input.dispatchMouseEvent", type=kind, x=x, y=y, buttons=buttons,
            button="left" if down else "none", clickCount=int(down),
        )  # fmt: skip

    def click(self, x: float, y: float) -> None:
        self.mouse("mouseMoved", x, y)
        self.mouse("mousePressed", x, y, 1)
        self.mouse("mouseReleased", x, y)
        self.settle()

    def press(self, key: str, *, shift: bool = False) -> None:
        """A key, by the name that scripts see."""
        typed = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        codes = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowLeft": 37, "ArrowUp": 38,
                 "ArrowRight": 39, "ArrowDown": 40, "End": 35, "Home": 36}  # fmt: skip
        both = {"key": key, "modifiers": 8 * shift, "windowsVirtualKeyCode": codes.get(key, 0)}
        self._ask("Input.dispatchKeyEvent", type="keyDown", **both, **typed)
        self._ask("Input.dispatchKeyEvent", type="keyUp", **both)
        self.settle()

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        answer = self._ask("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))

    def pdf(self, path: Path) -> None:
        answer = self._ask("Page.printToPDF", printBackground=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    def downloaded(self) -> Path:
        """The one file that was downloaded."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            files = [p for p in self._downloads.iterdir() if p.suffix != ".crdownload"]
            if files:
                return files[0]
            self.settle()
        raise RuntimeError("nothing was downloaded")
