"""Each flow is played by its keys on the real desk, and goes on because the thing happened."""

from __future__ import annotations

from pathlib import Path

from helpers.desk import Hand, sitting, sitting_alone, until

from engine.guides.guide import Guide
from engine.guides.reading import own_guides
from tui.guide.strip import strip_of
from tui.kit.palette import Palette

OWN = """
title = "Mine"
about = "It shows something."
[[steps]]
say = "Nobody listens there."
keys = ["ctrl+j"]
compose = { subject = "no.body" }
until = ["exchange ~u no.body ~s responders"]
[[steps]]
say = "So it was."
"""


async def begin(hand: Hand, title: str) -> None:
    await hand.press("escape", "G")
    await until(hand.pilot, lambda: isinstance(hand.app.screen, Palette))
    await hand.write(title)
    await hand.press("enter")
    await until(hand.pilot, lambda: hand.app.desk.guiding.running == title)


async def play(hand: Hand, guide: Guide) -> None:
    """A step may be done before its key is pressed: a small screen shows the answer by itself.
    Then it is still there to be read.
    """
    guiding = hand.app.desk.guiding
    while (at := guiding.at) < len(guide.steps) - 1:
        step = guide.steps[at]
        words = step.say.split(":")[0].split(",")[0][:24]
        await until(hand.pilot, lambda words=words: hand.sees(words))
        await do_step(hand, at, step.keys)


async def do_step(hand: Hand, at: int, keys: tuple[str, ...]) -> None:
    """A queue group gives a request to whom it likes: then one sends again."""
    guiding, journal = hand.app.desk.guiding, hand.app.journal
    while guiding.at == at:
        before = journal.next
        await hand.press(*keys)
        await until(
            hand.pilot,
            lambda before=before: guiding.at > at or ("r" in keys and answered(hand, before)),
        )


def answered(hand: Hand, since: int) -> bool:
    return any(
        hand.app.journal.exchange(number).ended is not None
        for number, _ in hand.app.journal.heads(since)
    )


async def test_every_flow_is_played_by_its_keys() -> None:
    async with sitting((80, 24)) as hand:
        assert hand.app.session is not None
        for guide in own_guides():
            await begin(hand, guide.title)
            await play(hand, guide)
            await hand.see("done", guide.steps[-1].say.split(":")[0][:20])
            while hand.app.screen is not hand.app.desk:
                await hand.press("escape")
            for watch in hand.app.session.watches.running:
                await watch.stop()
        await hand.press("escape", "G")
        await hand.see("End this flow", "✓ seen")
        await hand.press("enter")  # all were seen, so it comes first
        await until(hand.pilot, lambda: hand.app.desk.guiding.guide is None)
        assert hand.app.session.guided_flow.cast is None
        assert strip_of(hand.app.desk) is None


async def test_an_own_flow_on_a_small_screen_and_leaving_the_private_server(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "natstap").mkdir()
    (tmp_path / "natstap" / "mine.guide.toml").write_text(OWN)
    async with sitting((80, 24)) as hand:
        await begin(hand, "Mine")
        await hand.see("1 of 2", "^J", "Nobody listens there.")
        await hand.press("ctrl+j")
        await hand.see("done", "So it was.")
        await hand.press("escape", "o")
        await hand.see("Who listens where", "So it was.")
        await hand.press("G")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Palette))
        await hand.see("Next", "Request and reply")


async def test_while_a_flow_starts_the_one_before_is_not_shown() -> None:
    async with sitting((80, 24)) as hand:
        await begin(hand, "A permission swallows the answer")
        await hand.see("1 of 3", "vault listens")
        await hand.press("escape", "G")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Palette))
        await hand.write("Request and reply")
        assert hand.app.session is not None
        async with hand.app.session.guided_flow._turn:  # its clients take as long as this
            await hand.press("enter")
            await hand.see("Starting its clients")
            assert not hand.sees("vault listens")
        await hand.see("1 of 5", "Compose holds a request for greet.ann")


async def test_flows_are_for_the_private_server_alone() -> None:
    async with sitting_alone() as hand:
        await hand.press("escape", "G")
        await until(
            hand.pilot,
            lambda: any("natstap's own server" in note.message for note in hand.app._notifications),
        )
        assert hand.app.desk.guiding.guide is None
