"""One tree of errors: drawn as it is, each with its facts, and none of nats-py's forgotten."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nats.errors
import pytest

from engine import Profile, errors
from engine.errors import NatstapError
from engine.link import link as link_module
from engine.link.connect_error import find_cause

CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, NatstapError)
}


# -- the tree -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawn:
    """One line of the tree in the docstring."""

    name: str
    parent: str
    facts: tuple[str, ...]


def drawn_tree() -> list[Drawn]:
    lines: list[Drawn] = []
    path: list[str] = ["NatstapError"]
    for branch, name, rest in re.findall(
        r"^([│ ]*[├└]── )(\w+)(.*)$", errors.__doc__ or "", re.MULTILINE
    ):
        depth = len(branch) // 4
        facts = tuple(re.findall(r"(?<![\w)])\.(\w+)", rest))
        lines.append(Drawn(name, path[depth - 1], facts))
        path[depth:] = [name]
    return lines


TREE = drawn_tree()


def test_every_error_is_drawn_and_every_drawn_error_is() -> None:
    assert sorted([one.name for one in TREE] + ["NatstapError"]) == sorted(CLASSES)


@pytest.mark.parametrize("one", TREE, ids=lambda one: one.name)
def test_an_error_hangs_where_it_is_drawn(one: Drawn) -> None:
    ours = [base for base in CLASSES[one.name].__bases__ if issubclass(base, NatstapError)]
    assert [base.__name__ for base in ours] == [one.parent]


SERVER = {"code": 404, "err_code": 10059, "text": "not there"}
EXAMPLES: dict[str, NatstapError] = {
    one.__class__.__name__: one
    for one in (
        errors.InvalidInput("words"),
        errors.InvalidSubject("a b", "it has a space"),
        errors.InvalidHeader("a:b", "it has a colon"),
        errors.InvalidBody("no JSON"),
        errors.TooLarge(2_000_000, 1_048_576),
        errors.InvalidProfile("no such file"),
        errors.InvalidHandler("no handler"),
        errors.InvalidOption("ack_wait", "no stream"),
        errors.LinkError("words"),
        errors.CannotConnect("nats://h:1", "nothing listens"),
        errors.AuthRefused("nats://h:1", "wrong password"),
        errors.TlsFailed("nats://h:1", "no TLS"),
        errors.NotConnected(),
        errors.LinkLost("s"),
        errors.LinkSilent(2.5),
        errors.OutboxFull(9_000_000, 8_388_608),
        errors.ServerUnavailable("no program"),
        errors.RequestError("s", "words"),
        errors.NoResponders("s"),
        errors.RequestTimeout("s", 0.5),
        errors.StoredOnly("s", 0.5, "ORDERS", 7),
        errors.NotAcknowledged("s", 0.5, "ORDERS"),
        errors.StatusReply("s", 404, "No Messages", reply=object()),
        errors.Refused("s", "publish"),
        errors.ServiceError("500", "kaput", subject="s", body=1, reply=object()),
        errors.JetStreamError("words", **SERVER),
        errors.StreamNotFound("ORDERS", **SERVER),
        errors.ConsumerNotFound("ORDERS", "C", **SERVER),
        errors.WrongStream("s", "ORDERS", **SERVER),
        errors.NotSent("s", 2.0),
        errors.NotStored("s", "ORDERS", "full", object(), **SERVER),
        errors.JetStreamOff(code=503),
        errors.NoQuorum(code=503),
        errors.DecodeError("application/json", "no JSON"),
    )
}


def example(name: str) -> NatstapError:
    """The example, or one made with a word for every parameter."""
    if name in EXAMPLES:
        return EXAMPLES[name]
    parameters = inspect.signature(CLASSES[name]).parameters.values()
    return CLASSES[name](*("word" for one in parameters if one.default is one.empty))


@pytest.mark.parametrize("one", TREE, ids=lambda one: one.name)
def test_an_error_carries_its_facts_and_says_them(one: Drawn) -> None:
    error = example(one.name)
    inherited = next((up.facts for up in TREE if up.name == one.parent), ())
    for fact in (*one.facts, *inherited):
        assert getattr(error, fact) is not None, fact
    said = str(error)
    assert said
    assert "\n" not in said
    for fact in ("subject", "stream", "server", "consumer", "why"):
        assert str(getattr(error, fact, "")) in said


def test_figures_are_said_as_people_read_them() -> None:
    assert "2,000,000 bytes" in str(EXAMPLES["TooLarge"])
    assert "1,048,576" in str(EXAMPLES["TooLarge"])
    assert "0.5 s" in str(EXAMPLES["RequestTimeout"])
    assert "sequence 7" in str(EXAMPLES["StoredOnly"])
    assert "9,000,000" in str(EXAMPLES["OutboxFull"])


def test_a_timeout_is_a_timeout_to_everybody() -> None:
    for name in ("RequestTimeout", "StoredOnly", "NotAcknowledged"):
        assert isinstance(EXAMPLES[name], TimeoutError)
    assert not isinstance(EXAMPLES["NoResponders"], TimeoutError)


# -- nats-py's errors ---------------------------------------------------------------------


class Unreachable:
    """Raised only by these methods of nats-py's client, which the link never calls."""

    def __init__(self, *methods: str, instead: str) -> None:
        self.methods = methods
        self.instead = instead


REQUESTING = ("request", "_request_new_style", "_request_old_style")
READING = ("_process_msg", "_process_err", "_ping_interval")
DRAINING = ("drain",)

MAPPING: dict[str, type[NatstapError] | Unreachable] = {
    # while connecting: Link.open raises ours; while reconnecting: told as a LinkEvent
    "Error": errors.CannotConnect,
    "TimeoutError": errors.CannotConnect,
    "FlushTimeoutError": errors.CannotConnect,
    "UnexpectedEOF": errors.CannotConnect,
    "StaleConnectionError": errors.CannotConnect,
    "ConnectionClosedError": errors.CannotConnect,
    "NoServersError": errors.CannotConnect,
    "ProtocolError": errors.CannotConnect,
    "InvalidUserCredentialsError": errors.CannotConnect,
    "JsonParseError": errors.CannotConnect,
    "AuthorizationError": errors.AuthRefused,
    "SecureConnRequiredError": errors.TlsFailed,
    "SecureConnWantedError": errors.TlsFailed,
    "SecureConnFailedError": errors.TlsFailed,
    # raised by what the link does itself and better
    "NoRespondersError": Unreachable(*REQUESTING, instead="NoResponders, from the 503"),
    "OutboundBufferLimitError": Unreachable("publish", instead="OutboxFull"),
    "MaxPayloadError": Unreachable("publish", instead="TooLarge"),
    "BadSubjectError": Unreachable("publish", "subscribe", instead="InvalidSubject"),
    "BadHeaderError": Unreachable("publish", instead="InvalidHeader"),
    "BadSubscriptionError": Unreachable("subscribe", instead="nothing: ending twice is fine"),
    "SlowConsumerError": Unreachable(*READING, instead="nothing: a sink has no queue to overflow"),
    "BadTimeoutError": Unreachable("rtt", instead="LinkSilent"),
    "DrainTimeoutError": Unreachable(*DRAINING, instead="Subscription.drain"),
    "ConnectionDrainingError": Unreachable(*DRAINING, instead="Subscription.drain"),
    "ConnectionReconnectingError": Unreachable(*DRAINING, instead="Subscription.drain"),
    "InvalidCallbackTypeError": Unreachable(instead="nothing: our callbacks are coroutines"),
    "ServerNotInPoolError": Unreachable("set_server_pool", instead="nothing: we set no handler"),
    "NotJSMessageError": Unreachable("new_inbox", instead="nothing: no Msg is ever made"),
    "MsgAlreadyAckdError": Unreachable("new_inbox", instead="nothing: no Msg is ever made"),
}


def stock_errors() -> Iterator[type[nats.errors.Error]]:
    for kind in vars(nats.errors).values():
        if inspect.isclass(kind) and issubclass(kind, nats.errors.Error):
            yield kind


def test_somebody_decided_about_every_error_of_nats_py() -> None:
    assert sorted(kind.__name__ for kind in stock_errors()) == sorted(MAPPING)


@pytest.mark.parametrize(
    "name", [name for name, what in MAPPING.items() if not isinstance(what, Unreachable)]
)
def test_what_connecting_may_raise_becomes_ours(name: str) -> None:
    profile = Profile(servers=("nats://h:1",))
    ours = find_cause("nats://h:1", profile, "", getattr(nats.errors, name)())
    assert type(ours) is MAPPING[name]
    assert "nats://h:1" in str(ours)


def link_sources() -> dict[str, str]:
    folder = Path(link_module.__file__).parent
    return {file.name: file.read_text() for file in folder.glob("*.py")}


def test_what_is_called_unreachable_is_not_called() -> None:
    methods = {
        method
        for what in MAPPING.values()
        if isinstance(what, Unreachable)
        for method in what.methods
    }
    for name, source in link_sources().items():
        called = set(re.findall(r"(?:client|super\(\)|_client)\.(\w+)\(", source))
        assert not called & methods, name


def test_the_streams_errors_of_nats_py_are_not_used() -> None:
    for name, source in link_sources().items():
        if name == "load_later.py":  # which puts off their import
            continue
        assert not re.search(r"\bnats\.js\b|\bjetstream\(\)", source), name
