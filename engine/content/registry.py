"""Which contents there are: those of `formats/`, and those that other packages bring."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from engine.content import formats
from engine.errors import ContentError, InvalidBody

from .content import CONTENTS, ContentBase, Document, Envelope, Guess, Layer

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
            CONTENTS.add(GuardedContent(_made(found)))
        except Exception as error:  # a stranger's code may raise anything
            PROBLEMS.append(f"the content {found.name} cannot be used: {error}")


class GuardedContent(ContentBase):
    """Another package's content: whatever it raises, it ends in a sentence."""

    def __init__(self, inner: ContentBase) -> None:
        self._inner = inner
        for name in ("name", "title", "place", "types", "extra", "layer", "raw", "writes"):
            setattr(self, name, getattr(inner, name))

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        try:
            return self._inner.detect(body, envelope)
        except Exception:  # a stranger's code: what it cannot tell it does not know
            return None

    def read(self, body: bytes, envelope: Envelope) -> Document | Layer:
        try:
            return self._inner.read(body, envelope)
        except ContentError:
            raise
        except Exception as error:
            raise self.fail(f"its reader fails: {error}") from error

    def write(self, text: str, envelope: Envelope) -> bytes:
        try:
            return self._inner.write(text, envelope)
        except (ContentError, InvalidBody):
            raise
        except Exception as error:
            raise InvalidBody(f"the writer of {self.title} fails: {error}") from error


def _made(found: EntryPoint) -> ContentBase:
    content = found.load()()
    if not isinstance(content, ContentBase):
        raise TypeError(f"{found.value} is not a content")
    return content


load()
