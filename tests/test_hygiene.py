"""What may import what, proved in fresh interpreters; and that no file tells of a machine."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nats
import pytest

import engine
import tui
from engine.testing import TestServer
from engine.testing.fixtures import nats_server  # noqa: F401

ROOT = Path(__file__).parent.parent


def loaded_after(statement: str) -> set[str]:
    """The modules that are loaded after `statement`, in an interpreter of its own."""
    code = f"{statement}\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_the_engine_loads_no_user_interface() -> None:
    asks = "from engine import NatsBroker, Session"
    loaded = loaded_after(f"{asks}; import engine.diagnosis.judge, engine.demo.demo")
    assert not loaded & {"textual", "rich", "pygments", "tui"}


def test_commands_load_nothing_that_draws() -> None:
    names = (path.stem for path in (ROOT / "tui" / "cli").glob("*.py"))
    every = "; ".join(f"import tui.cli.{name}" for name in names if name != "__init__")
    loaded = loaded_after(f"import tui.__main__; {every}")
    assert not loaded & {"textual", "rich", "pygments"}


def test_the_help_of_a_command_waits_for_neither_nats_nor_asyncio() -> None:
    loaded = loaded_after("import tui.__main__; from tui.cli.command import load; load('req')")
    assert not loaded & {"nats", "asyncio", "dataclasses", "json", "argcomplete"}


def test_natstap_does_not_wait_for_the_parts_of_nats_py_that_it_has_itself() -> None:
    """They are there for whoever looks into them; aiohttp comes here with textual-serve."""
    loads = "from engine.link.load_later import load_parts_later; load_parts_later()"
    parts = {"nats.js.api", "aiohttp.client", "multidict._multidict"}
    assert not loaded_after(f"{loads}; import engine.rpc.broker") & parts
    asks = "import nats.js; assert nats.js.api.Header.STATUS.value == 'Status'"
    asks += "; from nats.aio import transport; assert transport.aiohttp.ClientSession"
    assert parts <= loaded_after(f"{loads}; import engine.rpc.broker; {asks}")


def test_the_desk_does_not_wait_for_them_either() -> None:
    """Without a terminal it ends before it is drawn; what it would import next is imported here."""
    starts = "from tui.__main__ import main; assert main(['--no-demo']) == 2"
    assert not loaded_after(f"{starts}; import engine.session") & {"nats.js.api", "aiohttp.client"}


def test_the_journal_needs_no_nats() -> None:
    assert "nats" not in loaded_after("import engine.journal.journal")


def test_who_only_asks_waits_for_no_diagnosis() -> None:
    loaded = loaded_after("from engine import NatsBroker")
    assert not loaded & {"engine.audience", "engine.diagnosis", "engine.clients", "engine.watching"}


def interpreters() -> list[str]:
    """The Pythons that are here, from the oldest that natstap runs on; this one first."""
    found = [shutil.which(f"python3.{minor}") for minor in range(11, 20)]
    works = (path for path in found if path is not None and _runs(path))
    return list(dict.fromkeys((sys.executable, *works)))


def _runs(python: str) -> bool:
    """A name on the path may stand for a version that was not chosen."""
    return subprocess.run([python, "-c", ""], capture_output=True, timeout=60).returncode == 0


def test_the_engine_imports_and_asks_with_nats_py_alone(
    tmp_path: Path,
    nats_server: TestServer,  # noqa: F811
) -> None:
    """On a path that holds the two and the standard library: no pydantic, no server's binary."""
    for package in (engine, nats):
        assert package.__file__ is not None
        (tmp_path / package.__name__).symlink_to(Path(package.__file__).parent)
    code = f"""
import asyncio, sys
sys.path.insert(0, {str(tmp_path)!r})
import engine
for name in engine.__all__:
    getattr(engine, name)
async def main():
    broker = engine.NatsBroker({nats_server.url!r})
    @broker.subscriber("ask")
    async def handle(body: str, times: int = 2) -> str:
        return body
    await broker.start()
    print((await broker.request({{"body": "yes"}}, "ask", timeout=30)).body.decode())
    await broker.stop()
asyncio.run(main())
print(*sorted({{name.partition(".")[0] for name in sys.modules}} - set(sys.stdlib_module_names)))
"""
    for python in interpreters():
        done = subprocess.run(
            [python, "-I", "-S", "-c", code],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert done.stdout.split() == ["yes", "__main__", "engine", "nats"], python


async def ask(url: str) -> list[bytes]:
    broker = engine.NatsBroker(url)

    @broker.subscriber("ask")
    async def handle(body: str) -> str:
        return body

    await broker.start()
    asked = (broker.request(str(number), "ask", timeout=30) for number in range(100))
    answers = [answer.body for answer in await asyncio.gather(*asked)]
    await broker.stop()
    return answers


def test_the_engine_runs_on_uvloop_where_that_is_installed(
    nats_server: TestServer,  # noqa: F811
) -> None:
    uvloop = pytest.importorskip("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        answers = runner.run(ask(nats_server.url))
    assert answers == [b"%d" % number for number in range(100)]


def test_the_app_paints_before_nats_and_pygments_are_loaded() -> None:
    assert not loaded_after("import tui.app") & {"nats", "pygments", "nkeys"}


def test_the_demo_needs_no_pydantic() -> None:
    """It would be a tenth of a second of the start."""
    code = """
import asyncio, sys
from engine import Journal, Session
async def main():
    session = await Session.open(Journal(), {}, {}, demo=True)
    await session.close()
asyncio.run(main())
"""
    assert "pydantic" not in loaded_after(code)


def test_the_public_names_are_sorted_and_there() -> None:
    assert engine.__all__ == sorted(engine.__all__)
    for name in engine.__all__:
        assert getattr(engine, name).__name__.removeprefix("engine.") == name
    shown = {name for name in dir(engine) if not name.startswith("_")}
    assert shown == set(engine.__all__)
    for package in (engine, tui):
        assert package.__file__ is not None
        assert Path(package.__file__).with_name("py.typed").exists()


def test_no_two_things_have_one_class_name() -> None:
    parts = ("engine", "tui", "tests/helpers")
    sources = (path.read_text() for part in parts for path in (ROOT / part).rglob("*.py"))
    names = Counter(
        name for text in sources for name in re.findall(r"^class ([A-Z]\w*)", text, re.M)
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_no_test_takes_from_another_test() -> None:
    tests = sorted((ROOT / "tests").rglob("test_*.py"))
    taken = re.compile(r"^\s*(from|import) [\w.]*\btest_\w+", re.MULTILINE)
    assert len(tests) > 100
    assert [path.name for path in tests if taken.search(path.read_text())] == []


def test_what_tests_pack_is_the_same_at_any_hour() -> None:
    own = {Path(__file__).name, "packed.py"}
    found = [path for path in Path(__file__).parent.rglob("*.py") if path.name not in own]
    assert [path.name for path in found if "gzip.compress(" in path.read_text()] == []


def test_committed_files_name_no_registry_and_no_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    registry = re.compile(r"(index-url|registry\s*=|resolved).*https?://", re.IGNORECASE)
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix in {".svg", ".png"} or path == Path(__file__) or not path.exists():
            continue
        text = path.read_text(errors="replace")
        assert not registry.search(text), name
        assert "/home/" not in text.replace("/home/you", ""), name
