"""Guides are data: natstap's own are good ones, and what is wrong with another is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers.waiting import eventually

from engine import Journal, NatsBroker
from engine.collection.collection import Collection
from engine.collection.files import InvalidCollection
from engine.demo.own_server import OwnServer
from engine.diagnosis.case import Heard
from engine.diagnosis.cause import Cause
from engine.diagnosis.diagnosis import diagnose
from engine.errors import InvalidInput, NatstapError, ServiceError
from engine.guides.cast import Cast
from engine.guides.conditions import SCREENS, Condition, Observed
from engine.guides.guide import Deed, ServiceChange
from engine.guides.reading import guides_in, own_guides, parse_guide
from tui.demo_words import missing_flow, split_demo
from tui.kit.key_names import read_key

MAX_WORDS = 20
OWN = """
title = "Mine"
about = "It shows something."

[[services]]
name = "greeter"
subject = "greet.*"
recipe = "canned"
body = "hello"

[[steps]]
say = "Send it."
keys = ["ctrl+j"]
compose = { subject = "greet.ann" }
until = ["exchange ~u greet.ann ~s answered"]

[[steps]]
say = "Done."
"""


@pytest.mark.parametrize("guide", own_guides(), ids=lambda guide: guide.name)
def test_a_guide_says_little_and_names_real_keys(guide) -> None:
    for sentence in re.split(
        r"(?<=[.?])\s", " ".join((guide.about, *(s.say for s in guide.steps)))
    ):
        assert len(sentence.split()) <= MAX_WORDS, sentence
    assert len(f"{guide.title}: {guide.about}") <= 100, "a line of the list"
    for step in guide.steps[:-1]:
        assert step.until
        assert step.keys
        assert all(read_key(key) == key for key in step.keys)


def test_there_are_the_ten_flows() -> None:
    assert len(own_guides()) == 10


def wrong(old: str, new: str) -> InvalidCollection:
    with pytest.raises(InvalidCollection) as caught:
        parse_guide(Path("mine.guide.toml"), OWN.replace(old, new))
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "words", "line"),
    [
        ('title = "Mine"', "title = 7", "title: write a sentence", 2),
        ("exchange ~u", "exchange ~uu", "did you mean", 15),
        ("exchange ~u greet.ann ~s answered", "hopes", "is not a condition", 15),
        ("exchange ~u greet.ann ~s answered", "screen moon", "is not a screen", 15),
        ('keys = ["ctrl+j"]', 'keys = [7]', "needs a list of texts", 13),
        ('keys = ["ctrl+j"]', 'do = ["hang nobody"]', "not a service of the flow", 13),
        ('keys = ["ctrl+j"]', 'do = ["paint greeter"]', "does nothing", 13),
        ('keys = ["ctrl+j"]', 'key = "ctrl+j"', "has no such field", 13),
        ('name = "greeter"', 'name = "a b"', "cannot be the name", 0),
        ('recipe = "canned"', 'recipe = "magic"', "magic", 8),
        ('subject = "greet.*"', 'subject = ""', "subject", 7),
        ("[[steps]]", "[steps", "", 11),
        ("[[steps]]", "[[stops]]", "has no such field", 11),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, words: str, line: int) -> None:
    error = wrong(old, new)
    assert words in str(error)
    assert error.line == line


def test_own_guides_stand_in_a_collection_beside_requests(tmp_path: Path) -> None:
    (tmp_path / "mine.guide.toml").write_text(OWN)
    (tmp_path / "bad.guide.toml").write_text("title = ")
    found, errors = guides_in(tmp_path)
    assert [guide.name for guide in found] == ["mine"]
    assert [error.line for error in errors] == [1]
    assert Collection(tmp_path).load().saved == ()
    assert Collection(tmp_path).load().errors == ()
    assert missing_flow("mine", str(tmp_path)) == ""
    with pytest.raises(InvalidCollection):
        Collection(tmp_path).path_of("mine.guide")


def test_the_command_line_names_a_flow() -> None:
    assert split_demo(["demo", "reply-to", "--theme", "nord"]) == ("reply-to", ["--theme", "nord"])
    assert split_demo(["demo"]) == ("", [])
    assert split_demo(["--demo"]) == (None, ["--demo"])
    assert missing_flow("replyto", "natstap").startswith(
        "demo: replyto is not a flow: try reply-to"
    )


@pytest.mark.parametrize("written", ["", "exchang", "composed", "watching a b", "chosen ~zz"])
def test_what_is_no_condition_is_refused(written: str) -> None:
    with pytest.raises(InvalidInput):
        Condition.parse(written)


def test_conditions_about_the_screen() -> None:
    seen = Observed(
        Journal(),
        composed="a.b",
        watching=frozenset({"a.>"}),
        hosting=frozenset({"h"}),
        screens=frozenset({"flow"}),
    )
    for written in ("composed a.b", "watching a.>", "hosting h", "screen flow"):
        assert Condition.parse(written).holds(seen)
        assert not Condition.parse(written).holds(Observed(Journal()))
    assert "flow" in SCREENS


async def test_casts_are_real_clients_and_conditions_read_the_journal() -> None:
    """Every flow's clients on one server; a member hangs, stops and starts; errors come through
    three services.
    """
    guides = {guide.name: guide for guide in own_guides()}
    own = await OwnServer.start(company=False)
    journal = Journal()
    try:
        async with NatsBroker(own.profile, journal=journal) as broker:
            for guide in guides.values():
                cast = await Cast.start(guide, own.profile, own.silenced)
                await cast.stop()
            await check_hops(broker, own, guides["three-hops"])
            await check_group(broker, own, guides["queue-group"])
            await check_silenced(broker, own, guides["swallowed"])
    finally:
        await own.stop()
    held = Condition.parse("2 new exchanges ~u pack.box ~s answered")
    assert held.holds(Observed(journal))
    assert not held.holds(Observed(journal, step_began=journal.next))
    asked = [number for number, _ in journal.heads()]
    last = next(n for n in reversed(asked) if journal.exchange(n).subject == "vault.open")
    assert Condition.parse("chosen ~u vault.open").holds(Observed(journal, chosen=last))
    assert not Condition.parse("chosen ~u pack.box").holds(Observed(journal, chosen=last))
    assert not Condition.parse("chosen ~u pack.box").holds(Observed(journal))


async def check_hops(broker: NatsBroker, own: OwnServer, guide) -> None:
    cast = await Cast.start(guide, own.profile, own.silenced)
    with pytest.raises(ServiceError) as caught:
        await broker.request(b"{}", "checkout.order", timeout=30)
    assert caught.value.code == "409"
    assert caught.value.text == "payment.charge: bank.transfer: ledger.book: account 7 is frozen"
    await cast.stop()


async def check_group(broker: NatsBroker, own: OwnServer, guide) -> None:
    cast = await Cast.start(guide, own.profile, own.silenced)
    await broker.request(b"", "pack.box", timeout=30)
    await cast.change(ServiceChange(Deed.HANG, "packer-1"))
    await cast.change(ServiceChange(Deed.HANG, "packer-2"))
    with pytest.raises(NatstapError):
        await broker.request(b"", "pack.box", timeout=0.2)
    await cast.change(ServiceChange(Deed.STOP, "packer-1"))
    await cast.change(ServiceChange(Deed.START, "packer-2"))
    await broker.request(b"", "pack.box", timeout=30)
    await cast.stop()


async def check_silenced(broker: NatsBroker, own: OwnServer, guide) -> None:
    cast = await Cast.start(guide, own.profile, own.silenced)

    async def had_it() -> bool:
        try:
            await broker.request(b"", "vault.open", timeout=0.2)
        except NatstapError:
            return True
        return False

    await eventually(had_it)
    await check_diagnosed(broker, own)
    await cast.stop()


async def check_diagnosed(broker: NatsBroker, own: OwnServer) -> None:
    """The log of natstap's own server has it, and the sentence names who was refused."""
    journal = broker.journal
    assert journal is not None
    number = max(number for number, _ in journal.heads())
    reply, log = journal.exchange(number).reply_subject, own.server.refused_publishes

    async def logged() -> bool:
        return log.on(reply) is not None

    await eventually(logged)
    found = await diagnose(broker, journal, number, heard=Heard(refused=log.on(reply)))
    assert found.cause is Cause.ANSWER_DENIED
    assert found.sentence.startswith("vault (cid ")
    assert reply in found.sentence
