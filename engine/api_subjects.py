"""Names are not text: the one place where subjects of a server's API are built from names.

The name of a stream, consumer or service may come from an answer, a file or a paste. In a
subject it is one token: with a dot it would address another part of the API, with a line break
it would end the protocol's line. So each is checked here, and a test proves that no other
module writes such a subject.
Source of the rules: nats-server's `isValidName` and `checkStreamCfg` (server/stream.go), ADR-32.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal, NewType

from engine.errors import InvalidName, InvalidSubject
from engine.subject import check_publish

Verb = NewType("Verb", str)
"""What is asked of JetStream, with the names in it: what follows the API's prefix."""
StreamVerb = Literal["INFO", "CREATE", "UPDATE", "DELETE", "PURGE", "MSG.GET", "MSG.DELETE"]
ConsumerVerb = Literal["INFO", "CREATE", "DELETE", "MSG.NEXT"]
ServiceVerb = Literal["PING", "INFO", "STATS"]

STREAM_NAMES: Final = Verb("STREAM.NAMES")
ACCOUNT_INFO: Final = Verb("INFO")
STREAM_LIST: Final = Verb("STREAM.LIST")
JETSTREAM: Final = "$JS.API"

MAX_NAME = 255
"""Bytes of a name, as the server has it."""
_SHOWN = 40
"""Characters of a wrong name that an error repeats."""
_UNFIT = re.compile("[\x00-\x20\x7f.*>/\\\\\ud800-\udfff]")
_WHY = "use one word of 1 to 255 bytes, without spaces, dots, wildcards or slashes"


# -- names -----------------------------------------------------------------------------------


def is_name(name: object) -> bool:
    """True for what can be the name of a stream, a consumer, a service or a domain."""
    return isinstance(name, str) and bool(name) and not _UNFIT.search(name) and _fits(name)


def check_name(what: str, name: str) -> str:
    """The name; raises `InvalidName` for what would make another subject. `what` has it."""
    if not isinstance(name, str):
        raise InvalidName(what, repr(name), "it is not a str")
    if not is_name(name):
        raise InvalidName(what, name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…", _WHY)
    return name


def usable_names(given: Iterable[object]) -> tuple[str, ...]:
    """The names among what an answer lists; what cannot be one is left out."""
    return tuple(name for name in given if isinstance(name, str) and is_name(name))


def _fits(name: str) -> bool:
    return len(name) <= MAX_NAME and len(name.encode()) <= MAX_NAME


# -- JetStream -------------------------------------------------------------------------------


def jetstream_prefix(domain: str = "", prefix: str = "") -> str:
    """What the API's subjects begin with, without a dot at the end; a `prefix` wins.

    Raises `InvalidName`, `InvalidSubject`.
    """
    if prefix:
        return check_prefix(prefix.rstrip("."))
    return f"$JS.{check_name('domain', domain)}.API" if domain else JETSTREAM


@lru_cache(maxsize=256)
def check_prefix(prefix: str) -> str:
    """The beginning of subjects, which may have dots; raises `InvalidSubject`."""
    if re.search("[\ud800-\udfff]", prefix):
        raise InvalidSubject(prefix, "it has a character that is not UTF-8")
    check_publish(prefix)
    return prefix


def jetstream_subject(prefix: str, verb: Verb) -> str:
    """Where a question to JetStream goes."""
    return f"{check_prefix(prefix)}.{check_prefix(verb)}"


def on_stream(verb: StreamVerb, stream: str) -> Verb:
    return Verb(f"STREAM.{verb}.{check_name('stream', stream)}")


def on_consumer(verb: ConsumerVerb, stream: str, consumer: str) -> Verb:
    of = check_name("stream", stream)
    return Verb(f"CONSUMER.{verb}.{of}.{check_name('consumer', consumer)}")


def consumers_of(stream: str) -> Verb:
    """The list of a stream's consumers."""
    return Verb(f"CONSUMER.LIST.{check_name('stream', stream)}")


def direct_get(stream: str) -> Verb:
    return Verb(f"DIRECT.GET.{check_name('stream', stream)}")


# -- what only asks --------------------------------------------------------------------------

_ASKS_JETSTREAM: Final = re.compile(
    rb"INFO|STREAM\.(NAMES|LIST)|STREAM\.(INFO|MSG\.GET)\.[^.]+|CONSUMER\.(NAMES|LIST)\.[^.]+"
    rb"|CONSUMER\.INFO\.[^.]+\.[^.]+|DIRECT\.GET\..+"
)
_ASKS_OTHERS: Final = re.compile(
    rb"\$SRV\.(PING|INFO|STATS)(\.[^.]+){0,2}"
    rb"|\$SYS\.REQ\.(USER\.INFO|(SERVER|ACCOUNT)\.PING(\.[A-Z]+)?)"
)


def is_question(subject: bytes, prefix: str) -> bool:
    """True for what changes nothing: services, servers and JetStream only tell what they have.

    `prefix` is that of JetStream's API, as `jetstream_prefix` gives it.
    """
    verb = subject.removeprefix(f"{prefix}.".encode())
    if verb != subject and _ASKS_JETSTREAM.fullmatch(verb):
        return True
    return _ASKS_OTHERS.fullmatch(subject) is not None


# -- services --------------------------------------------------------------------------------


def service_subject(verb: ServiceVerb, service: str = "", instance: str = "") -> str:
    """Where all services, those of one name, or one instance of these are asked."""
    names = [check_name("service", service)] if service else []
    names += [check_name("instance", instance)] if service and instance else []
    return ".".join(("$SRV", verb, *names))
