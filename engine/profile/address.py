"""Server URLs as the nats CLI takes them, with the credentials taken out of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from engine.errors import InvalidProfile

DEFAULT_URL = "nats://127.0.0.1:4222"
PORTS = {"nats": 4222, "tls": 4222, "ws": 80, "wss": 443}
PROXY_SCHEMES = {"socks5": "socks5", "socks5h": "socks5", "socks4": "socks4", "http": "http"}
"""Of proxies: as people write them, and as they are spoken."""

_BAD = (
    "the server URL has no usable host and port: write nats://host:4222, an IPv6 address in "
    "brackets, and characters such as / # ? @ in a password percent-encoded"
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Servers as scheme://host:port, and what their URLs said before the @.

    As in the nats CLI, `user@host` is a token. All None when no URL had an @.
    """

    servers: tuple[str, ...]
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def has_login(self) -> bool:
        return self.user is not None or self.token is not None


def parse_addresses(text: str) -> Addresses:
    """A comma separated list; its URLs are one cluster, so one login serves them all.

    Raises `InvalidProfile`, without repeating anything that may be secret.
    """
    parts = [_split(part.strip()) for part in text.split(",") if part.strip()]
    if not parts:
        return Addresses((DEFAULT_URL,))
    servers = tuple(dict.fromkeys(map(_plain, parts)))
    if len({server.startswith("ws") for server in servers}) > 1:
        raise InvalidProfile("ws:// and wss:// servers cannot be mixed with nats:// and tls://")
    logins = {part.netloc.rpartition("@")[0] for part in parts if "@" in part.netloc}
    if len(logins) > 1:
        raise InvalidProfile("the server URLs carry different credentials: give one set for all")
    return _with_login(servers, next((part for part in parts if "@" in part.netloc), None))


def parse_proxy(url: str) -> str:
    """The URL of a proxy, checked; "" stays "". Raises `InvalidProfile`, and repeats nothing."""
    if not url:
        return ""
    known = ", ".join(f"{scheme}://" for scheme in PROXY_SCHEMES)
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname and parts.port)
    except ValueError:
        usable = False
    if not usable or parts.scheme not in PROXY_SCHEMES:
        raise InvalidProfile(f"socks_proxy: write it as socks5://host:1080 (or {known})")
    return url


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise InvalidProfile(_BAD) from None
    if not usable or "@" in parts.path + parts.query + parts.fragment:
        raise InvalidProfile(_BAD)
    if parts.scheme in ("http", "https"):
        raise InvalidProfile(
            f"{parts.scheme}://{parts.hostname} is a web address, perhaps the monitoring port: "
            f"write nats://{parts.hostname}:4222, or ws:// for a WebSocket port"
        )
    if parts.scheme not in PORTS:
        known = ", ".join(f"{scheme}://" for scheme in PORTS)
        raise InvalidProfile(f"unknown server scheme {parts.scheme}://: use one of {known}")
    return parts


def _plain(parts: SplitResult) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    address = f"{parts.scheme}://{host}:{parts.port or PORTS[parts.scheme]}"
    if parts.scheme not in ("ws", "wss"):
        return address
    return f"{address}{parts.path}{parts.query and f'?{parts.query}'}"


def _with_login(servers: tuple[str, ...], parts: SplitResult | None) -> Addresses:
    if parts is None:
        return Addresses(servers)
    name = unquote(parts.username or "")
    if parts.password is None:
        return Addresses(servers, token=name)
    return Addresses(servers, user=name, password=unquote(parts.password))
