"""WebSockets and proxies: the same link, by another way."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from broken.refusals import HOST, certificates
from helpers.hostile import nothing_slips
from helpers.tunnels import PathProxy, Socks, standing_between
from helpers.waiting import until

from engine import Link, NatsBroker, Profile
from engine.errors import CannotConnect, InvalidProfile
from engine.link.link import LinkState
from engine.profile.profile import resolve
from engine.server.server import EmbeddedServer


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def web_server(tls: str = "no_tls: true") -> AsyncIterator[tuple[EmbeddedServer, int]]:
    """A server that listens for WebSockets too, and their port."""
    port = free_port()
    config = f"websocket {{ host: 127.0.0.1, port: {port}, {tls} }}"
    async with EmbeddedServer(config=config) as server:
        yield server, port


def by(server: EmbeddedServer, url: str, **settings: str) -> Profile:
    return replace(server.profile(), servers=(url,), **settings)


async def ask(profile: Profile, body: str = "x") -> str:
    """A request that natstap itself answers, over one connection."""
    async with NatsBroker(profile) as broker:

        @broker.subscriber("echo")
        async def echo(said: str) -> str:
            return said

        await broker.start()
        return await (await broker.request(body, "echo", timeout=20)).decode()


async def test_a_request_by_web_socket_is_answered() -> None:
    async with web_server() as (server, port):
        assert await ask(by(server, f"ws://127.0.0.1:{port}")) == "x"


@pytest.mark.parametrize("size", [125, 126, 65_535, 65_536, 900_000])
async def test_frames_of_every_length_go_both_ways(size: int) -> None:
    async with web_server() as (server, port):
        assert await ask(by(server, f"ws://127.0.0.1:{port}"), "y" * size) == "y" * size


async def test_a_web_socket_over_tls_is_secure_and_its_certificate_is_checked(
    tmp_path: Path,
) -> None:
    made = certificates(tmp_path)
    tls = f'tls {{ cert_file: "{made}/here.pem", key_file: "{made}/here.key" }}'
    async with web_server(tls) as (server, port):
        profile = by(server, f"wss://{HOST}:{port}", ca=f"{made}/here.pem")
        async with Link.opened(profile) as link:
            assert link.secure
        assert await ask(profile) == "x"
        with nothing_slips() as slipped:
            with pytest.raises(CannotConnect, match="certificate"):
                await Link.open(replace(profile, ca=""))
            await asyncio.sleep(0)
            gc.collect()
        assert slipped == []


async def test_path_and_query_reach_the_web_server_in_front() -> None:
    async with (
        web_server() as (server, port),
        standing_between(PathProxy(port, "/nats/ws/?team=a%20b")) as front,
    ):
        profile = by(server, f"ws://127.0.0.1:{front.port}/nats/ws/?team=a%20b")
        assert await ask(profile) == "x"
        assert front.lines == ["GET /nats/ws/?team=a%20b HTTP/1.1"]
        with pytest.raises(CannotConnect, match="404 Not Found; is the path right"):
            await Link.open(by(server, f"ws://127.0.0.1:{front.port}/other"))


async def test_what_is_no_web_socket_is_said(server: EmbeddedServer) -> None:
    wrong = server.profile().servers[0].replace("nats://", "ws://")
    with pytest.raises(CannotConnect):
        await Link.open(replace(server.profile(), servers=(wrong,), timeout=3))


async def test_a_web_socket_comes_back_when_its_server_does() -> None:
    async with web_server() as (server, port):
        async with Link.opened(by(server, f"ws://127.0.0.1:{port}")) as link:
            heard: list[bytes] = []
            link.subscribe(b"s", lambda subject, *_: heard.append(subject))
            await link.barrier()
            await server.restart()
            await until(lambda: link.state is LinkState.CONNECTED)
            link.publish(b"s", b"again")
            await until(lambda: heard)


async def test_a_dead_web_socket_is_noticed() -> None:
    async with (
        web_server() as (server, port),
        standing_between(PathProxy(port, "/")) as front,
        Link.opened(by(server, f"ws://127.0.0.1:{front.port}")) as link,
    ):
        await server.stop()
        await until(lambda: link.state is LinkState.RECONNECTING)


def test_a_url_keeps_its_path_and_query_and_shows_no_query(tmp_path: Path) -> None:
    profile = resolve({"server": "wss://host/a/b/?token=secret"}, {"HOME": str(tmp_path)})
    assert profile is not None
    assert profile.servers == ("wss://host:443/a/b/?token=secret",)
    assert "secret" not in profile.display + profile.title + profile.source


@pytest.mark.parametrize(
    ("package", "settings", "what"),
    [
        ("websockets", {"servers": ("ws://127.0.0.1:1",)}, "a WebSocket needs the package"),
        ("python_socks", {"proxy": "socks5://127.0.0.1:1"}, "a proxy needs the package"),
    ],
)
async def test_a_missing_package_is_named(
    package: str, settings: dict[str, str], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(CannotConnect) as caught:
        await Link.open(replace(Profile.local(), **settings))
    assert f"{what} {package.replace('_', '-')} beside natstap: pip install" in str(caught.value)


# -- proxies -------------------------------------------------------------------------------


async def test_a_server_behind_a_socks_proxy_is_found_by_the_proxy(server: EmbeddedServer) -> None:
    port = server.profile().servers[0].rpartition(":")[2]
    async with standing_between(Socks()) as proxy:
        profile = by(server, f"nats://inside.example:{port}", proxy=proxy.url)
        assert await ask(profile) == "x"
        assert proxy.asked == [("inside.example", int(port))]


async def test_a_proxy_wants_its_own_password(server: EmbeddedServer) -> None:
    async with standing_between(Socks(user="me", password="pass")) as proxy:
        profile = replace(server.profile(), proxy=proxy.url)
        assert await ask(profile) == "x"
        wrong = replace(profile, proxy=proxy.url.replace("pass", "wrong"))
        with pytest.raises(CannotConnect, match=r"the proxy 127.0.0.1") as caught:
            await Link.open(wrong)
        assert "wrong" not in str(caught.value)


async def test_a_web_socket_goes_through_a_proxy() -> None:
    async with web_server() as (server, port), standing_between(Socks()) as proxy:
        profile = by(server, f"ws://inside.example:{port}", proxy=proxy.url)
        assert await ask(profile) == "x"


async def test_a_proxy_that_refuses_or_is_not_there_is_to_blame(server: EmbeddedServer) -> None:
    async with standing_between(Socks(refuses=True)) as proxy:
        with pytest.raises(CannotConnect, match=r"the proxy .* refuses"):
            await Link.open(replace(server.profile(), proxy=proxy.url))
    with pytest.raises(CannotConnect, match=r"the proxy .* cannot be reached"):
        await Link.open(replace(server.profile(), proxy=proxy.url))


async def test_a_proxy_that_says_nothing_ends_with_the_timeout(server: EmbeddedServer) -> None:
    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    where = f"socks5://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    with pytest.raises(CannotConnect, match="no answer within 1 s"):
        await Link.open(replace(server.profile(), proxy=where, timeout=1))
    silent.close()
    for writer in held:
        writer.close()


@pytest.mark.parametrize("wrong", ["host:1080", "socks5://host", "ftp://host:21", "socks5://:1"])
def test_a_proxy_that_cannot_be_one_is_refused(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidProfile, match="socks5://host:1080"):
        resolve({"server": "host", "socks_proxy": wrong}, {"HOME": str(tmp_path)})
