"""What NATS' own JSON says, in words: acknowledgements, JetStream's answers and errors, services,
advisories, connections, trace events; and schedules, which are headers.

Sources: nats-server's `server/jetstream_api.go`, `jetstream_events.go`, `events.go`, `msgtrace.go`;
ADR-32 (services), ADR-51 (schedules).
"""

from __future__ import annotations

from collections.abc import Callable

from engine.fields import Fields, number, parse, part, parts, texts, words
from engine.words import counted, octets

from .content import Envelope

MAX_SIZE = 256 << 10
"""Bytes of a body that is explained."""
_TYPE = "io.nats."
_JS_API = "io.nats.jetstream.api.v1."
_SERVICE = "io.nats.micro.v1."
_SHORT = 80
"""Characters of a name that is repeated."""
Say = Callable[[Fields], str]


def explain(body: bytes, envelope: Envelope) -> str:
    """A sentence or two; "" for what is not NATS' own."""
    if scheduled := _schedule(envelope):
        return scheduled
    if body[:1] != b"{" or len(body) > MAX_SIZE:
        return ""
    fields = parse(body)
    kind = words(fields, "type")
    if kind.startswith(_TYPE):
        return _typed(kind, fields)
    return _pub_ack(fields) or _from_server(fields)


# -- by what is in it --------------------------------------------------------------------------


def _pub_ack(fields: Fields) -> str:
    error = part(fields, "error")
    if error and "description" in error and set(fields) <= {"error", "stream", "seq"}:
        return f"A stream did not store it: {_error(error)}."
    known = {"stream", "seq", "duplicate", "domain", "val", "batch", "count"}
    if not words(fields, "stream") or not number(fields, "seq") or not set(fields) <= known:
        return ""
    where = f" in domain {_name(fields, 'domain')}" if words(fields, "domain") else ""
    again = fields.get("duplicate") is True
    stored = f"Stream {_name(fields, 'stream')}{where}"
    if again:
        return f"{stored} had it already as sequence {number(fields, 'seq'):,}: a duplicate."
    batch = number(fields, "count")
    several = f" the last of {counted(batch, 'message')}" if batch else " it"
    counter = f" The counter is {_name(fields, 'val')} now." if words(fields, "val") else ""
    return f"{stored} stored{several} as sequence {number(fields, 'seq'):,}.{counter}"


def _from_server(fields: Fields) -> str:
    server = part(fields, "server")
    if not words(server, "id"):
        return _connections(fields, "The server") if "connections" in fields else ""
    who = f"Server {_name(server, 'name') or _name(server, 'id')}"
    if events := parts(fields, "events"):
        steps = ", ".join(_STEPS.get(words(event, "type"), "did more") for event in events[:8])
        return f"{who} traced a message: it {steps}."
    if statistics := part(fields, "statsz"):
        return (
            f"{who} has {counted(number(statistics, 'connections'), 'connection')} and uses "
            f"{octets(number(statistics, 'mem'))} of memory."
        )
    if error := part(fields, "error"):
        return f"{who} refused: {_error(error)}."
    data = part(fields, "data")
    if words(data, "user") and words(data, "account"):
        account = _name(data, "account_name") or _name(data, "account")
        return f"{who} knows who asks as user {_name(data, 'user')} of account {account}."
    return _connections(data, who) if "connections" in data else ""


def _connections(fields: Fields, who: str) -> str:
    listed, total = len(parts(fields, "connections")), number(fields, "total")
    more = f" of {total:,}" if total > listed else ""
    return f"{who} lists {listed:,}{more} connections."


_STEPS = {
    "in": "came in",
    "sm": "was mapped to another subject",
    "se": "was exported to another account",
    "si": "was imported from another account",
    "js": "reached a stream",
    "eg": "went out to a client or a server",
}


def _schedule(envelope: Envelope) -> str:
    """A message that a stream keeps until its time comes."""
    headers = envelope.headers
    if "Nats-Schedule" not in headers:
        return ""
    when, target = headers.get("Nats-Schedule", ""), headers.get("Nats-Schedule-Target", "")
    named = {"@at": "once, at", "@every": "every"}
    sign, _, rest = when.partition(" ")
    time = f"{named[sign]} {rest}" if sign in named else f"by the schedule {when}"
    return f"A stored schedule: the stream sends it {time[:_SHORT]} to {target[:_SHORT] or '?'}."


# -- by its type -------------------------------------------------------------------------------


def _typed(kind: str, fields: Fields) -> str:
    if kind.startswith(_JS_API):
        return _jetstream(kind.removeprefix(_JS_API), fields)
    if kind.startswith(_SERVICE):
        return _service(kind.removeprefix(_SERVICE), fields)
    for name, say in _ADVISORIES.items():
        if kind.endswith(f".{name}"):
            return say(fields)
    return f"A message of the server itself: {kind.rpartition('.')[2].replace('_', ' ')}."


def _jetstream(kind: str, fields: Fields) -> str:
    what = kind.removesuffix("_response").replace("_", " ")
    if error := part(fields, "error"):
        return f"JetStream refused {what}: {_error(error)}."
    config, state = part(fields, "config"), part(fields, "state")
    if "deliver_policy" in config or "ack_policy" in config:
        return _consumer(fields)
    if state:
        kept = counted(number(state, "messages"), "message")
        return (
            f"Stream {_name(config, 'name')} has {kept}, {octets(number(state, 'bytes'))}, and "
            f"listens on {', '.join(texts(config, 'subjects')[:5]) or 'no subject'}."
        )
    if say := _ANSWERS.get(kind):
        return say(fields)
    if "success" in fields:
        return f"JetStream did it: {what}."
    if "total" in fields:
        return f"JetStream's answer to {what}: {number(fields, 'total'):,} in all."
    return f"JetStream's answer to {what}."


def _account(fields: Fields) -> str:
    return (
        f"The account has {counted(number(fields, 'streams'), 'stream')} and "
        f"{counted(number(fields, 'consumers'), 'consumer')}: {octets(number(fields, 'storage'))} "
        f"on disk, {octets(number(fields, 'memory'))} in memory."
    )


def _purged(fields: Fields) -> str:
    return f"The stream removed {counted(number(fields, 'purged'), 'message')}."


def _stored_message(fields: Fields) -> str:
    message = part(fields, "message")
    return f"Sequence {number(message, 'seq'):,} of the stream, on {_name(message, 'subject')}."


def _pause(fields: Fields) -> str:
    if words(fields, "stream"):
        who = f"Consumer {_name(fields, 'consumer')} of stream {_name(fields, 'stream')}"
    else:
        who = "The consumer"
    if fields.get("paused") is True:
        return f"{who} delivers nothing until {_name(fields, 'pause_until')}."
    return f"{who} is not paused: it delivers."


_ANSWERS: dict[str, Say] = {
    "account_info_response": _account,
    "stream_purge_response": _purged,
    "stream_msg_get_response": _stored_message,
    "consumer_pause_response": _pause,
}


def _consumer(fields: Fields) -> str:
    pending, unacknowledged = number(fields, "num_pending"), number(fields, "num_ack_pending")
    return (
        f"Consumer {_name(fields, 'name')} of stream {_name(fields, 'stream_name')}: "
        f"{pending:,} not delivered yet, {unacknowledged:,} not acknowledged."
    )


def _service(kind: str, fields: Fields) -> str:
    name = f"Service {_name(fields, 'name')} {_name(fields, 'version')}".rstrip()
    instance = f"{name}, instance {_name(fields, 'id')}"
    endpoints = parts(fields, "endpoints")
    if kind == "stats_response":
        asked = sum(number(endpoint, "num_requests") for endpoint in endpoints)
        failed = sum(number(endpoint, "num_errors") for endpoint in endpoints)
        return f"{instance}, answered {counted(asked, 'request')}, {failed:,} with an error."
    if kind == "info_response":
        return f"{instance}, has {counted(len(endpoints), 'endpoint')}."
    return f"{instance}, is there."


def _max_deliver(fields: Fields) -> str:
    tries = counted(number(fields, "deliveries"), "time")
    return (
        f"Consumer {_name(fields, 'consumer')} of stream {_name(fields, 'stream')} delivered "
        f"sequence {number(fields, 'stream_seq'):,} {tries} "
        "and stops: nobody acknowledged it."
    )


def _told(does: str) -> Say:
    """What a consumer heard of one message."""

    def say(fields: Fields) -> str:
        reason = f": {_name(fields, 'reason')}" if words(fields, "reason") else ""
        return (
            f"A client {does} sequence {number(fields, 'stream_seq'):,} of stream "
            f"{_name(fields, 'stream')}, by consumer {_name(fields, 'consumer')}{reason}."
        )

    return say


def _action(fields: Fields) -> str:
    done = {"create": "created", "delete": "deleted", "modify": "changed"}
    what = done.get(words(fields, "action"), "changed")
    if words(fields, "consumer"):
        return f"Consumer {_name(fields, 'consumer')} of stream {_name(fields, 'stream')} {what}."
    return f"Stream {_name(fields, 'stream')} {what}."


def _leader(fields: Fields) -> str:
    of = f"consumer {_name(fields, 'consumer')} of " if words(fields, "consumer") else ""
    return f"{_name(fields, 'leader')} leads {of}stream {_name(fields, 'stream')} now."


def _quorum(fields: Fields) -> str:
    of = f"Consumer {_name(fields, 'consumer')} of stream" if "consumer" in fields else "Stream"
    return f"{of} {_name(fields, 'stream')} lost its quorum: too few of its servers run."


def _audit(fields: Fields) -> str:
    client = part(fields, "client")
    who = _name(client, "name") or _name(client, "user") or "a client"
    return f"{who} asked JetStream: {_name(fields, 'subject')}."


def _on_stream(does: str) -> Say:
    return lambda fields: f"Stream {_name(fields, 'stream')} {does}."


def _client(does: str) -> Say:
    def say(fields: Fields) -> str:
        client = part(fields, "client")
        who = _name(client, "name") or _name(client, "user") or _name(client, "host")
        why = f": {_name(fields, 'reason')}" if words(fields, "reason") else ""
        return f"Client {who or number(client, 'id')} {does}{why}."

    return say


_ADVISORIES: dict[str, Say] = {
    "max_deliver": _max_deliver,
    "terminated": _told("terminated"),
    "nak": _told("gave back"),
    "consumer_ack": _told("acknowledged"),
    "stream_action": _action,
    "consumer_action": _action,
    "stream_leader_elected": _leader,
    "consumer_leader_elected": _leader,
    "stream_quorum_lost": _quorum,
    "consumer_quorum_lost": _quorum,
    "api_audit": _audit,
    "consumer_pause": _pause,
    "snapshot_create": _on_stream("is being backed up"),
    "snapshot_complete": _on_stream("was backed up"),
    "restore_create": _on_stream("is being restored from a backup"),
    "restore_complete": _on_stream("was restored from a backup"),
    "client_connect": _client("connected"),
    "client_disconnect": _client("disconnected"),
    "server_out_of_storage": lambda fields: (
        f"Server {_name(fields, 'server')} has no storage left for streams."
    ),
}


def _error(error: Fields) -> str:
    codes = [str(code) for name in ("code", "err_code") if (code := number(error, name))]
    numbers = f" ({', '.join(codes)})" if codes else ""
    return f"{_name(error, 'description') or 'no reason given'}{numbers}"


def _name(fields: Fields, key: str) -> str:
    value = words(fields, key)
    return value if len(value) <= _SHORT else f"{value[:_SHORT]}…"
