"""Clusters joined by gateways, which give a reply subject the name `_GR_.<cluster>.<server>.…`.

They do so when the asker began to listen on its inbox just before (2 s), so that the answer
finds its way back before the far cluster knows of the inbox. The far server takes the name
off again for its clients and for what lies behind its leaf nodes: only a server's trace of the
answer shows it. Source: nats-server's gateway.go (`isGWRoutedReply`), client.go
(`processMsgResults`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
from helpers.asking import list_requesters
from helpers.systems import accounts, free_ports, gateways, login, reachable
from helpers.waiting import eventually, flushed, until
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError

from engine import Journal, NatsBroker, Profile
from engine.audience.audience import audience
from engine.diagnosis.diagnosis import diagnose
from engine.journal import Exchange, ExchangeKind, State
from engine.server.server import EmbeddedServer
from engine.tracing.path import TraceStep
from engine.tracing.trace import Tracing, dry_run
from engine.watching.inbox_watch import InboxWatch
from engine.watching.subject_watch import SubjectWatch

SHARED = accounts(
    A='exports: [{ service: "svc" }]',
    B='imports: [{ service: { account: A, subject: "svc" } }]',
)


@asynccontextmanager
async def client(profile: Profile, name: str) -> AsyncIterator[Client]:
    connected = await nats.connect(
        profile.servers[0], user=profile.user, password=profile.password, name=name
    )
    try:
        yield connected
    finally:
        await connected.close()


@asynccontextmanager
async def copycat(profile: Profile) -> AsyncIterator[list[Msg]]:
    """A service of somebody else's that sends the headers back, as nats-py does by itself."""
    got: list[Msg] = []

    async def answer(message: Msg) -> None:
        got.append(message)
        await message.respond(b"!")

    async with client(profile, "copycat") as one:
        await one.subscribe("svc", cb=answer)
        await flushed(one)
        yield got


@asynccontextmanager
async def hosting(profile: Profile) -> AsyncIterator[Journal]:
    """natstap answers there; gives what it has seen."""
    journal = Journal()
    async with NatsBroker(profile, journal=journal) as broker:
        answering_on(broker)
        await broker.start()
        yield journal


def answering_on(broker: NatsBroker) -> None:
    @broker.subscriber("svc")
    async def handle(body: bytes) -> bytes:
        return b"!"


async def asked(asker: Client) -> None:
    """Return when a request was answered: the interest has to get around first."""

    async def heard() -> bool:
        try:
            await asker.request("svc", b"", timeout=30)
        except NoRespondersError:
            return False
        return True

    await eventually(heard)


def exchanges(journal: Journal) -> list[Exchange]:
    every = [journal.exchange(number) for number, _ in journal.heads()]
    return [one for one in every if one.kind is not ExchangeKind.NOTE]


def states(journal: Journal) -> list[State]:
    return [one.state for one in exchanges(journal)]


async def test_a_gateways_name_for_an_inbox_is_seen_in_the_trace_of_the_answer_only() -> None:
    async with gateways() as (near, far), copycat(far.profile()) as got:
        journal = Journal()
        async with NatsBroker(near.profile(), journal=journal) as broker:
            await reachable(broker, "svc")
            async with Tracing(broker, "svc") as tracing:
                call = broker.call(b"", "svc", headers=tracing.headers, timeout=30)
                await call.answer()
                path = await tracing.path("svc")
            assert path.complete
            assert [hop.name for hop in path.egress] == ["copycat"]
            ways = [(hop.server, hop.step, hop.peer) for hop in path.answer]
            assert ways == [
                ("far", TraceStep.IN, "client"),
                ("far", TraceStep.OUT, "gateway"),
                ("near", TraceStep.IN, "gateway"),
                ("near", TraceStep.OUT, "client"),
            ]
            asked = journal.exchange(call.number)
            assert path.answer[2].subject.startswith("_GR_.")
            assert path.answer[2].subject.endswith(f".{asked.reply_subject}")
            assert got[-1].reply == asked.reply_subject
            assert asked.state is State.ANSWERED
            assert {one.kind for one in exchanges(journal)} == {ExchangeKind.REQUEST}


async def test_who_listens_behind_a_gateway_is_named_and_dry_runs_get_there() -> None:
    async with gateways() as (near, far), copycat(far.profile()) as got:
        async with NatsBroker(near.profile()) as broker:
            await reachable(broker, "svc")
            before = len(got)
            assert (await audience(broker, "svc")).forecast == "1 listens: 1 reply"
            for _ in range(5):  # each has an inbox that the far cluster first has to hear of
                path = await dry_run(broker, "svc", timeout=2)
                assert (path.servers, path.complete) == (("near", "far"), True)
            assert len(got) == before


async def test_a_request_over_a_gateway_is_paired_by_who_answers_and_by_who_watches() -> None:
    async with gateways() as (near, far), hosting(far.profile()) as hosted:
        async with client(near.profile(), "asker") as asker, NatsBroker(far.profile()) as broker:
            await asked(asker)
            (requester,), unknown = await list_requesters(broker)
            assert (requester.name, requester.server, unknown) == ("asker", "near", ())
            watched = Journal()
            async with (
                InboxWatch(far.profile(), watched, requester),
                SubjectWatch(far.profile(), watched, ["svc"]),
            ):
                await asker.request("svc", b"?", timeout=30)
                await until(lambda: states(watched) == [State.ANSWERED])
        assert {one.state for one in exchanges(hosted)} == {State.ANSWERED}
        for one in (*exchanges(hosted), *exchanges(watched)):
            assert one.reply_subject.startswith("_INBOX.")


async def test_a_gateways_name_is_gone_behind_a_leaf_node_too() -> None:
    (port,) = free_ports(1)
    listen = f'leafnodes {{ listen: "127.0.0.1:{port}" }}'
    system = "accounts { SYS {} }\nsystem_account: SYS"
    async with gateways(system, listen) as (near, far):
        own = far.profile()
        url = f"nats-leaf://{own.user}:{own.password}@127.0.0.1:{port}"
        remotes = f'server_name: leaf\nleafnodes {{ remotes: [{{ url: "{url}" }}] }}'
        async with (
            EmbeddedServer(config=remotes, jetstream=False) as leaf,
            hosting(leaf.profile()) as hosted,
            client(near.profile(), "asker") as asker,
        ):
            await asked(asker)
            assert states(hosted) == [State.ANSWERED]
            assert exchanges(hosted)[0].reply_subject.startswith("_INBOX.")


async def test_an_import_over_a_gateway_is_labelled() -> None:
    async with gateways(SHARED, user="b") as (near, far):
        journal = Journal()
        async with NatsBroker(login(far, "a"), journal=journal) as host:
            answering_on(host)
            await host.start()
            async with client(login(near, "b"), "asker") as asker:
                await asked(asker)
            (one,) = exchanges(journal)
            assert (one.reply_subject.startswith("_R_."), one.state) == (True, State.ANSWERED)
            found = await diagnose(host, journal, one.number)
            (said,) = [words for title, words in found.evidence if title == "Reply subject"]
            assert "another account" in said
