"""What the user has set, in use: keys, questions, contents; and what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from textual.app import App

from .session_start import SessionStart
from .settings import KEYS, THEME, UserSettings
from .theme import NATSTAP

_PROBLEM_STAYS = 15.0
"""Seconds for which it is read what is wrong with the settings."""


class AppliedSettings:
    def __init__(self, app: App[Any], settings: UserSettings, start: SessionStart) -> None:
        self._app = app
        self._settings = settings
        self._start = start
        self.keymap: Mapping[str, str] = {}
        """The keys that the user gave to commands."""

    async def apply(self, rename: Callable[[Mapping[str, str]], None]) -> None:
        """Use all of it, and tell what is wrong with it; `rename` takes the keys there are."""
        problems = [*self._apply_questions(), *await self._apply_contents()]
        problems += [*self._theme_problems(), *await self._apply_keys()]
        if self.keymap:
            rename(self.keymap)
        for problem in problems:
            self._app.notify(problem, severity="warning", timeout=_PROBLEM_STAYS)

    def _apply_questions(self) -> list[str]:
        from .kit.confirm import read_questions, switch_off

        off, wrong = read_questions(self._settings)
        switch_off(self._app, off)
        return [*self._settings.problems, *wrong]

    async def _apply_contents(self) -> list[str]:
        from engine.content.registry import PROBLEMS, load_from_packages

        settings, reader = self._settings, self._start.reader
        await asyncio.to_thread(load_from_packages)
        problems = [*self._start.problems, *PROBLEMS]
        if settings.tables.get("schemas"):
            from engine.schemas.schemas import file_problems

            found = await asyncio.to_thread(file_problems, reader.settings)
            problems += [settings.problem(name, words) for name, words in found]
        if wrong_types := await asyncio.to_thread(reader.prepare):
            problems.append(settings.problem("protobuf.files", wrong_types))
        return problems

    def _theme_problems(self) -> list[str]:
        name = self._settings.theme
        if not name or name in self._app.available_themes:
            return []
        from difflib import get_close_matches

        near = ", ".join(get_close_matches(name, self._app.available_themes, 3, 0.4))
        words = f"{name} is not a theme: try {near or NATSTAP.name}"
        return [self._settings.problem(THEME, words)]

    async def _apply_keys(self) -> list[str]:
        """Give commands other keys; see `tui.keymap`."""
        if not self._settings.tables.get(KEYS):
            return []
        from .keymap import read_keys

        app = self._app
        self.keymap, wrong = await asyncio.to_thread(read_keys, self._settings)
        palette = self.keymap.get("app.palette", type(app).COMMAND_PALETTE_BINDING)
        app.COMMAND_PALETTE_BINDING = palette.partition(",")[0]  # type: ignore[misc]
        app.set_keymap(self.keymap)
        return wrong
