"""Reading a body: layers are taken off, then the content that fits best says what it is.

    read(body, Envelope(subject, headers)) -> Reading

A choice decides instead of the guess: "msgpack", "protobuf:shop.Order", or with the layers before
it, "gzip>msgpack". Whatever the bytes are, a reading comes of it within bounded time and memory;
what is wrong with them is its `error`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from engine.errors import ContentError, InvalidInput, ReaderMissing
from engine.fields import read_json
from engine.message import Headers, text

from . import registry as registry  # it registers the contents
from .binary import is_binary
from .by_subject import NOTHING_SET
from .content import CONTENTS, READS, UTF8, ContentBase, Document, Envelope, Form, Guess

MAX_LAYERS = 6
JSON, TEXT, HEX = "json", "text", "hex"
_SURE = 0.85
"""From here on a layer is taken off though a content was chosen without it."""
_NO_ENVELOPE = Envelope()
_NO_HEADERS = Headers()


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of it."""

    names: tuple[str, ...]
    """The contents, the outermost layer first."""
    title: str
    """As "gzip > MessagePack"."""
    form: Form
    text: str
    """What is shown: JSON, or text; "" for bytes in hex."""
    body: bytes
    """What is inside of all layers."""
    reason: str = ""
    """Why it is read so, to stand after the title."""
    chosen: bool = False
    """True if the user said so."""
    note: str = ""
    error: ContentError | None = None
    """What is wrong with the body; it is shown as text or hex then."""
    tree: Any = None

    @property
    def choice(self) -> str:
        """What chooses the same again."""
        return ">".join(self.names)

    @property
    def plain(self) -> bool:
        """True where what is shown is what was sent: text in UTF-8."""
        return self.names in ((JSON,), (TEXT,), (HEX,))

    def value(self) -> Any:
        """What was read, as JSON has it; text as it is. Raises `ContentError` where it is bytes."""
        if self.tree is not None:
            return self.tree
        if self.form == "json":
            try:
                return read_json(self.text)
            except ValueError as error:
                raise ContentError("JSON", str(error)) from None
        if self.form == "text":
            return self.text
        raise ContentError("JSON", "it is read as bytes")


def read(body: bytes, envelope: Envelope = _NO_ENVELOPE, choice: str = "") -> Reading:
    """Raises nothing but `InvalidInput`, for a choice that there is not."""
    envelope = envelope.begin()
    if choice:
        return _read_chosen(body, envelope, choice)
    set_so = envelope.settings.contents.find(envelope.subject)
    if set_so:
        try:
            return _read_chosen(body, envelope, set_so)
        except InvalidInput:
            pass  # the settings were checked when they were read; a package may have gone since
    return _read_guessed(body, envelope)


def read_value(body: bytes, envelope: Envelope = _NO_ENVELOPE) -> Any:
    """The values in a body; raises `ContentError` where it has none: for text, and for bytes."""
    try:
        return read_json(body)
    except ValueError:
        reading = read(body, envelope)
    if reading.tree is not None or reading.form == "json":
        return reading.value()
    if reading.error is not None:
        raise reading.error
    if reading.form == "text":
        raise ContentError("JSON", "it is read as text")
    return reading.value()


def guesses(body: bytes, envelope: Envelope = _NO_ENVELOPE) -> list[tuple[ContentBase, Guess]]:
    """What the outermost may be, the likeliest first."""
    envelope = envelope.begin()
    found = [(each, guess) for each in CONTENTS if (guess := each.detect(body, envelope))]
    return sorted(found, key=lambda pair: -pair[1].confidence)


# -- guessing --------------------------------------------------------------------------------


def _read_guessed(
    body: bytes,
    envelope: Envelope,
    before: tuple[str, ...] = (),
    opened: tuple[str, ...] = (),
    most: int = MAX_LAYERS,
) -> Reading:
    """`before` are the names of layers that were taken off, `opened` their titles; `most` is how
    many more are.
    """
    names, reasons, titles = list(before), [], list(opened)
    work = envelope.work
    for left in range(most, 0, -1):
        content, guess = _best(body, envelope)
        try:
            made = guess.made or content.read(body, envelope)
        except ContentError as error:
            unlike = _unlike(body, envelope, content, error, left - 1)
            if unlike is None:
                return _fallback(body, names, titles, error, guess.reason)
            return _with_layers(unlike, names, titles)
        names.append(content.name)
        reasons.append(guess.reason)
        if isinstance(made, Document):
            said = "; ".join(dict.fromkeys(filter(None, reasons)))
            reading = _reading(body, names, [*titles, content.title], made, said)
            if work.refused and content.raw:
                return replace(reading, error=ContentError(work.refused, work.why))
            denied = _denied(body, envelope, content)
            if denied and (unlike := _unlike(body, envelope, content, denied, left - 1)):
                return _with_layers(unlike, names[:-1], titles)
            return replace(reading, error=denied) if denied else reading
        reasons.append(made.note)
        titles.append(made.title or content.title)
        body, envelope = made.body, inside(envelope, content)
    return _fallback(body, names, titles, ContentError("text", "more layers than natstap opens"))


def _unlike(
    body: bytes, envelope: Envelope, tried: ContentBase, error: ContentError, most: int
) -> Reading | None:
    """What a body is that is not what its headers or the settings say; None for nothing better."""
    if isinstance(error, ReaderMissing) or envelope.work.left < 0 or not most:
        return None
    if (inner := _in_a_layer(body, envelope, tried, most)) is not None:
        return inner
    bare = replace(envelope, headers=_NO_HEADERS, settings=NOTHING_SET)
    if bare == envelope:
        return None
    content, _ = _best(body, bare)
    if content is tried or content.raw:
        return None
    return replace(_read_guessed(body, bare, most=most), error=error)


def _in_a_layer(body: bytes, envelope: Envelope, tried: ContentBase, most: int) -> Reading | None:
    """What they say, where it is in a layer that they do not name."""
    layers = (each for each in CONTENTS if each.layer and each is not tried)
    found = [(each, guess) for each in layers if (guess := each.detect(body, envelope))]
    layer, guess = max(found, key=lambda pair: pair[1].confidence, default=(None, None))
    if layer is None or guess is None:
        return None
    try:
        made = guess.made or layer.read(body, envelope)
    except ContentError:
        return None
    if isinstance(made, Document):
        return None
    title = made.title or layer.title
    reading = _read_guessed(made.body, inside(envelope, layer), (layer.name,), (title,), most)
    if reading.error is not None or reading.form == HEX:
        return None
    return replace(reading, reason="; ".join((guess.reason, reading.reason)))


def _with_layers(reading: Reading, names: list[str], titles: list[str]) -> Reading:
    title = " > ".join([*titles, reading.title])
    return replace(reading, names=(*names, *reading.names), title=title)


def _denied(body: bytes, envelope: Envelope, content: ContentBase) -> ContentError | None:
    """Why a body is not the JSON that its content-type says it is."""
    claimed = CONTENTS.get(JSON)
    if claimed is None or not body or content.name in (JSON, "jsonl"):
        return None
    if "json" not in envelope.content_type:
        return None
    try:
        claimed.read(body, envelope)
    except ContentError as error:
        return error
    return None


def _best(body: bytes, envelope: Envelope) -> tuple[ContentBase, Guess]:
    """The likeliest; of several the one that stands first in the list. JSON is tried first: it is
    what most bodies are.
    """
    best, found = None, None
    nothing_said = envelope.says_nothing and not envelope.settings.types
    plain = CONTENTS.get(JSON)
    if plain is not None and body[:1] in (b"{", b"[") and _says_nothing_else(envelope, plain):
        guess = plain.detect(body, envelope)
        if guess is not None and guess.confidence > READS:
            return plain, guess
    for content in CONTENTS:
        if found is not None and nothing_said and found.confidence >= content.most_sure:
            continue
        guess = content.detect(body, envelope)
        envelope.work.refuse(content.title)
        if guess is not None and (found is None or guess.confidence > found.confidence):
            best, found = content, guess
    if best is None or found is None:
        raise AssertionError("every body can be shown in hex")
    return best, found


def _says_nothing_else(envelope: Envelope, content: ContentBase) -> bool:
    """True if neither the headers nor the settings name anything but this content."""
    if envelope.settings.commands:
        return False
    if not len(envelope.headers):
        return True
    named = envelope.content_type in ("", *content.types)
    return named and not envelope.encodings and envelope.charset in UTF8


def inside(envelope: Envelope, layer: ContentBase) -> Envelope:
    """What is known of what is inside a layer: what named the layer is used up."""
    if not len(envelope.headers):
        return replace(envelope, recoded=envelope.recoded or layer.recodes)
    kept = []
    for name, value in envelope.headers.pairs:
        lower = name.lower()
        if lower == "content-type" and (layer.is_named(envelope.content_type) or envelope.charset):
            value = value.partition(";")[0] if envelope.charset else ""
        if lower != "content-encoding" and (value or lower != "content-type"):
            kept.append((name, value))
    if left := ",".join(reversed(envelope.encodings[1:])):
        kept.append(("Content-Encoding", left))
    return replace(envelope, headers=Headers(kept), recoded=envelope.recoded or layer.recodes)


# -- choosing --------------------------------------------------------------------------------


def _read_chosen(body: bytes, envelope: Envelope, choice: str) -> Reading:
    steps = [_step(written) for written in choice.split(">")]
    names: list[str] = []
    titles: list[str] = []
    whole = body
    for place, (content, argument) in enumerate(steps):
        last = place == len(steps) - 1
        if last and not content.layer and not content.raw and not names:
            body, envelope, names, titles = _sure_layers(body, envelope)
        try:
            made = content.read(body, replace(envelope, argument=argument))
        except ContentError as error:
            reading = _fallback(whole, [], [], error, "you chose so")
            return replace(reading, chosen=True)
        names.append(f"{content.name}:{argument}" if argument else content.name)
        if isinstance(made, Document):
            titles.append(content.title)
            reading = _reading(body, names, titles, made, "you chose so")
            return replace(reading, chosen=True)
        titles.append(made.title or content.title)
        body, envelope = made.body, inside(envelope, content)
    reading = _read_guessed(body, envelope, tuple(names), tuple(titles))
    return replace(reading, chosen=True, reason="you chose so")


def check_choice(choice: str) -> str:
    """What is wrong with a choice, "" for nothing."""
    try:
        for written in choice.split(">"):
            _step(written)
    except InvalidInput as error:
        return str(error)
    return ""


def _step(written: str) -> tuple[ContentBase, str]:
    name, _, argument = written.strip().partition(":")
    content = CONTENTS.get(name)
    if content is None:
        known = ", ".join(each.name for each in CONTENTS)
        raise InvalidInput(f"{name!r} is not a content: use one of {known}")
    return content, argument


def open_layers(body: bytes, envelope: Envelope = _NO_ENVELOPE) -> bytes:
    """What is inside of all layers that can be told, base64 too."""
    return _sure_layers(body, envelope.begin(), READS)[0]


def _sure_layers(
    body: bytes, envelope: Envelope, least: float = _SURE
) -> tuple[bytes, Envelope, list[str], list[str]]:
    """What is inside the layers that the headers or the first bytes are as sure of."""
    names: list[str] = []
    titles: list[str] = []
    layers = [content for content in CONTENTS if content.layer]
    for _ in range(MAX_LAYERS):
        found = [(each, guess) for each in layers if (guess := each.detect(body, envelope))]
        content, guess = max(found, key=lambda pair: pair[1].confidence, default=(None, None))
        if content is None or guess is None or guess.confidence < least:
            break
        try:
            made = guess.made or content.read(body, envelope)
        except ContentError:
            break
        if isinstance(made, Document):
            break
        names.append(content.name)
        titles.append(made.title or content.title)
        body, envelope = made.body, inside(envelope, content)
    return body, envelope, names, titles


# -- results ---------------------------------------------------------------------------------


def _reading(
    body: bytes, names: list[str], titles: list[str], made: Document, reason: str
) -> Reading:
    title = " > ".join(titles)
    return Reading(
        tuple(names), title, made.form, made.text, body, reason, note=made.note, tree=made.tree
    )


def _fallback(
    body: bytes, names: list[str], titles: list[str], error: ContentError, reason: str = ""
) -> Reading:
    """As text, or as bytes in hex, with what is wrong."""
    binary = is_binary(body)
    name, form = (HEX, "hex") if binary else (TEXT, "text")
    title = " > ".join([*titles, CONTENTS.titles([name])])
    shown = "" if binary else text(body)
    form_: Form = "hex" if form == "hex" else "text"
    return Reading((*names, name), title, form_, shown, body, reason, error=error)
