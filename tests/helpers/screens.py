"""The ways to the screens, and what is filled in there."""

from __future__ import annotations

from helpers.desk import Hand, until
from textual.widgets import Checkbox, Input, Select, TextArea

from engine import Profile
from engine.responders.responder import Responder
from tui.history.history import HistoryScreen
from tui.responders.new_responder import NewResponder
from tui.responders.reply_form import ReplyForm
from tui.services.services import ServicesScreen


async def open_history(hand: Hand, *words: str) -> HistoryScreen:
    await hand.press("escape", "ctrl+r")
    await until(hand.pilot, lambda: isinstance(hand.app.screen, HistoryScreen))
    await hand.see("sent", *words)
    assert isinstance(hand.app.screen, HistoryScreen)
    return hand.app.screen


async def on_the_desk(hand: Hand) -> None:
    await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


def profile_of(hand: Hand) -> Profile:
    assert hand.app.session is not None
    return hand.app.session.profile


async def open_services(hand: Hand) -> ServicesScreen:
    await hand.press("escape", "s")
    await until(hand.pilot, lambda: isinstance(hand.app.screen, ServicesScreen))
    assert isinstance(hand.app.screen, ServicesScreen)
    return hand.app.screen


def hosted(hand: Hand) -> list[Responder]:
    assert hand.app.session is not None
    return hand.app.session.responders.all


async def open_form(hand: Hand, *keys: str) -> ReplyForm:
    await hand.press(*keys)
    await until(hand.pilot, lambda: isinstance(hand.app.screen, NewResponder))
    await until(hand.pilot, lambda: hand.app.focused is not None)
    return hand.app.screen.query_one(ReplyForm)


async def put(hand: Hand, **values: object) -> None:
    """Fill fields of the form by their names; keys are pressed by other tests."""
    for name, value in values.items():
        widget = hand.app.screen.query_one(f"#{name.replace('_', '-')}")
        if isinstance(widget, TextArea):
            widget.load_text(str(value))
        else:
            assert isinstance(widget, Input | Select | Checkbox)
            widget.value = value
        await hand.pilot.pause()


async def watch(hand: Hand, patterns: str) -> None:
    """Begin to watch subjects, from wherever one is."""
    await hand.press("escape", "w")
    await hand.see("Watch others")
    hand.app.screen.query_one("#watch-subjects").focus()
    await hand.write(patterns)
    await hand.press("enter")
    await on_the_desk(hand)
    assert hand.app.session is not None
    assert any(watch.label == patterns for watch in hand.app.session.watches.running)
