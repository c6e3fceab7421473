"""Every command as a process of its own, without a terminal, as a script or CI runs it."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from helpers.command_line import NATSTAP, alone, processed, started
from helpers.outside import DEADLINE, printed
from helpers.waiting import eventually

from engine import NatsBroker, Profile
from engine.errors import NatstapError, ServiceError
from engine.server.server import EmbeddedServer
from tests.demo_check import check
from tui.__main__ import main
from tui.cli.exit_codes import Exit

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = f"""
natstap() {{ "{sys.executable}" -m tui "$@"; echo "= $?"; }}
echo '{{"item": "tea"}}' | natstap req orders.create
natstap req math.div '[1, 0]' < /dev/null
natstap who stock.check
natstap why stock.check < /dev/null
natstap pub orders.created '{{}}'
natstap services shop
natstap < /dev/null
"{sys.executable}" -m tui services shop > /dev/full; echo "= $?"
natstap req orders.create '{{}}' --count 300 --json | head -n 1
"""


async def test_a_shell_script_without_a_terminal(shop: Profile, tmp_path: Path) -> None:
    shell = shutil.which("sh")
    assert shell is not None
    told = await printed(shell, "-c", SCRIPT, env=alone(shop, tmp_path))
    codes = [int(line[2:]) for line in told.splitlines() if line.startswith("= ")]
    assert codes == [0, 3, 4, 4, 0, 0, 2, 1]
    assert "\x1b" not in told
    assert "Traceback" not in told
    assert "BrokenPipe" not in told
    assert "the output cannot be written" in told
    assert "natstap req" in told.split("= 0")[-1], "without a command it says what there is"


async def test_watch_prints_exchanges_as_they_end(shop: Profile, tmp_path: Path) -> None:
    words = ("watch", "orders.create", "math.*", "--count", "2", "--filter", "~s answered ~by calc")
    async with (
        NatsBroker(shop, name="asker") as asker,
        started(*words, "--json", env=alone(shop, tmp_path)) as watching,
    ):
        while watching.returncode is None and not watching.stdout.at_eof():
            await asker.request([6, 7], "math.add", timeout=30, headers={"x": "1"})
            try:
                await asyncio.wait_for(asyncio.shield(watching.wait()), 0.1)
            except TimeoutError:
                continue
        out, err = await watching.communicate()
    found = [json.loads(line) for line in out.splitlines()]
    assert watching.returncode == 0
    assert [one["state"] for one in found] == ["answered", "answered"]
    assert {one["from"] for one in found} == {"asker"}
    assert {one["to"] for one in found} == {"calculator"}
    assert ["x", "1"] in found[0]["request"]["headers"]
    assert b"waits for its timeout instead of failing at once" in err


async def test_watch_says_that_what_it_waits_for_did_not_come(
    shop: Profile, tmp_path: Path
) -> None:
    words = ("watch", "orders.>", "--for", "0.2", "--until", "~e")
    done = await processed(*words, env=alone(shop, tmp_path))
    assert (done.code, done.out) == (5, "")


async def test_reply_answers_until_ctrl_c(shop: Profile, tmp_path: Path) -> None:
    words = ("reply", "stock.ask", '{"left": 3, "of": "{{.Body.item}}"}', "--json")
    async with (
        NatsBroker(shop) as asker,
        started(*words, env=alone(shop, tmp_path)) as replying,
    ):
        await eventually(lambda: asker_hears(asker, "stock.ask"))
        replying.send_signal(signal.SIGINT)
        out, err = await asyncio.wait_for(replying.communicate(), DEADLINE)
    records = [json.loads(line) for line in out.splitlines()]
    assert replying.returncode == 0
    assert [one["type"] for one in records][:2] == ["responder", "handled"]
    assert b"handled" in err


async def asker_hears(asker: NatsBroker, subject: str) -> bool:
    try:
        answer = await asker.request({"item": "tea"}, subject, timeout=5)
    except NatstapError:
        return False
    return bool(answer.value() == {"left": 3, "of": "tea"})


@pytest.mark.parametrize(
    ("command", "answer"),
    [("cat", b"; rm -rf $HOME"), ("printenv NATS_REQUEST_SUBJECT", b"cmd.ask\n")],
)
async def test_reply_answers_with_what_a_program_prints(
    shop: Profile, tmp_path: Path, command: str, answer: bytes
) -> None:
    words = ("reply", "cmd.ask", "--command", command, "--count", "1")
    async with (
        NatsBroker(shop) as asker,
        started(*words, env=alone(shop, tmp_path)) as replying,
    ):
        told: list[bytes] = []

        async def answered() -> bool:
            with suppress(NatstapError):
                told.append((await asker.request("; rm -rf $HOME", "cmd.ask", timeout=30)).body)
            return bool(told)

        await eventually(answered)
        await asyncio.wait_for(replying.communicate(), DEADLINE)
    assert (told, replying.returncode) == ([answer], 0)


async def test_a_program_that_fails_is_a_service_error(shop: Profile, tmp_path: Path) -> None:
    words = ("reply", "cmd.fails", "--command", "false", "--count", "1")
    async with (
        NatsBroker(shop) as asker,
        started(*words, env=alone(shop, tmp_path)) as replying,
    ):
        told: list[ServiceError] = []

        async def failed() -> bool:
            try:
                await asker.request("x", "cmd.fails", timeout=30)
            except ServiceError as error:
                told.append(error)
            except NatstapError:
                return False
            return bool(told)

        await eventually(failed)
        await asyncio.wait_for(replying.communicate(), DEADLINE)
    assert told[0].text == "the program exited with 1"


async def test_serve_hosts_what_a_folder_holds(shop: Profile, tmp_path: Path) -> None:
    (tmp_path / "stock.toml").write_text(
        'kind = "responder"\nsubject = "stock.served"\nrecipe = "template"\n'
        'body = \'{"left": 3, "of": "{{.Body.item}}"}\'\n'
    )
    words = ("serve", str(tmp_path), "--count", "1", "--for", "100s")
    async with (
        NatsBroker(shop) as asker,
        started(*words, env=alone(shop, tmp_path)) as serving,
    ):
        await eventually(lambda: asker_hears(asker, "stock.served"))
        _, err = await asyncio.wait_for(serving.communicate(), DEADLINE)
    assert serving.returncode == 0
    assert b"answering on stock.served: stock" in err


async def test_ctrl_c_ends_a_request_without_a_word_too_many(shop: Profile, tmp_path: Path) -> None:
    heard = asyncio.Event()
    async with NatsBroker(shop) as slow:

        async def never(body: bytes) -> None:
            heard.set()

        slow.subscriber("never.answers", no_reply=True)(never)
        await slow.start()
        words = ("req", "never.answers", "--timeout", "100s")
        async with started(*words, env=alone(shop, tmp_path)) as asking:
            await asyncio.wait_for(heard.wait(), DEADLINE)
            asking.send_signal(signal.SIGINT)
            out, err = await asyncio.wait_for(asking.communicate(), DEADLINE)
    assert (asking.returncode, out) == (130, b"")
    assert b"Traceback" not in err


async def test_ctrl_c_ends_a_run_with_what_there_is(shop: Profile, tmp_path: Path) -> None:
    heard = asyncio.Event()
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "a.toml").write_text("subject = 'same.ask'")
    (folder / "b.toml").write_text("subject = 'never.answers'\ntimeout = 100.0")
    async with NatsBroker(shop) as slow:

        async def never(body: bytes) -> None:
            heard.set()

        slow.subscriber("never.answers", no_reply=True)(never)
        await slow.start()
        async with started("run", str(folder), env=alone(shop, tmp_path)) as running:
            await asyncio.wait_for(heard.wait(), DEADLINE)
            running.send_signal(signal.SIGINT)
            out, err = await asyncio.wait_for(running.communicate(), DEADLINE)
    assert running.returncode == 130
    assert out.decode().splitlines()[-1] == "1 passed"
    assert b"interrupted: the rest was not run" in err


@pytest.mark.parametrize(
    ("shell", "sign"), [("bash", "complete "), ("zsh", "#compdef natstap"), ("fish", "function ")]
)
async def test_every_shell_has_its_script(
    shell: str, sign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell]) == 0
    assert sign in capsys.readouterr().out


async def test_the_demos_requests_are_red_when_a_service_is_broken(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert await check("calculator", "math") == Exit.NO_RESPONDERS
    told = capfd.readouterr().out
    assert "failed   math/add\n         Nobody listens on math.add.\n" in told
    assert told.endswith("2 failed\n")


async def test_what_is_recorded_is_opened_and_served(shop: Profile, tmp_path: Path) -> None:
    file, env = tmp_path / "session.ndjson.gz", alone(shop, tmp_path)
    async with (
        NatsBroker(shop, name="asker") as asker,
        started("record", str(file), "math.*", "--count", "6", "--json", env=env) as recording,
    ):
        await eventually(lambda: exists(file))
        while recording.returncode is None:  # of a client's first request the answer may be missed
            await asker.request([6, 7], "math.add", timeout=30)
            await asyncio.sleep(0.02)
        out, _ = await asyncio.wait_for(recording.communicate(), DEADLINE)
    told = json.loads(out)
    assert (recording.returncode, told["type"], told["lost"]) == (0, "recording", 0)

    shown = await processed("open", str(file), "--json", "--filter", "~s answered", env=env)
    assert shown.code == 0
    assert {one["subject"] for one in shown.records} == {"math.add"}
    last = shown.records[-1]
    assert last["replies"][0]["body"] == '{"result":13}'
    assert (last["from"], last["to"]) == ("asker", "calculator")

    async with EmbeddedServer() as server, NatsBroker(server.profile()) as asker:
        elsewhere = alone(server.profile(), tmp_path)
        words = ("serve", str(file), "--speed", "0", "--count", "1", "--for", "100s")
        async with started(*words, env=elsewhere) as serving:
            await eventually(lambda: adds(asker))
            _, err = await asyncio.wait_for(serving.communicate(), DEADLINE)
    assert serving.returncode == 0
    assert b"handled 1 request" in err


async def exists(file: Path) -> bool:
    return await asyncio.to_thread(file.exists)


async def adds(asker: NatsBroker) -> bool:
    try:
        return bool((await asker.request([6, 7], "math.add", timeout=5)).value() == {"result": 13})
    except NatstapError:
        return False


async def test_what_cannot_be_opened_or_recorded_is_refused(tmp_path: Path, shop: Profile) -> None:
    env = alone(shop, tmp_path)
    taken = tmp_path / "taken"
    taken.write_text("mine")
    for words in (("open", "/nowhere"), ("open", str(taken)), ("record", str(taken), "a")):
        done = await processed(*words, env=env)
        assert done.code in (1, 2)
        assert done.err
        assert "Traceback" not in done.err
    assert taken.read_text() == "mine"


async def test_the_shell_completes_commands_flags_and_names(tmp_path: Path) -> None:
    script = await processed("completion", "bash")
    assert (script.code, "_ARGCOMPLETE" in script.out) == (0, True)
    saved = tmp_path / "orders.toml"
    saved.write_text("subject = 'orders.create'")
    lines = {
        "natstap ser": "serve",
        "natstap req --reply-t": "--reply-timeout",
        f"natstap run -c {tmp_path} or": "orders",
    }
    for line, wanted in lines.items():
        answer = tmp_path / "answer"
        env = {
            "_ARGCOMPLETE": "1",
            "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
            "COMP_LINE": line,
            "COMP_POINT": str(len(line)),
        }
        await printed(*NATSTAP, env={**alone_without_server(tmp_path), **env})
        assert wanted in answer.read_text()


def alone_without_server(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "PATH": ""}
