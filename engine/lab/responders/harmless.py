"""Where a responder may listen and answer without doing harm to anybody."""

from __future__ import annotations

from collections.abc import Iterable

from engine.errors import InvalidSubject
from engine.subject import Template, matches, overlaps

CONTROL = "$"
"""What reply subjects of the server's own begin with: there an answer is a command. `-NAK` to
`$JS.ACK.` is a redelivery storm, `+TERM` loses a message, anything to `$KV.` is a write."""
_PROTECTED = ("$JS.>", "$SYS.>", "$SRV.>", "$KV.>", "$O.>", "_INBOX.>", "_R_.>", "_GR_.>")


def check_harmless(subject: str) -> None:
    """Raise `InvalidSubject` where a responder would answer what is not meant for it."""
    pattern = Template.parse(subject).pattern
    if pattern in (">", "*"):
        raise InvalidSubject(subject, "a responder on everything would answer everyone's messages")
    for protected in _PROTECTED:
        if overlaps(pattern, protected):
            raise InvalidSubject(subject, f"{protected} belongs to the server and its clients")


def find_harm(reply_to: str, hosted: Iterable[str]) -> str:
    """Why an answer must not go to `reply_to`, as a sentence; "" when it may.

    `hosted` are the subjects that natstap itself answers on.
    """
    if reply_to.startswith(CONTROL):
        return f"{reply_to} is the server's: an answer there would be a command"
    if reply_to.startswith("_INBOX."):
        return ""
    own = next((one for one in hosted if matches(one, reply_to)), "")
    return f"the answer to {reply_to} would come back to the responder on {own}" if own else ""
