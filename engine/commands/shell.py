"""Words for a shell: quoting them, and what its escapes mean.

Quoting makes control bytes and invisible characters harmless, so that what came from the
network can be pasted into a terminal.
"""

from __future__ import annotations

import re
import shlex

from engine.errors import InvalidInput
from engine.message import raw_bytes

_ANSI = re.compile(r"\\([0-7]{1,3})|\\x([0-9a-fA-F]{1,2})|\\u([0-9a-fA-F]{1,4})|\\(.)|([^\\]+)")
_DASH = r"\055"
"""In place of what would begin a flag of `printf`."""
_LETTERS = {"n": 10, "t": 9, "r": 13, "a": 7, "b": 8, "e": 27, "E": 27, "f": 12, "v": 11}


class InvalidCommand(InvalidInput):
    """A pasted command that cannot be read.

    `position` is the offset in the text where the trouble begins, None where the words are
    well and their meaning is not.
    """

    position: int | None = None


def quote(word: str) -> str:
    """One word for bash and zsh; control and invisible characters as `$'\\033'`."""
    return shlex.quote(word) if is_visible(word) else f"$'{escape_bytes(raw_bytes(word))}'"


def quote_in_script(word: str) -> str:
    """One word for any shell of POSIX, which need not know `$'...'`."""
    return shlex.quote(word) if is_visible(word) else f'"$({printf(raw_bytes(word))})"'


def is_visible(word: str) -> bool:
    """False for a word that holds control or invisible characters."""
    return word.replace("\n", "").isprintable()


def printf(raw: bytes) -> str:
    """A command that prints these bytes."""
    written = escape_bytes(raw).replace("%", "%%")
    return f"printf '{written if written[:1] != '-' else _DASH + written[1:]}'"


def escape_bytes(raw: bytes) -> str:
    """Bytes as printable ASCII with octal escapes, as `printf` and `$'...'` read them."""
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b"\\'" else f"\\{byte:03o}" for byte in raw
    )


def unescape(written: str) -> bytes:
    """What `$'...'` and `printf` make of backslashes."""
    return b"".join(_unescaped(found) for found in _ANSI.finditer(written))


def _unescaped(found: re.Match[str]) -> bytes:
    octal, hexadecimal, point, letter, plain = found.groups()
    if plain is not None:
        return raw_bytes(plain)
    if point is not None:
        return chr(int(point, 16)).encode("utf-8", "surrogatepass")  # as bash does
    if letter is None:
        return bytes([(int(octal, 8) if octal else int(hexadecimal, 16)) & 255])
    return bytes([_LETTERS[letter]]) if letter in _LETTERS else raw_bytes(letter)
