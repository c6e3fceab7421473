"""What a content is: a way to read bytes, such as MessagePack, or a layer around others, as gzip.

Everything that natstap shows, chooses and keeps of a content follows from its class. A new one is
one file in `formats/`, with a class under `@register`; or a class in another package, named by an
entry point in the group `natstap.content`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from importlib import import_module
from typing import Any, ClassVar, Literal

from engine.errors import ContentError, InvalidBody, ReaderMissing
from engine.message import Headers

from .by_subject import NOTHING_SET, SubjectSettings
from .work import Work

Form = Literal["json", "text", "hex"]
"""How what was read is laid out in lines."""

NAMED = 0.95
"""The headers say so, and the bytes do not deny it."""
MAGIC = 0.9
"""The first bytes are a mark that nothing else begins with."""
READS = 0.7
"""All the bytes read as it, and the result is plausible."""
MAYBE = 0.4
"""All the bytes read as it, and as other things too."""
_VAGUE = ("", "text/plain", "application/octet-stream")
"""Content-types that many senders write whatever they send."""
UTF8 = ("", "utf-8", "utf8", "us-ascii", "ascii")
"""Names of the encoding that text is in where nobody says otherwise."""
_LISTED = "content-encoding"
"""A header whose values are one list, wherever it is repeated."""
_NO_ENCODING = ("", "identity")
_MAX_NAMED = 500
"""Characters of a header that are read: nobody honest writes more."""
LAST = 0.1
"""Everything can be read so."""


class Side(Enum):
    """Which side of a conversation wrote a body."""

    REQUEST = "request"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is known of a body beside its bytes."""

    subject: str = ""
    """Of the request that it is or answers: an inbox tells nothing."""
    headers: Headers = field(default_factory=Headers)
    side: Side = Side.REQUEST
    settings: SubjectSettings = NOTHING_SET
    argument: str = ""
    """What the user chose with the content: an encoding, or the name of a type."""
    recoded: bool = False
    """True inside a layer that made UTF-8 of it, whatever it says of its encoding."""
    work: Work = field(default_factory=Work, compare=False, repr=False)
    """What may still be spent on the body."""
    _named: dict[str, str] = field(init=False, default_factory=dict, compare=False, repr=False)
    """Values of headers, which every content asks for."""

    def begin(self) -> Envelope:
        """The same for another reading."""
        return Envelope(self.subject, self.headers, self.side, self.settings, self.argument)

    @property
    def content_type(self) -> str:
        """In small letters and without parameters; "" for none."""
        if (known := self._named.get("")) is None:
            known = self._value("content-type").partition(";")[0].strip().lower()
            self._named[""] = known
        return known

    @property
    def says_nothing(self) -> bool:
        """True if the content-type names nothing that a body of bytes could be measured by."""
        return self.content_type in _VAGUE

    @property
    def charset(self) -> str:
        """The encoding that the content-type names, "" for none."""
        return self.parameter("charset").lower()

    def parameter(self, wanted: str) -> str:
        """What the content-type has behind a name in small letters and "=", "" for nothing."""
        for part in self._value("content-type").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == wanted:
                return value.strip().strip("\"'")
        return ""

    @property
    def encodings(self) -> tuple[str, ...]:
        """What the content-encoding names, the outermost first; of several headers as of one."""
        written = self._value("content-encoding")
        if not written:
            return ()
        named = (name.strip() for name in reversed(written.lower().split(",")))
        return tuple(name for name in named if name not in _NO_ENCODING)

    def _value(self, name: str) -> str:
        found = self._named.get(name)
        if found is None:
            given = [value for key, value in self.headers.pairs if key.lower() == name]
            found = (",".join(given) if name == _LISTED else given[0])[:_MAX_NAMED] if given else ""
            self._named[name] = found
        return found


@dataclass(frozen=True, slots=True)
class Document:
    """What a content made of bytes: a tree, or text that is laid out as its form says."""

    form: Form
    text: str
    """JSON for a tree, in which bytes and the like are written as `tree.plain` says."""
    tree: Any = None
    """The tree itself, where it was built on the way; None where the text is all there is."""
    note: str = ""
    """What is lost or left out, in words."""


@dataclass(frozen=True, slots=True)
class Guess:
    """How sure it is, from 0 to 1, and why: to stand after the name of the content."""

    confidence: float
    reason: str
    made: Document | Layer | None = None
    """What came of it, where it had to be read to guess."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What is inside of a layer."""

    body: bytes
    title: str = ""
    """What it is called, where the content has several names."""
    note: str = ""
    """What is left out, in words."""


class ContentBase(ABC):
    """One content. It holds no state of a body: the same object reads all of them."""

    name: ClassVar[str]
    """In settings and collection files."""
    title: ClassVar[str]
    """On the screen."""
    place: ClassVar[int] = 100
    """Where it stands in a list of all."""
    types: ClassVar[tuple[str, ...]] = ()
    """Content-types that name it; the first is written beside a body that is sent."""
    suffix: ClassVar[str] = ""
    """What a content-type ends with after its "+" where it is this underneath, as "cbor"."""
    extra: ClassVar[str] = ""
    """The part of natstap that brings its library, "" where it needs none."""
    layer: ClassVar[bool] = False
    """True if it is around another content."""
    recodes: ClassVar[bool] = False
    """True for a layer that makes UTF-8 of a text."""
    most_sure: ClassVar[float] = 2.0
    """The most that its guess can be where neither headers nor settings name anything; if another
    content is as sure, it is not asked.
    """
    raw: ClassVar[bool] = False
    """True if it shows bytes as they are, and no layer is taken off where it is chosen."""
    writes: ClassVar[bool] = False
    """True if JSON that is typed can be sent as it."""

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        """How sure it is that these bytes are this; None for not. It raises nothing."""
        named = envelope.content_type
        return Guess(NAMED, f"the content-type is {named}") if self.is_named(named) else None

    def is_named(self, content_type: str) -> bool:
        """Whether a content-type says that it is this."""
        if content_type in self.types:
            return True
        return bool(self.suffix) and content_type.endswith(f"+{self.suffix}")

    @abstractmethod
    def read(self, body: bytes, envelope: Envelope) -> Document | Layer:
        """What they are; raises `ContentError`, with the offset where it is known."""

    def write(self, text: str, envelope: Envelope) -> bytes:
        """The bytes of JSON that was typed; raises `InvalidBody`."""
        raise InvalidBody(f"natstap cannot write {self.title}")

    def fail(self, why: str, offset: int | None = None) -> ContentError:
        """The error to raise."""
        return ContentError(self.title, why, offset)

    def library(self, module: str) -> Any:
        """A library that not everybody has; raises `ReaderMissing`."""
        try:
            return import_module(module)
        except ImportError:
            raise ReaderMissing(self.title, self.extra) from None


class Contents:
    """All contents by name; one that is added later replaces one of the same name."""

    def __init__(self) -> None:
        self._by_name: dict[str, ContentBase] = {}
        self._in_order: tuple[ContentBase, ...] = ()

    def add(self, content: ContentBase) -> None:
        self._by_name[content.name] = content
        self._sort()

    def remove(self, name: str) -> None:
        del self._by_name[name]
        self._sort()

    def _sort(self) -> None:
        known = self._by_name.values()
        self._in_order = tuple(sorted(known, key=lambda each: (each.place, each.title)))

    def get(self, name: str) -> ContentBase | None:
        return self._by_name.get(name)

    def __iter__(self) -> Iterator[ContentBase]:
        """In the order in which a list offers them."""
        return iter(self._in_order)

    def titles(self, names: Iterable[str]) -> str:
        """As "gzip > MessagePack"."""
        known = (self._by_name.get(name) for name in names)
        return " > ".join(each.title for each in known if each is not None)


CONTENTS = Contents()


def register(content: type[ContentBase]) -> type[ContentBase]:
    """Class decorator: makes the content one that is detected and can be chosen."""
    CONTENTS.add(content())
    return content
