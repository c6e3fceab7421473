"""What is done with what is composed, beside sending it: paste, save, send many times, copy."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from engine.checks.answer import answer_of
from engine.checks.expect_answer import expect_answer
from engine.drafts.draft import Draft
from engine.errors import InvalidInput
from engine.filter.grammar import quoted
from engine.secrets.known_secrets import KnownSecrets
from tui.compose.compose import EMPTY
from tui.compose.subject import is_command
from tui.safe import clean

from .hosting import Hosting
from .sending import Sending
from .workspace import Workspace

if TYPE_CHECKING:
    from engine.commands.paste import Pasted

_MAX_WANTED = 200
"""Characters of what is pasted that are looked for."""
_NOTES_STAY = 10.0
"""Seconds for which it is read what a pasted command became."""


class Composing:
    def __init__(self, desk: Workspace, sending: Sending, hosting: Hosting) -> None:
        self._desk = desk
        self._sending = sending
        self._hosting = hosting

    # -- into the composer -------------------------------------------------------------------

    def empty(self) -> None:
        self._desk.load(EMPTY)

    async def paste(self) -> None:
        from tui.compose.paste_command import PasteCommand

        pasted = await self._desk.app.push_screen_wait(PasteCommand())
        if pasted is not None:
            self._take(pasted)

    def take_paste(self, text: str) -> None:
        """What is pasted on rows: a command to compose from, else what to look for among them."""
        wanted = text.strip().partition("\n")[0].strip()[:_MAX_WANTED]
        if is_command(text):
            self.take_command(text)
        elif wanted and self._desk.is_active:
            self._desk.bring("exchanges")
            self._desk.exchanges.start_filter()
            self._desk.exchanges.filter_bar.fill(quoted(wanted))

    def take_command(self, written: str) -> None:
        """Compose from a command that was pasted into the subject."""
        from engine.commands.paste import paste

        try:
            pasted = paste(written)
        except InvalidInput as error:
            self._desk.composer.complain(str(error))
        else:
            self._take(pasted)

    def _take(self, pasted: Pasted) -> None:
        if pasted.notes:
            self._desk.app.notify("\n".join(map(clean, pasted.notes)), timeout=_NOTES_STAY)
        if not isinstance(pasted.what, Draft):
            self._hosting.host(pasted.what)
            return
        self._desk.load(pasted.what)
        if pasted.count > 1:
            self._desk.start(partial(self._send_many, pasted.what, pasted), "form", alone=True)

    async def take_file(self) -> None:
        from tui.compose.body_file import BodyFile

        if (body := await self._desk.app.push_screen_wait(BodyFile())) is not None:
            self._desk.composer.lay_out(body)

    # -- out of the composer -----------------------------------------------------------------

    async def save(self) -> None:
        from tui.collection.save_as import SaveAs

        draft, session, composer = self._desk.composed(), self._desk.session, self._desk.composer
        if draft is not None and session is not None:
            asked = SaveAs(session, draft, composer.saved_as)
            self._tell_saved(await self._desk.app.push_screen_wait(asked))

    async def edit_expectations(self) -> None:
        """Of what is composed; it is saved with them."""
        from tui.collection.expecting import checks_of, edit

        draft, session, composer = self._desk.composed(), self._desk.session, self._desk.composer
        if draft is None or session is None:
            return
        name = composer.saved_as
        checks = await asyncio.to_thread(checks_of, session.collection, name)
        answer = session.results[name].answer if name in session.results else None
        self._tell_saved(await edit(self._desk.app.screen, session, draft, name, checks, answer))

    async def expect_answer(self) -> None:
        """Of the chosen exchange: expectations that begin with what was answered."""
        from tui.collection.expecting import edit, find_sent

        exchange, session = self._desk.choose_exchange(), self._desk.session
        draft = self._sending.chosen_draft()
        if exchange is None or draft is None or session is None:
            return
        answer = answer_of(self._desk.journal, exchange.number)
        saved_as = self._desk.composer.saved_as
        saved = await asyncio.to_thread(find_sent, session.collection, saved_as, draft)
        checks = replace(saved.checks, expect=expect_answer(answer))
        screen, name = self._desk.app.screen, saved.name
        self._tell_saved(await edit(screen, session, saved.draft, name, checks, answer))

    def _tell_saved(self, name: str | None) -> None:
        session = self._desk.session
        if name and session is not None:
            self._desk.composer.saved_as = name
            self._desk.app.notify(f"Saved as {name} in {session.collection.folder}.")

    async def burst(self) -> None:
        from tui.burst.burst import BurstScreen

        draft, session = self._desk.composed(), self._desk.session
        if draft is not None and session is not None:
            await self._desk.app.push_screen_wait(BurstScreen(session, draft))

    async def _send_many(self, draft: Draft, pasted: Pasted) -> None:
        """As the command would: one after the other, with its pauses between them."""
        from tui.burst.burst import BurstScreen

        if self._desk.session is not None:
            rate = f"{1 / pasted.sleep:.6g}" if pasted.sleep else ""
            written = (f"{pasted.count:,}", rate, "1", "1 h")
            screen = BurstScreen(self._desk.session, draft, written)
            await self._desk.app.push_screen_wait(screen)

    async def copy_draft(self) -> None:
        if (draft := self._desk.composed()) is not None:
            await self._copy(draft)

    async def copy_exchange(self) -> None:
        if (draft := self._sending.chosen_draft()) is not None:
            await self._copy(draft)

    async def _copy(self, draft: Draft) -> None:
        from tui.compose.copy_as import CopyAs

        session = self._desk.session
        try:
            variables = session.environment.variables() if session is not None else {}
        except InvalidInput as error:
            self._desk.composer.complain(str(error))
            return
        known = session.secrets if session is not None else KnownSecrets()
        await self._desk.app.push_screen_wait(CopyAs(draft, variables, known))
