"""Recording from the desk: begun and ended by a key, with a mark while it runs; and the pages of
a recording that is open.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from engine.errors import CannotRecord, NatstapError
from engine.streams.sizes import write_size
from engine.words import counted
from tui.safe import clean

from .desk_commands import close_drawer

if TYPE_CHECKING:
    from engine.journal import Journal
    from engine.recording.evidence import Finding
    from engine.recording.gathering import Wanted
    from engine.recording.page import RecordedPage
    from engine.recording.pages import RecordedPages
    from engine.recording.recorder import Recorder
    from engine.recording.recordings import RecordingOptions
    from engine.session import Session
    from tui.flow.flow import FindInParts

    from .desk import Desk


class Recording:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._told: Recorder | None = None
        """The recording whose end was told."""

    def attach(self, session: Session) -> None:
        if session.pages is not None:
            self._desk.exchanges.figures.live = False
            close_drawer(self._desk)
            self._desk.go_to("exchanges")
            self._restore(session.pages)
        session.finders.append(self._findings)

    # -- recording -----------------------------------------------------------------------------

    @property
    def running(self) -> Recorder | None:
        session = self._desk.session
        recorder = session.recorder if session is not None else None
        return recorder if recorder is not None and recorder.running else None

    async def begin(self, options: RecordingOptions) -> None:
        """Record from now on, and say where, and what is masked."""
        session = self._desk.session
        if session is None:
            return
        try:
            await session.recordings.start(options)
        except CannotRecord as error:
            self._desk.app.notify(f"Nothing is recorded: {error}", severity="error")
        else:
            self._desk.app.notify(f"Recording {options.words}.")

    async def toggle(self) -> None:
        """End what is recorded, else ask where to record."""
        from tui.recording.record_dialog import RecordDialog

        session = self._desk.session
        if session is None:
            return
        if session.pages is not None:
            words = "This is a recording already: X exports it, K saves a copy of what is shown."
            self._desk.app.notify(words)
            return
        if self.running is not None:
            ended = await session.recordings.stop()
            if ended is not None:
                self._tell_end(ended)
            return
        dialog = RecordDialog(going_on=True, seen=len(self._desk.journal))
        if options := await self._desk.app.push_screen_wait(dialog):
            await self.begin(options)

    async def save(self) -> None:
        """Write what is here into a file, and go on."""
        from tui.recording.record_dialog import RecordDialog

        session = self._desk.session
        if session is None:
            return
        dialog = RecordDialog(going_on=False, seen=len(self._desk.journal))
        options = await self._desk.app.push_screen_wait(dialog)
        if options is None:
            return
        try:
            saved = await session.recordings.save(options)
        except CannotRecord as error:
            self._desk.app.notify(f"Not saved: {error}", severity="error")
        else:
            told = f"{counted(saved.messages, 'message')} saved in {saved.path}."
            self._desk.app.notify(f"{told} natstap open shows them.")

    def look(self) -> None:
        """Tell once that a recording ended by itself."""
        session = self._desk.session
        recorder = session.recorder if session is not None else None
        if recorder is not None and recorder.trouble and recorder is not self._told:
            self._tell_end(recorder)

    def _tell_end(self, recorder: Recorder) -> None:
        self._told = recorder
        size = write_size(recorder.size)
        told = f"{counted(recorder.messages, 'message')} recorded in {recorder.path}, {size}."
        if recorder.lost:
            told += f" {recorder.lost:,} went by too fast."
        if recorder.trouble:
            self._desk.app.notify(f"{clean(recorder.trouble)}. {told}", severity="error")
        else:
            self._desk.app.notify(told)

    def _findings(self) -> Iterator[Finding]:
        from tui.recording.found import findings

        return findings(self._desk.known, self._desk.exchanges.list.exchanges.ends)

    # -- an open recording ---------------------------------------------------------------------

    @property
    def pages(self) -> RecordedPages | None:
        """Those of the recording that is open."""
        session = self._desk.session
        return session.pages if session is not None else None

    def tell_progress(self, count: int) -> None:
        """Called by the thread that reads."""
        self._desk.app.call_later(self._desk.say, f"opening, {count:,} messages")

    def turn_page(self, step: int) -> None:
        """Show the messages before these, or those after them."""
        if (pages := self.pages) is None:
            return
        index = pages.index if pages.gathered else pages.index + step
        if 0 <= index < pages.opened.pages:
            self._desk.start(partial(self._turn_to, pages, index), "page", alone=True)
        else:
            edge = "first" if step < 0 else "last"
            self._desk.app.notify(f"This is the {edge} part of the recording.")

    async def _turn_to(self, pages: RecordedPages, index: int) -> None:
        try:
            await pages.turn_to(index)
        except NatstapError as error:
            self._desk.app.notify(str(error), severity="error")
            return
        self._desk.leaving.forget_statistics()
        self._restore(pages)

    # -- all its parts -------------------------------------------------------------------------

    @property
    def has_parts(self) -> bool:
        return self.pages is not None and bool(self.pages.part)

    def find_in_parts(self) -> None:
        """Show what passes the filter in all parts, or the part again that was shown."""
        session, lens = self._desk.session, self._desk.exchanges.lens
        if session is None or session.pages is None or not session.pages.part:
            return
        if session.pages.gathered:
            self.turn_page(0)
        elif lens.empty:
            self._desk.app.notify("Type a filter first: * shows what passes it in all parts.")
        else:
            from tui.recording.passing import passing

            wanted = passing(lens, session.schemas, session.outbox.reader.settings)
            self._desk.app.notify("Reading all parts.")
            self._desk.start(partial(self._gather, session.pages, wanted), "page", alone=True)

    @property
    def flow_finder(self) -> FindInParts | None:
        """How a flow is looked for in all parts, while one of them is shown."""
        if (pages := self.pages) is None or not pages.part or pages.gathered:
            return None

        async def find_flow(header: str, value: str, number: int) -> int:
            return await self._gather(pages, partial(_carriers, header, value), number)

        return find_flow

    async def _gather(self, pages: RecordedPages, wanted: Wanted, number: int = 0) -> int:
        try:
            found = await pages.gather(wanted, number)
        except NatstapError as error:
            self._desk.app.notify(str(error), severity="error")
            return 0
        if not found.exchanges:
            self._desk.app.notify("Nothing is found in any part.")
            return 0
        self._desk.leaving.forget_statistics()
        self._restore(pages)
        if found.full:
            told = f"There are more than these {found.exchanges:,}: a narrower filter shows all."
            self._desk.app.notify(told, severity="warning")
        return found.number

    def _restore(self, pages: RecordedPages) -> None:
        from tui.recording.found import restore

        restore(self._desk.known, self._desk.exchanges.list.exchanges.ends, pages.shown.findings)
        told = [*pages.opened.sentences(), *pages.shown.sentences()]
        if pages.part:
            told.append(
                "This is what was found in all parts: * shows the part again."
                if pages.gathered
                else f"P{pages.part[1:]}: < and > turn. * shows what passes the filter in all "
                "parts, on Flow what belongs together in them, and on Statistics counts them."
            )
        if told:
            self._desk.app.notify("\n".join(told), severity="warning")


def _carriers(header: str, value: str, journal: Journal, _: RecordedPage) -> list[int]:
    from engine.flow.correlated import carriers

    return carriers(journal, header, value)
