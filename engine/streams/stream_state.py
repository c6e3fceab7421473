"""What a server tells of a stream and of a consumer, as values.

Source: https://docs.nats.io/reference/reference-protocols/nats_api_reference, and server/stream.go
and server/consumer.go of nats-server 2.15. What an older server leaves out counts as not set.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.fields import Fields, moment, number, part, parts, texts, words
from engine.subject import matches

_MOST = 1 << 63
_BUCKETS = {"KV_": "key-value bucket", "OBJ_": "object store"}


@dataclass(frozen=True, slots=True)
class Replica:
    """A server that has a copy of a stream, as its leader sees it."""

    name: str
    current: bool = False
    offline: bool = False
    behind: int = 0
    """Operations that it has not done yet."""

    @classmethod
    def of(cls, fields: Fields) -> Replica:
        return cls(
            words(fields, "name"),
            fields.get("current") is True,
            fields.get("offline") is True,
            _count(fields, "lag"),
        )


@dataclass(frozen=True, slots=True)
class StreamState:
    """Times are seconds since the epoch, None while nothing is stored; limits of 0 are none."""

    name: str
    created: str = ""
    """When, in the server's words: what tells it from another one of the same name."""
    subjects: tuple[str, ...] = ()
    description: str = ""
    storage: str = ""
    retention: str = ""
    discard: str = ""
    messages: int = 0
    bytes: int = 0
    first: int = 1
    """The sequence of the oldest message; where none is, of the next that will come."""
    last: int = 0
    """The sequence of the newest message, even when that is gone."""
    last_at: float | None = None
    deleted: int = 0
    """Sequences between first and last that are gone."""
    consumers: int = 0
    max_messages: int = 0
    max_bytes: int = 0
    max_age: float = 0.0
    """Seconds."""
    max_per_subject: int = 0
    per_subject_new: bool = False
    """True when a subject that is full refuses more, and does not make room."""
    compression: str = ""
    """ "" for none."""
    own_ttl: bool = False
    """True when a message may say how long it is kept."""
    replicas: int = 1
    leader: str = ""
    """The server that leads it; "" where there is no cluster, or nobody does."""
    followers: tuple[Replica, ...] = ()
    mirror: str = ""
    """The stream that it mirrors."""
    sources: tuple[str, ...] = ()
    sealed: bool = False
    deny_delete: bool = False
    deny_purge: bool = False
    direct: bool = False
    """True when any server that has it may hand out messages, many at once."""
    config: Fields = field(default_factory=dict, repr=False, compare=False)
    """As the server keeps it; to make the stream again."""

    @property
    def bucket(self) -> str:
        """What it is the inside of, such as "key-value bucket users"; "" when it is itself."""
        for prefix, what in _BUCKETS.items():
            if self.name.startswith(prefix) and "$" in "".join(self.subjects)[:1]:
                return f"{what} {self.name.removeprefix(prefix)}"
        return ""

    @property
    def next(self) -> int:
        """The sequence that the next message will get."""
        return self.last + 1

    @property
    def average(self) -> int:
        """Bytes of a message."""
        return self.bytes // self.messages if self.messages else 0

    def stores(self, subject: str) -> bool:
        """True when a message sent to `subject` is stored by it."""
        return not self.mirror and any(matches(pattern, subject) for pattern in self.subjects)

    @classmethod
    def of(cls, fields: Fields) -> StreamState:
        """From one answer of STREAM.INFO, or one item of STREAM.LIST."""
        config, state, group = (part(fields, key) for key in ("config", "state", "cluster"))
        held = _count(state, "messages")
        return cls(
            name=words(config, "name"),
            created=words(fields, "created"),
            subjects=texts(config, "subjects"),
            description=words(config, "description"),
            storage=words(config, "storage"),
            retention=words(config, "retention"),
            discard=words(config, "discard"),
            messages=held,
            bytes=_count(state, "bytes"),
            first=max(1, _count(state, "first_seq")),
            last=_count(state, "last_seq"),
            last_at=moment(state, "last_ts") if _count(state, "last_seq") else None,
            deleted=_count(state, "num_deleted"),
            consumers=_count(state, "consumer_count"),
            max_messages=_count(config, "max_msgs"),
            max_bytes=_count(config, "max_bytes"),
            max_age=_count(config, "max_age") / 1e9,
            max_per_subject=_count(config, "max_msgs_per_subject"),
            per_subject_new=config.get("discard_new_per_subject") is True,
            compression=words(config, "compression").replace("none", ""),
            own_ttl=config.get("allow_msg_ttl") is True,
            replicas=_count(config, "num_replicas") or 1,
            leader=words(group, "leader") if words(group, "name") else "",
            followers=tuple(map(Replica.of, parts(group, "replicas"))),
            mirror=words(part(config, "mirror"), "name"),
            sources=tuple(
                filter(None, (words(source, "name") for source in parts(config, "sources")))
            ),
            sealed=config.get("sealed") is True,
            deny_delete=config.get("deny_delete") is True,
            deny_purge=config.get("deny_purge") is True,
            direct=config.get("allow_direct") is True,
            config=config,
        )


@dataclass(frozen=True, slots=True)
class ConsumerState:
    """Counts are messages; sequences are the stream's."""

    stream: str
    name: str
    created: str = ""
    """When, in the server's words."""
    durable: bool = False
    deliver_subject: str = ""
    """Where a push consumer sends to; "" for one that is pulled from."""
    queue: str = ""
    filters: tuple[str, ...] = ()
    """Subjects that it is about; none means all."""
    ack_policy: str = ""
    delivered: int = 0
    """The last sequence that was delivered."""
    ack_floor: int = 0
    """All up to this sequence is acknowledged."""
    pending: int = 0
    """Lag: what matches and was not delivered yet."""
    unacknowledged: int = 0
    """Delivered, and the acknowledgement still out."""
    redelivered: int = 0
    """Among those, delivered more than once."""
    waiting: int = 0
    """Pull requests that wait for messages."""
    max_deliver: int = 0
    """How often a message is delivered at most; 0 is no limit."""
    ack_wait: float = 0.0
    """Seconds after which what is not acknowledged is delivered again."""
    max_unacknowledged: int = 0
    """It delivers no more while so many are not acknowledged; 0 is no limit."""
    last_active: float | None = None
    """When it last delivered; seconds since the epoch."""
    bound: bool = False
    """True while somebody listens where it pushes to."""
    paused: bool = False
    resumes_in: float = 0.0
    """Seconds until it is not paused any more."""
    config: Fields = field(default_factory=dict, repr=False, compare=False)

    @property
    def push(self) -> bool:
        return bool(self.deliver_subject)

    @property
    def kind(self) -> str:
        lasting = "durable" if self.durable else "ephemeral"
        return f"{lasting} {'push' if self.push else 'pull'}"

    @property
    def full(self) -> bool:
        return 0 < self.max_unacknowledged <= self.unacknowledged

    @property
    def used(self) -> bool:
        """True while somebody pulls from it, or listens where it pushes to."""
        return self.bound or self.waiting > 0

    @property
    def busy(self) -> bool:
        """True while nobody pulls from it, and a worker still holds what it got."""
        return not self.used and not self.push and self.unacknowledged > 0

    @property
    def open(self) -> int:
        """What is lost when it goes: not delivered, or not acknowledged."""
        return self.pending + self.unacknowledged

    @classmethod
    def of(cls, stream: str, fields: Fields) -> ConsumerState:
        """From one answer of CONSUMER.INFO, or one item of CONSUMER.LIST."""
        config = part(fields, "config")
        one = words(config, "filter_subject")
        return cls(
            stream=stream,
            name=words(fields, "name"),
            created=words(fields, "created"),
            durable=bool(words(config, "durable_name")),
            deliver_subject=words(config, "deliver_subject"),
            queue=words(config, "deliver_group"),
            filters=(one,) if one else texts(config, "filter_subjects"),
            ack_policy=words(config, "ack_policy"),
            delivered=_count(part(fields, "delivered"), "stream_seq"),
            ack_floor=_count(part(fields, "ack_floor"), "stream_seq"),
            pending=_count(fields, "num_pending"),
            unacknowledged=_count(fields, "num_ack_pending"),
            redelivered=_count(fields, "num_redelivered"),
            waiting=_count(fields, "num_waiting"),
            max_deliver=_count(config, "max_deliver"),
            ack_wait=_count(config, "ack_wait") / 1e9,
            max_unacknowledged=_count(config, "max_ack_pending"),
            last_active=moment(part(fields, "delivered"), "last_active"),
            bound=fields.get("push_bound") is True,
            paused=fields.get("paused") is True,
            resumes_in=_count(fields, "pause_remaining") / 1e9,
            config=config,
        )


def _count(fields: Fields, name: str) -> int:
    """No count is negative: -1 is how the server writes "no limit"."""
    return max(0, min(number(fields, name), _MOST))
