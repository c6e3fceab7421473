"""The lines of a greeting, checked before nats-py reads them: it trusts whoever answers.

It wants an INFO line, and one PONG behind its CONNECT; what else may come between these is
handled here, and what no NATS server says ends the connection with a reason.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from nats import errors as nats_errors

from .server_line import ServerLine, read_info


class Greeting:
    """`readline` in the place of a transport's; `informed` takes what INFO says, and bounds it."""

    def __init__(
        self,
        readline: Callable[[], Awaitable[bytes]],
        informed: Callable[[ServerLine], ServerLine],
    ) -> None:
        self._readline = readline
        self._informed = informed
        self._greeted = False

    async def readline(self) -> bytes:
        """The next line that nats-py waits for; raises a nats-py error instead of any other."""
        while True:
            verb, rest = await self._next()
            match verb:
                case b"-ERR" if self._greeted:
                    return b"-ERR " + rest.decode("utf-8", "replace").encode() + b"\r\n"
                case b"-ERR":
                    raise nats_errors.Error(rest.decode("utf-8", "replace").strip(" '"))
                case b"INFO":
                    line = self._read(rest)
                    if not self._greeted:
                        self._greeted = True
                        return line
                case b"PONG" if self._greeted:
                    return b"PONG\r\n"
                case b"PING" | b"+OK" if self._greeted:
                    continue
                case _:
                    raise nats_errors.Error("what listens there does not greet as a NATS server")

    async def _next(self) -> tuple[bytes, bytes]:
        line = await self._readline()
        if not line.endswith(b"\n"):
            raise nats_errors.UnexpectedEOF
        verb, _, rest = line.strip().partition(b" ")
        return verb.upper(), rest

    def _read(self, rest: bytes) -> bytes:
        try:
            said = self._informed(read_info(rest))
        except ValueError as error:
            raise nats_errors.Error(f"the server's greeting cannot be read: {error}") from error
        return b"INFO " + json.dumps(said.fields).encode() + b"\r\n"
