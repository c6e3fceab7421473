"""The causes that a diagnosis can name, and what to do about each."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """Why an exchange went as it went; the value is a slug that stays."""

    OPEN = "open"
    NO_QUESTION = "no-question"
    ANSWERED = "answered"
    ACK_FIRST = "acknowledged-first"
    DUPLICATES = "duplicates"
    HEADER_CASE = "header-case"
    LATE = "late"
    LATE_AFTER_ACK = "late-after-acknowledgement"
    TOO_FEW = "too-few"
    ONE_PER_EXPORT = "one-reply-per-export"
    SERVICE_ERROR = "service-error"
    HIDDEN_ERROR = "hidden-error"
    NOBODY = "nobody"
    CAME_LATER = "came-later"
    NOBODY_BEHIND_IMPORT = "nobody-behind-import"
    NOBODY_BEHIND_MAPPING = "nobody-behind-mapping"
    RESPONDER_DENIED = "responder-denied"
    WITHHELD = "withheld"
    JETSTREAM_OFF = "jetstream-off"
    NOT_IN_API = "not-in-api"
    API_ERROR = "api-error"
    PUBLISH_DENIED = "publish-denied"
    INBOX_DENIED = "inbox-denied"
    ANSWER_DENIED = "answer-denied"
    NOBODY_WAITS = "nobody-waits"
    ONLY_TAPS = "only-taps"
    SELF_REQUEST = "self-request"
    STORED_ONLY = "stored-only"
    NOT_CONSUMED = "not-consumed"
    NOT_STORED = "not-stored"
    NOT_ACKNOWLEDGED = "not-acknowledged"
    ENVELOPE = "envelope"
    ANSWERS_STAY = "answers-stay"
    ACROSS_ACCOUNTS = "across-accounts"
    LOST_ON_THE_WAY = "lost-on-the-way"
    SILENT = "silent"
    GONE = "gone"
    LINK_LOST = "link-lost"
    CANCELLED = "cancelled"
    TOO_LARGE = "too-large"
    NOT_SENT = "not-sent"
    AWAY = "away"
    UNKNOWN = "unknown"


ODD = frozenset(
    {
        Cause.ACK_FIRST,
        Cause.DUPLICATES,
        Cause.HEADER_CASE,
        Cause.HIDDEN_ERROR,
        Cause.API_ERROR,
        Cause.JETSTREAM_OFF,
    }
)
"""Causes of what was answered, and is no plain success."""

ADVICE: dict[Cause, str] = {
    Cause.ACK_FIRST: "Other clients take the acknowledgement for the answer: keep the subject "
    "out of the stream, or give the stream no_ack.",
    Cause.DUPLICATES: "Ask for many replies, if all are wanted; else answer once, "
    "and put those who answer into one queue group.",
    Cause.HEADER_CASE: "Write the header exactly as the server knows it.",
    Cause.LATE: "Wait longer than the service takes, or make it faster.",
    Cause.LATE_AFTER_ACK: "Wait longer, or make the service faster; and keep the subject out of "
    "the stream: other clients take the acknowledgement for the answer.",
    Cause.TOO_FEW: "Want as many replies as there are responders, or end at a quiet gap.",
    Cause.ONE_PER_EXPORT: "Give the export response_type: stream, "
    "if every responder's reply is wanted.",
    Cause.SERVICE_ERROR: "Look into the service: it got the request and said no.",
    Cause.HIDDEN_ERROR: "Read the reply's body: a client that only looks at the headers takes "
    "it for a success.",
    Cause.NOBODY: "Check that the service runs, on this server and account, "
    "and how the subject is spelled.",
    Cause.CAME_LATER: "Ask again: it listens now.",
    Cause.NOBODY_BEHIND_IMPORT: "Start the service in that account, "
    "or check which subject it listens on there.",
    Cause.NOBODY_BEHIND_MAPPING: "Start the service on the mapped subject, "
    "or change the account's mapping.",
    Cause.RESPONDER_DENIED: "Give this user the right to subscribe to the subject.",
    Cause.WITHHELD: "Change the permissions that deny it the subject: "
    "the listener's own, or those of the leaf node on the way.",
    Cause.JETSTREAM_OFF: "Enable JetStream for this account, or connect with one that has it, "
    "in the right domain.",
    Cause.NOT_IN_API: "Check the spelling, and that the stream or consumer in it exists.",
    Cause.API_ERROR: "The server's own words say what it did not like.",
    Cause.PUBLISH_DENIED: "Give this user the right to publish to the subject, "
    "or connect as another.",
    Cause.INBOX_DENIED: "Set inbox_prefix to one that this user may subscribe to, "
    "or allow it its inbox.",
    Cause.ANSWER_DENIED: "Give the responder's user allow_responses (with max and expires that "
    "suffice), or the right to publish to the reply subjects.",
    Cause.NOBODY_WAITS: "Subscribe to the reply subject before asking.",
    Cause.ONLY_TAPS: "Start the service; and stop the tap, if failing at once matters.",
    Cause.SELF_REQUEST: "Let another connection ask, or give the responder more workers.",
    Cause.STORED_ONLY: "Ask in stream mode, if a service reads from the stream; else start the "
    "service, or keep the subject out of the stream.",
    Cause.NOT_CONSUMED: "Look in Streams whether the stream has a consumer, and how far "
    "behind it is; start the service that reads from it.",
    Cause.NOT_STORED: "The stream's own words say what to change.",
    Cause.NOT_ACKNOWLEDGED: "Look in Streams which subjects are stored, in this domain and "
    "account; and check how the subject is spelled.",
    Cause.ENVELOPE: 'Ask as the framework does: {"pattern": subject, "data": body, "id": any}.',
    Cause.ANSWERS_STAY: "Export and import it as a service instead of a stream: "
    "only services let answers back.",
    Cause.ACROSS_ACCOUNTS: "Look from that account: who listens there, and whether it answers.",
    Cause.LOST_ON_THE_WAY: "Check that the server there lives, and what a leaf node's user may "
    "publish and subscribe to: answers go to _INBOX.>.",
    Cause.SILENT: "Look at its log: it is stuck, slower than the timeout, fails without "
    "answering, only watches, or may not publish to the reply subject (allow_responses).",
    Cause.GONE: "Check whether the service crashed or restarted over this request, and ask again.",
    Cause.LINK_LOST: "Ask again, if doing it twice does no harm.",
    Cause.TOO_LARGE: "Send less, or raise max_payload on the server.",
    Cause.AWAY: "Ask again when the connection is back; nothing was sent.",
    Cause.NOT_SENT: "Correct what the error names.",
}
"""One sentence each; a cause that asks for nothing has none."""
