"""What bodies are, and whether they keep their schema, in all that commands print and filter."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.command_line import Ran, ran
from helpers.packed import gzipped

from engine import Journal, NatsBroker, Profile
from engine.recording.recordings import RecordingOptions, Recordings
from engine.rpc.broker import Broker
from engine.secrets.known_secrets import KnownSecrets
from tui.cli.agent_tools import AgentTools
from tui.cli.exit_codes import Exit
from tui.cli.output import Output

pytestmark = pytest.mark.asyncio(loop_scope="module")
SETTINGS = '[content]\n"same.ask" = "text:latin-1"\n[schemas]\n"same.ask" = { reply = "%s" }\n'
BODY = b"caf\xe9"


def settings(tmp_path: Path) -> tuple[str, str]:
    """The flag that names them."""
    schema = tmp_path / "word.json"
    schema.write_text('{"type": "string", "maxLength": 3}')
    config = tmp_path / "settings.toml"
    config.write_text(SETTINGS % schema)
    return "--config", str(config)


async def watched(shop: Profile, body: bytes, *words: str) -> Ran:
    """The first exchange that passes; somebody asks until it was printed."""
    watching = asyncio.create_task(
        ran(shop, "watch", "same.ask", "--count", "1", "--for", "60s", *words)
    )
    async with NatsBroker(shop) as asker:
        while not watching.done():
            await asker.request(body, "same.ask", timeout=30)
    return await watching


async def recorded(shop: Profile, body: bytes, file: Path) -> Path:
    """A recording of one exchange."""
    journal = Journal()
    async with NatsBroker(shop, journal=journal) as asker:
        await asker.request(body, "same.ask", timeout=30)
    await Recordings(journal, KnownSecrets()).save(RecordingOptions(file))
    return file


async def test_exchanges_say_what_their_bodies_are(shop: Profile, tmp_path: Path) -> None:
    file = await recorded(shop, gzipped(b'{"packed": 3}'), tmp_path / "a.ndjson.gz")
    for done in (
        await ran(None, "open", str(file), "--json"),
        await watched(shop, gzipped(b'{"packed": 3}'), "--json"),
    ):
        exchange = done.record("exchange")
        for message in (exchange["request"], *exchange["replies"]):
            assert (message["content"], message["value"]) == ("gzip > JSON", {"packed": 3})
            assert "base64" in message


@pytest.mark.parametrize("written", ["~b café", "~!valid"])
async def test_filters_read_bodies_as_the_settings_say(
    shop: Profile, tmp_path: Path, written: str
) -> None:
    given = ("--filter", written, *settings(tmp_path), "--json")
    file = await recorded(shop, BODY, tmp_path / "a.ndjson.gz")
    for done in (await ran(None, "open", str(file), *given), await watched(shop, BODY, *given)):
        exchange = done.record("exchange")
        assert exchange["replies"][0]["value"] == "café"
        assert exchange["replies"][0]["base64"] == b64encode(BODY).decode()
        assert "breaks its schema" in exchange["sentence"]


async def test_an_agent_reads_bodies_as_the_settings_say(shop: Profile, tmp_path: Path) -> None:
    file, out = await recorded(shop, BODY, tmp_path / "a.ndjson.gz"), Output()
    out.config = settings(tmp_path)[1]
    async with Broker(replace(shop, read_only=True)) as looking:
        tools = AgentTools(shop, looking, out, [])
        found = await tools.open_recording(str(file), "~!valid")
    assert found["exchanges"][0]["request"]["value"] == "café"


async def test_an_agent_is_told_no_secret_that_is_packed(shop: Profile) -> None:
    out = Output()
    out.secrets = KnownSecrets({"NATSTAP_VAR_TOKEN": "sesame-open-now"})
    async with Broker(replace(shop, read_only=True)) as looking:
        tools = AgentTools(shop, looking, out, ["packed.*"])
        (answer,) = (await tools.ask("packed.secret", timeout=30))["answers"]
    assert json.loads(answer["body"]) == {"a": "<token>", "<token>": 1}
    assert "base64" not in answer


async def test_what_the_settings_name_is_read_though_it_is_text(
    shop: Profile, tmp_path: Path
) -> None:
    """The bytes of a small message are often valid text."""
    config = tmp_path / "settings.toml"
    config.write_text('[content]\n"same.ask" = "base64"\n')
    done = await ran(shop, "req", "same.ask", "eyJuIjogN30=", "--config", str(config))
    assert json.loads(done.out) == {"n": 7}
    plain = await ran(shop, "req", "pair.ask", "eyJuIjogN30=", "--config", str(config))
    assert plain.out == "eyJuIjogN30=\n"


async def test_what_is_wrong_with_the_settings_is_told(shop: Profile, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('[content]\n"same.ask" = "nonsense"\n')
    done = await ran(shop, "req", "same.ask", "x", "--config", str(config))
    assert (done.code, done.out) == (Exit.ANSWERED, "x\n")
    assert "settings.toml, line 2: 'nonsense' is not a content" in done.err


async def test_why_says_nothing_of_bodies_that_it_does_not_print(shop: Profile) -> None:
    done = await ran(shop, "why", "packed.ask")
    assert "--raw" not in done.err
