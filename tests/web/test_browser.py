"""natstap in a real browser: asked, read, watched, copied; and nobody without the token."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from helpers.chromium import BrowserPage, browsing, needs_chromium
from helpers.outside import printed, running

pytest.importorskip("textual_serve")
HAS_PROC = Path("/proc/self/cwd").exists()


@asynccontextmanager
async def served(tmp_path: Path, *flags: str) -> AsyncIterator[str]:
    """The address that natstap serve-web prints."""
    env = {**os.environ, "HOME": str(tmp_path)}
    command = (sys.executable, "-m", "tui", "serve-web", *flags)
    async with running(*command, env=env, stdout=PIPE, cwd=tmp_path) as process:
        yield await _address(process)


async def _address(process: Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(60):
        line = (await process.stdout.readline()).decode()
    found = re.search(r"http://\S+", line)
    assert found, line
    return found[0]


def refused(address: str, **headers: str) -> tuple[int, str]:
    try:
        with urlopen(Request(address, headers=headers), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


@needs_chromium
async def test_a_request_is_sent_read_watched_and_copied_in_a_browser(tmp_path: Path) -> None:
    async with (
        served(tmp_path, "--sessions", "1", "--", "--demo") as address,
        browsing(tmp_path / "browser") as new_page,
        new_page() as page,
    ):
        await page.do("Page.navigate", url=address)
        await page.see("natstap", "orders.create", "connected")
        await page.press("^J")
        await page.see("Answered in", "A-1001")
        await copies(page)
        await page.press("w")
        await page.see("Watch others", "math.*")
        await page.type("stock.>")
        await page.press("Enter")
        await page.see("listens to stock.>")
        assert await page.evaluate("location.search") == "", "the token stays in no address"
        hosts = {each.split("/")[2] for each in page.fetched if "//" in each}
        assert hosts == {address.split("/")[2]}, "nothing is fetched from elsewhere"
        async with new_page() as second:
            await second.do("Page.navigate", url=address)
            await second.until(lambda: second.refused, "the second page's session")
            assert second.written == "", "one session was allowed, and it is the first page's"
        assert running_in(tmp_path) >= 2 or not HAS_PROC
    async with asyncio.timeout(60):
        while running_in(tmp_path):  # the server was killed: natstap ends with it
            await asyncio.sleep(0.1)


def running_in(folder: Path) -> int:
    """How many processes there are in a folder."""
    found = 0
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):  # it has ended, or is somebody else's
            found += link.readlink() == folder
    return found


async def copies(page: BrowserPage) -> None:
    await page.press("Y")
    async with asyncio.timeout(60):
        while "A-1001" not in str(await page.evaluate("navigator.clipboard.readText()")):
            await asyncio.sleep(0.1)


async def test_nobody_gets_in_without_the_token_or_from_another_site(tmp_path: Path) -> None:
    async with served(tmp_path) as address:
        bare, host = address.partition("?")[0], address.split("/")[2]
        look = asyncio.to_thread
        assert (await look(refused, bare))[0] == 403
        assert (await look(refused, f"{bare}?token=wrong"))[0] == 403
        assert (await look(refused, f"{bare}ws"))[0] == 403
        assert (await look(refused, f"{bare}static/js/textual.js"))[0] == 403
        assert (await look(refused, address, Host="evil.example:80"))[0] == 403
        assert (await look(refused, address, Origin="http://evil.example"))[0] == 403
        token = address.partition("token=")[2]
        status, page = await look(refused, bare, Cookie=f"natstap-token={token}")
        assert status == 200
        assert "https://" not in page
        assert host in page


async def test_what_is_wrong_on_the_command_line_is_said() -> None:
    told = await printed(sys.executable, "-m", "tui", "serve-web", "--port", "70000", code=2)
    assert "70000 is not a port: try 8080" in told
