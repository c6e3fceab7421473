"""The values that are secret in this run, whatever stands beside them: the one list of them.

Variables that no file holds, what was typed as a secret, and the credentials of every profile
that was used. They are found by their value, also as JSON, base64 or in a URL. Nothing in here
is shown: a repr counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from engine.message import raw_bytes
from engine.profile.profile import Profile

from .decoded import DecodedText, readings
from .encodings import encodings
from .patterns import is_secret_name, looks_secret

ENVIRONMENT = "NATSTAP_VAR_"
"""How the environment's variables begin whose values templates may name."""
MIN_NAMED = 4
"""Characters from which on the value of a secret is found anywhere; a shorter one only alone."""
MIN_PLAIN, MIN_PLAIN_ANYWHERE = 6, 8
"""The same for a variable whose name and form say nothing: a shorter one is left alone."""
COMMON = frozenset(
    [
        "admin",
        "default",
        "demo",
        "example",
        "guest",
        "local",
        "localhost",
        "nats",
        "none",
        "null",
        "pass",
        "root",
        "sys",
        "test",
        "true",
        "false",
        "user",
    ]
)
"""Words that are in half of all messages: as a secret they are known only by their place."""
CREDENTIALS = ("NATS_PASSWORD", "NATS_TOKEN", "NATS_SEED", "NATS_JWT")
FILES = ("NATS_NKEY", "NATS_CREDS")
"""Usually paths; a secret that was put there by mistake is one all the same."""
_SEEDS = re.compile(r"\bS[UACONPX][A-Z2-7]{56}\b")
_JWTS = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")
_BASE64_BEFORE = re.compile(r"[\w+/-]*\Z")
_BASE64_AFTER = re.compile(r"[\w+/-]*={0,2}")
_RUNS = re.compile(r"[A-Za-z0-9]+")
_WINDOW = 4096
"""Characters of base64 around a value that go with it, on each side."""


class KnownValue(NamedTuple):
    """One way to write a secret; `name` is the variable that may stand for it."""

    name: str
    written: str
    alone: bool
    """True where it is a secret only between other characters than letters and digits."""
    grows: bool = False
    """True where base64 goes on before and after it, which then belongs to it."""


class Spot(NamedTuple):
    """A known value from `begin` to `end`; `name` is the variable that may stand for it."""

    begin: int
    end: int
    name: str


class KnownSecrets:
    """Grows while natstap runs, and forgets nothing: what was secret once may be seen later."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._values: dict[str, tuple[str, bool]] = {}
        """By value: its name, and whether it must stand alone."""
        self.version = 0
        """Grows with every value that is learned."""
        self._longest_first: tuple[KnownValue, ...] = ()
        self.variables: dict[str, str] = {}
        """The values of variables, by their names: these names stand for nothing else."""
        self._marks: tuple[int, tuple[bytes, ...]] = 0, ()
        """What `marks` gave, and for which version."""
        if environ is not None:
            self.learn_environ(environ)

    def __repr__(self) -> str:
        return f"<{len(self._values)} secrets>"

    def __len__(self) -> int:
        return len(self._values)

    @property
    def values(self) -> tuple[str, ...]:
        """Those that are secret wherever they stand."""
        return tuple(value for value, (_, alone) in self._values.items() if not alone)

    def copy(self) -> KnownSecrets:
        """One that learns without teaching this one."""
        made = KnownSecrets()
        made._values, made.variables = dict(self._values), dict(self.variables)
        made._longest_first, made.version = self._longest_first, self.version
        return made

    # -- learning ----------------------------------------------------------------------------

    def learn_environ(self, environ: Mapping[str, str]) -> None:
        """The variables NATSTAP_VAR_*, and what the nats CLI takes as credentials."""
        for key, value in environ.items():
            if key.startswith(ENVIRONMENT):
                self.learn_variable(variable_name(key), value)
        for key in CREDENTIALS:
            self.learn(key.lower(), environ.get(key, ""))
        for key in FILES:
            if looks_secret(environ.get(key, "")):
                self.learn(key.lower(), environ[key])
        for url in environ.get("NATS_URL", "").split(","):
            self._learn_url(url)

    def learn_variables(self, variables: Mapping[str, str]) -> None:
        for name, value in variables.items():
            self.learn_variable(name, value)

    def learn_variable(self, name: str, value: str) -> None:
        """A variable that no file holds; one with a plain name counts when it is long enough."""
        if self.variables.get(name) == value:
            return
        self.variables[name] = value
        named = is_secret_name(name) or looks_secret(value)
        if named:
            self.learn(name, value)
        elif len(value) >= MIN_PLAIN:
            self._add(name, value, alone=len(value) < MIN_PLAIN_ANYWHERE)

    def learn_profile(self, profile: Profile) -> None:
        """All that a profile logs in with."""
        self.learn("nats_password", profile.password)
        self.learn("nats_token", profile.token)
        self.learn("nats_jwt", profile.user_jwt)
        self.learn("nats_seed", profile.nkey_seed)
        self.learn("nats_creds", profile.credentials)
        for url in (*profile.servers, profile.proxy):
            self._learn_url(url)

    def learn(self, name: str, value: str) -> None:
        """A value that is secret by what it is."""
        if value.strip() and not _is_common(value):
            self._add(name, value, alone=len(value) < MIN_NAMED)
        for seed in _SEEDS.findall(value):
            self._add(f"{name}_seed" if seed != value else name, seed, alone=False)
        for token in _JWTS.findall(value):
            self._add(f"{name}_jwt" if token != value else name, token, alone=False)

    def _learn_url(self, url: str) -> None:
        try:
            parts = urlsplit(url.strip() if "://" in url else f"nats://{url.strip()}")
            password, user = parts.password, parts.username
        except ValueError:
            return
        if password:
            self.learn("nats_password", unquote(password))
        elif user:
            self.learn("nats_token", unquote(user))

    def _add(self, name: str, value: str, *, alone: bool) -> None:
        known = self._values.get(value)
        if known is not None and (known[0] in self.variables or name not in self.variables):
            return
        self._values[value] = (name, alone)
        self.version += 1
        made = {
            value: KnownValue(name, value, alone) for value, (name, alone) in self._values.items()
        }
        for value, (name, alone) in self._values.items():
            for ending, written in encodings(value) if not alone else ():
                if written not in made and not _is_common(written):
                    grows = ending == "base64"
                    made[written] = KnownValue(f"{name}_{ending}", written, alone, grows)
        self._longest_first = tuple(sorted(made.values(), key=lambda each: -len(each.written)))

    # -- finding -----------------------------------------------------------------------------

    def find(self, written: str) -> list[Spot]:
        """Where values stand in a text, in order, none within another."""
        if not self._values:
            return []
        found = [spot for known in self._longest_first for spot in _spots(written, known)]
        for reading in readings(written):
            found += self._read(reading)
        return _apart(found)

    def _read(self, reading: DecodedText) -> Iterator[Spot]:
        """Values that escapes kept out of sight."""
        for value, (name, alone) in self._values.items():
            for spot in _spots(reading.written, KnownValue(name, value, alone)):
                begin, end = reading.place(spot.begin), reading.place(spot.end)
                yield Spot(begin, end, f"{name}_{reading.name}")

    @property
    def marks(self) -> tuple[bytes, ...]:
        """Letters and digits, some of which are in every text that holds a value: a text with none
        of them needs no closer look. b"" is in every text.
        """
        version, marks = self._marks
        if version != self.version:
            values = (*self._values, *(known.written for known in self._longest_first))
            marks = tuple(dict.fromkeys(map(_longest_run, values)))
            self._marks = self.version, marks
        return marks

    def holds(self, written: str) -> bool:
        """True when a value stands in a text."""
        return bool(self.find(written))


def _longest_run(value: str) -> bytes:
    """Of letters and digits of ASCII, which no escape needs to touch; all of it in UTF-16."""
    if "\0" in value:
        return raw_bytes(value)
    return max(_RUNS.findall(value), key=len, default="").encode()


def variable_name(key: str) -> str:
    """What templates call a variable of the process: `token` for NATSTAP_VAR_TOKEN."""
    name = key.removeprefix(ENVIRONMENT)
    return name.lower() if name.isupper() else name


def _is_common(value: str) -> bool:
    """True for words that are no secret wherever else they stand."""
    plain = value.strip().lower()
    return plain in COMMON or (plain.isalpha() and len(plain) < 16 and is_secret_name(plain))


def _spots(written: str, known: KnownValue) -> Iterator[Spot]:
    at = written.find(known.written)
    while at >= 0:
        begin, end = at, at + len(known.written)
        if not known.alone or _stands_alone(written, begin, end):
            if known.grows:
                begin, end = _grown(written, begin, end)
            yield Spot(begin, end, known.name)
        at = written.find(known.written, max(end, at + 1))


def _stands_alone(written: str, begin: int, end: int) -> bool:
    return not (written[begin - 1 : begin].isalnum() or written[end : end + 1].isalnum())


def _grown(written: str, begin: int, end: int) -> tuple[int, int]:
    """The whole run of base64 that holds it."""
    before = _BASE64_BEFORE.search(written, max(0, begin - _WINDOW), begin)
    after = _BASE64_AFTER.match(written, end, end + _WINDOW)
    return (before.start() if before else begin), (after.end() if after else end)


def _apart(found: list[Spot]) -> list[Spot]:
    """In order; of those that overlap the one that begins first and is longest, made longer."""
    apart: list[Spot] = []
    for spot in sorted(found, key=lambda each: (each.begin, -each.end, len(each.name))):
        if not apart or spot.begin >= apart[-1].end:
            apart.append(spot)
        elif spot.end > apart[-1].end:
            apart[-1] = apart[-1]._replace(end=spot.end)
    return apart
