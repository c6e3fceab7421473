"""Where a responder may listen and answer without doing harm to anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.errors import InvalidSubject
from engine.subject import SubjectPattern, matches

CONTROL = "$"
"""What reply subjects of the server's own begin with: there an answer is a command. `-NAK` to
`$JS.ACK.` is a redelivery storm, `+TERM` loses a message, anything to `$KV.` is a write."""
_PRIVATE = ("_INBOX", "_R_", "_GR_")
"""First tokens of subjects that answers go to."""
_FOREIGN = (CONTROL, *(f"{token}." for token in _PRIVATE))


def check_harmless(subject: str) -> None:
    """Raise `InvalidSubject` where a responder would answer what is not meant for it.

    A pattern that begins with a wildcard may be hosted if it names a token: what it hears of
    others nevertheless is for `find_harm`.
    """
    tokens = SubjectPattern.parse(subject).pattern.split(".")
    if all(token in ("*", ">") for token in tokens):
        raise InvalidSubject(subject, "a responder on everything would answer everyone's messages")
    if tokens[0].startswith(CONTROL) or tokens[0] in _PRIVATE:
        raise InvalidSubject(subject, f"{tokens[0]}.> belongs to the server and its clients")


def find_harm(subject: str, reply_to: str, hosted: Callable[[], Iterable[str]] = tuple) -> str:
    """Why a message on `subject` must get no answer to `reply_to`, as a sentence; "" if it may.

    `hosted` gives the subjects that natstap itself answers on.
    """
    if subject.startswith(_FOREIGN) or subject in _PRIVATE:
        return f"{subject} belongs to the server and its clients"
    if reply_to.startswith(CONTROL):
        return f"{reply_to} is the server's: an answer there would be a command"
    if reply_to.startswith("_INBOX."):
        return ""
    own = next((pattern for pattern in hosted() if matches(pattern, reply_to)), "")
    return f"the answer to {reply_to} would come back to the responder on {own}" if own else ""
