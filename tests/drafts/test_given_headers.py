"""What the user gave as a header goes out in every kind, and nothing that nobody saw."""

from __future__ import annotations

from contextlib import suppress

import pytest
from helpers.composer import composer, option, write
from helpers.desk import sitting, until
from helpers.peers import Tap
from textual.widgets import Select

from engine import NatsBroker, Profile
from engine.commands.paste import paste
from engine.drafts.draft import Draft, Kind
from engine.drafts.draft_of_exchange import correlation_anew
from engine.drafts.kinds import HEADERS_OF_FIELDS
from engine.drafts.send import send
from engine.errors import JetStreamError, NatstapError
from engine.message import Headers, Message
from tui.compose.header_page import HeaderPage, more_headers
from tui.kit.editor import HeaderEditor
from tui.kit.tab_line import TabLine

pytestmark = pytest.mark.one_server

GIVEN = (
    ("Nats-Expected-Last-Subject-Sequence", "0"),
    ("x-B", "1"),
    ("Nats-Msg-Id", "m-1"),
    ("x-A", ""),
    ("X-b", "2"),
    ("x-B", "3"),
    ("NATS-msg-id", "odd"),
)


async def heard(profile: Profile, broker: NatsBroker, draft: Draft) -> Message:
    async with Tap(profile, "kept.>") as tap:
        with suppress(NatstapError):
            await send(broker, draft)
        await tap.settle(broker.link)
    return tap.on("kept.")[0]


@pytest.fixture
async def kept(broker: NatsBroker) -> NatsBroker:
    await broker.jetstream.ensure_stream("KEPT", ["kept.>"])
    return broker


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("adds", [True, False])
async def test_headers_go_out_as_they_were_given(
    profile: Profile, kept: NatsBroker, kind: Kind, adds: bool
) -> None:
    draft = Draft("kept.a", b"{}", kind, GIVEN, timeout=0.3, adds_headers=adds)
    got = await heard(profile, kept, draft)
    names = {name for name, _ in GIVEN}
    assert tuple(pair for pair in got.headers.pairs if pair[0] in names) == GIVEN
    added = [name for name in got.headers if name not in names]
    needed = ["reply_to"] if kind is Kind.STREAM_REQUEST else []
    own = ["content-type", "correlation_id"] if adds else []
    assert [one for one in added if one != "Nats-Expected-Stream"] == own + needed


@pytest.mark.parametrize("field", HEADERS_OF_FIELDS)
@pytest.mark.parametrize("kind", Kind)
def test_a_field_that_the_form_does_not_show_is_a_header(kind: Kind, field: str) -> None:
    value = 7 if field.endswith("_sequence") else "5s"
    draft = Draft("a", kind=kind, **{field: value})
    shown = draft.as_shown()
    assert sorted(shown.outgoing) == sorted(draft.outgoing)
    assert (HEADERS_OF_FIELDS[field], str(value)) in (*shown.headers, *more_headers(shown))
    assert shown.as_shown() == shown


@pytest.mark.parametrize(
    "command",
    ["nats req '$KV.CFG.theme' blue", "nats req '$KV.CFG.theme' blue --replies 2", "nats pub -J "],
)
async def test_a_pasted_guard_guards(broker: NatsBroker, command: str) -> None:
    await broker.jetstream.ensure_stream("KV_CFG", ["$KV.CFG.>"])
    for value in (b"red", b"green"):
        await send(broker, Draft("$KV.CFG.theme", value, Kind.STREAM_PUBLISH))
    command += "" if "theme" in command else "'$KV.CFG.theme' blue"
    draft = paste(f"{command} -H 'Nats-Expected-Last-Subject-Sequence:1' --timeout 300ms").what
    assert isinstance(draft, Draft)
    with suppress(JetStreamError, NatstapError):
        await send(broker, draft)
    state = (await broker.jetstream.stream("KV_CFG"))["state"]
    assert state["last_seq"] == 2


# -- what natstap adds -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
async def test_no_header_is_empty(profile: Profile, kept: NatsBroker, kind: Kind) -> None:
    for body in (b"", b"{}", b"\xff\x00"):
        got = await heard(profile, kept, Draft("kept.a", body, kind, timeout=0.3))
        assert all(value for _, value in got.headers.pairs)
        assert ("content-type" in got.headers) is bool(body)


async def test_nothing_is_added_where_it_is_switched_off(
    profile: Profile, kept: NatsBroker
) -> None:
    for kind in (Kind.REQUEST, Kind.MANY, Kind.PUBLISH, Kind.STREAM_PUBLISH):
        draft = Draft("kept.a", b"{}", kind, timeout=0.3, adds_headers=False)
        assert (await heard(profile, kept, draft)).head == b""


async def test_a_small_body_fits_where_a_stream_takes_100_bytes(broker: NatsBroker) -> None:
    fields = {"name": "SMALL", "subjects": ["small.>"], "max_msg_size": 100}
    await broker.jetstream.api("STREAM.CREATE.SMALL", fields)
    sent = await send(broker, Draft("small.a", b"{}", Kind.STREAM_PUBLISH))
    assert sent.stored is not None
    pasted = paste(f"nats pub -J small.a '{'x' * 100}'").what
    assert isinstance(pasted, Draft)
    assert (await send(broker, pasted)).stored is not None


def test_servers_own_subjects_get_nothing_added() -> None:
    for subject in ("$KV.CFG.theme", "$JS.API.INFO", "$SRV.PING", "$SYS.REQ.USER.INFO"):
        assert Draft(subject, b"{}").sent_headers() == ()


def test_a_draft_keeps_the_switch() -> None:
    draft = Draft("a", adds_headers=False)
    assert Draft.from_dict(draft.to_dict()) == draft
    assert Draft.from_dict({"subject": "a"}).adds_headers


@pytest.mark.parametrize(
    ("pairs", "adds", "fixed"),
    [
        ((), False, False),
        ((("x", "1"),), False, False),
        ((("correlation_id", "c"), ("content-type", "a/b")), True, False),
        ((("correlation_id", "c"),), False, True),
    ],
)
def test_what_is_sent_again_has_the_headers_it_had(
    pairs: tuple[tuple[str, str], ...], adds: bool, fixed: bool
) -> None:
    fields = correlation_anew(Message("a", b"x", head=Headers(pairs).encode()))
    draft = Draft("a", b"x", **fields)
    assert draft.adds_headers is adds
    assert bool(draft.correlation_id) is fixed
    assert draft.correlation_id != "c"


# -- on the screen ---------------------------------------------------------------------------


async def test_every_header_is_seen_before_sending_and_the_added_ones_can_be_switched_off() -> None:
    async with sitting() as hand:
        await write(hand, Kind.REQUEST, "svc.x", "{}")
        labels = hand.app.desk.query_one("#compose-tabs", TabLine)
        await until(hand.pilot, lambda: "Headers +2" in labels.labels)
        composer(hand).pages.bring("headers-page")
        await hand.see("+ content-type: application/json", "+ correlation_id: a fresh one")
        hand.app.desk.query_one(HeaderPage).adds = False
        await until(hand.pilot, lambda: "Headers" in labels.labels)
        assert "correlation_id: a fresh" not in hand.screen
        assert composer(hand).draft().sent_headers() == ()


async def test_a_filled_guard_is_shown_and_sent_whatever_the_kind_becomes() -> None:
    async with sitting() as hand:
        await write(hand, Kind.STREAM_PUBLISH, "kept.x", "{}", expected_subject_sequence="1")
        hand.app.desk.query_one("#what", Select).value = Kind.REQUEST
        row = option(hand, "expected_subject_sequence")
        await until(hand.pilot, lambda: composer(hand).draft().kind is Kind.REQUEST)
        assert row.display
        name = HEADERS_OF_FIELDS["expected_subject_sequence"]
        assert (name, "1") in composer(hand).draft().outgoing
        await hand.press("ctrl+n")
        await hand.write("nats req '$KV.CFG.theme' blue -H 'Nats-Expected-Last-Sequence:1'")
        editor = hand.app.desk.query_one("#headers", HeaderEditor)
        await until(hand.pilot, lambda: editor.text == "Nats-Expected-Last-Sequence: 1")
        assert composer(hand).draft().outgoing == (("Nats-Expected-Last-Sequence", "1"),)
