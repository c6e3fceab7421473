"""Names become part of a subject only where they are checked, by the server's own rules."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import NatsBroker, Profile
from engine.api_subjects import (
    consumers_of,
    direct_get,
    is_name,
    jetstream_prefix,
    jetstream_subject,
    on_consumer,
    on_stream,
    service_subject,
    usable_names,
)
from engine.errors import InvalidName, InvalidProfile, JetStreamError
from engine.subject import check_publish

pytestmark = pytest.mark.one_server

SMUGGLED = "X 0\r\n\r\nPUB pwn.me 5\r\nhello\r\nPUB y"
NO_NAMES = [
    "", ".", "a.b", "*", "a*", ">", "a>b", "a b", "a\tb", "a\r\nb", "a\nb", "a\rb", "a\x00b",
    "a\x1bb", "a\x7fb", "a/b", "..", "../x", "a\\b", "a\ud83d", "\udcff", "x" * 256, "ü" * 128,
    SMUGGLED,
]  # fmt: skip
NAMES = [
    "A",
    "orders-2",
    "a_b",
    "ü",
    "日本",
    "KV_users",
    "a:b",
    "a,b",
    '"',
    "x" * 255,
    "$JS",
    "a😀",
]


@pytest.mark.parametrize("name", NO_NAMES, ids=ascii)
def test_what_cannot_be_a_name_makes_no_subject(name: str) -> None:
    assert not is_name(name)
    makers = [
        lambda: on_stream("DELETE", name),
        lambda: on_consumer("INFO", "S", name),
        lambda: on_consumer("INFO", name, "c"),
        lambda: consumers_of(name),
        lambda: direct_get(name),
    ]
    if name:  # "" stands for all services, and for no domain
        makers += [
            lambda: service_subject("PING", name),
            lambda: service_subject("PING", "svc", name),
            lambda: jetstream_prefix(name),
        ]
    for make in makers:
        with pytest.raises(InvalidName, match="use one word of 1 to 255 bytes") as caught:
            make()
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_good_name_is_one_token(name: str) -> None:
    assert on_stream("INFO", name) == f"STREAM.INFO.{name}"
    assert on_consumer("MSG.NEXT", name, "c").split(".")[3:] == [name, "c"]
    assert service_subject("INFO", name, "id") == f"$SRV.INFO.{name}.id"
    assert jetstream_prefix(name) == f"$JS.{name}.API"


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_is_a_name_leaves_the_subject_whole(name: str) -> None:
    if is_name(name):
        subject = jetstream_subject("$JS.API", on_stream("INFO", name))
        assert check_publish(subject).count(b".") == 4
        assert subject.split(".") == ["$JS", "API", "STREAM", "INFO", name]


def test_of_an_answer_only_names_are_taken() -> None:
    assert usable_names(["A", 7, None, ["B"], {}, SMUGGLED, "B"]) == ("A", "B")


@pytest.mark.parametrize("name", ["a/b", "a\\b", "a*", "a>b", "x" * 256, "ü" * 128], ids=ascii)
async def test_the_server_takes_none_of_these_either(broker: NatsBroker, name: str) -> None:
    """Those that fit into a subject's token, so that the server is asked by their own name."""
    body = json.dumps({"name": name, "subjects": ["t.>"]}).encode()
    answer = await broker.request(body, f"$JS.API.STREAM.CREATE.{name}", timeout=30)
    assert answer.value()["error"]["description"] != "stream name in subject does not match request"


@pytest.mark.parametrize("name", NAMES, ids=ascii)
async def test_the_server_takes_what_natstap_takes(broker: NatsBroker, name: str) -> None:
    api = broker.jetstream
    config = {"name": name, "subjects": ["t.>"], "storage": "memory"}
    made = await api.api(on_stream("CREATE", name), config)
    assert made["config"]["name"] == name
    assert (await api.stream(name))["config"]["name"] == name


async def test_no_name_reaches_the_server(broker: NatsBroker) -> None:
    for ask in (
        lambda: broker.jetstream.stream(SMUGGLED),
        lambda: broker.jetstream.consumer("S", SMUGGLED),
        lambda: broker.jetstream.delete_consumer(SMUGGLED, "c"),
        lambda: broker.jetstream.create_consumer("S", {"name": SMUGGLED}),
        lambda: broker.jetstream.ensure_stream(SMUGGLED, ["a"]),
        lambda: broker.find_response("id", SMUGGLED),
    ):
        with pytest.raises(InvalidName):
            await ask()
    await broker.link.barrier()
    with pytest.raises(JetStreamError):
        await broker.jetstream.stream("NOSUCH")


@pytest.mark.parametrize(
    "wrong",
    [
        {"jetstream_domain": "a.b"},
        {"jetstream_domain": "hub\r\nPUB x 0"},
        {"jetstream_prefix": "js api"},
        {"jetstream_prefix": "js.>"},
        {"jetstream_prefix": "js.\ud83d"},
        {"inbox_prefix": "_IN BOX"},
        {"inbox_prefix": "_INBOX."},
        {"inbox_prefix": "_INBOX\r\nPUB x 0\r\n\r\n"},
        {"inbox_prefix": "_INBOX.*"},
        {"inbox_prefix": "\udcff"},
        {"inbox_prefix": ""},
    ],
    ids=ascii,
)
def test_a_profile_holds_no_beginning_that_is_none(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidProfile):
        Profile(("nats://127.0.0.1:4222",), **wrong)
