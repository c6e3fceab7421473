"""The way of a message through real servers: dry runs, rides along, and the time it took."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from helpers.systems import (
    accounts,
    cluster,
    free_ports,
    leaf,
    listener,
    login,
    mqtt_listener,
    reachable,
    responder,
    users,
)
from helpers.waiting import eventually, until
from hypothesis import given
from hypothesis import strategies as st

from engine import Headers, Journal, NatsBroker, Profile, Response
from engine.audience.audience import audience
from engine.errors import CannotTrace, InvalidHeader, InvalidSubject, NoResponders
from engine.journal import Exchange, ExchangeKind, State
from engine.link.link import LinkState
from engine.link.linked_server import LinkedServer
from engine.rpc.inquiry import Question
from engine.server.server import EmbeddedServer
from engine.tracing import dry_run_safety as caution
from engine.tracing import trace
from engine.tracing.path import Hop, Path, TraceStep
from engine.tracing.reports import assemble, read_report
from engine.tracing.timing import where_the_time_went
from engine.tracing.trace import Tracing, dry_run, trace_headers

# -- dry runs ----------------------------------------------------------------------------


async def test_a_dry_run_names_the_chosen_member_and_delivers_nothing(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    async with (
        listener(profile, "math.*", name="calculator", queue="q") as heard,
        listener(profile, ">", name="tap") as everything,
    ):
        path = await dry_run(broker, "math.add", b"[1, 2]", {"x-user": "me"})
        assert {(hop.name, hop.subject, hop.queue) for hop in path.egress} == {
            ("calculator", "math.*", "q"),
            ("tap", ">", ""),
        }
        assert (path.dry, path.complete, path.refused) == (True, True, "")
        assert (path.hops[0].step, path.hops[0].subject) == (TraceStep.IN, "math.add")
        await broker.publish(b"real", "math.add")
        await eventually(lambda: _came(heard, everything))
        assert (heard, everything.count("math.add")) == (["math.add"], 1)
    assert len(list(journal.heads())) == 1


async def _came(*heard: list[str]) -> bool:
    return all("math.add" in one for one in heard)


async def test_nobody_on_the_way_is_an_empty_path(broker: NatsBroker) -> None:
    path = await dry_run(broker, "nobody.here")
    assert (path.egress, path.stored_in, path.complete) == ((), (), True)
    assert len(path.hops) == 1


async def test_no_header_of_the_users_can_turn_a_dry_run_into_a_delivery(
    broker: NatsBroker, profile: Profile
) -> None:
    evil = Headers(
        [
            ("Nats-Trace-Only", "no"),
            ("nats-trace-only", "no"),
            ("Nats-Trace-Dest", "trace disabled"),
            ("Nats-Trace-Origin-Account", "A"),
            ("NATS-TRACE-HOP", "1.1"),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            ("Accept-Encoding", "gzip"),
            ("kept", "yes"),
        ]
    )
    async with listener(profile, "x") as heard:
        path = await dry_run(broker, "x", b"", evil)
        assert [hop.name for hop in path.egress] == ["listener"]
        await broker.publish(b"", "x")
        await eventually(lambda: _any(heard))
        assert heard == ["x"]


async def _any(heard: list[str]) -> bool:
    return bool(heard)


@pytest.mark.parametrize("name", ["no colon", "", "with:colon", "a\r\nNats-Trace-Dest"])
async def test_a_header_that_would_break_the_block_is_never_sent(
    broker: NatsBroker, profile: Profile, name: str
) -> None:
    async with listener(profile, "x") as heard:
        with pytest.raises(InvalidHeader):
            await dry_run(broker, "x", headers=Headers([(name, "v")]))
        with pytest.raises(InvalidSubject):
            await dry_run(broker, "x.*")
        assert heard == []


def test_the_words_that_make_it_a_dry_run_are_spelled_as_the_server_reads_them() -> None:
    assert (trace.TRACE_DEST, trace.TRACE_ONLY) == ("Nats-Trace-Dest", "Nats-Trace-Only")
    assert trace.ONLY == "true"
    assert trace_headers("a.b") == (("Nats-Trace-Dest", "a.b"),)


@pytest.mark.parametrize("version", [(2, 10, 29), (2, 9), (1, 4, 1), ()])
async def test_an_old_server_is_refused_before_anything_is_sent(
    broker: NatsBroker,
    profile: Profile,
    monkeypatch: pytest.MonkeyPatch,
    version: tuple[int, ...],
) -> None:
    monkeypatch.setattr(LinkedServer, "version", version)
    async with listener(profile, ">") as heard:
        with pytest.raises(CannotTrace, match=r"cannot trace; 2\.11 and later can"):
            await dry_run(broker, "x")
        with pytest.raises(CannotTrace):
            Tracing(broker)
        await broker.link.barrier()
        assert heard == []


async def test_a_stream_on_the_way_is_named_and_stores_nothing(broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("CAP", ["cap.>"])
    path = await dry_run(broker, "cap.x", headers={"Nats-Expected-Stream": "CAP"})
    assert (path.stored_in, path.refused) == (("CAP",), "")
    wrong = await dry_run(broker, "cap.x", headers={"Nats-Expected-Stream": "OTHER"})
    refused = "stream CAP: expected stream does not match"
    assert (wrong.stored_in, wrong.refused) == ((), refused)
    assert (await broker.jetstream.stream("CAP"))["state"]["messages"] == 0


async def test_a_stream_without_interest_does_not_count_as_storing(broker: NatsBroker) -> None:
    config = {"name": "I", "subjects": ["i"], "retention": "interest", "storage": "memory"}
    await broker.jetstream.api("STREAM.CREATE.I", config)
    path = await dry_run(broker, "i")
    assert [hop.no_interest for hop in path.hops if hop.step is TraceStep.STORED] == [True]
    assert path.stored_in == ()


async def test_a_refused_publish_is_in_the_path() -> None:
    config = users("permissions { publish { deny: ['secret.>'] } }")
    async with EmbeddedServer(config=config) as server:
        async with NatsBroker(login(server, "u1")) as broker:
            path = await dry_run(broker, "secret.plan")
            assert "secret.plan" in path.refused
            assert "permission" in path.refused.lower()


@pytest.mark.parametrize(
    "permissions",
    [
        "permissions { publish { allow: ['x', '$SYS.>', '$JS.>'] } }",
        "permissions { subscribe { allow: ['x'] } }",
    ],
)
async def test_without_a_right_to_its_inbox_a_user_can_trace_nothing(permissions: str) -> None:
    async with EmbeddedServer(config=users(permissions)) as server:
        profile = login(server, "u1")
        async with NatsBroker(profile) as broker, listener(profile, "x") as heard:
            with pytest.raises(CannotTrace, match="own inbox"):
                await dry_run(broker, "x")
            with pytest.raises(CannotTrace, match="own inbox"):
                async with Tracing(broker):
                    pass
            await broker.link.barrier()
            assert heard == []


async def test_who_may_not_ask_for_mqtt_clients_makes_no_dry_run() -> None:
    config = users("permissions { publish { allow: ['x', '_INBOX.>'] } }")
    async with EmbeddedServer(config=config) as server:
        profile = login(server, "u1")
        async with NatsBroker(profile) as broker, listener(profile, "x") as heard:
            with pytest.raises(CannotTrace, match="found out whether MQTT clients"):
                await dry_run(broker, "x")
            async with Tracing(broker) as tracing:
                await broker.publish(b"", "x", headers=tracing.headers)
                assert len((await tracing.path("x")).egress) == 1
            assert heard == ["x"]


async def test_a_mapping_and_an_import_are_shown() -> None:
    config = accounts(
        A='exports: [{ service: "svc.shut" }, { service: "svc.open", allow_trace: true }]\n'
        'mappings { "old": "new" }',
        B='imports: [{ service: { account: A, subject: "svc.shut" }, to: "shut" },\n'
        '{ service: { account: A, subject: "svc.open" }, to: "open" }]',
    )
    async with EmbeddedServer(config=config) as server:
        a, b = login(server, "a"), login(server, "b")
        async with responder(a, "svc.*"), listener(a, "new"):
            async with NatsBroker(a) as broker:
                path = await dry_run(broker, "old")
                assert (path.mapped_to, len(path.egress)) == ("new", 1)
                assert "mapped to new" in path.sentence
            async with NatsBroker(b) as broker:
                shut = await dry_run(broker, "shut")
                assert (shut.imported_from, shut.egress) == (("A",), ())
                opened = await dry_run(broker, "open")
                assert [(hop.name, hop.account) for hop in opened.egress] == [("svc", "A")]


async def test_the_ways_through_a_cluster_are_put_together() -> None:
    async with cluster(3) as (one, two, three):
        async with (
            listener(two.profile(), "x", name="second"),
            listener(three.profile(), "x", name="third"),
            NatsBroker(one.profile()) as broker,
        ):

            async def both() -> bool:
                return len((await dry_run(broker, "x")).egress) == 2

            await eventually(both)
            path = await dry_run(broker, "x", timeout=2)
            assert path.complete
            assert path.servers[0] == "n1"
            assert {(hop.server, hop.name) for hop in path.egress} == {
                ("n2", "second"),
                ("n3", "third"),
            }
            assert sorted(hop.onward for hop in path.hops if hop.onward) == ["1", "2"]


async def test_a_leaf_node_is_a_hop_and_its_stream_is_seen() -> None:
    async with leaf() as (hub, edge):
        async with NatsBroker(edge.profile()) as far, NatsBroker(hub.profile()) as broker:
            await far.jetstream.ensure_stream("EDGE", ["edge.>"])
            await reachable(broker, "edge.x")
            path = await dry_run(broker, "edge.x", timeout=2)
            assert (path.servers, path.stored_in) == (("hub", "leaf"), ("EDGE",))
            assert [hop.peer for hop in path.hops if hop.step is TraceStep.OUT] == ["leaf node"]


@pytest.mark.parametrize("subject", ["$JS.API.STREAM.DELETE.S", "$SYS.REQ.SERVER.PING"])
async def test_a_servers_own_subject_is_never_tried(broker: NatsBroker, subject: str) -> None:
    with pytest.raises(CannotTrace, match="a server may act on"):
        await dry_run(broker, subject)


async def test_without_a_connection_nothing_waits_to_be_sent_later(
    server: EmbeddedServer, broker: NatsBroker
) -> None:
    await server.stop()
    await until(lambda: broker.link.state is LinkState.RECONNECTING)
    with pytest.raises(CannotTrace, match="the connection is reconnecting"):
        await dry_run(broker, "x")


async def test_an_mqtt_client_would_really_get_it_so_none_is_made() -> None:
    """The control shows the server's fault; when it is mended, the caution can go."""
    (port,) = free_ports(1)
    config = f"server_name: m\nmqtt {{ listen: '127.0.0.1:{port}' }}"
    async with EmbeddedServer(config=config) as server, NatsBroker(server.profile()) as broker:
        assert (await dry_run(broker, "a.b")).complete
        caution._sure.clear()
        async with mqtt_listener(server.profile(), port, "a/b") as heard:
            with pytest.raises(CannotTrace, match="MQTT clients, which would really get it"):
                await dry_run(broker, "a.b")
            found = await audience(broker, "a.b")
            assert [(one.client, one.tap) for one in found.listeners] == [("listener", True)]
            broker.link.publish(b"a.b", b"control", head=Headers(DRY).encode())
            assert (await heard.readexactly(14)).endswith(b"a/bcontrol")
        async with NatsBroker(server.profile()) as other:

            async def harmless() -> bool:
                try:
                    return (await dry_run(other, "a.b")).complete
                except CannotTrace:
                    return False

            await eventually(harmless)


DRY = (("Nats-Trace-Dest", "_INBOX.control"), ("Nats-Trace-Only", "true"))


# -- riding along ------------------------------------------------------------------------


async def test_a_real_request_is_answered_and_its_path_is_read_afterwards(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    async with responder(profile, "math.add", 3):
        async with Tracing(broker) as tracing:
            call = broker.call(b"", "math.add", headers=tracing.headers, timeout=30)
            assert (await call.answer()).value() == 3
            path = await tracing.path("math.add")
        assert (path.dry, path.complete) == (False, True)
        assert [hop.name for hop in path.egress] == ["svc"]
        spent = where_the_time_went(path, journal.exchange(call.number))
        assert None not in (spent.total, spent.network, spent.server, spent.service)
        assert spent.network + spent.server + spent.service == pytest.approx(spent.total)
    kinds = [journal.exchange(n).kind for n, _ in journal.heads()]
    assert kinds == [ExchangeKind.REQUEST]


async def test_a_responder_that_copies_headers_shows_the_way_back(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    async with NatsBroker(replace(profile, name="copycat")) as service:

        @service.subscriber("echo")
        async def handle(message: Any) -> Response:
            dest = message["dest"]
            return Response("done", headers=dict(trace_headers(dest)))

        await service.start()
        async with Tracing(broker) as tracing:
            dest = dict(tracing.headers)["Nats-Trace-Dest"]
            call = broker.call({"dest": dest}, "echo", headers=tracing.headers, timeout=30)
            await call.answer()
            path = await tracing.path("echo")
        assert [hop.step for hop in path.answer] == [TraceStep.IN, TraceStep.OUT]
        assert path.answer[0].name == "copycat"
        spent = where_the_time_went(path, journal.exchange(call.number))
        assert spent.service is not None
        assert not spent.why or spent.why.startswith("natstap read the answer")  # when busy


async def test_a_message_whose_reports_are_forbidden_is_dropped_by_the_server() -> None:
    """Why `Tracing` tries its own inbox first."""
    async with EmbeddedServer(config=users("permissions { publish { allow: [x] } }")) as server:
        profile = login(server, "u1")
        async with NatsBroker(profile) as broker, listener(profile, "x") as heard:
            await broker.publish(b"", "x", headers=trace_headers("_INBOX.a.1"))
            await broker.publish(b"", "x")
            await eventually(lambda: _any(heard))
            await broker.link.barrier()
            assert heard == ["x"]


async def test_a_request_that_nobody_hears_still_has_a_path(broker: NatsBroker) -> None:
    async with Tracing(broker) as tracing:
        with pytest.raises(NoResponders):
            await broker.request(b"", "nobody", headers=tracing.headers)
        path = await tracing.path("nobody")
    assert (path.egress, path.complete) == ((), True)


async def test_a_full_stream_says_why_it_refused(broker: NatsBroker) -> None:
    config = {"name": "F", "subjects": ["f"], "max_msgs": 1, "discard": "new"}
    await broker.jetstream.api("STREAM.CREATE.F", config)
    await broker.publish(b"", "f", stream="F")
    async with Tracing(broker) as tracing:
        await broker.publish(b"", "f", headers=tracing.headers)
        path = await tracing.path("f")
    assert (path.refused, path.stored_in) == ("stream F: maximum messages exceeded", ())


# -- the time ----------------------------------------------------------------------------


def exchange(started: float = 0.0, answered: float | None = 1.0) -> Exchange:
    return Exchange(1, ExchangeKind.REQUEST, State.ANSWERED, "x", "r", started, answered=answered)


def hop(step: TraceStep, at: float, route: str = "", **settings: Any) -> Hop:
    return Hop(step, settings.pop("server", "n1"), at=at, route=route, **settings)


def test_clocks_that_disagree_spoil_nothing() -> None:
    day = 86_400.0
    hops = (
        hop(TraceStep.IN, day),
        hop(TraceStep.OUT, day + 0.1, onward="1"),
        hop(TraceStep.IN, -day, "1", server="n2"),
        hop(TraceStep.OUT, -day + 0.2, "1", server="n2", peer="client", cid=7),
    )
    back = (hop(TraceStep.IN, -day + 0.6, server="n2", peer="client", cid=7),)
    spent = where_the_time_went(Path("x", hops, back), exchange())
    assert spent.server == pytest.approx(0.3)
    assert spent.service == pytest.approx(0.4)
    assert spent.network == pytest.approx(0.3)


def test_a_way_back_with_the_requests_own_headers_is_not_the_time_between_two_clocks() -> None:
    hops = (
        hop(TraceStep.IN, 0.0),
        hop(TraceStep.OUT, 0.1, onward="1"),
        hop(TraceStep.IN, 9.0, "1", server="n2"),
    )
    hops = (*hops, hop(TraceStep.OUT, 9.1, "1", server="n2", peer="client", cid=7))
    back = (
        hop(TraceStep.IN, 9.4, "1", server="n2", peer="client", cid=7),
        hop(TraceStep.OUT, 9.5, "1", server="n2", peer="gateway", onward="1"),
        hop(TraceStep.IN, 0.8, "1"),
        hop(TraceStep.OUT, 0.9, "1", peer="client"),
    )
    spent = where_the_time_went(Path("x", hops, back), exchange())
    assert spent.server == pytest.approx(0.4)
    assert spent.service == pytest.approx(0.3)


def test_what_cannot_be_told_apart_is_said() -> None:
    hops = (hop(TraceStep.IN, 5.0), hop(TraceStep.OUT, 5.25))
    apart = where_the_time_went(Path("x", hops), exchange())
    assert (apart.server, apart.network, apart.service) == (0.25, None, None)
    assert apart.why == "network and service cannot be told apart"
    assert where_the_time_went(Path("x"), exchange()).why.startswith("no server reported")
    assert where_the_time_went(Path("x", hops), exchange(answered=None)).total is None


def test_two_servers_without_a_way_back_say_that_their_clocks_may_differ() -> None:
    hops = (
        hop(TraceStep.IN, 5.0),
        hop(TraceStep.OUT, 5.25),
        hop(TraceStep.IN, 9.0, "1", server="n2"),
    )
    spent = where_the_time_went(Path("x", hops, rtt=0.5), exchange())
    assert (spent.network, spent.server, spent.service) == (0.5, 0.25, 0.25)
    assert "whose clocks may differ" in spent.why


# -- hostile reports ---------------------------------------------------------------------

NAMES = st.sampled_from(
    ["server", "name", "id", "request", "header", "Nats-Trace-Hop", "hops", "events", "type", "ts"]
) | st.sampled_from(
    ["kind", "cid", "acc", "subj", "to", "from", "sub", "queue", "hop", "stream", "error"]
)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["in", "sm", "se", "si", "js", "eg", "1", "1.2", "2026-11-23T20:23:06Z"])
)
SHAPES = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)
STEPS = st.lists(st.dictionaries(NAMES, VALUES, max_size=8), max_size=5)
EVENTS = st.dictionaries(NAMES, SHAPES, max_size=6) | st.fixed_dictionaries(
    {"events": STEPS, "server": SHAPES, "request": SHAPES}
)


@given(st.lists(EVENTS, max_size=5), st.text(min_size=1, max_size=9))
def test_no_report_breaks_the_path(events: list[dict[str, Any]], subject: str) -> None:
    reports = [one for one in map(read_report, events) if one is not None]
    path = assemble(subject, reports)
    assert len(path.hops) + len(path.answer) == sum(len(one.hops) for one in reports)
    assert isinstance(path.sentence + path.refused + path.mapped_to, str)
    where_the_time_went(path, exchange())


async def test_reports_that_make_no_sense_are_counted(broker: NatsBroker) -> None:
    async with Tracing(broker) as tracing:
        dest = dict(tracing.headers)["Nats-Trace-Dest"]
        for body in (b"", b"[", b"[" * 100_000, b"{}", b'{"events": 7}'):
            broker.tell(dest, body)
        path = await tracing.path("x", timeout=3)
    assert (path.unreadable, path.complete, path.hops) == (5, False, ())


async def test_a_server_that_never_reports_leaves_the_path_incomplete() -> None:
    first = {"events": [{"type": "in", "subj": "x"}, {"type": "eg", "kind": 1, "hop": "1"}]}
    second = {"request": {"header": {"Nats-Trace-Hop": ["1"]}}, "events": [{"type": "in"}]}
    reports = [read_report(json.loads(json.dumps(one))) for one in (first, second)]
    assert not assemble("x", [one for one in reports[:1] if one]).complete
    assert assemble("x", [one for one in reports if one]).complete
    assert not assemble("x", [one for one in reports[1:] if one]).complete


async def test_reports_without_end_are_not_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "MAX_HOPS", 100)
    question = Question("_INBOX.x.1", ())
    report = {"server": {"name": "s"}, "events": [{"type": "eg"}] * 30}
    for _ in range(50):
        question.hear(json.dumps(report).encode())
    path = await trace.collect(question, "a", timeout=1)
    assert len(path.hops) == 120
