"""A header that somebody acts on, in other capitals: names are compared letter by letter.

What the server acts on stands in a request; in a reply clients look for a service error. Any other
header is its sender's own business, whatever its capitals: `nats reply` itself adds
NATS-Reply-Counter.
"""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.known_headers import misspelt
from engine.message import Message
from engine.rpc.message import SERVICE_ERROR, SERVICE_ERROR_CODE
from engine.words import short

from .rule import rule

SPELLING = "Write the header with exactly these capitals."
REQUEST = "request", "the server knows"
REPLY = "reply", "clients know"
SERVERS_OWN = "Nats-"
IN_A_REPLY = (SERVICE_ERROR, SERVICE_ERROR_CODE)
"""What clients look for in a reply."""


@rule(Situation.ANSWERED, Situation.PUBLISHED, Situation.KEPT)
def header_case(case: Case) -> Diagnosis | None:
    for message in (case.request, *case.replies):
        for written, official in ignored_headers(message, message is case.request):
            whose, who = REQUEST if message is case.request else REPLY
            return Diagnosis(
                Cause.HEADER_CASE,
                f"The {whose}'s header {short(written)} does nothing: {who} {official} only.",
                SPELLING,
                Tone.WARN,
            )
    return None


def ignored_headers(message: Message, is_request: bool) -> list[tuple[str, str]]:
    """Names as they are written, and as they would have to be."""
    looked = ((name, misspelt(name)) for name in message.headers)
    return [(name, official) for name, official in looked if _matters(official, is_request)]


def _matters(official: str, is_request: bool) -> bool:
    if official in IN_A_REPLY:
        return not is_request
    return is_request and official.startswith(SERVERS_OWN)
