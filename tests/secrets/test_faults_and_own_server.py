"""What natstap says when it fails, and what its own server inherits: nothing secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.desk import until
from helpers.planted import SECRET, assert_out

from engine.server.server import EmbeddedServer
from tui.app import NatstapApp

# -- what natstap says before it ends by a fault of its own ----------------------------------


async def test_a_fault_of_natstap_ends_it_without_showing_a_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NATSTAP_VAR_TOKEN", SECRET)
    app = NatstapApp({"password": "hunter2hunter2"}, {}, demo=True)

    def fail() -> None:
        local = f"{SECRET} and hunter2hunter2"
        raise RuntimeError(f"it failed with {local}")

    async def run() -> None:
        async with app.run_test() as pilot:
            await until(pilot, lambda: app.session is not None)
            app.call_later(fail)
            await until(pilot, lambda: app._exception is not None)

    with pytest.raises(RuntimeError):
        await run()
    said = "".join(capsys.readouterr())
    assert "RuntimeError: it failed with <token> and <nats_password>" in said
    assert_out("the crash report", said, SECRET)


# -- natstap's own server --------------------------------------------------------------------


def of_process(pid: int, what: str) -> str:
    return Path(f"/proc/{pid}/{what}").read_text(errors="replace")


def parent(pid: int) -> int:
    return int(of_process(pid, "stat").rpartition(") ")[2].split()[1])


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows it")
async def test_the_server_of_natstap_inherits_nothing_of_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("NATSTAP_VAR_TOKEN", "NATS_PASSWORD", "NATS_URL", "AWS_SECRET_ACCESS_KEY", "DEPLOY")
    for name in names:
        monkeypatch.setenv(name, SECRET)
    async with EmbeddedServer() as server:
        for pid in (server.pid, parent(server.pid)):
            environ, command = of_process(pid, "environ"), of_process(pid, "cmdline")
            assert "PATH=" in environ
            assert_out("the server's environment", environ + command, SECRET)
            assert server.profile().password not in environ + command
            assert not any(f"{name}=" in environ for name in names)
