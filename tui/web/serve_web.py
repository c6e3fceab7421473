"""`natstap serve-web`: the same app in the browser, on the loopback and behind a token.

Each page has a natstap of its own, a process that ends with the page.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web
from aiohttp.web_runner import GracefulExit
from textual_serve.server import Server

from .gate import TOKEN, Gate

HOST = "127.0.0.1"
TITLE = "natstap"


class WebServer(Server):
    """textual-serve's, with a gate before it and a page that fetches nothing from elsewhere."""

    def __init__(self, command: str, port: int, *, token: str, max_sessions: int) -> None:
        super().__init__(
            command,
            host=HOST,
            port=port,
            title=TITLE,
            templates_path=Path(__file__).parent / "templates",
        )
        self._hosts = frozenset({f"{HOST}:{port}", f"localhost:{port}"})
        self.gate = Gate(token, self._hosts, max_sessions)
        self.address = f"{self.public_url}/?{TOKEN}={token}"

    async def make_app(self) -> web.Application:
        app = await self._make_app()
        app.middlewares.append(self.gate.middleware)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """What textual-serve would print has no token."""


def serve_web(options: argparse.Namespace, words: Sequence[str]) -> int:
    """Serve until Ctrl+C; `words` are the flags that each natstap is started with."""
    # exec: natstap sees its parent go, and no shell stands between
    command = f"exec {shlex.join((sys.executable, '-m', 'tui', *words))}"
    try:
        asyncio.run(_serve(options, command))
    except (KeyboardInterrupt, GracefulExit):
        return 0
    except OSError as error:
        print(
            f"natstap serve-web: port {options.port}: {error.strerror}: try --port 0",
            file=sys.stderr,
        )
        return 2
    return 0


async def _serve(options: argparse.Namespace, command: str) -> None:
    port = options.port or _free_port()
    token = secrets.token_urlsafe(24)
    server = WebServer(command, port, token=token, max_sessions=options.sessions)
    runner = web.AppRunner(await server.make_app(), handle_signals=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        print(
            f"natstap is at {server.address}\nThe address is a key: share it with nobody. "
            "Ctrl+C ends natstap.",
            flush=True,
        )
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _free_port() -> int:
    import socket

    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
