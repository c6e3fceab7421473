"""The log of the embedded server tells which publishes it refused."""

from __future__ import annotations

import pytest

from engine.server.refused_publishes import MAX_KEPT, RefusedPublishes

LINE = "[7] 2026/11/30 12:48:45.711224 [ERR] 127.0.0.1:52724 - cid:5 - {who} - {said}"
SAID = 'Publish Violation - Subject "_INBOX.a.1"'


@pytest.mark.parametrize(
    "who",
    [
        '"v1.55.0:go:NATS CLI" - "$G/user:b"',
        '"v1:go:a - cid:7 - Publish Violation - Subject "x" - b" - "$G/user:b"',
        '"$G"',
    ],
)
def test_a_refusal_is_read_whatever_the_client_is_called(who: str) -> None:
    log = RefusedPublishes()
    log.hear(LINE.format(who=who, said=SAID).encode())
    refused = log.on("_INBOX.a.1")
    assert refused is not None
    assert (refused.cid, refused.said) == (5, SAID)


@pytest.mark.parametrize(
    "said",
    ['Subscription Violation - Subject "a.b", SID 1', 'Publish Violation - Reply "a', "\udcff"],
)
def test_what_else_is_in_the_log_is_not_one(said: str) -> None:
    log = RefusedPublishes()
    log.hear(LINE.format(who='"$G"', said=said).encode(errors="surrogateescape"))
    assert log.on("a.b") is None


def test_the_newest_are_remembered() -> None:
    log = RefusedPublishes()
    for number in range(MAX_KEPT + 2):
        said = f'Publish Violation - Subject "s.{number}"'
        log.hear(LINE.format(who='"$G"', said=said).encode())
    assert log.on("s.1") is None
    assert log.on("s.2") is not None
