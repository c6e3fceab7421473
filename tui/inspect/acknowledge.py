"""Telling a stream what became of a message that it delivered."""

from __future__ import annotations

from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from engine.rpc.handling.acknowledge import AckWord, Delivery
from engine.words import counted
from tui.kit.command import Command, Commanded
from tui.kit.page import Dialog
from tui.safe import clean, shorten


class Choice(NamedTuple):
    key: str
    word: AckWord
    name: str
    does: str
    said: str
    """What is shown once the server confirmed it."""


CHOICES = (
    Choice("a", AckWord.ACK, "Acknowledge", "done: it does not come again", "Acknowledged"),
    Choice("n", AckWord.NAK, "Give back", "deliver it again, at once", "Given back"),
    Choice("t", AckWord.TERM, "Terminate", "never deliver it again", "Terminated"),
    Choice("p", AckWord.IN_PROGRESS, "In progress", "more time before it comes again", "Extended"),
)
_CONFIRMED = "{said}: the server confirmed it for consumer {consumer} of stream {stream}."


def _tell(choice: Choice) -> Command[AcknowledgeScreen]:
    return Command(
        f"acknowledge.{choice.name.lower().replace(' ', '-')}",
        choice.key,
        choice.name,
        choice.does,
        lambda screen: screen.dismiss(choice),
        footer=True,
    )


_TELL = tuple(map(_tell, CHOICES))


class AcknowledgeScreen(Dialog[Choice | None], Commanded):
    TABLE = _TELL
    KEYS = (
        Binding("escape", "dismiss", "Close", id="acknowledge.close", tooltip="Tell it nothing"),
    )

    def __init__(self, subject: str, delivery: Delivery) -> None:
        super().__init__()
        self._subject = subject
        self._delivery = delivery

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="acknowledge") as dialog:
            dialog.border_title = "Acknowledge a delivery"
            dialog.border_subtitle = "Enter tells the stream   Esc tells it nothing"
            yield Static(Content(clean(self._about())), id="acknowledge-what", markup=False)
            yield OptionList(
                *(
                    Option(Content(f"{choice.key}  {choice.name:<12} {choice.does}"))
                    for choice in CHOICES
                ),
                id="acknowledge-choices",
                compact=True,
                markup=False,
            )

    def _about(self) -> str:
        stream, consumer, delivered, sequence = self._delivery
        times = counted(delivered, "time", "times")
        return (
            f"{shorten(self._subject, 60)}, sequence {sequence:,} of stream "
            f"{shorten(stream, 40)}, delivered {times} by consumer {shorten(consumer, 40)}."
        )

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(CHOICES[event.option_index])


def confirmed(choice: Choice, delivery: Delivery) -> str:
    return _CONFIRMED.format(
        said=choice.said,
        consumer=shorten(delivery.consumer, 40),
        stream=shorten(delivery.stream, 40),
    )
