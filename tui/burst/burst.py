"""Sending many: a form, then a burst that is drawn as it runs, and its report.

Leaving the screen ends the burst; nothing of it goes on unseen.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.timer import Timer
from textual.widgets import Footer

from engine.burst.burst import Burst
from engine.drafts.draft import Draft, InvalidDraft
from engine.drafts.template import Context
from engine.errors import InvalidInput, NatstapError
from engine.secrets.hiding import conceal
from engine.words import counted, octets
from tui.compose.rendered import Rendered
from tui.kit.confirm import Sure
from tui.kit.headline import Headline
from tui.kit.key_order import FIELD_KEYS, after_typing
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.safe import clean, shorten

from .burst_form import USUAL, BurstForm
from .burst_plan import Plan
from .burst_text import write_report
from .burst_view import BurstView

if TYPE_CHECKING:
    from engine.session import Session

LOOK = 0.1
"""Seconds between two pictures of a burst that runs."""


class BurstScreen(Page[None]):
    CSS_PATH = "../workbench.tcss"
    AUTO_FOCUS = "#burst-count"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+j,f5,ctrl+enter",
            "start",
            "Start",
            id="burst.start",
            priority=True,
            key_display="^j",
            tooltip="Begin to send",
        ),
        *FIELD_KEYS,
        Binding("c", "cancel", "Cancel", id="burst.cancel", tooltip="Send no more, wait no longer"),
        Binding("r", "again", "Again", id="burst.again", tooltip="The same once more"),
        Binding("y", "copy", "Copy", id="burst.copy", tooltip="Copy the report as text"),
        Binding(
            "escape", "leave", "Back", id="burst.back", tooltip="Cancel; then back to the desk"
        ),
    ]

    def __init__(self, session: Session, draft: Draft, written: Sequence[str] = USUAL) -> None:
        """`written` is what stands in the form's fields at first."""
        super().__init__()
        self._written = written
        self._session = session
        self._draft = draft
        self._variables: dict[str, str] = {}
        self._burst: Burst | None = None
        self._plan: Plan | None = None
        self._confirmed: Plan | None = None
        """What the user has said yes to."""
        self._clock: Timer

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield Headline("burst-what")
        with Container(id="burst-panes"):
            with Vertical(id="burst-left"):
                yield BurstForm(self._draft, self._session.journal.max_messages, self._written)
                with Vertical(id="burst-sample", classes="pane") as sample:
                    sample.border_title = "Message 1"
                    yield Rendered()
            with Vertical(id="burst-right", classes="pane") as right:
                right.border_title = "Report"
                yield BurstView()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self._clock = self.set_interval(LOOK, self._view.look, pause=True)
        self._show_sample()
        self._ask_stream()

    def on_unmount(self) -> None:
        if self._burst is not None:
            self._burst.cancel()

    @property
    def running(self) -> bool:
        return self._burst is not None and self._burst.ending is None

    @property
    def _form(self) -> BurstForm:
        return self.query_one(BurstForm)

    @property
    def _view(self) -> BurstView:
        return self.query_one(BurstView)

    # -- what will be sent -------------------------------------------------------------------

    def _show_sample(self) -> None:
        """The first message, rendered; what cannot be is said where it starts."""
        sample = self.query_one(Rendered)
        try:
            self._variables = self._session.variables()
            self._draft.check()
            first = self._draft.rendered(Context(1, self._variables))
        except InvalidInput as error:
            sample.complain(str(error))
            self._tell_what()
            self._form.refuse(str(error))
        else:
            sample.show(first)
            self._tell_what(octets(first.size().total))

    def _tell_what(self, size: str = "") -> None:
        kind = self._draft.kind.replace("_", " ")
        figures = (kind, shorten(self._draft.subject, 60), size)
        self.query_one(Headline).say("   ".join(clean(one) for one in figures if one))

    @work(group="stream", exclusive=True)
    async def _ask_stream(self) -> None:
        """Find out whether a stream would store all this; not knowing hinders nobody."""
        try:
            subject = self._draft.rendered(Context(1, self._variables)).subject
            self._form.stream = await self._session.broker.jetstream.stream_of(subject)
        except NatstapError:
            return
        if self._form.stream and self._burst is None:
            self._form.advise()

    # -- running -----------------------------------------------------------------------------

    @on(BurstForm.Start)
    @work(group="confirm", exclusive=True)
    async def _ask(self) -> None:
        """Many messages to a server that is not natstap's own are confirmed, once for a plan."""
        if self.running:
            return
        try:
            plan = self._form.plan()
        except InvalidDraft as error:
            self._form.complain(error)
        except InvalidInput as error:
            self._form.refuse(str(error))
        else:
            if plan == self._confirmed or await self._is_meant(plan):
                self._confirmed = plan
                self._begin(plan)

    async def _is_meant(self, plan: Plan) -> bool:
        if self._session.server is not None or plan.count == 1:
            return True
        title = f"Send {counted(plan.count, 'message')}?"
        pace = f"at most {plan.rate:,g} a second" if plan.rate else "as fast as they go"
        words = f"They go to {shorten(self._draft.subject, 60)} on {self._session.where}, {pace}."
        return await self.app.push_screen_wait(Sure(title, words, "Send")) is True

    def _begin(self, plan: Plan) -> None:
        try:
            self._plan = plan
            self._burst = self._made(plan)
        except InvalidDraft as error:
            self._form.complain(error)
        except InvalidInput as error:
            self._form.refuse(str(error))
        else:
            self._view.show(self._burst, self._plan)
            self.add_class("-begun")
            self._view.focus()
            self._clock.resume()
            self._run(self._burst)
            self._turn()

    def _made(self, plan: Plan) -> Burst:
        self._variables = self._session.variables()
        self._draft.rendered(Context(1, self._variables))  # every message would fail as this does
        return Burst(
            self._session.broker,
            self._draft,
            plan.count,
            plan.rate,
            plan.in_flight,
            deadline=plan.deadline,
            variables=self._variables,
        )

    @work(group="burst", exclusive=True)
    async def _run(self, burst: Burst) -> None:
        begun = time.time()
        try:
            await burst.run()
        except NatstapError as error:
            self._view.error = error
        self._clock.pause()
        self._view.look()
        self._turn()
        if (report := burst.report()).sent:
            await self._session.outbox.note(self._draft, report.summary, begun)

    def _turn(self) -> None:
        """It began or ended: other keys do something now."""
        self._form.running = self.running
        self.refresh_bindings()

    # -- keys --------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "cancel":
            return self.running
        if action == "start":
            return not self.running
        if action in ("again", "copy"):
            return self._burst is not None and not self.running
        return True

    @after_typing
    def action_start(self) -> None:
        self._form.start()

    def action_again(self) -> None:
        self._form.start()

    @on(BurstForm.Cancel)
    def action_cancel(self) -> None:
        if self._burst is not None:
            self._burst.cancel()

    def action_leave(self) -> None:
        if self.running:
            self.action_cancel()
        else:
            self.dismiss()

    def action_copy(self) -> None:
        if self._burst is not None and self._plan is not None:
            report = write_report(self._draft, self._plan, self._burst)
            self.app.copy_to_clipboard(conceal(report, self._session.secrets).value)
            self.notify("The report is copied.")
