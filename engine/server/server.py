"""The embedded server: a real nats-server of one's own, for as long as natstap runs.

It listens on the loopback only, on a free port, and lets in only who has its random
password, which is in a private file and on no command line. JetStream keeps its data in the
same private directory, which goes when the server goes; guard.py sees to that even when
natstap is killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from engine.errors import ServerUnavailable
from engine.fields import read_json
from engine.profile.profile import Profile
from engine.profile.server_info import greet

from .binary import find_binary
from .guard import Guard
from .refused_publishes import RefusedPublishes

HOST = "127.0.0.1"
POLL_INTERVAL = 0.001
START_TIMEOUT = 20.0
"""Seconds: a busy machine needs some, and a server that cannot start ends at once."""
GREET_TIMEOUT = 10.0
LOGIN_TIMEOUT = 30
"""Seconds that the server gives a client to log in: its own 2 are few on a busy machine."""
END_TIMEOUT = 2.0
CONFIG = "nats.conf"

_LOG_PREFIX = re.compile(r"^\[\d+\] (?:[\d/]+ [\d:.]+ )?\[\w+\] |^nats-server: ")


class EmbeddedServer:
    """`async with EmbeddedServer() as server:`, or `await EmbeddedServer.start()` and `stop()`.

    `config` is nats-server configuration added to, and winning over, natstap's own; there
    `$natstap_user` and `$natstap_password` stand for the credentials of `profile()`.
    Accounts may be added too. `port` 0 means a free one. `store_dir` keeps JetStream's data
    there, beyond `stop`.
    """

    def __init__(
        self,
        *,
        config: str = "",
        jetstream: bool = True,
        port: int = 0,
        store_dir: Path | None = None,
    ) -> None:
        self.port = port
        self.pid = 0
        """Process id while it runs, else 0."""
        self.version = ""
        self.refused_publishes = RefusedPublishes()
        """What its clients were not permitted to publish, as its log tells."""
        self._config = config
        self._jetstream = jetstream
        self._store = store_dir
        self._user = f"natstap-{secrets.token_hex(4)}"
        self._password = secrets.token_urlsafe(24)
        self._directory: Path | None = None
        self._guard: Guard | None = None

    def __repr__(self) -> str:
        return f"EmbeddedServer({self.url!r}, pid={self.pid}, version={self.version!r})"

    @classmethod
    async def start(
        cls,
        *,
        config: str = "",
        jetstream: bool = True,
        port: int = 0,
        store_dir: Path | None = None,
    ) -> EmbeddedServer:
        """A server that greets; raises `ServerUnavailable` that says why there is none."""
        server = cls(config=config, jetstream=jetstream, port=port, store_dir=store_dir)
        await server.restart()
        return server

    async def __aenter__(self) -> EmbeddedServer:
        if self._guard is None:
            await self.restart()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Where it listens, without credentials."""
        return f"nats://{HOST}:{self.port}"

    @property
    def directory(self) -> Path | None:
        """The private directory; None while stopped."""
        return self._directory

    @property
    def jetstream_dir(self) -> Path | None:
        """Where streams are stored; None when JetStream is off or the server is stopped."""
        if not self._jetstream or self._directory is None:
            return None
        return self._store or self._directory / "jetstream"

    def profile(self) -> Profile:
        """How to connect; its repr keeps the password to itself."""
        return Profile(
            servers=(self.url,),
            user=self._user,
            password=self._password,
            source="embedded server",
        )

    async def restart(self, timeout: float = START_TIMEOUT) -> None:
        """Stop if running, start on the same port with the same credentials.

        Streams survive only in a `store_dir`. Raises `ServerUnavailable` within `timeout` s.
        """
        await self.stop()
        try:
            async with asyncio.timeout(timeout):
                await self._launch(find_binary())
        except TimeoutError:
            raise self._unavailable(f"was not ready within {timeout:g} s") from None
        finally:
            if not self.version:
                await self.stop()

    async def stop(self) -> None:
        """End the server, gently for `END_TIMEOUT` seconds, then by force; safe to call twice."""
        guard, self._guard = self._guard, None
        pid, self.pid = self.pid, 0
        self.version = ""
        if guard is not None:
            await _end(guard, pid)
        directory, self._directory = self._directory, None
        if directory is not None and directory.exists():
            await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)

    async def _launch(self, binary: Path) -> None:
        try:
            self._directory = Path(tempfile.mkdtemp(prefix="natstap-"))
            config = self._write_config(self._directory)
        except OSError as error:
            where = f"cannot write to {tempfile.gettempdir()}"
            raise self._unavailable(f"{where} ({error.strerror}), where TMPDIR points") from error
        self._guard = await Guard.over(
            self._directory, str(binary), "-c", str(config), hear=self.refused_publishes.hear
        )
        while not (found := _whereabouts(self._directory)):
            if self._guard.exit_code is not None:
                await self._guard.ended(END_TIMEOUT)
                raise self._unavailable("ended at once")
            await asyncio.sleep(POLL_INTERVAL)
        self.pid, self.port = found
        info = await greet(HOST, self.port, timeout=GREET_TIMEOUT)
        if info is None:
            raise self._unavailable(f"does not greet on port {self.port}")
        self.version = str(info.get("version") or "unknown")

    def _write_config(self, directory: Path) -> Path:
        """Write it in JSON's quoting, which nats-server reads; mode 0600 from the start."""
        lines = [
            f"listen: {json.dumps(f'{HOST}:{self.port or -1}')}",
            "server_name: natstap",
            f"ports_file_dir: {json.dumps(str(directory))}",
            f"natstap_user: {json.dumps(self._user)}",
            f"natstap_password: {json.dumps(self._password)}",
            f"authorization {{ timeout: {LOGIN_TIMEOUT}, "
            "users: [{ user: $natstap_user, password: $natstap_password }] }",
        ]
        if self._jetstream:
            lines.append(f"jetstream {{ store_dir: {json.dumps(str(self.jetstream_dir))} }}")
        file = directory / CONFIG
        file.touch(mode=0o600)
        file.write_text("\n".join([*lines, self._config, ""]), encoding="utf-8")
        return file

    def _unavailable(self, what: str) -> ServerUnavailable:
        words = _LOG_PREFIX.sub("", self._guard.last_words) if self._guard else ""
        words = words.replace(f"{self._directory}/", "").replace(self._password, "***")
        said = f": {words}" if words else ""
        return ServerUnavailable(
            f"the embedded nats-server {what}{said} (to use another server, name it with --server)"
        )


def _whereabouts(directory: Path) -> tuple[int, int] | None:
    """The server's pid and port, from the file that it writes once it listens.

    The file may be half written, and a server that ends takes file and directory along.
    """
    with suppress(FileNotFoundError, ValueError, LookupError):
        for file in directory.glob("*.ports"):
            port = read_json(file.read_text())["nats"][0].rpartition(":")[2]
            return int(file.stem.rpartition("_")[2]), int(port)
    return None


async def _end(guard: Guard, pid: int) -> None:
    try:
        if pid and guard.exit_code is None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            await guard.ended(END_TIMEOUT)
    finally:
        await guard.release(END_TIMEOUT)
