"""docs/engine.md says what is so: its examples run, its tables are the signatures."""

from __future__ import annotations

import asyncio
import inspect
import re
import sys
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from helpers.outside import printed, signed_in
from helpers.waiting import until

from engine import AckPolicy, NatsBroker, ServiceError, errors
from engine.server.server import EmbeddedServer

DOCS = (Path(__file__).parent.parent / "docs" / "engine.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
ASKING, SMOKE, RECORDER, MOCK = EXAMPLES
SECTIONS = dict(re.findall(r"^### `(\w+(?:\.\w+)?)`\n(.*?)(?=^##)", DOCS, re.DOTALL | re.MULTILINE))


def lines(code: str) -> int:
    return sum(1 for line in code.splitlines() if line.strip())


@pytest.mark.parametrize("code", [SMOKE, RECORDER, MOCK], ids=["smoke", "recorder", "mock"])
def test_ten_lines_will_do(code: str) -> None:
    assert lines(code) <= 10


@pytest.mark.parametrize("code", [ASKING, SMOKE], ids=["asking", "smoke"])
async def test_an_example_runs(code: str, server: EmbeddedServer) -> None:
    await printed(sys.executable, "-c", code, env=signed_in(server.profile()))


async def test_the_recorder_prints_what_others_ask(
    broker: NatsBroker, server: EmbeddedServer
) -> None:
    broker.subscriber("orders.{what}")(lambda what: what)
    await broker.start()
    command = (sys.executable, "-c", RECORDER)
    running = asyncio.create_task(printed(*command, env=signed_in(server.profile())))
    while not running.done():
        await broker.request("tea", "orders.create", timeout=30)
        await broker.publish("stop", "orders.end")
        await asyncio.sleep(0.05)
    said = await running
    assert "orders.end  b'stop' []" in said


async def test_the_mock_answers_and_says_who_asked(
    broker: NatsBroker, server: EmbeddedServer
) -> None:
    command = (sys.executable, "-c", MOCK)
    running = asyncio.create_task(printed(*command, env=signed_in(server.profile())))
    told: list[ServiceError] = []

    async def ask() -> None:
        while not told and not running.done():  # a mock that failed says so below
            try:
                await broker.request({"item": "coffee"}, "stock.x", timeout=30)
            except ServiceError as error:
                told.append(error)
            except errors.NoResponders:
                await asyncio.sleep(0.02)

    await ask()
    said = await running
    assert (told[0].code, told[0].text) == ("404", "no coffee")
    assert "stock.x {'item': 'coffee'}" in said
    await until(lambda: running.done())


# -- the tables ----------------------------------------------------------------------------


def shown(default: Any) -> str:
    if default is inspect.Parameter.empty:
        return "required"
    if isinstance(default, Enum):
        return f"`{default.value}`"
    if inspect.isfunction(default):
        return f"`{default.__name__}`"
    return f'`"{default}"`' if isinstance(default, str) else f"`{default!r}`"


def test_every_method_has_its_section() -> None:
    methods = ["request", "request_many", "publish", "find_response", "subscriber"]
    assert list(SECTIONS) == ["NatsBroker", *(f"NatsBroker.{method}" for method in methods)]


@pytest.mark.parametrize("name", list(SECTIONS))
def test_every_option_is_told_with_its_default(name: str) -> None:
    function = getattr(NatsBroker, name.partition(".")[2] or "__init__")
    parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
    told = re.findall(r"^\| `(\w+)` \| (\S+|`\"[^|]*\"`) \|", SECTIONS[name], re.MULTILINE)
    assert sorted(told) == sorted((p.name, shown(p.default)) for p in parameters)


def test_every_policy_is_told() -> None:
    assert re.findall(r"^\| `([A-Z_]+)` \|", DOCS, re.MULTILINE) == [
        policy.name for policy in AckPolicy
    ]


def test_the_tree_of_errors_is_the_one_that_is_drawn_in_the_code() -> None:
    drawn = re.findall(r"^[│├└─ ]*\w+.*$", (errors.__doc__ or "").split("\n\n")[1], re.MULTILINE)
    assert "\n".join(drawn).strip() in DOCS
