"""Services: who answers `$SRV`, with which endpoints, how they do; and one request away.

They are asked again every two seconds while the screen is shown, quietly and never twice at
once. What no longer answers stays, marked, until the user asks anew.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Input

from engine.drafts.draft import Draft, endpoint_draft
from engine.services.service import Endpoint, Service
from engine.services.service_registry import Rates
from tui.kit.command import Command, Commanded
from tui.kit.filter_field import FilterField
from tui.kit.headline import Headline
from tui.kit.key_line import KeyLine
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.kit.rewriting import retitle
from tui.kit.screen_line import ScreenLine
from tui.safe import clean, shorten
from tui.table.table import Table

from .service_detail import ServiceDetail
from .service_look import ServiceLook
from .service_rows import ENDPOINTS, SERVICE_COLUMNS, endpoint_row, service_row

if TYPE_CHECKING:
    from engine.session import Session

EVERY = 2.0
"""Seconds between the end of one look and the beginning of the next, at the least."""


SERVICES: tuple[Command[ServicesScreen], ...] = (
    Command(
        "services.open",
        "enter",
        "Open",
        "Into a service; of an endpoint, or an only one, compose a request",
        lambda screen: screen.open_chosen(),
        footer=True,
    ),
    Command(
        "services.compose",
        "e",
        "Compose",
        "Compose a request to the chosen endpoint",
        lambda screen: screen.compose_request(),
        footer=True,
    ),
    Command(
        "services.filter",
        "slash",
        "Filter",
        "Find some",
        lambda screen: screen.filter.start(),
        footer=True,
    ),
    Command(
        "services.refresh",
        "R",
        "Refresh",
        "Ask again, and drop services that are gone",
        lambda screen: screen.refresh_now(),
        footer=True,
    ),
    Command("services.into", "right", "Into", "Pane right", lambda screen: screen.step(1)),
    Command("services.out", "left", "Out", "Pane left", lambda screen: screen.step(-1)),
    Command(
        "services.back",
        "escape,q",
        "Back",
        "Back to the desk",
        lambda screen: screen.back(),
        footer=True,
    ),
)


class ServicesScreen(Page[Draft | None], Commanded):
    """Dismisses with a request to the chosen endpoint, None when none is wanted."""

    CSS_PATH = "../catalog.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (150, "-broad")]  # noqa: RUF012
    TABLE = SERVICES

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._look = ServiceLook(session)
        self._shown: dict[str, Service] = {}

        self._headline = Headline("catalog-total")
        self._services = Table(SERVICE_COLUMNS, "service-list", ("Asking $SRV…",))
        self.filter: FilterField = FilterField("name, subject", "services-filter", self._services)
        self._endpoints = Table(ENDPOINTS, "endpoint-list", ("It has no endpoints.",))
        self._detail = ServiceDetail()
        self._left = Vertical(self.filter, self._services, id="services", classes="pane")
        self._left.border_title = "Services"
        self._upper = Vertical(self._endpoints, id="endpoints", classes="pane")
        self._lower = Vertical(self._detail, id="endpoint", classes="pane")
        self._right = Vertical(self._upper, self._lower, id="service-right")

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield self._headline
        yield ScreenLine("services")
        yield Container(self._left, self._right, id="catalog-panes")
        yield KeyLine()

    def on_mount(self) -> None:
        self._services.focus()
        self._draw()

    def on_screen_suspend(self) -> None:
        self.workers.cancel_group(self, "services")

    # -- asking ------------------------------------------------------------------------------

    @on(events.ScreenResume)
    @work(group="services", exclusive=True)
    async def _ask(self) -> None:
        while True:
            await self._look.look()
            self._draw()
            await asyncio.sleep(max(EVERY, self._look.pause))

    def refresh_now(self) -> None:
        self._look.forget_gone()
        self._ask()

    # -- what is chosen ----------------------------------------------------------------------

    @property
    def _service(self) -> Service | None:
        return self._shown.get(str(self._services.cursor))

    @property
    def _endpoint(self) -> Endpoint | None:
        offered = self._service.endpoints if self._service else ()
        place = self._endpoints.cursor
        return next((endpoint for endpoint in offered if endpoint.place == place), None)

    # -- drawing -----------------------------------------------------------------------------

    @on(Input.Changed)
    def _draw(self) -> None:
        words = self.filter.words
        every = self._look.census.services
        self._shown = {service.name: service for service in every if _matches(service, words)}
        self._services.hint = self._look.hint
        self._services.show(
            [service_row(service, self._look.census) for service in self._shown.values()]
        )
        self._right.display = bool(self._shown)
        self.set_class(not self._shown, "-nobody")
        self._draw_service()
        self._draw_total()

    @on(Table.Chosen, "#service-list")
    def _draw_service(self) -> None:
        service = self._service
        if service is None:
            return
        rates = self._look.census.rates_by_place(service.name)
        rows = [
            endpoint_row(endpoint, rates.get(endpoint.place, Rates()))
            for endpoint in service.endpoints
        ]
        self._endpoints.show(rows)
        title = f"Endpoints of {shorten(service.name, 40)}"
        retitle(self._upper, title=Content(title))
        self._draw_endpoint()

    @on(Table.Chosen, "#endpoint-list")
    def _draw_endpoint(self) -> None:
        service, endpoint = self._service, self._endpoint
        self._detail.display = endpoint is not None
        name = endpoint.name if endpoint is not None else ""
        retitle(self._lower, title=Content(shorten(name, 60) or "Endpoint"))
        if service is not None and endpoint is not None:
            self._detail.show(service, endpoint, self._look.census)

    @on(events.Resize)
    def _draw_total(self) -> None:
        ink = "$text-error" if self._look.trouble else ""
        figures = self._look.figures(max(20, self.size.width - 20))
        self._headline.say_what_fits(figures, ink)

    # -- keys and mouse ----------------------------------------------------------------------

    @on(Table.Opened)
    def _opened(self) -> None:
        self.open_chosen()

    def open_chosen(self) -> None:
        several = self._service is not None and len(self._service.endpoints) > 1
        if several and self._services.has_focus:
            self._endpoints.focus()
        else:
            self.compose_request()

    def compose_request(self) -> None:
        endpoint = self._endpoint
        if endpoint is None:
            self.app.bell()
        else:
            self.dismiss(endpoint_draft(endpoint))

    def step(self, by: int) -> None:
        panes = [self._services, self._endpoints, self._detail]
        place = panes.index(self.focused) if self.focused in panes else 0
        panes[max(0, min(place + by, len(panes) - 1))].focus()

    def back(self) -> None:
        """Out of the filter first, then out of the screen."""
        if not self.filter.leave():
            self.dismiss(None)


def _matches(service: Service, words: list[str]) -> bool:
    endpoints = (f"{endpoint.name} {endpoint.subject}" for endpoint in service.endpoints)
    whole = clean(" ".join((service.name, service.description, *endpoints))).lower()
    return all(word in whole for word in words)
