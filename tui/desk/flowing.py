"""The flow of the chosen exchange: beside the list where there is room, else on its screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.content.reader import BodyReader
from engine.journal import ExchangeKind
from tui.flow.flow_pane import FlowPane, FlowPaneMessage

from .list_first import ListFirst
from .workspace import Workspace

if TYPE_CHECKING:
    from engine.session import Session
    from tui.presenter.slides import SlideSource

    from .recording import Recording


class Flowing:
    def __init__(
        self, desk: Workspace, room: ListFirst, pane: FlowPane, recording: Recording
    ) -> None:
        self._desk = desk
        self._recording = recording
        self._room = room
        self._pane = pane

    def attach(self, session: Session) -> None:
        self._pane.session = session
        self._pane.ends = self._desk.exchanges.list.exchanges.ends

    @property
    def in_use(self) -> bool:
        return self._room.flow_open and self._pane.has_focus_within

    def follow(self) -> None:
        """Show the flow of what Inspect shows, where there is room for both."""
        if self._room.has_columns:
            self._pane.show_flow(self._desk.inspect.number)

    def open(self) -> None:
        """Into the pane, and from there back to the list."""
        exchange = self._desk.choose_exchange()
        if exchange is None or exchange.kind is ExchangeKind.NOTE:
            self._desk.app.bell()
        elif not self._room.has_columns:
            self.open_whole()
        elif self.in_use:
            self.close()
        else:
            self.follow()
            self._room.open_flow(True)
            self._pane.steps.focus()

    def take(self, event: FlowPaneMessage) -> None:
        """Do what the pane asks for."""
        match event:
            case FlowPane.Chosen():
                self.choose(event.number)
            case FlowPane.Opened():
                self._desk.go_to("inspect")
            case FlowPane.Whole():
                self.open_whole()
            case FlowPane.Closed():
                self.close()

    def close(self) -> None:
        self._room.open_flow(False)
        self._desk.go_to("exchanges")

    def open_whole(self) -> None:
        from tui.flow.flow import FlowScreen

        desk = self._desk
        ends = desk.exchanges.list.exchanges.ends
        screen = FlowScreen(
            desk.journal,
            desk.inspect.number,
            desk.session,
            desk.known,
            ends,
            self._recording.flow_finder,
        )
        desk.app.push_screen(screen, self.choose)

    @property
    def told(self) -> SlideSource:
        """What the presenter tells of."""
        from tui.presenter.slides import SlideSource

        desk = self._desk
        ends = desk.exchanges.list.exchanges.ends
        reader = desk.session.outbox.reader if desk.session is not None else None
        return SlideSource(desk.journal, desk.known, ends, reader or BodyReader())

    def choose(self, number: int | None) -> None:
        if number is not None:
            self._desk.reveal(number)
