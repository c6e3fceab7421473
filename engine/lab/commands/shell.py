"""Shell words: reading a pasted command without a shell, and quoting words for one.

Nothing is ever run or looked up: what only a shell can know (variables, substitutions, files)
is refused with a sentence. Quoting makes control bytes and invisible characters harmless, so
that what came from the network can be pasted into a terminal.
"""

from __future__ import annotations

import re
import shlex

from engine.errors import InvalidInput
from engine.message import raw_bytes, text

_PLAIN = re.compile(r"[^\s\\'\"$`|&;<>()#]+|(?<=\S)#")
_DOUBLE = re.compile(r'[^"\\$`]+')
_ANSI = re.compile(r"\\([0-7]{1,3})|\\x([0-9a-fA-F]{1,2})|\\u([0-9a-fA-F]{1,4})|\\(.)|([^\\]+)")
_LETTERS = {"n": 10, "t": 9, "r": 13, "a": 7, "b": 8, "e": 27, "E": 27, "f": 12, "v": 11}


class InvalidCommand(InvalidInput):
    """A pasted command that cannot be read.

    `position` is the offset in the text where the trouble begins, None where the words are
    well and their meaning is not.
    """

    position: int | None = None


def quote(word: str) -> str:
    """One word for bash and zsh; control and invisible characters as `$'\\033'`."""
    visible = all(one.isprintable() or one == "\n" for one in word)
    return shlex.quote(word) if visible else f"$'{escape_bytes(raw_bytes(word))}'"


def escape_bytes(raw: bytes) -> str:
    """Bytes as printable ASCII with octal escapes, as `printf` and `$'...'` read them."""
    return "".join(
        chr(one) if 32 <= one < 127 and one not in b"\\'" else f"\\{one:03o}" for one in raw
    )


def unescape(written: str) -> bytes:
    """What `$'...'` and `printf` make of backslashes."""
    return b"".join(_unescaped(one) for one in _ANSI.finditer(written))


def _unescaped(found: re.Match[str]) -> bytes:
    octal, hexadecimal, point, letter, plain = found.groups()
    if plain is not None:
        return raw_bytes(plain)
    if point is not None:
        return raw_bytes(chr(int(point, 16)))
    if letter is None:
        return bytes([(int(octal, 8) if octal else int(hexadecimal, 16)) & 255])
    return bytes([_LETTERS[letter]]) if letter in _LETTERS else raw_bytes(letter)


def read_pipeline(written: str) -> list[list[str]]:
    """The words of each command of one pipeline; raises `InvalidCommand`."""
    reader = _Reader(written)
    reader.read()
    return reader.commands


class _Reader:
    """One pass over the text; `commands` is what it found."""

    def __init__(self, written: str) -> None:
        self._written = written
        self._at = 0
        self._word: bytearray | None = None
        self._ended = False
        self.commands: list[list[str]] = [[]]

    def read(self) -> None:
        try:
            while self._at < len(self._written):
                self._step(self._written[self._at])
        except InvalidCommand as error:
            error.position = self._at
            raise
        self._end_word()

    def _step(self, char: str) -> None:
        if char in " \t\r\n":
            self._space(char)
        elif char == "#" and self._word is None:
            end = self._written.find("\n", self._at)
            self._at = end if end >= 0 else len(self._written)
        elif char == "|" and self._next(1) != "|":
            self._end_word()
            self.commands.append([])
            self._at += 1
        elif char in "|&;<>()":
            raise InvalidCommand(f"{char} is the shell's work: paste one command, all its text in")
        else:
            self._piece(char)

    def _space(self, char: str) -> None:
        self._end_word()
        self._ended |= char == "\n" and bool(self.commands[-1])
        self._at += 1

    def _piece(self, char: str) -> None:
        if self._ended:
            raise InvalidCommand("there is more than one command: paste one at a time")
        if char == "\\":
            self._escaped()
        elif char == "'":
            self._add(raw_bytes(self._until("'", 1)))
        elif char == '"':
            self._double()
        elif char == "$":
            self._dollar()
        elif char == "`":
            self._refuse(char)
        else:
            found = _PLAIN.match(self._written, self._at)
            self._add(raw_bytes(found[0] if found else char))
            self._at += len(found[0]) if found else 1

    def _escaped(self) -> None:
        following = self._next(1)
        self._at += 2
        if following == "\r" and self._next(0) == "\n":
            self._at += 1
        elif following not in ("", "\n"):
            self._add(raw_bytes(following))

    def _double(self) -> None:
        self._add(b"")
        self._at += 1
        while (char := self._next(0)) != '"':
            if char == "\\" and self._next(1) in ('"', "\\", "$", "`", "\n"):
                self._add(raw_bytes(self._next(1).replace("\n", "")))
                self._at += 2
            elif char == "\\" or (char == "$" and not re.match(r"[\w({]", self._next(1))):
                self._add(raw_bytes(char))
                self._at += 1
            elif char in ("$", "`"):
                self._refuse(char)
            else:
                found = _DOUBLE.match(self._written, self._at)
                if found is None:
                    raise InvalidCommand('a " has no second " that ends it')
                self._add(raw_bytes(found[0]))
                self._at = found.end()
        self._at += 1

    def _dollar(self) -> None:
        if self._next(1) == "'":
            found = re.compile(r"(?:[^'\\]|\\.)*", re.DOTALL).match(self._written, self._at + 2)
            end = found.end() if found else 0
            if self._written[end : end + 1] != "'":
                raise InvalidCommand("a $' has no second ' that ends it")
            self._add(unescape(self._written[self._at + 2 : end]))
            self._at = end + 1
            return
        if re.match(r"[\w({]", self._next(1)):
            self._refuse("$")
        self._add(b"$")
        self._at += 1

    def _refuse(self, char: str) -> None:
        if char == "`":
            raise InvalidCommand("the shell would run what is between ` and `: write its result")
        what = re.split(r'[\s"]', self._written[self._at : self._at + 20])[0]
        raise InvalidCommand(f"the shell would replace {what}: write what it stands for")

    def _until(self, end: str, skip: int) -> str:
        begin = self._at + skip
        close = self._written.find(end, begin)
        if close < 0:
            raise InvalidCommand(f"a {end} has no second {end} that ends it")
        self._at = close + 1
        return self._written[begin:close]

    def _next(self, ahead: int) -> str:
        return self._written[self._at + ahead : self._at + ahead + 1]

    def _add(self, piece: bytes) -> None:
        self._word = (self._word or bytearray()) + piece

    def _end_word(self) -> None:
        if self._word is not None:
            self.commands[-1].append(text(bytes(self._word)))
        self._word = None
