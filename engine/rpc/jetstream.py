"""JetStream's API, as much of it as RPC needs, over plain requests.

Nothing here changes what exists: a stream that is there gets a missing subject and keeps
everything else; a consumer that is there is used as it is.
Source: https://docs.nats.io/reference/reference-protocols/nats_api_reference
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from engine.api_subjects import (
    JETSTREAM,
    STREAM_NAMES,
    Verb,
    jetstream_subject,
    on_consumer,
    on_stream,
    usable_names,
)
from engine.errors import (
    InvalidOption,
    JetStreamError,
    JetStreamOff,
    NoResponders,
    StreamNotFound,
)
from engine.fields import Fields, part, read_json, texts
from engine.rpc.handling.acknowledge import AckWord
from engine.rpc.pubacks import STREAM_EXISTS, api_error
from engine.subject import covers

API_TIMEOUT = 5.0
"""Seconds that the server may take for an API request."""

Ask = Callable[[str, bytes, float], Awaitable[bytes]]
"""Sends a body to a subject and gives the answer's body; raises as `NatsBroker.request`."""


class JetStream:
    """Streams and consumers of one account. `prefix` is "$JS.API" or a domain's."""

    def __init__(self, ask: Ask, prefix: str = JETSTREAM) -> None:
        self._ask = ask
        self._prefix = prefix

    def subject(self, verb: Verb) -> str:
        """Where this is asked."""
        return jetstream_subject(self._prefix, verb)

    async def api(
        self, verb: Verb, fields: Any = None, *, stream: str = "", consumer: str = ""
    ) -> dict[str, Any]:
        """One API request; raises the `JetStreamError` that the server's figures say."""
        body = json.dumps(fields).encode() if fields is not None else b""
        try:
            answer = await self._ask(self.subject(verb), body, API_TIMEOUT)
        except NoResponders as error:
            raise JetStreamOff(code=503) from error
        try:
            given = read_json(answer)
        except ValueError as error:
            raise JetStreamError(f"the answer to {verb} is not JSON: {error}") from error
        if not isinstance(given, dict):
            raise JetStreamError(f"the answer to {verb} is not a JSON object")
        if "error" in given:
            raise api_error(given, stream, consumer)
        return given

    async def stream(self, name: str) -> dict[str, Any]:
        """Configuration and state of a stream; raises `StreamNotFound`."""
        return await self.api(on_stream("INFO", name), stream=name)

    async def streams_of(self, subject: str) -> tuple[str, ...]:
        """The streams that store what goes to a subject, or to a part of it.

        An answer may come from anybody: what cannot be a name is left out.
        """
        found = await self.api(STREAM_NAMES, {"subject": subject})
        return usable_names(texts(found, "streams"))

    async def stream_of(self, subject: str) -> str:
        """The name of the stream that stores a subject, "" when none does."""
        return next(iter(await self.streams_of(subject)), "")

    async def ensure_stream(
        self, name: str, subjects: Iterable[str], settings: Mapping[str, Any] | None = None
    ) -> None:
        """Create the stream if it is missing, with `settings`; else add only the subjects that it
        does not cover. Raises `InvalidOption` where it exists with other settings."""
        wanted = list(dict.fromkeys(subjects))
        settings = settings or {}
        try:
            config = await self._config(name)
        except StreamNotFound:
            try:
                made = {**settings, "name": name, "subjects": _widest(wanted)}
                await self.api(on_stream("CREATE", name), made, stream=name)
                return
            except JetStreamError as error:
                if error.err_code != STREAM_EXISTS:
                    raise
                config = await self._config(name)  # somebody was quicker
        _check_settings(name, config, settings)
        held = texts(config, "subjects")
        missing = [subject for subject in wanted if not any(covers(have, subject) for have in held)]
        if missing:
            kept = [have for have in held if not any(covers(subject, have) for subject in missing)]
            config["subjects"] = kept + missing
            await self.api(on_stream("UPDATE", name), config, stream=name)

    async def consumer(self, stream: str, name: str) -> dict[str, Any]:
        """Configuration and state of a consumer; raises `ConsumerNotFound`."""
        return await self.api(on_consumer("INFO", stream, name), stream=stream, consumer=name)

    async def create_consumer(self, stream: str, config: dict[str, Any]) -> dict[str, Any]:
        name = config["name"]
        return await self.api(
            on_consumer("CREATE", stream, name),
            {"stream_name": stream, "config": config, "action": "create"},
            stream=stream,
            consumer=name,
        )

    async def delete_consumer(self, stream: str, name: str) -> None:
        await self.api(on_consumer("DELETE", stream, name), stream=stream, consumer=name)

    async def acknowledge(self, reply: str, word: AckWord) -> None:
        """Tell a stream of a message that came with the reply subject `reply`, and wait until
        the server confirms it.

        Raises `NoResponders` where nobody takes acknowledgements there: the consumer is gone, or
        wants none. Raises `RequestTimeout`, `Refused`, `LinkError` as well.
        """
        await self._ask(reply, str(word).encode(), API_TIMEOUT)

    async def subjects(self, stream: str) -> tuple[str, ...]:
        """What a stream stores; one without subjects of its own has its name for one."""
        return texts(await self._config(stream), "subjects") or (stream,)

    async def _config(self, stream: str) -> Fields:
        """The stream's settings; raises `JetStreamError` where the answer has none."""
        config = part(await self.stream(stream), "config")
        if not config:
            raise JetStreamError(f"the answer about stream {stream!r} holds no settings")
        return config


def _widest(subjects: list[str]) -> list[str]:
    """Those that no other one covers."""
    return [
        subject
        for subject in subjects
        if not any(covers(other, subject) for other in subjects if other != subject)
    ]


def _check_settings(name: str, config: Fields, settings: Mapping[str, Any]) -> None:
    """A stream is its owner's: it is not altered, and what was asked for is not ignored."""
    for setting, wanted in settings.items():
        have = config.get(setting)
        if not _is_as_wanted(have, wanted):
            raise InvalidOption(
                "stream",
                f"stream {name!r} exists with {setting}={have!r}, not {wanted!r}: "
                "change the stream, or leave the setting out",
            )


def _is_as_wanted(have: Any, wanted: Any) -> bool:
    """The server leaves out what is off, writes -1 for no limit, and adds to what it is told."""
    if isinstance(have, dict) and isinstance(wanted, dict):
        return all(_is_as_wanted(have.get(name), value) for name, value in wanted.items())
    if isinstance(have, list) and isinstance(wanted, list | tuple):
        return len(have) == len(wanted) and all(map(_is_as_wanted, have, wanted))
    if type(have) is int and type(wanted) is int and have < 0:
        return wanted <= 0
    return bool(have == wanted) or not (have or wanted)
