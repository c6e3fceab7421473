"""Everything that can go wrong, as one tree; each error carries its facts.

NatstapError
├── InvalidInput            what the caller gave cannot be used; nothing was sent
│   ├── InvalidSubject      .subject .why
│   ├── InvalidName         .what .name .why  of a stream, a consumer, a service, a domain
│   ├── InvalidHeader       .name .why
│   ├── InvalidBody         .why
│   ├── HeadersUnsupported  .names  the server takes no headers, and these are needed
│   ├── TooLarge            .size .limit (bytes)
│   ├── InvalidProfile      .why
│   ├── InvalidOption       .name .why  of a call: it is wrong, or it would be ignored
│   └── InvalidHandler      .why
├── LinkError               the connection
│   ├── CannotConnect       .server .why
│   │   ├── AuthRefused
│   │   │   └── AuthSilent  whoever decides about logins does not answer
│   │   ├── ServerFull      no more connections are let in
│   │   └── TlsFailed
│   │       ├── TlsFirst             the server waits for a handshake
│   │       ├── NotTlsFirst          the server speaks before a handshake
│   │       ├── CertificateWanted    the server wants a certificate of the client
│   │       ├── CertificateRefused   the server does not accept the client's
│   │       ├── CertificateExpired   the server's certificate is not valid now
│   │       └── WrongName            the server's certificate is for another name
│   ├── NotConnected        called before start() or after stop()
│   │   └── WrongLoop       connected in another event loop
│   ├── LinkLost            .subject  the connection went while a request was in flight
│   ├── NotSent             .subject .timeout  no connection came back in time; it was taken back
│   ├── LinkSilent          .timeout  the server did not answer a PING in time
│   ├── OutboxFull          .size .limit  too much waits for a server that is away
│   └── ServerUnavailable   .why  the embedded server cannot be started
├── RequestError            one request, .subject
│   ├── NoResponders        nobody listens
│   ├── RequestTimeout      .timeout (s); also a builtin TimeoutError
│   │   ├── StoredOnly      .stream .sequence  stored, acknowledged, never answered
│   │   └── NotAcknowledged .stream  no stream said within the time that it stored the message
│   ├── StatusReply         .code .text .reply  the server answered with a status: 404 No Messages
│   ├── Refused             .operation  the server denied the publish or the subscription
│   │   └── ReadOnly        .where  natstap itself did, for the connection is read-only
│   ├── CannotTrace         .why  nothing was sent, or nothing of it can be followed
│   └── ServiceError        .code .text .body .headers .attempts .reply  the responder answered
│                           with an error; a handler raises it to answer with one
├── JetStreamError          .code .err_code .text  the server's own figures and words
│   ├── StreamNotFound      .stream
│   ├── ConsumerNotFound    .stream .consumer
│   ├── WrongStream         .stream  the subject belongs to another stream than expected
│   ├── NotStored           .subject .stream  no stream stored the message; .reply: who answered
│   ├── NoQuorum            more than half of the cluster's servers must run, and do not
│   └── JetStreamOff        JetStream is not available to this account
├── RecordingError          .path .why  a file of what was seen
│   ├── CannotRecord        it cannot be written
│   └── CannotOpen          it cannot be read, or is no recording
└── DecodeError             .content_type .why  a body that is not what its headers say
    └── ContentError        .content .why .offset  a body that is not what it is read as
        └── ReaderMissing   .extra  the library that reads it is not installed
"""

from __future__ import annotations

from typing import Any


class NatstapError(Exception):
    """The base of every error natstap raises on purpose."""

    exchange: int = 0
    """The number in the broker's journal of the request that ended so; 0 where there is none."""


class InvalidInput(NatstapError):
    """What the caller gave cannot be used; nothing was sent."""


class InvalidSubject(InvalidInput):
    def __init__(self, subject: str, why: str) -> None:
        super().__init__(f"invalid subject {subject!r}: {why}")
        self.subject = subject
        self.why = why


class InvalidName(InvalidInput):
    """`what` has the name: a stream, a consumer, a service, a domain, an account."""

    def __init__(self, what: str, name: str, why: str) -> None:
        super().__init__(f"{name!r} cannot be the name of a {what}: {why}")
        self.what = what
        self.name = name
        self.why = why


class InvalidHeader(InvalidInput):
    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"invalid header {name!r}: {why}")
        self.name = name
        self.why = why


class InvalidBody(InvalidInput):
    def __init__(self, why: str) -> None:
        super().__init__(f"this body cannot be sent: {why}")
        self.why = why


class HeadersUnsupported(InvalidInput):
    """The server would close the connection at the first header: nothing was sent.

    `names` are the headers that were asked for; `field` is the draft's that they stand in.
    """

    def __init__(self, names: tuple[str, ...] = (), advice: str = "") -> None:
        told = advice or (f"remove {', '.join(names)}" if names else "send it without")
        super().__init__(f"this server takes no headers: {told}")
        self.names = names
        self.field = "headers"


class TooLarge(InvalidInput):
    """`size` and `limit` are bytes of headers and body together."""

    def __init__(self, size: int, limit: int, what: str = "message") -> None:
        super().__init__(f"the {what} is {size:,} bytes and the server takes at most {limit:,}")
        self.size = size
        self.limit = limit


class InvalidProfile(InvalidInput):
    """A connection setting (flag, variable, context file) that cannot be used."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class InvalidOption(InvalidInput):
    """An argument of a call that is wrong, or that would be ignored without a word."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


class InvalidHandler(InvalidInput):
    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class LinkError(NatstapError):
    """The connection to the server."""


class CannotConnect(LinkError):
    def __init__(self, server: str, why: str) -> None:
        super().__init__(f"cannot connect to {server}: {why}")
        self.server = server
        self.why = why


class AuthRefused(CannotConnect):
    """The server refused the credentials, or wants some and got none."""


class AuthSilent(AuthRefused):
    """The server decided late, or not at all: it seems to ask somebody who does not answer."""


class ServerFull(CannotConnect):
    """The server or the account has as many connections as it may have."""


class TlsFailed(CannotConnect):
    """No secure connection could be made, or the server offers none."""


class TlsFirst(TlsFailed):
    """The server says nothing before a TLS handshake."""


class NotTlsFirst(TlsFailed):
    """The server speaks first, and was met with a TLS handshake."""


class CertificateWanted(TlsFailed):
    """The server wants a certificate of the client, and got none."""


class CertificateRefused(TlsFailed):
    """The server does not accept the client's certificate."""


class CertificateExpired(TlsFailed):
    """The server's certificate is not valid at this time."""


class WrongName(TlsFailed):
    """The server's certificate is trusted, and is for another name."""


class NotConnected(LinkError):
    def __init__(self, why: str = "not connected: call start() first") -> None:
        super().__init__(why)


class WrongLoop(NotConnected):
    """A connection belongs to the event loop that it was made in."""

    def __init__(self) -> None:
        super().__init__(
            "this broker is connected in another event loop: stop() it there, "
            "or make a broker for each loop"
        )


class LinkLost(LinkError):
    def __init__(self, subject: str) -> None:
        flight = f" while a request to {subject!r} was in flight" if subject else ""
        super().__init__(f"the connection was lost{flight}")
        self.subject = subject


class NotSent(LinkError):
    """`timeout` is seconds; nothing was sent, so asking again does no harm."""

    def __init__(self, subject: str, timeout: float) -> None:
        super().__init__(
            f"the request to {subject!r} was never sent: no connection within {timeout:g} s"
        )
        self.subject = subject
        self.timeout = timeout


class LinkSilent(LinkError):
    def __init__(self, timeout: float) -> None:
        super().__init__(f"the server did not answer a PING within {timeout:g} s")
        self.timeout = timeout


class OutboxFull(LinkError):
    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"{size:,} bytes already wait for the server to come back (at most {limit:,} may)"
        )
        self.size = size
        self.limit = limit


class ServerUnavailable(LinkError):
    """The embedded server cannot be started."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class RequestError(NatstapError):
    """One request that got no good answer."""

    def __init__(self, subject: str, message: str) -> None:
        super().__init__(message)
        self.subject = subject


class NoResponders(RequestError):
    def __init__(self, subject: str) -> None:
        super().__init__(subject, f"nobody listens on {subject!r}")


class RequestTimeout(RequestError, TimeoutError):
    """`timeout` is seconds, counted from the moment of sending."""

    def __init__(self, subject: str, timeout: float, what: str = "no answer") -> None:
        super().__init__(subject, f"{what} on {subject!r} within {timeout:g} s")
        self.timeout = timeout


class StoredOnly(RequestTimeout):
    """A stream stored the request and said so; no service answered in time."""

    def __init__(self, subject: str, timeout: float, stream: str, sequence: int) -> None:
        super().__init__(subject, timeout)
        self.args = (
            f"stream {stream!r} stored the request to {subject!r} as sequence {sequence:,}, "
            f"but nobody answered it within {timeout:g} s",
        )
        self.stream = stream
        self.sequence = sequence


class NotAcknowledged(RequestTimeout):
    """No stream acknowledged the message in time; one without acknowledgements may have it.

    `stream` is the one that was named, "" for any.
    """

    def __init__(self, subject: str, timeout: float, stream: str = "") -> None:
        where = f"stream {stream!r}" if stream else "no stream"
        verb = "did not acknowledge" if stream else "acknowledged"
        super().__init__(subject, timeout)
        self.args = (f"{where} {verb} the message on {subject!r} within {timeout:g} s",)
        self.stream = stream


class StatusReply(RequestError):
    """JetStream answered with a status instead of a message; `reply` is the whole message."""

    def __init__(self, subject: str, code: int, text: str, reply: Any = None) -> None:
        super().__init__(subject, f"the server answered {subject!r} with {code} {text}".rstrip())
        self.code = code
        self.text = text
        self.reply = reply


class Refused(RequestError):
    """`operation` is "publish" or "subscription", as the server named it."""

    def __init__(self, subject: str, operation: str) -> None:
        super().__init__(subject, f"this user has no permission for {operation} to {subject!r}")
        self.operation = operation


class ReadOnly(Refused):
    """natstap itself refused it, before anything was sent: the connection is read-only."""

    def __init__(self, subject: str, operation: str, where: str) -> None:
        super().__init__(subject, operation)
        done = "sent" if operation == "publish" else "served"
        self.args = (
            f"{where} is read-only, so nothing is {done} on {subject!r}: to change that, "
            "take read_only out of settings.toml, or start without --read-only",
        )
        self.where = where


class CannotTrace(RequestError):
    """The way of a message cannot be followed; where a dry run was asked for, none was made."""

    def __init__(self, subject: str, why: str) -> None:
        super().__init__(subject, f"no trace: {why}")
        self.why = why


class ServiceError(RequestError):
    """What a responder answers with instead of a result; raise it in a handler, catch it where
    you ask: `raise ServiceError(409, "sold out", body={"left": 0}, headers={"sku": "7"})`.

    `code` and `text` are the `Nats-Service-Error` headers, always str; `body` is the decoded
    body, `headers` are the user's, a list for a header that is repeated. `attempts` says how
    often a stream delivered the request before its handler gave up. `reply` is the whole
    message, and None where it is raised.
    """

    def __init__(
        self,
        code: int | str,
        text: str,
        *,
        body: Any = None,
        headers: Any = None,
        subject: str = "",
        attempts: int = 1,
        reply: Any = None,
    ) -> None:
        who = f"the service on {subject!r} answered with error" if subject else "service error"
        often = f" (after {attempts} attempts)" if attempts > 1 else ""
        super().__init__(subject, f"{who} {code}: {text}{often}")
        self.code = str(code)
        self.text = str(text)
        self.body = body
        self.headers = {} if headers is None else headers
        self.attempts = attempts
        self.reply = reply


class JetStreamError(NatstapError):
    """`code`, `err_code` and `text` are the server's; 0 and "" when it gave none."""

    def __init__(self, message: str, *, code: int = 0, err_code: int = 0, text: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.err_code = err_code
        self.text = text


class StreamNotFound(JetStreamError):
    def __init__(self, stream: str, **server: Any) -> None:
        super().__init__(f"there is no stream {stream!r}", **server)
        self.stream = stream


class ConsumerNotFound(JetStreamError):
    def __init__(self, stream: str, consumer: str, **server: Any) -> None:
        super().__init__(f"stream {stream!r} has no consumer {consumer!r}", **server)
        self.stream = stream
        self.consumer = consumer


class WrongStream(JetStreamError):
    def __init__(self, subject: str, stream: str, **server: Any) -> None:
        super().__init__(f"{subject!r} is stored by another stream than {stream!r}", **server)
        self.subject = subject
        self.stream = stream


class NotStored(JetStreamError):
    def __init__(
        self, subject: str, stream: str = "", why: str = "", reply: Any = None, **server: Any
    ) -> None:
        where = f"stream {stream!r}" if stream else "any stream"
        super().__init__(
            f"{subject!r} was not stored by {where}{': ' + why if why else ''}", **server
        )
        self.subject = subject
        self.stream = stream
        self.reply = reply


class JetStreamOff(JetStreamError):
    def __init__(self, **server: Any) -> None:
        super().__init__("JetStream is not available to this account on this server", **server)


class NoQuorum(JetStreamError):
    def __init__(self, **server: Any) -> None:
        super().__init__(
            "JetStream has no quorum: more than half of the cluster's servers must run", **server
        )


class DecodeError(NatstapError):
    def __init__(self, content_type: str, why: str) -> None:
        super().__init__(f"the body is not valid {content_type or 'data'}: {why}")
        self.content_type = content_type
        self.why = why


class ContentError(DecodeError):
    """`content` is what the body was read as; `offset` is in bytes, -1 where nobody knows it."""

    def __init__(self, content: str, why: str, offset: int | None = None) -> None:
        super().__init__("", why)
        where = "" if offset is None else f" at byte {offset:,}"
        self.args = (f"not {content}{where}: {why}",)
        self.content = content
        self.offset = -1 if offset is None else offset


class ReaderMissing(ContentError):
    """`extra` is the part of natstap that brings the library."""

    def __init__(self, content: str, extra: str) -> None:
        super().__init__(content, f"pip install 'natstap[{extra}]' to read it")
        self.args = (f"this is {content}: {self.why}",)
        self.extra = extra


class RecordingError(NatstapError):
    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class CannotRecord(RecordingError):
    pass


class CannotOpen(RecordingError):
    pass
