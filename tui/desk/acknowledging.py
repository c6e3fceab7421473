"""Telling a stream what became of a message that it delivered."""

from __future__ import annotations

from engine.errors import NatstapError, NoResponders
from engine.rpc.handling.acknowledge import read_delivery
from tui.inspect.annotations import keep
from tui.safe import clean, shorten

from .workspace import Workspace

_MAX_NAMED = 60
"""Letters of a consumer's name."""
_NOBODY_TAKES = (
    "Not acknowledged: nobody takes acknowledgements for consumer {consumer}. "
    "It is gone, or it wants none."
)


async def acknowledge(desk: Workspace, number: int) -> None:
    """Ask what to tell, tell it, and show what came of it beside the message."""
    from tui.inspect.acknowledge import AcknowledgeScreen, confirmed

    session = desk.session
    if not desk.is_active or session is None or number not in desk.journal:
        return
    message = desk.journal.message(number)
    delivery = read_delivery(message.reply)
    if delivery is None:
        return
    choice = await desk.app.push_screen_wait(AcknowledgeScreen(message.subject, delivery))
    if choice is None:
        return
    try:
        await session.broker.jetstream.acknowledge(message.reply, choice.word)
    except NoResponders:
        told = _NOBODY_TAKES.format(consumer=shorten(delivery.consumer, _MAX_NAMED))
    except NatstapError as error:
        told = f"Not confirmed: {error}."
    else:
        told = confirmed(choice, delivery)
    keep(desk.known.acknowledged, number, told)
    desk.app.notify(clean(told))
    desk.inspect.refresh_from_journal()
