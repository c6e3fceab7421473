"""What must be sure before a dry run: that nobody would really get it.

Three would. A server before 2.11 takes it for a message. A server's own API acts on what it
gets, if the user is allowed that much. And MQTT clients are delivered a dry run as if it were
real (found on nats-server 2.15.1: its MQTT callback does not ask whether it is one), so where
an account has any, or where that cannot be found out, none is made.
"""

from __future__ import annotations

import time
from typing import Final
from weakref import WeakKeyDictionary

from engine.api_subjects import STREAM_NAMES
from engine.clients.everybody import everybody
from engine.errors import CannotTrace, NatstapError
from engine.fields import texts
from engine.link.link import Link, LinkState
from engine.rpc.inquiry import Inquiry

OLDEST: Final = (2, 11)
"""The first server version that traces."""
SERVERS_OWN: Final = ("$SYS.", "$JS.", "$MQTT.", "$NRG.")
"""Beginnings of subjects that servers themselves listen to."""
NO_INBOX: Final = "this user may not use its own inbox, where the servers would report"
UNSURE: Final = "it could not be found out whether MQTT clients would really get it"
SURE_FOR = 30.0
"""Seconds for which an account without MQTT clients is believed to have none."""
_MQTT_STREAM = "$MQTT.msgs.>"

_sure: WeakKeyDictionary[Link, float] = WeakKeyDictionary()


async def check_harmless(inquiry: Inquiry, subject: str, timeout: float) -> None:
    """Raises `CannotTrace` unless a dry run to `subject` is sure to reach nobody."""
    check_tracing(inquiry.link)
    if subject.startswith(SERVERS_OWN):
        raise CannotTrace(subject, "a server may act on a dry run to its own subjects")
    if _sure.get(inquiry.link, 0.0) < time.monotonic():
        await _check_mqtt(inquiry, subject, timeout)
        _sure[inquiry.link] = time.monotonic() + SURE_FOR
    check_tracing(inquiry.link)  # it may be another server meanwhile


def check_tracing(link: Link) -> None:
    """Raises `CannotTrace` for a server that would take a dry run for a real message."""
    if link.state not in (LinkState.CONNECTED, LinkState.SILENT):
        raise CannotTrace("", f"the connection is {link.state}")
    if not link.server.takes_headers:
        raise CannotTrace("", "this server takes no headers, and a trace is asked for in one")
    if link.server.version[:2] < OLDEST:
        version = ".".join(map(str, link.server.version)) or "of an unknown version"
        raise CannotTrace("", f"this server ({version}) cannot trace; 2.11 and later can")
    if link.profile.read_only:
        raise CannotTrace("", "the connection is read-only, and a dry run is a message")


async def _check_mqtt(inquiry: Inquiry, subject: str, timeout: float) -> None:
    if await _used_mqtt(inquiry, timeout) is False:
        return
    found = await everybody(inquiry.link, timeout=timeout, since=time.time())
    if any(connection.mqtt for connection in found.connections):
        raise CannotTrace(subject, "this account has MQTT clients, which would really get it")
    if inquiry.deaf:
        raise CannotTrace(subject, NO_INBOX)
    if not found.complete:
        raise CannotTrace(subject, UNSURE)


async def _used_mqtt(inquiry: Inquiry, timeout: float) -> bool | None:
    """Whether this account ever had an MQTT client: each leaves a stream behind."""
    try:
        found = await inquiry.jetstream(timeout).api(STREAM_NAMES, {"subject": _MQTT_STREAM})
    except NatstapError:
        return None
    return bool(texts(found, "streams"))  # also of names that cannot be one: then it is not sure
