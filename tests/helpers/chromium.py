"""A real Chromium without a window, spoken to over its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import re
import shutil
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.outside import running
from websockets.asyncio.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
DEADLINE = 60.0
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-9;?<>=]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[=>()][A-Z0-9]?)"
)
_CODES = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowDown": 40, "ArrowUp": 38, ".": 190, ">": 190}
_CONTROL, _SHIFT = 2, 8


class BrowserPage:
    """A page of the browser: what is pressed in it, and what its terminal was sent."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._listening = asyncio.create_task(self._listen())
        self.written = ""
        """All that the terminal was sent, without what is not text."""
        self.fetched: list[str] = []
        """The addresses that the page asked for."""
        self.refused = False
        """True once a WebSocket was not let in."""

    async def _listen(self) -> None:
        async for line in self._socket:
            told = json.loads(line)
            if (waiting := self._waiting.pop(told.get("id", 0), None)) is not None:
                waiting.set_result(told.get("result", told))
            elif told.get("method") == "Network.webSocketFrameReceived":
                frame = told["params"]["response"]
                if frame["opcode"] == 2:
                    sent = base64.b64decode(frame["payloadData"]).decode(errors="replace")
                    self.written += _ESCAPES.sub("", sent)
            elif told.get("method") == "Network.webSocketFrameError":
                self.refused = True
            elif told.get("method") == "Network.requestWillBeSent":
                self.fetched.append(told["params"]["request"]["url"])

    async def do(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        async with asyncio.timeout(DEADLINE):
            return await self._waiting[number]

    async def evaluate(self, script: str) -> Any:
        told = await self.do(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        return told["result"].get("value")

    async def press(self, key: str) -> None:
        """A letter, a key by its name, or `^J`."""
        control = len(key) == 2 and key[0] == "^"
        name = key[1].lower() if control else key
        text = "\r" if key == "Enter" else name if len(name) == 1 and not control else ""
        code = _CODES.get(name) or ord(name.upper())
        shifted = len(name) == 1 and (name.isupper() or name == ">")
        modifiers = _CONTROL if control else _SHIFT if shifted else 0
        common = {"key": name, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        kind = "keyDown" if text else "rawKeyDown"
        await self.do("Input.dispatchKeyEvent", type=kind, text=text, **common)
        await self.do("Input.dispatchKeyEvent", type="keyUp", **common)

    async def type(self, text: str) -> None:
        for letter in text:
            await self.press(letter)

    async def see(self, *words: str) -> None:
        """Wait until the terminal was sent all of these."""
        await self.until(lambda: all(word in self.written for word in words), words)

    async def until(self, true: Callable[[], bool], words: object) -> None:
        try:
            async with asyncio.timeout(DEADLINE):
                while not true():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{words} not in:\n{self.written[-6000:]}") from None

    def close(self) -> None:
        self._listening.cancel()


@asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[Callable[[], Any]]:
    """A browser with a profile of its own; makes pages."""
    assert CHROMIUM is not None
    quiet = ("--disable-background-networking", "--disable-sync", "--no-first-run")
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", *quiet)
    async with running(
        CHROMIUM, *flags, f"--user-data-dir={folder}", "about:blank", stdout=DEVNULL, stderr=DEVNULL
    ):
        port = await _port(folder / "DevToolsActivePort")
        yield lambda: _page(*port)


async def _port(file: Path) -> tuple[str, str]:
    """Chromium writes its port and the browser's path there once it listens."""
    async with asyncio.timeout(DEADLINE):
        while len(lines := _read(file)) != 2:
            await asyncio.sleep(0.05)
    return lines[0], lines[1]


def _read(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


@asynccontextmanager
async def _page(port: str, path: str) -> AsyncIterator[BrowserPage]:
    root = f"ws://127.0.0.1:{port}"
    # a loaded machine may leave a browser without the processor for longer than its keepalive: 1011
    patient = {"max_size": None, "proxy": None, "ping_interval": None}
    async with connect(f"{root}{path}", **patient) as browser:
        maker = BrowserPage(browser)
        target = (await maker.do("Target.createTarget", url="about:blank"))["targetId"]
        rights = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        await maker.do("Browser.grantPermissions", permissions=rights)
        async with connect(f"{root}/devtools/page/{target}", **patient) as socket:
            page = BrowserPage(socket)
            await page.do("Network.enable")
            await page.do("Page.enable")
            await page.do("Emulation.setFocusEmulationEnabled", enabled=True)
            yield page
            page.close()
        maker.close()
