"""The screen that plays back: stubs that answer, requests that are sent again, what is wrong."""

from __future__ import annotations

from helpers.desk import Hand, asked, sitting, until

from engine.journal import State
from tui.kit.confirm import Sure
from tui.playback.playback import PlaybackScreen


async def play_back(hand: Hand) -> PlaybackScreen:
    """Of one request, which was answered."""
    await asked(hand, "math.add", State.ANSWERED, "[1, 2]")
    await hand.press("escape", "U")
    await until(hand.pilot, lambda: isinstance(hand.app.screen, PlaybackScreen))
    screen = hand.app.screen
    assert isinstance(screen, PlaybackScreen)
    return screen


async def write(hand: Hand, field: str, written: str) -> None:
    hand.app.screen.query_one(f"#playback-{field}").focus()
    await hand.press("home", "shift+end", "delete")
    await hand.write(written)


def sent_to(hand: Hand) -> list[str]:
    journal = hand.app.journal
    return [journal.exchange(number).subject for number, _ in journal.heads()]


async def test_a_request_is_sent_again_to_another_subject_and_compared() -> None:
    async with sitting() as hand:
        await play_back(hand)
        await hand.press("ctrl+t")
        await hand.see("What would be sent again", "math.add")
        await write(hand, "subject", "math add")
        await hand.see("Nothing, until what is wrong is put right.")
        await write(hand, "subject", "new.{subject}")
        await hand.see("1 to new.math.add", "It is sent at once, with a new id.")
        await hand.press("ctrl+s")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Sure))
        await hand.press("y")
        await hand.see("Sent again", "another state", "1 of 1 request sent")
        assert sent_to(hand) == ["math.add", "new.math.add"]


async def test_stubs_answer_as_it_was_answered_and_end() -> None:
    async with sitting() as hand:
        screen = await play_back(hand)
        session = hand.app.session
        assert session is not None
        await write(hand, "match", "body")
        await hand.press("ctrl+s")
        await hand.see("Serving", "math.add")
        assert screen.busy
        await hand.press("ctrl+s")
        await hand.see("What would be served")
        assert not screen.busy
