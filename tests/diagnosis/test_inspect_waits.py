"""Inspect says for how long no answer to somebody else's request has been seen."""

from __future__ import annotations

from helpers.desk import sitting

from tui.inspect.inspect import Inspect


async def test_a_watched_request_without_an_answer_says_for_how_long() -> None:
    async with sitting() as hand:
        journal = hand.app.journal
        frame = b"MSG svc.mute 1 _INBOX.other.1 0\r\n"
        number = journal.record(
            journal.sources.add("watch"), b"svc.mute", b"_INBOX.other.1", frame, len(frame), 0
        )
        journal.pulse.beat()
        hand.app.desk.query_one(Inspect).show(number)
        await hand.see("No answer on svc.mute has been seen for ")
        answer = b"MSG _INBOX.other.1 1 2\r\nok"
        journal.record(1, b"_INBOX.other.1", b"", answer, len(answer) - 2, 0)
        journal.pulse.beat()
        await hand.see("Answered in ", "by a reply of 2 bytes")
