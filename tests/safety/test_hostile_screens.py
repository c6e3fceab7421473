"""The screens before a client that answers everything with spite: they stay, and are obeyed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from helpers.desk import Hand, sitting, until
from helpers.hostile import HUNT, Spite, hostile_client, nothing_slips
from helpers.peers import Tap
from helpers.questions import OWN
from helpers.recording_proxy import RecordingProxy

from engine.link.link import LinkState
from engine.server.server import EmbeddedServer

WALKS = {
    "typing": ["ctrl+o", "1", *"orders.x", "ctrl+j", "escape", "f8", "escape"],
    "services": ["escape", "s", "down", "enter", "escape", "s", "e", "escape", "s", "r", "escape"],
    "streams": ["escape", "S", "down", "enter", "d", "escape", "p", "escape", "escape"],
    "watching": ["escape", "w", "down", "enter", "escape", "escape"],
    "flow": ["escape", "F", "escape", "t", "escape"],
}

ECHO = 0.25
"""Seconds of the loop's own time within which a letter is on the screen."""
GROWTH = 200 << 20
"""Bytes that natstap and the hostile client may hold more after the first walk than before it."""


async def echo(hand: Hand, letter: str) -> float:
    """Type a letter into the subject; seconds that this thread worked until it was painted."""
    field = hand.app.screen.query_one("#subject")
    began = time.thread_time()
    await hand.pilot.press(letter)
    await until(hand.pilot, lambda: field.value.endswith(letter))
    return time.thread_time() - began


def resident() -> int:
    """Bytes of this process; 0 where that cannot be read."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    except OSError:
        return 0


@pytest.mark.parametrize("walk", WALKS)
async def test_no_answer_ends_a_screen(walk: str) -> None:
    async with EmbeddedServer(jetstream=False) as server:
        profile = server.profile()
        async with (
            hostile_client(profile, Spite(seed=len(walk)), *OWN, "orders.>") as asked,
            Tap(profile, "pwn.>", "pwn") as tap,
            RecordingProxy.before(profile) as proxy,
        ):
            login = {"user": profile.user, "password": profile.password}
            with nothing_slips() as slipped:
                async with sitting(demo=False, server=proxy.profile.servers[0], **login) as hand:
                    before = 0
                    for _ in range(2 * HUNT):
                        await hand.press(*WALKS[walk])
                        await hand.pilot.pause()
                        assert hand.screen
                        await hand.press("ctrl+o", "1")
                        assert await echo(hand, "x") < ECHO
                        await hand.press("escape")
                        before = before or resident()
                    assert resident() - before < GROWTH
                    assert hand.app.is_running
                    assert hand.app.session is not None
                    assert hand.app.session.broker.link.state is LinkState.CONNECTED
                    await until(hand.pilot, lambda: asked)
                    await tap.settle()
            assert slipped == []
            assert tap.heard == []
            assert not [one for one in proxy.commands if one.verb == "?"]


async def test_several_sentences_that_are_told_have_one_line() -> None:
    async with sitting() as hand:
        hand.app.notify("one\ntwo\x1b[2J\rthree")
        await until(hand.pilot, lambda: len(hand.app._notifications))
        (told,) = (each.message for each in hand.app._notifications)
        assert told.startswith("one  two")
        assert not {"\x1b", "\r"} & set(told)
