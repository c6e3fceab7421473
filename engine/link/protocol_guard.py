"""The last line before the wire: nothing that is handed to the link ends a line of the protocol.

Names and headers are checked where they come in, with reasons that help whoever wrote them. This
is for what slipped through, and costs some 0.3 µs a message. On trust it takes one block alone, the
very bytes that `write_head` put together last from two words without line breaks.
Source: the argument splitting of nats-server's parser, https://docs.nats.io/reference, ADR-4.
"""

from __future__ import annotations

from engine.errors import InvalidHeader, InvalidSubject
from engine.message import text

_UNFIT = b"\x00\t\n\r "
VOUCHED = [b""]
"""The newest block that is right because of how it was made; a test says who may put it here."""
_BEGINNINGS = (b"NATS/1.0", b"NATS/1.0 ")


def check_words(subject: bytes, other: bytes = b"") -> None:
    """A subject, and the reply subject or queue group behind it, which may be none.

    Raises `InvalidSubject` for what would end the word or the line.
    """
    words = subject + other
    # Without white space of any kind: what is split is then the very same object, so this is quick.
    if not subject or words.split() != [words] or b"\x00" in words:
        _look_closely(subject, other)


def _look_closely(*words: bytes) -> None:
    if not words[0]:
        raise InvalidSubject("", "it is empty")
    for word in words:
        if len(word.translate(None, _UNFIT)) != len(word):
            raise InvalidSubject(text(word), "it has a space, a tab, a line break or a NUL")


def check_block(head: bytes) -> None:
    """One header block, version line and closing blank line included; raises `InvalidHeader`."""
    if head is VOUCHED[0]:
        return
    lines = head.splitlines()  # at every CR, LF and CRLF, so that a lone one makes a line too many
    if not lines or lines[0][:9] not in _BEGINNINGS:
        raise InvalidHeader("", "a header block begins with NATS/1.0")
    if len(lines) != head.count(b"\r\n"):
        raise InvalidHeader("", "a lone line break would begin another header")
    if lines[-1] or lines.index(b"") != len(lines) - 1:
        raise InvalidHeader("", "a header block ends with its only blank line")
