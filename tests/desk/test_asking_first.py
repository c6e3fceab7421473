"""What acts again, or many times, on a server that is not natstap's own is asked first."""

from __future__ import annotations

from helpers.desk import Hand, sitting, sitting_alone, type_ahead, until

from engine import NatsBroker
from engine.burst.burst import Burst
from engine.journal import ExchangeKind
from tui.burst.burst import BurstScreen
from tui.compose.compose import Compose
from tui.desk.desk import Desk
from tui.exchanges.exchange_list import ExchangeList
from tui.inspect.inspect import Inspect
from tui.kit.confirm import Sure


def sent(hand: Hand, subject: str) -> int:
    """How many messages natstap itself sent on a subject."""
    journal = hand.app.journal
    numbers = (number for number, code in journal.heads() if code >> 4 != ExchangeKind.NOTE)
    messages = (journal.message(number) for number in numbers)
    return sum(message.sent and message.subject == subject for message in messages)


async def others_request(hand: Hand) -> None:
    """Another client asks on a watched subject, and its request is chosen."""
    session = hand.app.session
    assert session is not None
    await session.watches.watch_subjects(["orders.>"])
    async with NatsBroker(session.profile) as other:
        await other.publish(b"x", "orders.create", reply_to="somewhere.else")
    await until(hand.pilot, lambda: list(hand.app.journal.heads()))
    await hand.see("orders.create")
    (number,) = (at for at, code in hand.app.journal.heads() if code >> 4 == ExchangeKind.REQUEST)
    hand.app.desk.reveal(number)
    hand.app.desk.go_to("exchanges")
    await until(hand.pilot, lambda: hand.app.desk.query_one(Inspect).number)


async def test_anothers_request_is_sent_again_only_when_that_is_meant() -> None:
    async with sitting_alone() as hand:
        await others_request(hand)
        await hand.press("r")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Sure))
        await hand.see("Send this again?", "orders.create", "natstap sends it as its own")
        await hand.press("ctrl+j", "enter")  # what means Send elsewhere, and the button in focus
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Desk))
        assert sent(hand, "orders.create") == 0
        await hand.press("r")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Sure))
        await hand.press("y")
        await until(hand.pilot, lambda: sent(hand, "orders.create") == 1)


async def test_an_answer_typed_with_the_key_is_for_the_question() -> None:
    async with sitting_alone() as hand:
        await others_request(hand)
        type_ahead(hand, "r", "n", "r", "y")
        await until(hand.pilot, lambda: sent(hand, "orders.create") == 1)
        assert hand.app.screen_stack[1:] == [hand.app.desk]


async def test_an_own_request_goes_again_at_once() -> None:
    async with sitting_alone() as hand:
        await hand.write("orders.create")
        await hand.press("ctrl+j")
        await until(hand.pilot, lambda: sent(hand, "orders.create") == 1)
        await hand.press("escape", "r")
        await until(hand.pilot, lambda: sent(hand, "orders.create") == 2)
        assert hand.app.desk.query_one(ExchangeList)


async def burst(hand: Hand, count: str) -> None:
    await hand.write("orders.create")
    await until(hand.pilot, lambda: hand.app.desk.query_one(Compose).draft().subject)
    await hand.press("ctrl+b")
    await until(hand.pilot, lambda: isinstance(hand.app.screen, BurstScreen))
    await hand.press("home", "shift+end", "delete", *count, "ctrl+j")


def running(hand: Hand) -> Burst | None:
    screen = hand.app.screen
    return screen._burst if isinstance(screen, BurstScreen) else None


async def test_many_messages_are_asked_first_and_once() -> None:
    async with sitting_alone() as hand:
        await burst(hand, "300")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Sure))
        await hand.see("Send 300 messages?", "orders.create", "127.0.0.1")
        await hand.press("ctrl+j", "escape")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, BurstScreen))
        assert running(hand) is None
        assert sent(hand, "orders.create") == 0
        await hand.press("ctrl+j")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Sure))
        await hand.press("y")
        await until(hand.pilot, lambda: (made := running(hand)) is not None and made.ending)
        before = running(hand)
        await hand.press("r")
        await until(hand.pilot, lambda: running(hand) is not before)


async def test_on_natstaps_own_server_nothing_is_asked() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+n")
        await burst(hand, "30")
        await until(hand.pilot, lambda: (made := running(hand)) is not None and made.ending)
