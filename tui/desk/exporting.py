"""Exporting from the desk: what the list shows, or the exchange under the cursor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .workspace import Workspace

if TYPE_CHECKING:
    from engine.export.chosen import ChosenExchanges
    from engine.flow.ends import EndsOf


class Exporting:
    def __init__(self, desk: Workspace) -> None:
        self._desk = desk
        self._number = 0
        """The exchange under the cursor, when it was asked for; 0 for none."""

    async def export(self) -> None:
        from tui.recording.export_dialog import ExportDialog

        chosen = self._desk.choose_exchange()
        self._number = chosen.number if chosen is not None else 0
        focused = self._desk.inspect.has_focus_within
        dialog = ExportDialog(
            self._choose, alone=focused and bool(chosen), can_be_alone=bool(chosen)
        )
        if (path := await self._desk.app.push_screen_wait(dialog)) is not None:
            self._desk.app.notify(f"Exported into {path}.")

    def _choose(self, alone: bool, masked: bool) -> ChosenExchanges:
        from engine.export.chosen import ChosenExchanges

        desk, session = self._desk, self._desk.session
        view, known = desk.exchanges.list.view, desk.known
        ends: EndsOf | None = desk.exchanges.list.exchanges.ends
        numbers = (self._number,) if alone else tuple(view[at] for at in range(len(view)))
        made = ChosenExchanges(
            desk.journal,
            numbers,
            judge=lambda exchange: known.judge(exchange, desk.journal),
            look=known.look,
            answerers=lambda number: known.answerers(desk.journal, number),
            masked=masked,
        )
        if ends is not None:
            made = replace(made, ends=ends.of)
        if session is not None:
            made = replace(
                made,
                names=session.names,
                known=session.secrets,
                settings=session.outbox.reader.settings,
            )
        return made
