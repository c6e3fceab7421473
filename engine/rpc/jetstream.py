"""JetStream's API, as much of it as RPC needs, over plain requests.

Nothing here changes what exists: a stream that is there gets a missing subject and keeps
everything else; a consumer that is there is used as it is.
Source: https://docs.nats.io/reference/reference-protocols/nats_api_reference
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from engine.errors import JetStreamError, JetStreamOff, NoResponders, StreamNotFound
from engine.subject import matches, overlaps

from .acknowledge import AckWord
from .pubacks import STREAM_EXISTS, api_error

API_TIMEOUT = 5.0
"""Seconds that the server may take for an API request."""

Ask = Callable[[str, bytes, float], Awaitable[bytes]]
"""Sends a body to a subject and gives the answer's body; raises as `NatsBroker.request`."""


class JetStream:
    """Streams and consumers of one account. `prefix` is "$JS.API" or a domain's."""

    def __init__(self, ask: Ask, prefix: str = "$JS.API") -> None:
        self._ask = ask
        self.prefix = prefix

    async def api(
        self, verb: str, fields: Any = None, *, stream: str = "", consumer: str = ""
    ) -> dict[str, Any]:
        """One API request; raises the `JetStreamError` that the server's figures say."""
        body = json.dumps(fields).encode() if fields is not None else b""
        try:
            answer = await self._ask(f"{self.prefix}.{verb}", body, API_TIMEOUT)
        except NoResponders as error:
            raise JetStreamOff(code=503) from error
        try:
            given = json.loads(answer)
        except (ValueError, RecursionError) as error:
            raise JetStreamError(f"the answer to {verb} is no JSON: {error}") from error
        if not isinstance(given, dict):
            raise JetStreamError(f"the answer to {verb} is no JSON object")
        if "error" in given:
            raise api_error(given, stream, consumer)
        return given

    async def stream(self, name: str) -> dict[str, Any]:
        """Configuration and state of a stream; raises `StreamNotFound`."""
        return await self.api(f"STREAM.INFO.{name}", stream=name)

    async def stream_of(self, subject: str) -> str:
        """The name of the stream that stores a subject, "" when none does."""
        found = await self.api("STREAM.NAMES", {"subject": subject})
        names = found.get("streams") or [""]
        return str(names[0])

    async def ensure_stream(self, name: str, subjects: Iterable[str]) -> None:
        """Create the stream if it is missing, else add only the subjects it does not cover."""
        wanted = list(dict.fromkeys(subjects))
        try:
            config = (await self.stream(name))["config"]
        except StreamNotFound:
            try:
                await self.api(
                    f"STREAM.CREATE.{name}", {"name": name, "subjects": wanted}, stream=name
                )
                return
            except JetStreamError as error:
                if error.err_code != STREAM_EXISTS:
                    raise
                config = (await self.stream(name))["config"]  # somebody was quicker
        held = config.get("subjects") or []
        missing = [one for one in wanted if not any(covers(have, one) for have in held)]
        if missing:
            kept = [have for have in held if not any(covers(one, have) for one in missing)]
            config["subjects"] = kept + missing
            await self.api(f"STREAM.UPDATE.{name}", config, stream=name)

    async def consumer(self, stream: str, name: str) -> dict[str, Any]:
        """Configuration and state of a consumer; raises `ConsumerNotFound`."""
        return await self.api(f"CONSUMER.INFO.{stream}.{name}", stream=stream, consumer=name)

    async def create_consumer(self, stream: str, config: dict[str, Any]) -> dict[str, Any]:
        name = config["name"]
        return await self.api(
            f"CONSUMER.CREATE.{stream}.{name}",
            {"stream_name": stream, "config": config, "action": "create"},
            stream=stream,
            consumer=name,
        )

    async def delete_consumer(self, stream: str, name: str) -> None:
        await self.api(f"CONSUMER.DELETE.{stream}.{name}", stream=stream, consumer=name)

    async def acknowledge(self, reply: str, word: AckWord) -> None:
        """Tell a stream of a message that came with the reply subject `reply`, and wait until
        the server confirms it.

        Raises `NoResponders` where nobody takes acknowledgements there: the consumer is gone, or
        wants none. Raises `RequestTimeout`, `Refused`, `LinkError` as well.
        """
        await self._ask(reply, str(word).encode(), API_TIMEOUT)

    async def holds(self, stream: str, subject: str) -> bool:
        """True when a message to `subject` is stored by exactly this stream."""
        config = (await self.stream(stream))["config"]
        return any(matches(one, subject) for one in config.get("subjects") or [stream])


def covers(wide: str, narrow: str) -> bool:
    """True when every subject that matches `narrow` matches `wide` too."""
    if wide == narrow:
        return True
    if ">" in narrow.split(".") and not wide.endswith(">"):
        return False
    return overlaps(wide, narrow) and all(
        a in ("*", ">") or a == b for a, b in zip(wide.split("."), narrow.split("."), strict=False)
    )
