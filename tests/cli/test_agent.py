"""`natstap mcp`: a client of the protocol's own library asks, over stdio and in this process."""

from __future__ import annotations

import sys
from asyncio import create_task
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from helpers.command_line import alone, processed

from engine import Journal, NatsBroker, Profile
from engine.errors import CannotOpen, Refused
from engine.recording.recordings import RecordingOptions, Recordings
from engine.rpc.broker import Broker
from engine.secrets.known_secrets import KnownSecrets
from tui.cli.agent_tools import AgentTools
from tui.cli.output import Output

if TYPE_CHECKING:
    from mcp import ClientSession

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def call(session: ClientSession, tool: str, **given: Any) -> Any:
    done = await session.call_tool(tool, given)
    assert not done.is_error, done.content
    return done.structured_content


async def test_an_agent_asks_over_stdio(shop: Profile, tmp_path: Path) -> None:
    from mcp import ClientSession, StdioServerParameters  # which takes long
    from mcp.client.stdio import stdio_client

    words = ["-m", "tui", "mcp", "--allow-send", "math.*"]
    where = StdioServerParameters(command=sys.executable, args=words, env=alone(shop, tmp_path))
    async with stdio_client(where) as streams, ClientSession(*streams) as session:
        await session.initialize()
        names = {tool.name for tool in (await session.list_tools()).tools}
        assert names == {"who", "services", "streams", "watch", "open_recording", "ask", "why"}
        found = await call(session, "who", subject="orders.create")
        assert found["replies"] == 1
        answer = await call(session, "ask", subject="math.add", body="[6, 7]", timeout=30)
        assert (answer["state"], answer["answers"][0]["body"]) == ("answered", '{"result":13}')
        refused = await session.call_tool("ask", {"subject": "orders.create"})
        assert refused.is_error
        assert "--allow-send" in str(refused.content)


async def test_the_tools_look_without_sending(shop: Profile) -> None:
    async with Broker(replace(shop, read_only=True)) as looking:
        tools = AgentTools(shop, looking, Output(), ["math.>"])
        assert [one["name"] for one in await tools.services("shop")] == ["shop"]
        assert {"AUDIT", "PRINTING"} <= {one["name"] for one in await tools.streams()}
        found = await tools.why("math.nobody", "x")
        assert found["diagnosis"]["cause"] == "service-error"
        for subject in ("orders.create", "math", ">"):
            with pytest.raises(Refused):
                await tools.ask(subject)


async def test_an_agent_opens_a_recording(shop: Profile, tmp_path: Path) -> None:
    journal, file = Journal(), tmp_path / "seen.ndjson.gz"
    async with NatsBroker(shop, journal=journal) as asker:
        await asker.request([6, 7], "math.add", timeout=30)
    await Recordings(journal, KnownSecrets()).save(RecordingOptions(file))
    async with Broker(replace(shop, read_only=True)) as looking:
        tools = AgentTools(shop, looking, Output(), [])
        found = await tools.open_recording(str(file), "~s answered")
        with pytest.raises(CannotOpen):
            await tools.open_recording(str(tmp_path / "nothing"))
    assert (found["total"], found["exchanges"][0]["subject"]) == (1, "math.add")


async def test_an_agent_watches_for_a_while(shop: Profile) -> None:
    async with Broker(replace(shop, read_only=True)) as looking, NatsBroker(shop) as asker:
        tools = AgentTools(shop, looking, Output(), [])
        watching = create_task(
            tools.watch(["math.*"], seconds=60, limit=1, filter_text="~s answered")
        )
        while not watching.done():
            await asker.request([6, 7], "math.add", timeout=30)
    (exchange,) = (await watching)["exchanges"]
    assert (exchange["subject"], exchange["state"]) == ("math.add", "answered")


async def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['mcp'] = None\n")
    env = {"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}", "HOME": str(tmp_path)}
    done = await processed("mcp", env=env)
    assert (done.code, "natstap[mcp]" in done.err) == (2, True)
