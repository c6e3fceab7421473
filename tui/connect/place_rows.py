"""The rows of the connect screen, and what is known of a place: never a secret."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import AuthRefused, NatstapError, TlsFailed
from engine.latency_words import interval
from engine.link.server_check import SeenServer
from engine.profile.known_places import Place
from engine.profile.profile import Profile
from tui.kit.facts import Fact
from tui.kit.rows import duration
from tui.table.table import Cell, Column, Row

PLACES = (
    Column("connect to", 15),
    Column("address", 14, rank=1, grow=True),
    Column("now", 12),
)
Looked = SeenServer | NatstapError
_STARTS = "starts when you connect"


def place_row(
    place: Place, profile: Profile | None, looked: Looked | None, *, here: bool, asking: bool
) -> Row:
    address = _STARTS if place.private else ""
    if profile is not None:
        address = profile.display.replace("nats://", "")
    cells = (Cell(place.name), Cell(address, "muted"), _now(place, looked, here, asking))
    return Row(place, cells)


def _now(place: Place, looked: Looked | None, here: bool, asking: bool) -> Cell:
    if here:
        answers = isinstance(looked, SeenServer)
        return Cell("● here", "good" if answers else "active" if looked is None else "bad")
    if place.trouble is not None:
        return Cell("! unusable", "warn")
    if isinstance(looked, SeenServer):
        return Cell(f"✓ {answer_time(looked)}", "good")
    if looked is not None:
        return Cell(_failure(looked), "bad")
    return Cell("○ asking", "active") if asking else Cell("–", "muted")


def answer_time(seen: SeenServer) -> str:
    """How long the server's PONG took, as exactly as it is known."""
    return interval(seen.rtt_least, seen.rtt, own=True, figure=duration)


def _failure(error: NatstapError) -> str:
    if isinstance(error, AuthRefused):
        return "⊘ refused"
    return "✗ no TLS" if isinstance(error, TlsFailed) else "✗ no answer"


def place_facts(place: Place, profile: Profile | None, looked: Looked | None) -> Iterator[Fact]:
    """What is known without asking anybody, and then what the server said of itself."""
    seen = looked if isinstance(looked, SeenServer) else None
    if profile is not None:
        for address in profile.addresses:
            yield "Address", address
        if profile.proxy:
            yield "Through", proxy_shown(profile.proxy)
        yield "Signs in", signs_in(profile)
        yield "TLS", _tls(profile, seen)
        if profile.read_only:
            yield "Read-only", "natstap sends questions and nothing else"
        if profile.inbox_prefix != "_INBOX":
            yield "Inboxes", profile.inbox_prefix
        if profile.jetstream_domain or profile.jetstream_prefix:
            yield "JetStream API", profile.jetstream_api
    if place.asks:
        yield "Asks first", f"{' and '.join(place.asks)}, once you connect"
    if place.note:
        yield "About", place.note
    if seen is not None:
        yield from _seen_facts(seen)


def signs_in(profile: Profile) -> str:
    """By what it is let in, in words; of the credentials only a user's name."""
    password = "with a password" if profile.password else "without a password"
    ways = (
        f"user {profile.user}, {password}" if profile.user else "",
        "a JWT and its seed" if profile.credentials else "",
        "an NKey" if profile.nkey_seed else "",
        "a bearer JWT" if profile.user_jwt else "",
        "a token" if profile.token else "",
        "a client certificate" if profile.cert else "",
    )
    return ", and ".join(filter(None, ways)) or "without credentials"


def proxy_shown(proxy: str) -> str:
    """Its URL without a login."""
    scheme, _, rest = proxy.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _tls(profile: Profile, seen: SeenServer | None) -> str:
    if not profile.wants_tls:
        told = "" if seen is None else ": it does" if seen.secure else ": it does not"
        return f"if the server wants it{told}"
    trusted = f", with the authorities in {profile.ca}" if profile.ca else ""
    first = ", before the server's greeting" if profile.tls_first else ""
    return f"always{first}{trusted}"


def _seen_facts(seen: SeenServer) -> Iterator[Fact]:
    yield "Server", f"{seen.name or '(no name)'} at {seen.server}"
    yield "Version", seen.version or "not told"
    if seen.cluster:
        yield "Cluster", seen.cluster
    yield "JetStream", "on" if seen.jetstream else "off"
    yield "Messages", f"up to {seen.max_payload:,} bytes"
