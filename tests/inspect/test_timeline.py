"""The timeline of an exchange: what came when, what was the same again, what is left out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from helpers.frames import seen
from textual.app import App, ComposeResult
from textual.content import Content
from textual.widgets import Static

from engine.journal import SENT, Event, Journal
from tui.inspect.timeline import Timeline


class Shown(App[None]):
    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.timeline = Timeline(journal)
        self.timeline.display = True

    def compose(self) -> ComposeResult:
        yield self.timeline

    @property
    def lines(self) -> list[str]:
        content = self.query_one("#moments", Static).content
        assert isinstance(content, Content)
        return content.plain.split("\n")


@asynccontextmanager
async def shown(journal: Journal, number: int) -> AsyncIterator[list[str]]:
    app = Shown(journal)
    async with app.run_test(size=(80, 24)):
        app.timeline.show(journal.exchange(number))
        yield app.lines


@pytest.fixture
def journal() -> Journal:
    made = Journal()
    made.sources.add("own inbox")
    made.sources.add("watch \x1b[2J>")
    return made


async def test_every_message_has_its_distance_and_its_place(journal: Journal) -> None:
    number = seen(journal, b"svc", b"?", b"_INBOX.a", source=SENT)
    journal.own.expect(number, timeout=1.0)
    seen(journal, b"svc", b"?", b"_INBOX.a", source=2)
    journal.own.settle(number, Event.DEADLINE)
    for body in (b"one", b"two", b"one"):
        seen(journal, b"_INBOX.a", body)
    async with shown(journal, number) as lines:
        assert [line.split()[2:5] for line in lines] == [
            ["→", "request", "1"],
            ["·", "same", "again"],
            ["✗", "the", "wait"],
            ["←", "reply", "1"],
            ["←", "reply", "2"],
            ["←", "reply", "3"],
        ]
        assert lines[-1].split()[2:6] == ["←", "reply", "3", "again"]
        assert lines[0].endswith("sent here")
        assert lines[1].endswith("watch ␛[2J>")
        assert [float(line.split()[0]) for line in lines] == sorted(
            float(line.split()[0]) for line in lines
        )


async def test_an_acknowledgement_and_a_status_are_no_replies(journal: Journal) -> None:
    number = seen(journal, b"svc", b"?", b"_INBOX.a")
    seen(journal, b"_INBOX.a", b'{"stream":"S","seq":1}')
    seen(journal, b"_INBOX.a", head=b"NATS/1.0 408 Request Timeout\r\n\r\n")
    async with shown(journal, number) as lines:
        assert "← acknowledged 1" in lines[1]
        assert "← status 408 2" in lines[2]


async def test_of_thousands_the_first_are_listed_and_the_rest_counted(journal: Journal) -> None:
    number = seen(journal, b"svc", b"?", b"_INBOX.a")
    for n in range(3000):
        seen(journal, b"_INBOX.a", b"%d" % n)
    async with shown(journal, number) as lines:
        assert len(lines) == 202
        assert lines[-1] == "… and 2,800 messages more"
