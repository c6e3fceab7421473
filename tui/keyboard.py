"""Bytes from the terminal as text, whatever they are: one that is not UTF-8 is kept, as elsewhere.

Textual's driver decodes strictly, in a thread of its own: a paste with one byte of Latin-1 would
end natstap. With surrogates for such bytes, `engine.message.raw_bytes` gives them back as pasted.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver


def lenient_decoder(encoding: str) -> type[codecs.IncrementalDecoder]:
    """As `codecs.getincrementaldecoder`, for a decoder that takes every byte."""
    strict = codecs.getincrementaldecoder(encoding)

    class Lenient(strict):  # type: ignore[misc,valid-type]
        def __init__(self, errors: str = "surrogateescape") -> None:
            super().__init__(errors)

    return Lenient


def take_every_byte(driver: type[Driver]) -> type[Driver]:
    """The driver, with its decoder replaced; one that decodes elsewhere is left as it is."""
    from textual.drivers import linux_driver

    if issubclass(driver, linux_driver.LinuxDriver):
        linux_driver.getincrementaldecoder = lenient_decoder  # type: ignore[assignment, attr-defined]
    return driver
