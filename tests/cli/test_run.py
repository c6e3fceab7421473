"""`natstap run` on a real server: the demo's requests, their reports, and what goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from helpers.command_line import alone, processed, ran
from helpers.outside import address

from engine import Profile
from tests.demo_check import REQUESTS
from tui.cli.exit_codes import Exit

pytestmark = pytest.mark.asyncio(loop_scope="module")


def write(folder: Path, **requests: str) -> Path:
    for name, text in requests.items():
        (folder / f"{name}.toml").write_text(text)
    return folder


async def test_the_demos_requests_are_green_as_a_process(shop: Profile, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    words = ("run", str(REQUESTS), "--junit", str(report))
    done = await processed(*words, env=alone(shop, tmp_path))
    assert (done.code, done.out.splitlines()[-1]) == (Exit.ANSWERED, "9 passed"), done.out
    (suite,) = ElementTree.parse(report).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("9", "0")


async def test_variables_are_taken_on_and_masked(shop: Profile, tmp_path: Path) -> None:
    write(
        tmp_path,
        login='subject = \'same.ask\'\nbody = \'{"auth": {"token": "{{Random 30 30}}"}}\'\n'
        "templates = true\n"
        "[take]\ntoken = '$.auth.token'",
        after="subject = 'same.ask'\nbody = '{\"t\": \"{{token}}\"}'\ntemplates = true\n"
        "needs = 'login'\n[expect.json]\n'$.t' = { length = 3 }",
    )
    done = await ran(shop, "run", "after", "-c", str(tmp_path), "--json")
    results = [one for one in done.records if one["type"] == "result"]
    assert [(one["name"], one["outcome"]) for one in results] == [
        ("login", "passed"),
        ("after", "failed"),
    ]
    assert done.code == Exit.ASSERTION_FAILED
    assert 'found "<token>"' in results[1]["faults"][0]


async def test_what_fails_says_why_and_what_needs_it_is_not_sent(
    shop: Profile, tmp_path: Path
) -> None:
    write(
        tmp_path,
        first="subject = 'stock.check'",
        second="subject = 'same.ask'\nneeds = 'first'",
        third="subject = 'a b'",
    )
    report = tmp_path / "report.xml"
    words = ("run", str(tmp_path), "--github", "--junit", str(report))
    done = await ran(shop, *words)
    assert done.code == Exit.USAGE  # of third, which cannot even be read
    (tmp_path / "third.toml").unlink()
    done = await ran(shop, *words)
    assert done.code == Exit.NO_RESPONDERS
    assert "Nobody listens on stock.check." in done.out
    assert "not sent: it needs first, which did not pass" in done.out
    notes = [line for line in done.out.splitlines() if line.startswith("::")]
    assert notes[0].startswith(f"::error file={tmp_path / 'first.toml'},title=first::Nobody")
    assert notes[1].startswith("::warning ")
    tags = [case[0].tag for case in ElementTree.parse(report).getroot()[0]]
    assert tags == ["failure", "skipped"]


async def test_what_may_not_be_sent_has_its_code(shop: Profile, tmp_path: Path) -> None:
    write(tmp_path, a="subject = 'same.ask'", b="subject = 'same.{{gone}}'\ntemplates = true")
    careful = await ran(shop, "run", "a", "-c", str(tmp_path), "--read-only")
    assert (careful.code, "read-only" in careful.out) == (Exit.REFUSED, True)
    lacking = await ran(shop, "run", "b", "-c", str(tmp_path))
    assert (lacking.code, "gone" in lacking.out) == (Exit.USAGE, True)


async def test_every_instance_is_asked_and_compared(shop: Profile, tmp_path: Path) -> None:
    body = 'body = \'{"item": "tea"}\'\n'
    covered = "[expect.json]\n'$.order' = {exists = true}"
    write(tmp_path, order=f"subject = 'orders.create'\n{body}{covered}")
    done = await ran(shop, "run", "-c", str(tmp_path), "--instances", "--json")
    targets = {one["target"] for one in done.records if one["type"] == "result"}
    assert targets == {"orders-1", "orders-2"}
    assert [one["what"] for one in done.records if one["type"] == "difference"] == ["$.served_by"]
    assert done.code == Exit.ASSERTION_FAILED


async def test_another_context_is_compared(
    shop: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts = tmp_path / "config" / "nats" / "context"
    contexts.mkdir(parents=True)
    (contexts / "other.json").write_text(json.dumps({"url": address(shop)}))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "saved"
    folder.mkdir()
    write(folder, sum="subject = 'math.add'\nbody = '[1, 2]'")
    done = await ran(shop, "run", str(folder), "--against", "other")
    assert done.code == Exit.ANSWERED, done.err
    assert done.out.count("1 passed") == 2
    assert "context other" in done.out


@pytest.mark.parametrize(
    "words", [("run", "/nowhere"), ("run", "nope"), ("run", "--instances", "--against", "x")]
)
async def test_bad_usage(shop: Profile, words: tuple[str, ...], tmp_path: Path) -> None:
    write(tmp_path, a="subject = 'same.ask'")
    done = await ran(shop, *words, "-c", str(tmp_path))
    assert (done.code, done.out) == (Exit.USAGE, "")
