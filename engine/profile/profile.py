"""Where and how to connect, decided as the nats CLI decides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.api_subjects import check_prefix, jetstream_prefix
from engine.durations import parse_duration
from engine.errors import InvalidInput, InvalidName, InvalidProfile, InvalidSubject

from .address import DEFAULT_URL, parse_addresses, parse_proxy
from .credentials import existing_file, read_secret
from .label import NO_LABELS, Labels
from .login import choose_login
from .outside_tools import ask_nsc
from .settings import Settings, gather_settings


@dataclass(frozen=True, slots=True)
class Profile:
    """One way to connect; secrets are in no repr. `timeout` is seconds for connecting.

    `credentials` is the text of a creds file (JWT and seed); `user_jwt` is set only for a
    bearer JWT, which has no seed. `cert`, `key` and `ca` are paths of files that exist; `proxy`
    is the URL of a SOCKS or HTTP proxy, perhaps with a password in it.
    `source` says in a few words what decided. `color` is what the user marks it with. Over a
    `read_only` connection only questions are sent.
    """

    servers: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    credentials: str = field(default="", repr=False)
    nkey_seed: str = field(default="", repr=False)
    user_jwt: str = field(default="", repr=False)
    cert: str = ""
    key: str = ""
    ca: str = ""
    tls_first: bool = False
    proxy: str = field(default="", repr=False)
    inbox_prefix: str = "_INBOX"
    jetstream_domain: str = ""
    jetstream_prefix: str = ""
    name: str = "natstap"
    timeout: float = 5.0
    source: str = ""
    color: str = ""
    read_only: bool = False

    def __post_init__(self) -> None:
        """Subjects are made of these wherever one speaks: raises `InvalidProfile`."""
        try:
            check_prefix(self.inbox_prefix)
        except InvalidSubject as error:
            raise InvalidProfile(
                f"{self.inbox_prefix!r} cannot begin inbox subjects: {error.why}"
            ) from None
        try:
            jetstream_prefix(self.jetstream_domain, self.jetstream_prefix)
        except InvalidName as error:
            raise InvalidProfile(f"JetStream domain {error.name!r}: {error.why}") from None
        except InvalidSubject as error:
            raise InvalidProfile(
                f"{error.subject!r} cannot begin subjects of JetStream's API: {error.why}"
            ) from None

    @classmethod
    def local(cls, host: str = "", *, read_only: bool = False) -> Profile:
        """The server that everybody tries first; `host` is another address of this machine."""
        named = f"[{host}]" if ":" in host else host
        url = DEFAULT_URL.replace("127.0.0.1", named) if host else DEFAULT_URL
        return cls(servers=(url,), source=url.partition("://")[2], read_only=read_only)

    @property
    def display(self) -> str:
        """The first server and the number of others; never a credential."""
        others = len(self.servers) - 1
        return f"{self.addresses[0]} (+{others})" if others else self.addresses[0]

    @property
    def addresses(self) -> tuple[str, ...]:
        """The servers as they may be shown: what a query says may be secret."""
        return tuple(
            f"{server.partition('?')[0]}{'?…' * ('?' in server)}" for server in self.servers
        )

    @property
    def title(self) -> str:
        """The name of its context, else all servers: what is remembered of it is under this."""
        named = self.source.startswith("context ")
        return self.source if named else ", ".join(self.addresses)

    @property
    def wants_tls(self) -> bool:
        secure = any(server.startswith(("tls://", "wss://")) for server in self.servers)
        return secure or self.tls_first or bool(self.ca or self.cert)

    @property
    def has_credentials(self) -> bool:
        secrets = (self.token, self.credentials, self.nkey_seed, self.user_jwt, self.cert)
        return bool(self.user or self.password or any(secrets))

    @property
    def jetstream_api(self) -> str:
        """The subject prefix of the JetStream API, without a dot at its end."""
        return jetstream_prefix(self.jetstream_domain, self.jetstream_prefix)


def resolve(
    flags: Mapping[str, Any],
    env: Mapping[str, str],
    *,
    alone: bool = False,
    ask_tools: bool = True,
    labels: Labels = NO_LABELS,
) -> Profile | None:
    """What flags, variables and nats contexts say; None when they say nothing.

    With `alone` only flags decide, and no variable and no context that they do not name. Without
    `ask_tools` whatever another program would have to be asked for is left out; with it, the
    call may block for as long as that program takes.

    `flags` has the names in `settings.NAMES`, `context` (a name, or the path of a .json file),
    `no_context` and `read_only`; None, "" and False count as not given. A context has its label
    from `labels`. Raises `InvalidProfile`.
    """
    settings = gather_settings(flags, env, alone=alone)
    if settings is None:
        return None
    if not ask_tools:
        settings = settings.without_tools()
    addresses = parse_addresses(settings.text("url") or _servers_of_nsc(settings, env))
    login = choose_login(settings, addresses, env)
    cert, key = _pair(settings, env)
    label = labels.of(settings.context)
    return Profile(
        servers=addresses.servers,
        user=login.user,
        password=login.password,
        token=login.token,
        credentials=login.credentials,
        nkey_seed=login.nkey_seed,
        user_jwt=login.user_jwt,
        cert=cert,
        key=key,
        ca=existing_file("ca", settings.text("ca"), env),
        tls_first=bool(settings.values.get("tls_first")),
        proxy=parse_proxy(read_secret("socks_proxy", settings.text("socks_proxy"), env)),
        inbox_prefix=settings.text("inbox_prefix", "_INBOX"),
        jetstream_domain=settings.text("jetstream_domain"),
        jetstream_prefix=settings.text("jetstream_api_prefix"),
        name=settings.text("name", "natstap"),
        timeout=_seconds(settings.text("timeout", "5s")),
        source=settings.source,
        color=label.color,
        read_only=label.read_only or bool(flags.get("read_only")),
    )


def _servers_of_nsc(settings: Settings, env: Mapping[str, str]) -> str:
    """Where the operator of a context's `nsc` has its servers; "" without one."""
    reference = settings.text("nsc")
    return ask_nsc("nsc", reference, env)[1] if reference else ""


def local_profile(flags: Mapping[str, Any], labels: Labels = NO_LABELS, host: str = "") -> Profile:
    """The server that everybody tries first, as carefully as `flags` and `labels` want it."""
    careful = labels.others.read_only or bool(flags.get("read_only"))
    return Profile.local(host, read_only=careful)


def _pair(settings: Settings, env: Mapping[str, str]) -> tuple[str, str]:
    """A certificate counts only with its key, as in the nats CLI."""
    if not settings.text("cert") or not settings.text("key"):
        return "", ""
    cert = existing_file("cert", settings.text("cert"), env)
    return cert, existing_file("key", settings.text("key"), env)


def _seconds(text: str) -> float:
    """Seconds of a number, or of a duration as the nats CLI writes it: 500ms, 5s, 1m30s."""
    try:
        seconds = parse_duration(text)
    except InvalidInput as error:
        raise InvalidProfile(f"timeout: {error}") from None
    if seconds <= 0:
        raise InvalidProfile("a timeout must be longer than nothing")
    return seconds
