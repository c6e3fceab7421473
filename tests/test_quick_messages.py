"""The handlers that the tests keep are those that Textual finds."""

from __future__ import annotations

from helpers import quick_messages
from helpers.desk import sitting
from textual import events
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widgets import Input, Tabs


async def test_kept_handlers_are_those_that_textual_finds() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+p")
        pumps: list[MessagePump] = [hand.app]
        for screen in hand.app.screen_stack:
            pumps.extend(screen.walk_children(with_self=True))
        field = hand.app.desk.query_one(Input)
        messages: list[Message] = [
            events.Mount(),
            events.Key("a", "a"),
            events.Idle(),
            events.Focus(),
            Input.Changed(field, ""),
            Tabs.Cleared(Tabs()),
        ]
        for pump in pumps:
            for message in messages:
                name = message.handler_name
                kept = list(quick_messages._find_known(pump, name, message))
                assert kept == list(quick_messages.find(pump, name, message))
