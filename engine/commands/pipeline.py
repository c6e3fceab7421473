"""Reading a pasted pipeline without a shell: its words, and the texts that go into it.

Nothing is ever run or looked up: what only a shell can know (substitutions, files) is refused
with a sentence; its variables become those of a template.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.drafts.template import KEYWORDS
from engine.drafts.template_functions import FUNCTIONS
from engine.message import raw_bytes, text

from .shell import InvalidCommand, unescape

_PLAIN = re.compile(r"[^\s\\'\"$`|&;<>()#]+|(?<=\S)#")
_SPACES = " \t\r\n\u00a0"
_NAMED = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")
_EXPANDED = re.compile(r"\$[\w({$?!#@*-]")
_HOME = re.compile(r"~(?=[/\s|&;<>()]|$)")
_IN_HERE = re.compile(rf"\\([\\$`\n])|{_NAMED.pattern}|`|{_EXPANDED.pattern}")
_SPLIT = re.compile(r"\{[^{},]*,[^{}]*\}|\{\w+\.\.\w+\}")
_REDIRECT = re.compile(r"(?:\d?>>?|&>>?)(?:&\d|[ \t]*[^\s'\"$`|&;<>()]+)")
_HERE = re.compile(r"<<(?P<tabs>-?)[ \t]*(?P<quote>['\"\\]?)(?P<end>[\w.-]+)(?P=quote)?")
_DOUBLE = re.compile(r'[^"\\$`]+')


@dataclass(slots=True)
class Stage:
    """The words of one command, and the text that a here-document gives to it."""

    words: list[str] = field(default_factory=list)
    stdin: str | None = None


@dataclass(slots=True)
class Pipeline:
    """`variables` are the shell's that words name, as `{{name}}` in them."""

    commands: list[Stage] = field(default_factory=lambda: [Stage()])
    variables: dict[str, str] = field(default_factory=dict)
    """Each name, and how a template says it."""
    notes: list[str] = field(default_factory=list)


def read_pipeline(written: str) -> Pipeline:
    """The commands of one pipeline; raises `InvalidCommand`."""
    return _Reader(written).read()


class _Reader:
    """One pass over the text."""

    def __init__(self, written: str) -> None:
        self._written = written
        self._at = 0
        self._word: bytearray | None = None
        self._bare: list[str] = []
        """What of the word stands without quotes."""
        self._ended = False
        self._here: list[tuple[Stage, re.Match[str]]] = []
        self._pipeline = Pipeline()

    def read(self) -> Pipeline:
        try:
            while self._at < len(self._written):
                self._step(self._written[self._at])
            self._end_word()
            if self._here:
                raise InvalidCommand(f"no line {self._here[0][1]['end']} ends the text after <<")
        except InvalidCommand as error:
            error.position = self._at
            raise
        return self._pipeline

    @property
    def _command(self) -> Stage:
        return self._pipeline.commands[-1]

    def _step(self, char: str) -> None:
        if char in _SPACES:
            self._space(char)
        elif char == "#" and self._word is None:
            end = self._written.find("\n", self._at)
            self._at = end if end >= 0 else len(self._written)
        elif char in "|&;<>()" or (char.isdigit() and self._word is None and self._redirects()):
            self._operator(char)
        else:
            self._piece(char)

    def _space(self, char: str) -> None:
        self._end_word()
        self._ended |= char == "\n" and bool(self._command.words)
        self._at += 1
        while char == "\n" and self._here:
            self._read_here(*self._here.pop(0))

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
        elif self._word is None and _HOME.match(self._written, self._at):
            self._add(raw_bytes(self._known("HOME")))
            self._at += 1
        else:
            found = _PLAIN.match(self._written, self._at)
            plain = found[0] if found else char
            self._check_plain(plain)
            self._add(raw_bytes(plain), plain)
            self._at += len(plain)

    def _check_plain(self, plain: str) -> None:
        if self._word is None and plain[0] in "“”‘’„":
            raise InvalidCommand(f"{plain[0]} is no quote to a shell: write \" or '")
        if self._word is None and re.match(r"[–—]\w", plain):
            raise InvalidCommand(f"{plain} begins with a dash that is none to nats: write --")

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
            elif char == "\\" or (char == "$" and not self._expanded()):
                self._add(raw_bytes(char))
                self._at += 1
            elif char == "$":
                self._variable()
            elif char == "`":
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
            said = unescape(self._written[self._at + 2 : end])
            self._add(said.partition(b"\0")[0])  # bash ends the quoted text there
            self._at = end + 1
        elif self._expanded():
            self._variable()
        else:
            self._add(b"$" if self._next(1) != '"' else b"")
            self._at += 1

    # -- what a shell knows and natstap does not ---------------------------------------------

    def _expanded(self) -> bool:
        return bool(_EXPANDED.match(self._written, self._at))

    def _variable(self) -> None:
        """A name of the shell's becomes a variable of the template."""
        found = _NAMED.match(self._written, self._at)
        if found is None:
            self._refuse("$")
            return
        self._add(raw_bytes(self._known(found[1] or found[2])))
        self._at = found.end()

    def _known(self, name: str) -> str:
        taken = name in FUNCTIONS or name in KEYWORDS
        said = f'{{{{Var "{name}"}}}}' if taken else f"{{{{{name}}}}}"
        return self._pipeline.variables.setdefault(name, said)

    def _refuse(self, char: str) -> None:
        if char == "`":
            raise InvalidCommand("the shell would run what is between ` and `: write its result")
        what = re.split(r'[\s"]', self._written[self._at : self._at + 20])[0]
        raise InvalidCommand(f"the shell would replace {what}: write what it stands for")

    # -- pipes, files, documents -------------------------------------------------------------

    def _redirects(self) -> bool:
        return bool(_REDIRECT.match(self._written, self._at))

    def _operator(self, char: str) -> None:
        self._end_word()
        rest = self._written[self._at :]
        here = _HERE.match(rest) if not rest.startswith("<<<") else None
        if char == "|" and self._next(1) != "|":
            self._pipeline.commands.append(Stage())
            self._at += 1
        elif rest.startswith("<<<"):
            self._here_text()
        elif here is not None:
            self._here.append((self._command, here))
            self._at += here.end()
        elif found := _REDIRECT.match(rest):
            self._pipeline.notes.append(f"{found[0]} was dropped: natstap shows what comes")
            self._at += found.end()
        elif char in ";&" and not rest.strip(f"{char}{_SPACES}") and not rest.startswith(char * 2):
            self._at = len(self._written)
        elif char == "<":
            raise InvalidCommand("natstap reads no file: put its text into the command")
        else:
            raise InvalidCommand(f"{char} is the shell's work: paste one command, all its text in")

    def _here_text(self) -> None:
        """`<<< word`"""
        self._at += 3
        command = self._command
        while self._next(0) in (" ", "\t"):
            self._at += 1
        while self._next(0) and self._next(0) not in f"{_SPACES}|&;<>()":
            self._piece(self._next(0))
        command.stdin = text(bytes(self._word or b"")) + "\n"
        self._word, self._bare = None, []

    def _read_here(self, command: Stage, here: re.Match[str]) -> None:
        """The lines of `<<END`, up to END; without quotes around it, variables are known."""
        lines: list[str] = []
        while self._at < len(self._written):
            end = self._written.find("\n", self._at)
            line = self._written[self._at : end if end >= 0 else None]
            self._at += len(line) + 1
            line = line.lstrip("\t") if here["tabs"] else line
            if line.rstrip("\r") == here["end"]:
                plain = "".join(f"{line}\n" for line in lines)
                command.stdin = plain if here["quote"] else self._filled(plain)
                return
            lines.append(line)
        raise InvalidCommand(f"no line {here['end']} ends the text after <<")

    def _filled(self, plain: str) -> str:
        """A text between double quotes, where a double quote means itself."""

        def fill(found: re.Match[str]) -> str:
            escaped, *names = found.groups()
            if escaped is not None:
                return escaped.replace("\n", "")
            if name := names[0] or names[1]:
                return self._known(name)
            raise InvalidCommand(f"the shell would replace {found[0]}: write what it stands for")

        return _IN_HERE.sub(fill, plain)

    # -- words -------------------------------------------------------------------------------

    def _until(self, end: str, skip: int) -> str:
        begin = self._at + skip
        close = self._written.find(end, begin)
        if close < 0:
            raise InvalidCommand(f"a {end} has no second {end} that ends it")
        self._at = close + 1
        return self._written[begin:close]

    def _next(self, ahead: int) -> str:
        return self._written[self._at + ahead : self._at + ahead + 1]

    def _add(self, piece: bytes, bare: str = "'") -> None:
        self._word = bytearray() if self._word is None else self._word
        self._word += piece
        self._bare.append(bare)

    def _end_word(self) -> None:
        if self._word is not None:
            if _SPLIT.search("".join(self._bare)):
                raise InvalidCommand("the shell would take the braces apart: put it in quotes")
            self._command.words.append(text(bytes(self._word)))
        self._word, self._bare = None, []
