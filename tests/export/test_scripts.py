"""An exported script, run by shells with the real CLI: what comes out is what was recorded."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from helpers.lens import headers, put
from helpers.outside import nats_cli, printed, signed_in

from engine import Journal
from engine.broker import NatsBroker
from engine.export.chosen import ChosenExchanges
from engine.export.export import ExportFormat, export
from engine.rpc.message import NatsMessage
from engine.server.server import EmbeddedServer

BODIES = (
    *(b"", b"\0", bytes(range(256)), b"--", b"-x", b"@file", b"{{.Count}}", b"%s %d %%", b"it's"),
    *(
        b"a\nb\n",
        b"\n",
        b"a\\n",
        b"$HOME `id` $(id)",
        b"\xff\xfe",
        "茶\u202e".encode(),
        b"\x1b[31m",
    ),
    *(b" lead", b"tail ", b"\r\n", b"\t", b"'", b'"', b"\\'", b"-\x1b"),
)
HEADS = (
    *([b"A: 1", b"a: 2"], [b"B: it's \x1b[3m"], [b"C: {{.x}}"], [b"D: $HOME"], [b"-E: x"]),
    *([b"F: a:b:c"], ["G: grün\u200b".encode()], [b"H: =1+1"]),
)


@nats_cli
@pytest.mark.parametrize("shell", ["sh", "dash", "bash", "zsh"])
async def test_any_shell_sends_every_byte_again(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    journal = Journal()
    numbers = [put(journal, b"a.b", b"", body) for body in BODIES]
    numbers += [put(journal, b"a.b", b"", b"x", headers(*head)) for head in HEADS]
    script = tmp_path / "again.sh"
    whole = ChosenExchanges(journal, numbers, masked=False)
    script.write_text("".join(export(whole, ExportFormat.COMMANDS)))
    heard: list[NatsMessage] = []
    complete = asyncio.Event()
    async with EmbeddedServer() as server, NatsBroker(server.profile()) as broker:

        @broker.subscriber("a.>", max_workers=1)
        async def hear(message: NatsMessage) -> None:
            heard.append(message)
            if len(heard) == len(numbers):
                complete.set()

        await broker.start()
        await printed(shell, str(script), env=signed_in(server.profile()))
        async with asyncio.timeout(30):
            await complete.wait()
    assert [each.body for each in heard] == [journal.message(n).body for n in numbers]
    sent = [dict(journal.message(number).headers.pairs) for number in numbers]
    assert [dict(each.raw_headers.pairs) for each in heard] == sent
