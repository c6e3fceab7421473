"""Broken and complex systems, built from real servers: users, accounts, clusters, leaf nodes.

Everything here is configuration text for `EmbeddedServer`, and waiting until what it
describes is up; nothing is faked.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
from asyncio import StreamReader
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from random import SystemRandom
from typing import Any

from helpers.waiting import eventually

from engine import Link, NatsBroker, Profile
from engine.errors import NatstapError, NoResponders
from engine.server.server import EmbeddedServer

PASSWORD = "secret"
_BY_CHANCE = SystemRandom()


def users(*permissions: str) -> str:
    """Configuration: users u1, u2, ... with these `permissions` blocks beside the own user."""
    lines = [_user(f"u{n}", one) for n, one in enumerate(permissions, 1)]
    own = "{ user: $natstap_user, password: $natstap_password }"
    return f"authorization {{ timeout: 30, users: [{own}, {', '.join(lines)}] }}"


def accounts(**blocks: str) -> str:
    """Configuration: one account per name, holding a user of the same name in lower case.

    A block may have `exports`, `imports`, `mappings`, `jetstream`, and for its user a line
    `permissions { ... }`, which goes to the user.
    """
    made = []
    for name, block in blocks.items():
        rest, _, permissions = block.partition("permissions")
        user = _user(name.lower(), permissions and f"permissions{permissions}")
        made.append(f"{name} {{ users: [{user}]\n{rest} }}")
    return "accounts {\n" + "\n".join(made) + "\n}"


def _user(name: str, permissions: str = "") -> str:
    return f"{{ user: {name}, password: {PASSWORD}\n{permissions} }}"


def login(server: EmbeddedServer, user: str = "", **settings: Any) -> Profile:
    """How `user` connects, or the server's own user when none is named."""
    own = server.profile()
    if user:
        own = replace(own, user=user, password=PASSWORD)
    return replace(own, **settings)


# -- several servers ---------------------------------------------------------------------


@asynccontextmanager
async def cluster(
    size: int = 2, config: str = "", first: str = "", *, user: str = ""
) -> AsyncIterator[list[EmbeddedServer]]:
    """Servers n1, n2, ... of one cluster, once each hears from all; no JetStream.

    `config` is for all of them, `first` for n1 alone; `user` is one that may ask the servers
    who is there.
    """
    ports = free_ports(size)
    routes = ", ".join(f'"nats-route://127.0.0.1:{port}"' for port in ports)
    async with AsyncExitStack() as stack:
        servers = []
        for n, port in enumerate(ports, 1):
            text = (
                f"server_name: n{n}\n"
                f'cluster {{ name: c, listen: "127.0.0.1:{port}", pool_size: -1,\n'
                f" routes: [{routes}] }}\n{config}\n{first if n == 1 else ''}"
            )
            server = await stack.enter_async_context(EmbeddedServer(config=text, jetstream=False))
            servers.append(server)
        for server in servers:
            await answering(server, size, user)
        yield servers


@asynccontextmanager
async def leaf(
    hub_config: str = "",
    leaf_config: str = "",
    *,
    user: str = "",
    account: str = "",
    remote: str = "",
) -> AsyncIterator[tuple[EmbeddedServer, EmbeddedServer]]:
    """A hub (JetStream domain "hub") and a leaf node (domain "leaf") connected to it.

    The leaf node logs in to the hub as `user` and binds its own `account`; `remote` is more of what
    it says of its remote, such as `deny_exports`.
    """
    (port,) = free_ports(1)
    async with AsyncExitStack() as stack:
        hub = await stack.enter_async_context(
            EmbeddedServer(
                config=f'leafnodes {{ listen: "127.0.0.1:{port}" }}\n'
                f"{_domain(stack, 'hub')}{hub_config}"
            )
        )
        profile = login(hub, user)
        bound = f", account: {account}" if account else ""
        bound += f", {remote}" if remote else ""
        url = f"nats-leaf://{profile.user}:{profile.password}@127.0.0.1:{port}"
        edge = await stack.enter_async_context(
            EmbeddedServer(
                config=f'leafnodes {{ remotes: [{{ url: "{url}"{bound} }}] }}\n'
                f"{_domain(stack, 'leaf')}{leaf_config}"
            )
        )
        yield hub, edge


@asynccontextmanager
async def jetstream_cluster(size: int = 3) -> AsyncIterator[list[EmbeddedServer]]:
    """Servers n1, n2, ... that keep streams together, once they have agreed on a leader."""
    ports = free_ports(size)
    routes = ", ".join(f'"nats-route://127.0.0.1:{port}"' for port in ports)
    async with AsyncExitStack() as stack:
        servers = []
        for n, port in enumerate(ports, 1):
            store = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            text = (
                f'server_name: n{n}\njetstream {{ store_dir: "{store}" }}\n'
                f'cluster {{ name: c, listen: "127.0.0.1:{port}", routes: [{routes}] }}'
            )
            server = await stack.enter_async_context(EmbeddedServer(config=text, jetstream=False))
            servers.append(server)
        async with NatsBroker(servers[0].profile()) as broker:

            async def led() -> bool:
                try:
                    await broker.jetstream.api("STREAM.NAMES")
                except NatstapError:
                    return False
                return True

            await eventually(led)
        yield servers


@asynccontextmanager
async def gateways(
    config: str = "", far_config: str = "", *, user: str = ""
) -> AsyncIterator[tuple[EmbeddedServer, EmbeddedServer]]:
    """Two clusters, "near" and "far", of one server each and joined by gateways.

    `user` is one that may ask the servers who is there.
    """
    ports = dict(zip(("near", "far"), free_ports(2), strict=True))
    known = ", ".join(
        f'{{ name: {name}, url: "nats://127.0.0.1:{port}" }}' for name, port in ports.items()
    )

    def text(name: str) -> str:
        listen = f'listen: "127.0.0.1:{ports[name]}"'
        return (
            f"server_name: {name}\n"
            f"gateway {{ name: {name}, {listen}, gateways: [{known}] }}\n{config}\n"
        )

    async with (
        EmbeddedServer(config=text("near"), jetstream=False) as near,
        EmbeddedServer(config=text("far") + far_config, jetstream=False) as far,
    ):
        for server in (near, far):
            await answering(server, 2, user)
        yield near, far


def _domain(stack: AsyncExitStack, name: str) -> str:
    store = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
    return f'server_name: {name}\njetstream {{ domain: {name}, store_dir: "{store}" }}\n'


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on; needed where servers must know each other's beforehand.

    They are below those that the system deals out: nobody else is given one meanwhile.
    """
    ports: set[int] = set()
    while len(ports) < count:
        port = _BY_CHANCE.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            ports.add(port)
    return list(ports)


async def answering(server: EmbeddedServer, count: int, user: str = "") -> None:
    """Return when as many servers answer one question."""
    async with NatsBroker(login(server, user)) as broker:

        async def enough() -> bool:
            replies = broker.request_many(
                {}, "$SYS.REQ.ACCOUNT.PING.CONNZ", timeout=2, gap=0.1, count=count
            )
            return len(await replies.all()) >= count

        await eventually(enough)


async def reachable(broker: NatsBroker, subject: str) -> None:
    """Return when a request to `subject` finds a listener, however many servers away."""

    async def heard() -> bool:
        try:
            await broker.request(b"are you there", subject, timeout=2)
        except NoResponders:
            return False
        except TimeoutError:
            return True
        return True

    await eventually(heard)


# -- clients -----------------------------------------------------------------------------


@asynccontextmanager
async def listener(
    profile: Profile, *subjects: str, name: str = "listener", queue: str = ""
) -> AsyncIterator[list[str]]:
    """A silent client; gives the list of subjects that it hears messages on."""
    heard: list[str] = []

    def hear(subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        heard.append(subject.decode())

    async with Link.opened(replace(profile, name=name)) as link:
        for subject in subjects:
            link.subscribe(subject.encode(), hear, queue.encode())
        await link.barrier()
        yield heard


@asynccontextmanager
async def mqtt_listener(profile: Profile, port: int, topic: str) -> AsyncIterator[StreamReader]:
    """An MQTT client on a server with `mqtt { listen: ... }`; gives what it is sent, raw."""

    def packet(kind: int, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return bytes((kind, len(body))) + body

    def field(value: str) -> bytes:
        return len(value).to_bytes(2, "big") + value.encode()

    login = (field("listener"), field(profile.user), field(profile.password))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(packet(0x10, field("MQTT"), b"\x04\xc2\x00\x3c", *login))
    assert await reader.readexactly(4) == b"\x20\x02\x00\x00"
    writer.write(packet(0x82, b"\x00\x01", field(topic), b"\x00"))
    assert await reader.readexactly(5) == b"\x90\x03\x00\x01\x00"
    try:
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def responder(
    profile: Profile, subject: str, answer: Any = "answer", *, name: str = "svc", queue: str = ""
) -> AsyncIterator[NatsBroker]:
    """A client that answers every request on `subject`."""
    async with NatsBroker(replace(profile, name=name)) as broker:

        @broker.subscriber(subject, queue)
        async def handle(_: Any) -> Any:
            return answer

        await broker.start()
        yield broker
