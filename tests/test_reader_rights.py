"""docs/faq.md says which permissions a reader needs: a user with these and no others can read."""

from __future__ import annotations

import json
import re
from pathlib import Path

from helpers.systems import login, users

from engine import Journal, NatsBroker
from engine.clients.everybody import everybody
from engine.demo.demo import SHOP
from engine.responders.responder import Responder
from engine.server.server import EmbeddedServer
from engine.services.discovery import discover
from engine.streams.find import find_everywhere
from engine.streams.listing import list_consumers, list_streams
from engine.watching.subject_watch import SubjectWatch

FAQ = (Path(__file__).parent.parent / "docs" / "faq.md").read_text()


def rights(*rows: str) -> list[str]:
    """The subjects in the second column of these rows."""
    found = []
    for row in rows:
        (line,) = re.findall(rf"^\| {row}[^|]*\|([^|]*)\|", FAQ, re.MULTILINE)
        found += re.findall(r"`([^`]+)`", line)
    return found


def reader() -> str:
    publish = json.dumps(rights("see who listens", "list services", "read streams"))
    return f'permissions {{ publish: {publish}, subscribe: ["_INBOX.>", "orders.>"] }}'


async def test_a_reader_sees_who_is_there_services_streams_and_watches() -> None:
    async with (
        EmbeddedServer(config=users(reader())) as server,
        NatsBroker(server.profile()) as other,
        NatsBroker(login(server, "u1")) as reading,
    ):
        service = Responder(other, SHOP)
        await service.start()
        await other.jetstream.ensure_stream("KEPT", ["kept.*"])
        await other.publish({"n": 1}, "kept.one", stream="KEPT", correlation_id="id-1")

        roster = await everybody(reading.link)
        assert not roster.unknown
        assert len(roster.connections) >= 2
        assert [each.name for each in await discover(reading)] == ["shop"]

        streams = await list_streams(reading)
        assert [stream.name for stream in streams.streams] == ["KEPT"]
        assert await list_consumers(reading, "KEPT") == ()
        found = [each async for each in find_everywhere(reading, streams.streams, "id-1")][-1]
        assert len(found.hits) == 1
        assert not found.closed

        journal = Journal()
        watch = SubjectWatch(reading.profile, journal, ["orders.>"])
        await watch.start()
        await other.publish("tea", "orders.create")
        async for _ in journal.pulse.beats(0.01):
            if any(journal.exchange(n).subject == "orders.create" for n, _ in journal.heads()):
                break
        await watch.stop()
        await service.stop()
