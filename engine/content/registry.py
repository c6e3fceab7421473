"""Which contents there are: those of `formats/`, and those that other packages bring."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from engine.content import formats

from .content import CONTENTS, ContentBase

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint

GROUP = "natstap.content"
"""The group of entry points; each names a class of a content."""
PROBLEMS: list[str] = []
"""Entry points that could not be loaded, in words."""


def load() -> None:
    """Import every module of the folder, which registers its content."""
    for module in iter_modules(formats.__path__):
        import_module(f"{formats.__name__}.{module.name}")


def installed() -> Iterable[EntryPoint]:
    from importlib.metadata import entry_points  # takes long to import

    return entry_points(group=GROUP)


def load_from_packages() -> None:
    """Add what other packages bring; what is wrong with one is kept in `PROBLEMS`.

    It reads what is installed, which takes a while: the app calls it beside its first paint.
    """
    for found in installed():
        try:
            CONTENTS.add(_made(found))
        except Exception as error:  # a stranger's code may raise anything
            PROBLEMS.append(f"the content {found.name} cannot be used: {error}")


def _made(found: EntryPoint) -> ContentBase:
    content = found.load()()
    if not isinstance(content, ContentBase):
        raise TypeError(f"{found.value} is not a content")
    return content


load()
