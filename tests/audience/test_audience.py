"""Who would receive a message, on real servers of every shape."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from helpers.freezing import freeze, frozen, thaw
from helpers.operator_mode import Operator
from helpers.operator_mode import login as jwt_login
from helpers.systems import (
    PASSWORD,
    accounts,
    answering,
    cluster,
    free_ports,
    leaf,
    listener,
    login,
    reachable,
    responder,
    users,
)
from helpers.waiting import QUIET, eventually, until
from hypothesis import given
from hypothesis import strategies as st

from engine import Journal, Link, NatsBroker, Profile
from engine.audience.audience import Audience, audience
from engine.audience.delivery_check import is_cut_off, reached
from engine.audience.nearest import nearest
from engine.clients import connections, listeners
from engine.clients.connections import Connection, Interest, Roster, Server, read_roster, roster
from engine.clients.listeners import Listener
from engine.clients.permissions import Rights, read_user
from engine.diagnosis.cause import Cause
from engine.diagnosis.diagnosis import diagnose
from engine.errors import InvalidSubject, RequestTimeout
from engine.link.linked_server import LinkedServer
from engine.rpc.inquiry import Inquiry
from engine.server.server import EmbeddedServer
from engine.tracing.path import Hop, Path, TraceStep

# -- one server --------------------------------------------------------------------------


async def test_a_listener_is_told_with_name_id_language_and_queue(
    broker: NatsBroker, profile: Profile
) -> None:
    async with responder(profile, "math.*", name="calculator", queue="q") as service:
        for _ in range(3):
            await broker.request(1, "math.add", timeout=30)
        found = await audience(broker, "math.add")
        (one,) = found.listeners
        assert (one.client, one.pattern, one.queue) == ("calculator", "math.*", "q")
        assert (one.cid, one.language) == (service.link.server.client_id, "python3")
        assert (one.messages, one.own, one.tap) == (3, False, False)
        assert found.forecast == "1 listens (queue q): 1 reply"
        assert (found.may_publish, found.may_hear_replies, found.unknown) == (True, True, ())


async def test_a_queue_group_answers_once_and_everybody_else_each(
    broker: NatsBroker, profile: Profile
) -> None:
    async with (
        responder(profile, "a.b", queue="q"),
        responder(profile, "a.*", queue="q"),
        responder(profile, "a.b", queue="other"),
        responder(profile, "a.>"),
        listener(profile, ">", name="tap"),
    ):
        found = await audience(broker, "a.b")
        replies = await broker.request_many(b"", "a.b", timeout=30, gap=QUIET).all()
        assert found.replies == len(replies) == 3
        assert [one.client for one in found.taps] == ["tap"]
        assert found.forecast == "4 listen (queues q, other), 1 tap: 3 replies"


async def test_what_natstap_hosts_is_marked_as_its_own(broker: NatsBroker) -> None:
    @broker.subscriber("mine")
    async def handle(body):
        return body

    await broker.start()
    (one,) = (await audience(broker, "mine")).listeners
    assert (one.own, one.tap) == (True, False)


async def test_nobody_gets_the_message_and_the_journal_stays_empty(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    async with listener(profile, "quiet.>") as heard, listener(profile, "quiet.x", queue="q"):
        await audience(broker, "quiet.x")
        await broker.publish(b"real", "quiet.y")
        await until(lambda: heard)
        assert heard == ["quiet.y"]
    assert [journal.exchange(n).subject for n, _ in journal.heads()] == ["quiet.y"]


async def test_a_tap_alone_answers_nothing(broker: NatsBroker, profile: Profile) -> None:
    async with listener(profile, ">", name="tap"), listener(profile, "x", name="natstap watch"):
        found = await audience(broker, "x")
        assert (found.replies, len(found.taps)) == (0, 2)
        assert found.forecast == "nobody answers, only 2 taps would hear it"


@pytest.mark.parametrize("config", ["", "cluster { name: c, listen: '127.0.0.1:-1' }"])
async def test_more_connections_than_a_page_holds_are_all_seen(
    config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PAGE_SIZE", 2)
    async with EmbeddedServer(config=config, jetstream=False) as server:
        async with NatsBroker(server.profile()) as broker:
            links = [await Link.open(login(server, name=f"c{n}")) for n in range(5)]
            for link in links:
                link.subscribe(b"busy", print)
                await link.barrier()
            found = await audience(broker, "busy")
            assert sorted(one.client for one in found.listeners) == [f"c{n}" for n in range(5)]
            monkeypatch.setattr(connections, "MAX_PAGES", 2)
            cut = await audience(broker, "busy", dry_run=False)
            assert (len(cut.listeners), cut.listeners_known) == (4, False)
            assert "more than 4 connections" in cut.unknown[0]
            for link in links:
                await link.close()


async def test_an_invalid_subject_is_refused_before_anything_is_asked(broker: NatsBroker) -> None:
    with pytest.raises(InvalidSubject):
        await audience(broker, "a..b")


# -- nobody ------------------------------------------------------------------------------


async def test_when_nobody_listens_the_nearest_that_do_are_named(
    broker: NatsBroker, profile: Profile
) -> None:
    async with responder(profile, "math.add"), responder(profile, "orders.*.create"):
        found = await audience(broker, "math.ad")
        assert found.forecast == "nobody listens; nearest: math.add"
        assert (await audience(broker, "Orders.eu.craete")).nearest == ("orders.eu.create",)
        assert (await audience(broker, "math")).nearest == ("math.add",)
        assert (await audience(broker, "weather")).forecast == "nobody listens"


@pytest.mark.parametrize(
    ("written", "listening", "expected"),
    [
        ("math.ad", ["math.add", "math.sub"], ("math.add", "math.sub")),
        ("math.Add", ["math.add"], ("math.add",)),
        ("math.add.v2", ["math.add"], ("math.add",)),
        ("mth.add", ["math.*"], ("math.add",)),
        ("orders.create", ["orders.>", "_INBOX.abc.*", "$SYS.x", ">"], ()),
        ("foo", ["bar", "baz", "a.b.c"], ()),
        ("fooo", ["foo"], ("foo",)),
        ("x.Ab3dEf6hIj9lMn2pQr5t.1", ["x.Ab3dEf6hIj9lMn2pQr5u.*"], ()),
    ],
)
def test_nearest(written: str, listening: list[str], expected: tuple[str, ...]) -> None:
    assert nearest(written, listening) == expected


@given(st.text(max_size=40), st.lists(st.text(max_size=40), max_size=20))
def test_nearest_takes_whatever_a_subscription_is_called(written: str, others: list[str]) -> None:
    assert len(nearest(written, others)) <= 3


# -- streams -----------------------------------------------------------------------------


async def test_the_consumers_that_read_it_are_named(broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("JOBS", ["jobs.>"])
    for name, filters in (
        ("printer", {"filter_subject": "jobs.print"}),
        ("others", {"filter_subjects": ["jobs.a", "jobs.*.b"]}),
    ):
        await broker.jetstream.create_consumer(
            "JOBS", {"name": name, "durable_name": name, "ack_policy": "explicit", **filters}
        )
    found = await audience(broker, "jobs.print")
    assert found.readers == ("printer",)
    assert found.forecast == "stored in JOBS, read by printer, where nobody reads now"
    assert (await audience(broker, "jobs.x.b")).readers == ("others",)
    nobody = await audience(broker, "jobs.c")
    assert nobody.readers == ()
    assert nobody.forecast == "stored in JOBS, nobody listens"
    await broker.jetstream.create_consumer("JOBS", {"name": "all", "durable_name": "all"})
    both = (await audience(broker, "jobs.print")).forecast
    assert both == "stored in JOBS, read by 2 consumers"


async def test_a_stream_that_stores_it_is_named(broker: NatsBroker, profile: Profile) -> None:
    await broker.jetstream.ensure_stream("AUDIT", ["audit.>"])
    found = await audience(broker, "audit.x")
    assert (found.stream, found.replies) == ("AUDIT", 0)
    assert found.forecast == "stored in AUDIT, nobody listens"
    async with responder(profile, "audit.x"):
        found = await audience(broker, "audit.x")
        assert found.forecast == "stored in AUDIT, 1 listens"
    assert (await broker.jetstream.stream("AUDIT"))["state"]["messages"] == 0


async def test_without_jetstream_no_stream_is_no_riddle() -> None:
    async with EmbeddedServer(jetstream=False) as server, NatsBroker(server.profile()) as broker:
        found = await audience(broker, "x")
        assert (found.streams, found.unknown, found.forecast) == ((), (), "nobody listens")


async def test_the_servers_own_api_answers_itself(broker: NatsBroker) -> None:
    assert (await audience(broker, "$JS.API.INFO")).forecast == "the server itself answers"
    other = await audience(broker, "$SYS.REQ.USER.INFO")
    assert (other.forecast, other.path) == ("the server itself may answer", None)
    async with EmbeddedServer(jetstream=False) as server, NatsBroker(server.profile()) as bare:
        off = await audience(bare, "$JS.API.INFO")
        assert off.forecast == "JetStream is not available to this account"


# -- permissions -------------------------------------------------------------------------


async def test_what_this_user_may_not_publish_is_said_before_it_is_tried(
    journal: Journal,
) -> None:
    config = users("permissions { publish { deny: ['secret.>'] } }")
    async with EmbeddedServer(config=config) as server:
        async with NatsBroker(login(server, "u1"), journal=journal) as broker:
            found = await audience(broker, "secret.plan")
            assert (found.may_publish, found.may_hear_replies) == (False, True)
            assert found.forecast == "this user may not publish to it"
            assert (found.user.name, found.user.account) == ("u1", "$G")
    assert not any("iolation" in journal.exchange(n).why for n, _ in journal.heads())


async def test_a_user_without_an_inbox_cannot_be_told_anything() -> None:
    config = users("permissions { subscribe { allow: ['_MINE.>', 'x'] } }")
    async with EmbeddedServer(config=config) as server:
        async with NatsBroker(login(server, "u1")) as broker:
            for _ in range(2):
                found = await audience(broker, "x")
                assert (found.may_hear_replies, found.may_publish) == (False, None)
                assert found.forecast == "who listens is not known; this user cannot hear replies"
        async with NatsBroker(login(server, "u1", inbox_prefix="_MINE")) as broker:
            assert (await audience(broker, "x")).may_hear_replies is True


async def test_what_the_server_refuses_to_say_is_said() -> None:
    config = users("permissions { publish { allow: ['x', '_INBOX.>'] } }")
    async with EmbeddedServer(config=config) as server:
        async with NatsBroker(login(server, "u1"), journal=Journal()) as broker:
            refusals: list[Any] = []
            broker.link.events.listeners.append(refusals.append)
            found = await audience(broker, "x")
            told = len(refusals)
            again = await audience(broker, "x")
            assert (found.may_publish, found.listeners_known) == (None, False)
            assert again.unknown == found.unknown
            assert [one.partition(":")[0] for one in found.unknown] == [
                "what this user may do",
                "who listens",
                "which stream stores it",
                "mappings and imports",
            ]
            assert found.forecast == "who listens is not known"
            assert len(refusals) == told


async def test_what_is_known_to_be_refused_is_not_even_asked() -> None:
    allowed = "'$SYS.REQ.USER.INFO', x"
    config = users(f"permissions {{ publish {{ allow: [{allowed}] }} }}")
    async with EmbeddedServer(config=config) as server:
        async with NatsBroker(login(server, "u1")) as broker:
            refusals: list[Any] = []
            broker.link.events.listeners.append(refusals.append)
            found = await audience(broker, "x")
            assert found.unknown == (
                "who listens: this user may not ask the servers",
                "which stream stores it: this user may not ask",
                "mappings and imports: no dry run, for this user may not publish to its inbox",
            )
            assert (found.may_publish, refusals) == (True, [])


async def test_an_old_server_is_never_sent_a_dry_run(
    broker: NatsBroker, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LinkedServer, "version", (2, 10, 29))
    async with listener(profile, "x") as heard:
        found = await audience(broker, "x")
        assert found.path is None
        assert found.unknown == (
            "mappings and imports: no dry run, "
            "for this server (2.10.29) cannot trace; 2.11 and later can",
        )
        assert (found.replies, heard) == (1, [])


@pytest.mark.parametrize(
    ("allow", "deny", "subject", "permitted"),
    [
        (None, [], "a", True),
        (None, ["a.>"], "a.b", False),
        (["a.*"], [], "a.b", True),
        (["a.*"], [], "b", False),
        (["a.>"], ["a.b"], "a.b", False),
        ([], [], "a", False),
        (["a q1"], [], "a", False),
    ],
)
def test_rights(allow: list[str] | None, deny: list[str], subject: str, permitted: bool) -> None:
    fields = {"deny": deny} | ({} if allow is None else {"allow": allow})
    assert Rights.read(fields).permit(subject) is permitted
    assert Rights.read(fields).permit_pattern(subject) is permitted


@pytest.mark.parametrize(
    ("allow", "deny", "rule"),
    [
        (None, [], ""),
        (None, ["x", "a.>"], "a.> is denied"),
        (["a.*"], ["a.b"], "a.b is denied"),
        (["x", "y.>"], [], "only x and y.> are allowed"),
        (["x"], [], "only x is allowed"),
        ([f"x{n}" for n in range(9)], [], "only x0, x1, x2 and 6 more are allowed"),
        ([], [], "nothing is allowed"),
        (["a.>"], [], ""),
    ],
)
def test_the_rule_that_forbids_is_named(
    allow: list[str] | None, deny: list[str], rule: str
) -> None:
    rights = Rights(None if allow is None else tuple(allow), tuple(deny))
    assert rights.forbids("a.b") == rule


def test_a_pattern_needs_a_right_as_wide_as_itself() -> None:
    assert not Rights(("a.b",)).permit_pattern("a.*")
    assert Rights(None, ("a.b",)).permit_pattern("a.*")
    assert not Rights(None, ("_INBOX.>",)).permit_pattern("_INBOX.x.*")


# -- accounts, mappings ------------------------------------------------------------------

EXPORTS = """
exports: [{ service: "svc.plain" }, { service: "svc.open", allow_trace: true }]
jetstream: enabled
"""
IMPORTS = """
imports: [{ service: { account: A, subject: "svc.plain" }, to: "imp.plain" },
          { service: { account: A, subject: "svc.open" }, to: "imp.open" }]
"""


async def test_a_service_of_another_account_is_found_though_no_server_lists_it() -> None:
    async with EmbeddedServer(config=accounts(A=EXPORTS, B=IMPORTS)) as server:
        async with responder(login(server, "a"), "svc.*"), NatsBroker(login(server, "b")) as broker:
            closed = await audience(broker, "imp.plain")
            assert (closed.listeners, closed.imported_from) == ((), ("A",))
            assert closed.forecast == "account A takes it: replies unknown"
            opened = await audience(broker, "imp.open")
            assert [(one.client, one.account) for one in opened.listeners] == [("svc", "A")]
            assert opened.forecast == "1 listens: at least 1 reply"
            assert (await audience(broker, "imp.none")).forecast == "nobody listens"


async def test_in_operator_mode_the_user_has_its_name_and_imports_are_seen() -> None:
    operator = Operator()
    service = {"name": "svc", "subject": "svc.>", "type": "service", "allow_trace": True}
    there = operator.account("THERE", exports=[service])
    imported = {"name": "svc", "subject": "svc.>", "account": there.public, "type": "service"}
    here = operator.account("HERE", imports=[imported | {"local_subject": "their.svc.>"}])
    async with EmbeddedServer(config=operator.config(), jetstream=False) as server:
        denied = {"pub": {"deny": ["secret.>"]}}
        async with (
            responder(jwt_login(server, there, "worker"), "svc.*", "done"),
            NatsBroker(jwt_login(server, here, "ann", **denied)) as broker,
        ):
            found = await audience(broker, "their.svc.print")
            assert (found.user.name, found.user.account) == ("ann", "HERE")
            assert found.imported_from == (there.public,)
            assert [(one.client, one.account) for one in found.listeners] == [("svc", there.public)]
            answer = await broker.request(b"", "their.svc.print", timeout=30)
            assert await answer.decode() == "done"
            assert (await audience(broker, "secret.plan")).may_publish is False


async def test_a_mapped_subject_has_the_audience_of_the_other() -> None:
    mappings = 'mappings { "old.subject": "new.subject" }'
    async with EmbeddedServer(config=accounts(A=mappings)) as server:
        profile = login(server, "a")
        async with (
            responder(profile, "new.subject", name="new"),
            responder(profile, "old.subject", name="old"),
            NatsBroker(profile) as broker,
        ):
            found = await audience(broker, "old.subject")
            assert [one.client for one in found.listeners] == ["new"]
            assert found.forecast == "mapped to new.subject: 1 listens: 1 reply"


# -- several servers ---------------------------------------------------------------------


async def test_a_mapping_by_weight_is_not_foretold_by_one_throw() -> None:
    ways = '[{destination: "svc.v1", weight: 50%}, {destination: "svc.v2", weight: 50%}]'
    config = accounts(A=f'jetstream: enabled\nmappings {{ "svc": {ways} }}')
    async with EmbeddedServer(config=config) as server:
        profile = login(server, "a")
        async with listener(profile, "svc.v1") as heard, NatsBroker(profile) as broker:
            await broker.jetstream.ensure_stream("OLD", ["svc"])
            for _ in range(3):
                found = await audience(broker, "svc")
                assert found.forecast == (
                    "mapped by weight: svc.v1 (1 listens) or svc.v2 (nobody listens)"
                )
                assert found.streams == (), "the stream stores what is called svc, and nothing is"
            assert heard == []


async def test_every_server_of_a_cluster_names_its_own() -> None:
    async with cluster(3) as (one, two, three):
        async with (
            responder(two.profile(), "math.add", queue="q"),
            responder(three.profile(), "math.add", queue="q"),
            responder(three.profile(), "math.*"),
            NatsBroker(one.profile()) as broker,
        ):
            await reachable(broker, "math.add")
            found = await audience(broker, "math.add")
            assert sorted((e.server, e.queue) for e in found.listeners) == [
                ("n2", "q"),
                ("n3", ""),
                ("n3", "q"),
            ]
            assert found.forecast == "3 listen (queue q): 2 replies"


async def test_from_everywhere_in_a_cluster_with_a_leaf_as_many_answer_as_was_foretold() -> None:
    (port,) = free_ports(1)
    async with cluster(3, first=f'leafnodes {{ listen: "127.0.0.1:{port}" }}') as hubs:
        own = hubs[0].profile()
        url = f"nats-leaf://{own.user}:{own.password}@127.0.0.1:{port}"
        remotes = f'server_name: edge\nleafnodes {{ remotes: [{{ url: "{url}" }}] }}'
        async with (
            EmbeddedServer(config=remotes, jetstream=False) as edge,
            responder(hubs[0].profile(), "svc", name="a", queue="q"),
            responder(hubs[1].profile(), "svc", name="b", queue="q"),
            responder(hubs[2].profile(), "svc", name="alone"),
            responder(edge.profile(), "svc", name="far", queue="q"),
            responder(edge.profile(), "edge.only", name="edge"),
        ):
            for server in (*hubs, edge):
                await answering(server, 4)
                async with NatsBroker(server.profile()) as broker:
                    await eventually(lambda: everybody(broker, ["a", "alone", "b", "far"]))
                    found = await audience(broker, "svc")
                    assert found.forecast == "4 listen (queue q): 2 replies"
                    came = await broker.request_many(b"", "svc", timeout=30, gap=QUIET).all()
                    assert len(came) == found.replies
                    (one,) = (await audience(broker, "edge.only")).listeners
                    assert (one.client, one.server, one.leaf) == ("edge", "edge", False)


async def everybody(broker: NatsBroker, names: list[str]) -> bool:
    found = await audience(broker, "svc")
    assert found.path is not None
    got = {hop.name for hop in found.path.egress}
    return (
        "alone" in got and len(got) == 2 and sorted(one.client for one in found.listeners) == names
    )


async def test_clients_of_a_leaf_node_are_named_and_not_counted_twice() -> None:
    async with leaf() as (hub, edge):
        async with (
            responder(edge.profile(), "math.add", queue="q"),
            NatsBroker(hub.profile()) as broker,
        ):
            await reachable(broker, "math.add")
            found = await audience(broker, "math.add")
            assert [(e.client, e.server, e.leaf) for e in found.listeners] == [
                ("svc", "leaf", False)
            ]
            assert found.replies == 1
            assert found.user.name == hub.profile().user


async def test_what_only_a_leaf_node_knows_is_told_as_behind_it() -> None:
    mute = users("permissions { publish { deny: '_INBOX.>' } }")
    async with leaf(mute, user="u1") as (hub, edge):
        async with listener(edge.profile(), "edge.x"), NatsBroker(hub.profile()) as broker:
            await reachable(broker, "edge.x")
            found = await audience(broker, "edge.x")
            (one,) = found.listeners
            assert (one.leaf, one.title) == (True, "through leaf node leaf")
            assert found.at_least


async def test_what_a_hub_imports_is_not_counted_as_behind_a_leaf_node_as_well() -> None:
    """Seen from the leaf node, and from the hub, whose import the leaf node lists as wanted."""
    (port,) = free_ports(1)
    exports = """exports: [{ service: "pay.>", allow_trace: true }, { service: "dark.>" }]"""
    imports = """imports: [{ service: { account: SVC, subject: "pay.>" }, to: "ext.pay.>" },
                           { service: { account: SVC, subject: "dark.>" }, to: "ext.dark.>" }]"""
    config = f'leafnodes {{ listen: "127.0.0.1:{port}" }}\n{accounts(SVC=exports, APP=imports)}'
    url = f"nats-leaf://app:{PASSWORD}@127.0.0.1:{port}"
    remotes = f'server_name: edge\nleafnodes {{ remotes: [{{ url: "{url}" }}] }}'
    async with (
        cluster(1, first=config, user="app") as (hub,),
        EmbeddedServer(config=remotes, jetstream=False) as edge,
        responder(login(hub, "svc"), "pay.*", "paid", name="payer", queue="q"),
    ):
        for profile in (edge.profile(), login(hub, "app")):
            async with NatsBroker(profile) as broker:
                await reachable(broker, "ext.pay.charge")
                found = await audience(broker, "ext.pay.charge")
                assert [one.client for one in found.listeners] == ["payer"]
                assert found.forecast == "1 listens (queue q): at least 1 reply"
                found = await audience(broker, "ext.dark.charge")
                assert found.forecast == "account SVC takes it: replies unknown"


async def test_a_leaf_nodes_stream_is_no_listener() -> None:
    async with leaf() as (hub, edge):
        async with NatsBroker(hub.profile()) as broker, NatsBroker(edge.profile()) as far:
            await far.jetstream.ensure_stream("EDGE", ["edge.>"])
            await reachable(broker, "edge.x")
            found = await audience(broker, "edge.x")
            assert found.listeners == ()
            assert found.forecast == "stored in EDGE, nobody listens"


@pytest.mark.parametrize("denied", ["subscribe", "publish"])
async def test_what_a_leaf_nodes_user_is_denied_does_not_count(denied: str) -> None:
    rights = users(f"permissions {{ {denied} {{ deny: 'svc.secret' }} }}")
    async with leaf(rights, user="u1") as (hub, edge):
        near, far = (hub, edge) if denied == "subscribe" else (edge, hub)
        async with listener(far.profile(), "svc.>"), NatsBroker(near.profile()) as broker:
            await reachable(broker, "svc.open")
            assert (await audience(broker, "svc.open")).replies == 1
            found = await audience(broker, "svc.secret")
            assert (found.replies, found.answering, found.nearest) == (0, (), ())
            assert found.withheld[0].withheld.endswith("this subject")
            assert found.forecast == "nobody gets it: withheld from 1 listener"


async def test_a_listener_that_is_denied_the_very_subject_does_not_count() -> None:
    rights = users("permissions { subscribe { deny: 'svc.secret' } }")
    async with EmbeddedServer(config=rights) as server:
        own = server.profile()
        async with listener(login(server, "u1"), "svc.>", queue="q"), NatsBroker(own) as broker:
            found = await audience(broker, "svc.secret")
            assert found.forecast == "nobody gets it: withheld from 1 listener"
            async with listener(own, "svc.>", name="allowed", queue="q"):
                found = await audience(broker, "svc.secret")
                assert (found.replies, found.path and found.path.egress[0].name) == (1, "allowed")


async def test_whom_no_list_names_is_found_by_the_dry_run() -> None:
    config = "system_account: SYS\n" + accounts(SYS="", A="")
    async with EmbeddedServer(config=config, jetstream=False) as server:
        system = login(server, "sys")
        async with listener(system, "svc", name="hidden", queue="q"), NatsBroker(system) as broker:
            found = await audience(broker, "svc")
            (one,) = found.listeners
            assert (one.client, one.queue, one.counted) == ("hidden", "q", False)
            assert found.forecast == "1 listens (queue q): 1 reply"


async def test_nobody_is_proved_by_a_dry_run_where_the_servers_may_not_be_asked() -> None:
    config = users("permissions { publish { deny: '$SYS.>' } }")
    async with EmbeddedServer(config=config) as server:
        async with NatsBroker(login(server, "u1")) as broker:
            assert (await audience(broker, "nope")).forecast == "nobody listens"
            async with listener(server.profile(), "svc"):
                assert (await audience(broker, "svc")).forecast == "1 listens: at least 1 reply"


# -- servers that keep silent ------------------------------------------------------------


async def test_a_server_that_hangs_is_missed_and_nothing_is_guessed_of_its_clients() -> None:
    async with cluster(3) as (here, _, there):
        own = here.profile()
        async with listener(there.profile(), "far"), NatsBroker(own, journal=Journal()) as broker:
            await reachable(broker, "far")
            assert (await audience(broker, "far")).forecast == "1 listens: 1 reply"
            with frozen(there.pid):
                found = await audience(broker, "far", timeout=3)
                with pytest.raises(RequestTimeout):
                    await broker.request(b"?", "far", timeout=0.3)
                assert broker.journal is not None
                why = await diagnose(broker, broker.journal, broker.journal.first)
            assert found.forecast == "who listens is not known"
            assert found.nearest == ()
            assert found.unknown == (
                "who listens: server n3 does not answer",
                "mappings and imports: server n3 did not report the dry run in time",
            )
            assert why.cause is Cause.LOST_ON_THE_WAY
            assert why.sentence.startswith("far was passed on to server n3, and nothing comes")


async def test_a_server_that_is_slow_to_answer_is_waited_for() -> None:
    async with cluster(2) as (here, there), NatsBroker(here.profile()) as broker:
        await reachable_servers(broker, 2)
        freeze(there.pid)
        loop = asyncio.get_running_loop()
        loop.call_later(connections.ANSWER_GAP + 0.15, thaw, there.pid)
        assert (await roster_of(broker, timeout=10)).complete


async def test_a_server_that_left_is_missed_for_a_while_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with cluster(2) as (here, there), NatsBroker(here.profile()) as broker:
        await reachable_servers(broker, 2)
        await there.stop()
        assert not (await roster_of(broker)).complete
        monkeypatch.setattr(connections, "MISSED_FOR", 0.0)
        assert (await roster_of(broker)).complete


async def roster_of(broker: NatsBroker, timeout: float = 0.5) -> Roster:
    async with Inquiry(broker.link) as inquiry:
        return await roster(inquiry, timeout=timeout)


async def reachable_servers(broker: NatsBroker, count: int) -> None:
    async def heard() -> bool:
        return len((await roster_of(broker)).servers) == count

    await eventually(heard)


# -- hostile answers ---------------------------------------------------------------------

NAMES = st.sampled_from(
    [
        "server",
        "data",
        "name",
        "id",
        "cluster",
        "connections",
        "cid",
        "kind",
        "lang",
        "version",
        "subscriptions_list_detail",
        "subject",
        "qgroup",
        "msgs",
        "error",
        "description",
        "offset",
        "permissions",
        "publish",
        "subscribe",
        "allow",
        "deny",
    ]
)
SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, SHAPES, max_size=6)


@given(st.lists(OBJECTS, max_size=4), st.text(min_size=1, max_size=9))
def test_no_answer_breaks_the_roster(answers: list[dict[str, Any]], subject: str) -> None:
    found = read_roster(answers)
    for one in listeners.find_listeners(found, subject):
        assert isinstance(one.title, str)


@given(OBJECTS, st.text(min_size=1, max_size=9))
def test_no_answer_breaks_the_rights(fields: dict[str, Any], subject: str) -> None:
    assert read_user(fields).may_publish(subject) in (True, False, None)


async def test_an_answer_that_is_no_json_is_as_good_as_none(broker: NatsBroker) -> None:
    class Liar(Inquiry):
        async def ask_all(self, *args: Any, **settings: Any) -> list[dict[str, Any]]:
            return [{}, {"data": None, "error": {"description": "no"}}]

    async with Liar(broker.link) as inquiry:
        found = await roster(inquiry)
    assert len(found.unknown) == 2


LISTED = st.builds(
    Listener,
    client=st.sampled_from(["a", "leaf"]),
    cid=st.integers(1, 3),
    server=st.sampled_from(["n1", "n2"]),
    pattern=st.just("x"),
    queue=st.sampled_from(["", "q"]),
    leaf=st.booleans(),
)
HOPS = st.builds(
    Hop,
    st.sampled_from(TraceStep),
    st.sampled_from(["n1", "n2"]),
    peer=st.sampled_from(["client", "leaf node", "router"]),
    name=st.sampled_from(["a", "leaf", "n2"]),
    cid=st.integers(1, 3),
    account=st.sampled_from(["", "A"]),
    queue=st.sampled_from(["", "q"]),
    error=st.sampled_from(["", "Not delivered because so", "does not support message tracing"]),
    route=st.sampled_from(["", "1"]),
    onward=st.sampled_from(["", "1", "2"]),
)


@given(st.lists(LISTED, max_size=4).map(tuple), st.lists(HOPS, max_size=5).map(tuple))
def test_whatever_a_dry_run_says_nobody_who_got_it_is_denied_or_forgotten(
    listed: tuple[Listener, ...], hops: tuple[Hop, ...]
) -> None:
    path = Path("x", hops, complete=True)
    found = reached(listed, path)
    there = {(one.server, one.cid): one for one in found}
    assert {(one.server, one.cid) for one in listed if not one.leaf} <= there.keys()
    for hop in path.egress:
        got = [one for one in found if (one.server, one.cid) == (hop.server, hop.cid)]
        assert got
        assert not any(one.withheld for one in got)
    denied = [one for one in found if one.withheld]
    assert all(one.withheld == "so" or is_cut_off(one, path) for one in denied)
    assert reached(listed, None) == listed


def test_a_leaf_connection_is_explained_only_by_the_same_interest_beyond_it() -> None:
    hub, edge = Server("hub", "H"), Server("edge", "E", "edge")
    beyond = Connection(hub, 1, "edge", leaf=True, interests=(Interest("a.*"), Interest("b")))
    client = Connection(edge, 2, "svc", interests=(Interest("a.*"),))
    found = Roster((beyond, client), (hub, edge))
    named = [(one.client, one.pattern) for one in listeners.find_listeners(found, "a.x")]
    assert named == [("svc", "a.*")]
    (behind,) = listeners.find_listeners(found, "b")
    assert behind.leaf
    silent = replace(found, servers=(hub,), connections=(beyond,))
    assert [one.leaf for one in listeners.find_listeners(silent, "a.x")] == [True]


def test_the_forecast_says_only_what_is_known() -> None:
    assert Audience("x", listeners_known=False).forecast == "who listens is not known"
    assert Audience("x", streams=("S",), listeners_known=False).forecast == (
        "stored in S, who listens is not known"
    )
    assert read_user({}).may_publish("x") is None
