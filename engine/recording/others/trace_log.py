"""A nats-server's own log with `-DV` (or `trace: true`): what clients sent, and what they got.

What a client sent counts once, however many got it. What a server answers by itself (statuses,
streams, its API) is in what it delivers alone. Who is who stands in the CONNECT and SUB lines.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from engine.clients.connections import Connection, Interest, Roster, Server
from engine.fields import parse, words
from engine.message import text

from .message import FoundMessage

_TIME = re.compile(rb"(?P<day>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)(?:\.(?P<part>\d{1,9}))?")
_LINE = re.compile(
    rb"\[TRC\] .{0,200}?cid:(?P<cid>\d{1,18})(?: - \"(?:[^\"\\]|\\.)*\"){0,3}"
    rb" - (?P<way><<-|->>) (?P<what>.*)",
    re.DOTALL,
)
_PUBLISHED = re.compile(
    rb"\[(?:PUB\s+(?P<subject>\S+)(?:\s+(?P<reply>\S+))?\s+(?P<size>\d{1,9})"
    rb"|HPUB\s+(?P<hsubject>\S+)(?:\s+(?P<hreply>\S+))?"
    rb"\s+(?P<head>\d{1,9})\s+(?P<hsize>\d{1,9}))\s*\]"
)
"""As the client wrote it: with several blanks, where it wrote them."""
_DELIVERED = re.compile(
    rb"\[(?:MSG (?P<subject>\S+) \S+(?: (?P<reply>\S+))? (?P<size>\d{1,9})"
    rb"|HMSG (?P<hsubject>\S+) \S+(?: (?P<hreply>\S+))? (?P<head>\d{1,9}) (?P<hsize>\d{1,9}))\s*\]"
)
_PAYLOAD = re.compile(rb"MSG_PAYLOAD: \[(?P<text>.*?)(?P<cut>\.\.\.)?\]\s*\Z", re.DOTALL)
_SUB = re.compile(rb"\[SUB (?P<pattern>\S+)\s(?:(?P<queue>\S+) )?\s*(?P<sid>\S+)\s*\]")
_ESCAPE = re.compile(
    rb"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL
)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b"}
_LETTERS |= {b"f": b"\f", b"v": b"\v"}
_IN, _OUT = b"<<-", b"->>"
_MAX_RECENT = 4096
"""Messages of which it is remembered that a client sent them."""
_MAX_LEAD = 256
"""Bytes of a line in which its time is."""
_MAX_OPEN = 4096
_MAX_CLIENTS = 20_000
_MAX_INTERESTS = 1000
SERVER = Server("the server", "log")


def is_trace(start: bytes) -> bool:
    """True for the beginning of a log that may have such lines."""
    return any(mark in start for mark in (b"[TRC]", b"[INF]", b"[DBG]")) and b"[" in start


@dataclass(slots=True)
class _Client:
    name: str = ""
    language: str = ""
    version: str = ""
    interests: dict[str, Interest] = field(default_factory=dict)


@dataclass(slots=True)
class TraceLog:
    """Reads lines, and learns who is who meanwhile."""

    cut: int = 0
    """Bodies that the server had shortened."""
    _open: OrderedDict[tuple[bytes, bytes], tuple[re.Match[bytes], float]] = field(
        default_factory=OrderedDict
    )
    """By client and direction: a message whose payload comes in the next line."""
    _recent: OrderedDict[int, None] = field(default_factory=OrderedDict)
    _clients: dict[int, _Client] = field(default_factory=dict)
    _moment: tuple[bytes, float] = (b"", 0.0)

    def read(self, chunks: Iterable[bytes]) -> Iterator[FoundMessage]:
        """From the beginning; who is who is kept from before."""
        self.cut = 0
        self._open.clear()
        self._recent.clear()
        for chunk in chunks:
            for line in chunk.split(b"\n"):
                if b"[TRC]" in line and (found := _LINE.search(line)) is not None:
                    message = self._take(found)
                    if message is not None and message.is_one:
                        yield message

    def roster(self) -> Roster:
        """Everybody who was seen, with what each listened to."""
        clients = tuple(
            Connection(
                SERVER,
                cid,
                client.name,
                client.language,
                client.version,
                interests=tuple(client.interests.values()),
            )
            for cid, client in self._clients.items()
        )
        return Roster(clients, (SERVER,))

    def _take(self, line: re.Match[bytes]) -> FoundMessage | None:
        cid, way, what = line["cid"], line["way"], line["what"]
        if what.startswith(b"MSG_PAYLOAD"):
            begun = self._open.pop((cid, way), None)
            return self._finish(begun, line, *_payload(what)) if begun is not None else None
        if what.startswith(b"[CONNECT "):
            self._connect(int(cid), what)
        elif what.startswith(b"[SUB "):
            self._subscribe(int(cid), what)
        else:
            found = (_PUBLISHED if way == _IN else _DELIVERED).match(what)
            if found is not None:
                begun = found, self._time(line.string)
                if int(found["size"] or found["hsize"]) == 0:  # no line of its payload follows
                    return self._finish(begun, line, b"", False)
                self._open[cid, way] = begun
                while len(self._open) > _MAX_OPEN:
                    self._open.popitem(last=False)
        return None

    def _finish(
        self,
        begun: tuple[re.Match[bytes], float],
        line: re.Match[bytes],
        payload: bytes,
        short: bool,
    ) -> FoundMessage | None:
        found, at = begun
        size = int(found["size"] or found["hsize"])
        self.cut += short or len(payload) != size
        head = int(found["head"] or 0)
        subject = found["subject"] or found["hsubject"]
        key = hash((subject, payload))
        if line["way"] == _OUT and key in self._recent:
            return None  # somebody sent it, and this is one of those who got it
        self._recent[key] = None
        while len(self._recent) > _MAX_RECENT:
            self._recent.popitem(last=False)
        sender = self._name(int(line["cid"])) if line["way"] == _IN else "server"
        reply = found["reply"] or found["hreply"] or b""
        return FoundMessage(subject, payload[head:], reply, payload[:head], at, sender)

    def _connect(self, cid: int, what: bytes) -> None:
        fields = parse(what[len(b"[CONNECT ") :].rstrip(b"] \r"))
        client = self._client(cid)
        client.name, client.language = words(fields, "name"), words(fields, "lang")
        client.version = words(fields, "version")

    def _subscribe(self, cid: int, what: bytes) -> None:
        found = _SUB.match(what)
        client = self._client(cid)
        if found is not None and len(client.interests) < _MAX_INTERESTS:
            pattern = text(found["pattern"])
            sid = text(found["sid"])
            client.interests[sid] = Interest(pattern, text(found["queue"] or b""), sid=sid)

    def _client(self, cid: int) -> _Client:
        while len(self._clients) > _MAX_CLIENTS:
            del self._clients[next(iter(self._clients))]
        return self._clients.setdefault(cid, _Client())

    def _name(self, cid: int) -> str:
        client = self._clients.get(cid)
        return client.name if client is not None and client.name else f"client {cid}"

    def _time(self, line: bytes) -> float:
        """0 where the log has no times."""
        found = _TIME.search(line, 0, _MAX_LEAD)
        if found is None:
            return 0.0
        day = found["day"]
        if day != self._moment[0]:
            try:
                moment = datetime.strptime(day.decode(), "%Y/%m/%d %H:%M:%S").astimezone()
                self._moment = day, moment.timestamp()
            except (ValueError, OverflowError, OSError):
                self._moment = day, 0.0
        part = found["part"] or b"0"
        return self._moment[1] + float(b"0." + part)


def _payload(what: bytes) -> tuple[bytes, bool]:
    """The bytes, and whether the server left some out."""
    found = _PAYLOAD.match(what)
    if found is None:
        return b"", True
    written = found["text"]
    if len(written) >= 2 and written[:1] == b'"':
        return _unquoted(written.strip(b'"') if written[-1:] != b'"' else written[1:-1]), bool(
            found["cut"]
        )
    return written, bool(found["cut"])


def _unquoted(written: bytes) -> bytes:
    """What Go quotes with %q."""
    return _ESCAPE.sub(_unescaped, written)


def _unescaped(found: re.Match[bytes]) -> bytes:
    byte, short, long, octal, letter = found.groups()
    if byte:
        return bytes([int(byte, 16)])
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    if point := short or long:
        try:
            return chr(int(point, 16)).encode("utf-8", "surrogatepass")
        except ValueError:
            return found[0]
    return _LETTERS.get(letter, letter)
