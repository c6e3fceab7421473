"""Services found by `$SRV`: nats-py's micro for real, hostile ones by hand; schemas, skeletons."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import nats
import nats.micro
import pytest
from helpers.waiting import flushed
from hypothesis import given
from hypothesis import strategies as st
from nats.micro.request import Request, ServiceError

from engine import NatsBroker, Profile
from engine.drafts.draft import endpoint_draft
from engine.drafts.send import send
from engine.fields import number
from engine.services import discovery
from engine.services.discovery import discover
from engine.services.schema import lay_out
from engine.services.service import Endpoint, Service, Stats
from engine.services.skeleton import Skeleton, learn

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "item": {"type": "string", "example": "tea"},
            "qty": {"type": "integer", "minimum": 1},
        },
    }
)


@pytest.fixture
async def client(profile: Profile):
    host = profile.servers[0].partition("://")[2]
    made = await nats.connect(f"nats://{host}", user=profile.user, password=profile.password)
    yield made
    await made.close()


def test_a_long_reference_is_not_followed() -> None:
    long = {"$ref": "#" + "/" * 900_000}
    asked = {f"p{n}": {"$ref": "#/x"} for n in range(400)}
    began = time.process_time()
    assert lay_out({"properties": asked, "x": long})["p0"] is None
    assert time.process_time() - began < 3


def test_an_instance_has_so_many_endpoints_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MAX_ANSWERS", 10)
    answers = [
        {"name": "a", "id": "1", "endpoints": [{"subject": f"{n}.{m}"} for m in range(8)]}
        for n in range(8)
    ]
    [service] = discovery.gather(answers)
    assert len(service.endpoints) == 10


async def shop(client, version: str = "1.0.0"):
    """A service as people write them with nats-py."""
    service = await nats.micro.add_service(
        client, name="shop", version=version, description="sells", metadata={"team": "a"}
    )

    async def create(request: Request) -> None:
        if request.data == b"bad":
            raise ServiceError("400", "bad order")
        await request.respond(b"ok")

    group = service.add_group(name="shop", queue_group="shops")
    await group.add_endpoint(
        name="create", handler=create, metadata={"request_schema": SCHEMA, "v": "1"}
    )
    await service.add_endpoint(name="ping", handler=create, subject="shop.ping.*")
    await flushed(client)
    return service


async def test_nobody_is_no_error(broker: NatsBroker) -> None:
    assert await discover(broker) == ()
    assert await discover(broker, "shop") == ()


async def test_a_service_of_nats_py(client, broker: NatsBroker) -> None:
    running = await shop(client)
    [service] = await discover(broker)
    assert (service.name, service.versions, service.description) == ("shop", ("1.0.0",), "sells")
    [instance] = service.instances
    assert (instance.id, instance.metadata) == (running.id, {"team": "a"})
    assert instance.started.startswith("20")
    create, ping = service.endpoints
    assert (create.subject, create.queue, create.metadata["v"]) == ("shop.create", "shops", "1")
    assert (ping.subject, ping.queue) == ("shop.ping.*", "q")
    assert create.stats == Stats()


async def test_an_endpoint_is_asked_and_its_figures_move(client, broker: NatsBroker) -> None:
    await shop(client)
    [service] = await discover(broker, "shop")
    draft = endpoint_draft(service.endpoints[0])
    assert (draft.subject, json.loads(draft.body)) == ("shop.create", {"item": "tea", "qty": 1})
    assert (await send(broker, draft)).replies[0].body == b"ok"
    with suppress(Exception):
        await broker.request(b"bad", "shop.create", timeout=30)
    [service] = await discover(broker, "shop")
    stats = service.endpoints[0].stats
    assert stats is not None
    assert (stats.requests, stats.errors) == (2, 1)
    assert "bad order" in stats.last_error
    assert 0 < stats.average < 1


async def test_instances_are_kept_apart_and_added_up(client, broker: NatsBroker) -> None:
    ids = sorted([(await shop(client, f"{n}.0.0")).id for n in (1, 2, 3)])
    for _ in range(30):
        await broker.request(b"", "shop.create", timeout=30)
    services = await discover(broker)
    [service] = services
    assert [one.id for one in service.instances] == ids
    assert service.versions == ("1.0.0", "2.0.0", "3.0.0")
    stats = [one.stats for one in service.endpoints]
    assert stats[0] is not None
    assert stats[0].requests == 30
    assert len(service.endpoints) == 2


HOSTILE = [
    b"",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"name": 7}',
    b'{"name": ""}',
    b'{"name": "x", "id": null, "endpoints": null, "metadata": null, "version": 3}',
    b'{"name": "x", "endpoints": "all", "metadata": [1]}',
    b'{"name": "x", "endpoints": [null, 1, {}, {"subject": 5}, {"subject": "s", "name": null}]}',
    b'{"name": "x", "endpoints": [{"subject": "s", "num_requests": "many", "num_errors": -1,'
    b' "processing_time": NaN, "last_error": {}, "data": [], "metadata": {"schema": "{"}}]}',
    b'{"name": "x", "endpoints": [{"subject": "s", "num_requests": 1e400}]}',
    b'{"name": "x", "id": "\\u001b[2J", "endpoints": [{"subject": "s", "schema": {"request": 7}}]}',
]


async def test_hostile_answers_are_read_as_far_as_they_go(connect, broker: NatsBroker) -> None:
    other = await connect()
    for verb in ("PING", "INFO", "STATS"):
        for body in HOSTILE:
            other.subscriber(f"$SRV.{verb}")(answering(body))
    await other.start()
    [service] = await discover(broker)
    assert service.name == "x"
    assert {one.id for one in service.instances} == {"", "\x1b[2J"}
    assert [one.subject for one in service.endpoints] == ["s"]
    assert service.endpoints[0].schema is None


def answering(body: bytes):
    async def answer() -> bytes:
        return body

    return answer


def test_what_could_not_be_written_out_is_no_number() -> None:
    given = {"odd": 10**400, "huge": 10**4200, "text": "1", "flag": True}
    assert [number(given, one) for one in given] == [10**400, 0, 0, 0]


def test_a_service_without_instances_is_empty() -> None:
    assert (Service("x").endpoints, Service("x").description) == ((), "")


# -- schemas ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "metadata",
    [
        {"schema": SCHEMA},
        {"request_schema": SCHEMA},
        {"Request-Schema": SCHEMA},
        {"schema.request": SCHEMA},
        {"inputSchema": SCHEMA},
        {"schema": json.dumps({"request": json.loads(SCHEMA), "response": {}})},
        {"schema": json.dumps({"request": SCHEMA})},
    ],
)
async def test_a_schema_is_found_under_its_names(connect, broker: NatsBroker, metadata) -> None:
    other = await connect()
    told = {"name": "x", "id": "1", "endpoints": [{"subject": "s", "metadata": metadata}]}
    other.subscriber("$SRV.INFO")(answering(json.dumps(told).encode()))
    await other.start()
    [service] = await discover(broker, timeout=30, gap=0.5)
    assert service.endpoints[0].sample() == {"item": "tea", "qty": 1}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, ""),
        ({"type": ["null", "integer"]}, 0),
        ({"enum": ["a", "b"]}, "a"),
        ({"const": 5}, 5),
        ({"default": False, "type": "boolean"}, False),
        ({"type": "string", "format": "date"}, "1970-01-01"),
        ({"type": "array", "items": {"type": "number"}}, [0]),
        ({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, False),
        (
            {"allOf": [{"properties": {"a": {"type": "null"}}}, {"properties": {"b": {}}}]},
            {"a": None, "b": None},
        ),
        (
            {"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "integer"}}},
            {"a": 0},
        ),
        ({"$ref": "http://elsewhere/x"}, None),
        ({"properties": 7}, {}),
        (True, None),
        ("x", None),
    ],
)
def test_a_body_is_laid_out(schema, expected) -> None:
    assert lay_out(schema) == expected


def test_a_schema_that_is_its_own_child_ends() -> None:
    loop = {"properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}}
    assert len(json.dumps(lay_out(loop))) < 50_000
    assert lay_out({"$ref": "#"}) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


@given(json_values)
def test_any_schema_lays_out_something(schema) -> None:
    lay_out(schema)
    lay_out({"type": "object", "properties": {"a": schema}, "allOf": [schema]})


# -- skeletons -------------------------------------------------------------------------------


def test_a_skeleton_is_learned_from_several() -> None:
    bodies = [
        b'{"item": "tea", "qty": 2, "note": "x"}',
        b'{"item": "cake", "qty": 1.5, "rows": [{"a": 1}, {"a": 2, "b": null}]}',
        b'{"item": null, "qty": 3}',
        b"not json",
    ]
    skeleton = learn(bodies)
    assert skeleton.value() == {"item": "", "qty": 0, "note": "", "rows": [{"a": 0, "b": None}]}
    assert skeleton.value(optional=False) == {"item": "", "qty": 0}
    assert list(skeleton.lines()) == [
        "item: string or null",
        "qty: number",
        "note: string, optional (1 of 3)",
        "rows: array, optional (1 of 3)",
        "rows[].a: number",
        "rows[].b: null, optional (1 of 2)",
    ]


def test_no_value_comes_back_out() -> None:
    skeleton = learn([b'{"password": "hunter2", "list": ["hunter2"]}'])
    assert "hunter2" not in json.dumps(skeleton.value()) + "".join(skeleton.lines())


def test_hostile_bodies_stay_small() -> None:
    wide = json.dumps({str(n): n for n in range(10_000)}).encode()
    deep = b'{"a":' * 500 + b"1" + b"}" * 500
    skeleton = learn([wide, deep, b"[" * 100_000, b"", b"\xff"])
    assert skeleton.seen == 2
    assert len(skeleton.fields) == 200
    json.dumps(skeleton.value())


@given(st.lists(json_values, max_size=4))
def test_a_skeleton_of_anything_can_be_sent(values) -> None:
    skeleton = Skeleton()
    for value in values:
        assert skeleton.learn(json.dumps(value).encode())
    json.dumps(skeleton.value())
    list(skeleton.lines())


def test_endpoints_are_values() -> None:
    assert len({Endpoint("a", "b", "c", metadata={"x": "1"}), Endpoint("a", "b", "c")}) == 2
