"""`natstap req`, `pub`, `why` and `who` on a real server: what is printed, and the exit codes."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import sys
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.command_line import ran
from helpers.desk import HOSTILE
from helpers.outside import address
from helpers.systems import PASSWORD

from engine import NatsBroker, Profile
from engine.journal.states import State
from engine.rpc.handling.response import Response
from engine.rpc.message import SERVICE_ERROR as ERROR
from engine.server.server import EmbeddedServer
from tui.cli.exit_codes import Exit, exit_of_state
from tui.cli.output import BAD, paint

pytestmark = pytest.mark.asyncio(loop_scope="module")
TWO = ("--replies", "2", "--timeout", "30", "--reply-timeout", "20s")
TEA = '{"item": "tea", "qty": 2}'


async def test_the_body_is_on_stdout_and_all_else_on_stderr(shop: Profile) -> None:
    done = await ran(shop, "req", "orders.create", TEA)
    assert done.code == Exit.ANSWERED
    assert json.loads(done.out)["total"] == 8.4
    assert done.err.startswith("answered, ")
    quiet = await ran(shop, "req", "orders.create", TEA, "-q")
    assert (quiet.err, bool(quiet.out)) == ("", True)


@pytest.mark.parametrize(
    ("words", "code", "state"),
    [
        (("math.div", "[1, 0]"), Exit.SERVICE_ERROR, "service-error"),
        (("stock.check",), Exit.NO_RESPONDERS, "no-responders"),
        (("silent.ask", "--timeout", "0.2"), Exit.TIMED_OUT, "timed-out"),
        (("pair.ask", "--replies", "3", "--timeout", "30"), Exit.PARTLY, "partly-answered"),
        (("pair.ask", *TWO), Exit.ANSWERED, "answered"),
        (("orders.audit", "--timeout", "3"), Exit.STORED_ONLY, "stored-only"),
        (("print.invoice", "{}", "--stream", "--timeout", "30"), Exit.ANSWERED, "answered"),
        (("$JS.API.STREAM.INFO.NOPE",), Exit.ERROR_STATUS, "error-status"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
async def test_the_exit_code_says_what_became_of_it(
    shop: Profile, words: tuple[str, ...], code: Exit, state: str
) -> None:
    done = await ran(shop, "req", *words, "--json")
    outcome = done.record("outcome")
    assert (done.code, outcome["exit"], outcome["state"]) == (code, code, state)
    assert done.err


async def test_permission_denied_and_read_only_have_a_code(shop: Profile) -> None:
    few = replace(shop, user="u1", password=PASSWORD)
    assert (await ran(few, "req", "orders.create", TEA)).code == Exit.REFUSED
    assert (await ran(few, "who", "orders.create")).code == Exit.REFUSED
    assert (await ran(few, "pub", "orders.created", "x")).code == Exit.REFUSED
    careful = await ran(shop, "req", "orders.create", TEA, "--read-only")
    assert careful.code == Exit.REFUSED
    assert "read-only" in careful.err


async def test_what_the_settings_forbid_is_forbidden_here_too(
    shop: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    contexts = tmp_path / "nats" / "context"
    contexts.mkdir(parents=True)
    (contexts / "prod.json").write_text(json.dumps({"url": address(shop)}))
    settings = tmp_path / "natstap" / "settings.toml"
    settings.parent.mkdir()
    settings.write_text("[contexts.prod]\nread_only = true\n")
    asked = ("req", "orders.create", TEA, "--context", "prod")
    assert (await ran(None, *asked)).code == Exit.REFUSED
    assert (await ran(None, "who", "orders.create", "--context", "prod")).code == Exit.ANSWERED
    settings.write_text("[contexts.other]\nread_only = true\n")
    assert (await ran(None, *asked)).code == Exit.ANSWERED
    settings.write_text("[contexts")
    unread = await ran(None, *asked)
    assert unread.code == Exit.REFUSED
    assert "Until then natstap is read-only." in unread.err


async def test_nothing_listens_and_a_wrong_password_cannot_connect(shop: Profile) -> None:
    gone = replace(shop, servers=("nats://127.0.0.1:1",))
    done = await ran(gone, "req", "a", "--json")
    assert done.code == Exit.CANNOT_CONNECT
    assert done.record("error")["exit"] == Exit.CANNOT_CONNECT
    wrong = await ran(replace(shop, password="sesame-open"), "req", "a")
    assert wrong.code == Exit.CANNOT_CONNECT
    assert "sesame" not in wrong.err


async def test_a_connection_that_is_lost_on_the_way_has_a_code() -> None:
    heard = asyncio.Event()

    async def never(body: bytes) -> None:
        heard.set()

    async with EmbeddedServer() as server:
        profile = server.profile()
        broker = NatsBroker(profile)
        broker.subscriber("never.answers", no_reply=True)(never)
        await broker.start()
        asking = asyncio.create_task(ran(profile, "req", "never.answers", "--timeout", "100s"))
        await heard.wait()
        await server.stop()
        done = await asking
        await broker.stop()
    assert done.code == Exit.LINK_LOST
    assert "connection was lost" in done.err


async def test_what_is_given_on_stdin_is_sent(
    shop: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "given"
    given.write_bytes(b"from stdin")
    for words in ((), ("-",), ("--force-stdin",)):
        with given.open() as file:
            monkeypatch.setattr(sys, "stdin", file)
            assert (await ran(shop, "req", "same.ask", *words)).out == "from stdin\n"
    assert (await ran(shop, "req", "same.ask", "@@text")).out == "@text\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    assert paint("bad", BAD, Terminal()) == "\x1b[31mbad\x1b[0m"
    assert paint("bad", BAD, io.StringIO()) == "bad"
    monkeypatch.setenv("NO_COLOR", "1")
    assert paint("bad", BAD, Terminal()) == "bad"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert paint("bad", BAD, Terminal()) == "bad"


@pytest.mark.parametrize(
    "words",
    [
        ("req",),
        ("req", "a b"),
        ("req", "a", "--nope"),
        ("req", "a", "-H", "nocolon"),
        ("req", "a", "--replies", "many"),
        ("req", "a", "@/nowhere"),
        ("req", "a", "x", "--force-stdin"),
        ("req", "a", "{{nobody}}"),
        ("req", "a", "-e", "nope"),
        ("pub", "a", "x", "-e", "a/b"),
        ("why", "a", "x", "--var", "novalue"),
        ("req", "a", "--timeout", "soon"),
        ("req", "a", "--stream", "X", "--replies", "2"),
        ("watch", "a", "--filter", "~nope"),
        ("reply", "a", "b", "--echo"),
        ("serve", "/nowhere"),
    ],
    ids=" ".join,
)
async def test_bad_usage_is_2_and_sends_nothing(shop: Profile, words: tuple[str, ...]) -> None:
    done = await ran(shop, *words)
    assert done.code == Exit.USAGE
    assert done.err
    assert not done.out


async def test_a_body_comes_from_a_file_or_a_template(shop: Profile, tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text('{"n": {{Count}}, "who": "{{who}}"}')
    asked = ("req", "same.ask", "--var", "who=ann", "--count", "2", "--json")
    for source in ((f"@{body}",), ("--file", str(body))):
        done = await ran(shop, *asked, *source)
        replies = [json.loads(one["body"]) for one in done.records if one["type"] == "reply"]
        assert replies == [{"n": 1, "who": "ann"}, {"n": 2, "who": "ann"}]
    plain = await ran(shop, "req", "same.ask", "{{Count}}", "--no-templates")
    assert plain.out == "{{Count}}\n"


async def test_what_hides_is_visible_unless_raw(shop: Profile) -> None:
    done = await ran(shop, "req", "odd.bytes")
    assert done.out == "␛[31mred\\xff␀\n"
    assert "--raw" in done.err
    record = (await ran(shop, "req", "odd.bytes", "--json")).record("reply")
    assert record["base64"] == "G1szMW1yZWT/AA=="


async def test_what_is_no_text_is_shown_as_what_it_is(shop: Profile, tmp_path: Path) -> None:
    done = await ran(shop, "req", "packed.ask")
    assert json.loads(done.out) == {"packed": 3}
    assert "--raw" in done.err
    record = (await ran(shop, "req", "packed.ask", "--json")).record("reply")
    assert (record["value"], "gzip" in record["content"]) == ({"packed": 3}, True)
    (tmp_path / "a.toml").write_text("subject = 'packed.ask'\n[expect.json]\n'$.packed' = 3")
    assert (await ran(shop, "run", str(tmp_path))).code == Exit.ANSWERED


async def test_the_settings_say_what_a_reply_is(shop: Profile, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('[content]\n"odd.*" = "text:latin-1"\n')
    asked = ("req", "odd.bytes", "--config", str(config))
    assert (await ran(shop, *asked)).out == "␛[31mredÿ␀\n"
    assert (await ran(shop, *asked, "--json")).record("reply")["value"] == "\x1b[31mredÿ\0"


async def test_protobuf_that_is_utf_8_is_shown_as_what_it_is(shop: Profile) -> None:
    done = await ran(shop, "req", "odd.protobuf")
    assert json.loads(done.out) == {"1": 7, "2": "tea"}
    record = (await ran(shop, "req", "odd.protobuf", "--json")).record("reply")
    assert (record["content"], record["value"]) == ("Protobuf", {"1": 7, "2": "tea"})


async def test_json_lines_are_json_whatever_is_read(shop: Profile) -> None:
    """JSON has no NaN: most programs refuse the line."""
    done = await ran(shop, "req", "odd.numbers", "--json")
    (line,) = (line for line in done.out.splitlines() if '"reply"' in line)
    told = json.loads(line, parse_constant=pytest.fail)
    assert told["value"] == {"x": "NaN", "y": ["-Infinity"]}


async def test_a_known_secret_is_in_nothing_that_is_printed(
    shop: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATSTAP_VAR_TOKEN", "sesame-open-now")
    words = ("req", "same.ask", '{"t": "{{token}}"}')
    assert (await ran(shop, *words)).out == '{"t":"<token>"}\n'
    assert "sesame" not in (await ran(shop, *words, "--json")).out


async def test_a_known_secret_is_in_nothing_that_is_packed(
    shop: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a value, as a key, and in the bytes beside them."""
    monkeypatch.setenv("NATSTAP_VAR_TOKEN", "sesame-open-now")
    record = (await ran(shop, "req", "packed.secret", "--json")).record("reply")
    assert json.loads(record["body"]) == {"a": "<token>", "<token>": 1}
    assert record["value"] == {"a": "<token>", "<token>": 1}
    raw = (await ran(shop, "req", "packed.secret", "--json", "--raw")).record("reply")
    assert (
        gzip.decompress(b64decode(raw["base64"]))
        == b'{"a": "sesame-open-now", "sesame-open-now": 1}'
    )
    bare = await ran(shop, "req", "packed.ask", "--json")
    assert "base64" in bare.record("reply")


async def test_texts_that_are_not_utf_8_are_printed(shop: Profile) -> None:
    assert (await ran(shop, "req", "odd.text")).out == '{"k": "a\\xffb"}\n'


async def test_why_names_the_cause(shop: Profile) -> None:
    done = await ran(shop, "why", "stock.check", "--json")
    found = done.record("diagnosis")
    assert (done.code, found["cause"], found["tone"]) == (Exit.NO_RESPONDERS, "nobody", "bad")
    told = await ran(shop, "why", "orders.create", TEA)
    assert told.code == Exit.ANSWERED
    assert "cause  answered" in told.out


async def test_who_says_what_would_happen_without_sending(shop: Profile) -> None:
    done = await ran(shop, "who", "orders.create", "--json")
    record = done.record("audience")
    assert {one["client"] for one in record["listeners"]} == {"orders-1", "orders-2"}
    assert (done.code, record["replies"]) == (Exit.ANSWERED, 1)
    assert (await ran(shop, "who", "stock.check")).code == Exit.NO_RESPONDERS
    stored = await ran(shop, "who", "orders.audit")
    assert (stored.code, "streams  AUDIT" in stored.out) == (Exit.STORED_ONLY, True)


async def test_services_are_listed(shop: Profile) -> None:
    done = await ran(shop, "services", "shop", "--json")
    record = done.record("service")
    assert (record["name"], record["endpoints"][0]["subject"]) == ("shop", "shop.price")
    assert "shop.price" in (await ran(shop, "services")).out
    assert (await ran(shop, "services", "nope")).code == Exit.NO_RESPONDERS


async def test_what_others_say_of_themselves_is_safe_to_print(shop: Profile) -> None:
    about = {"name": "odd", "id": "1", "version": "1.0.0\x1b]0;x\x07", "description": HOSTILE}
    about |= {"endpoints": [{"name": HOSTILE, "subject": "odd.bytes", "queue_group": HOSTILE}]}
    async with NatsBroker(shop, name=HOSTILE) as broker:
        for verb in ("PING", "INFO", "STATS"):
            broker.subscriber(f"$SRV.{verb}.odd")(lambda body: about)
        broker.subscriber("hostile.ask")(lambda body: Response(HOSTILE, headers={ERROR: "\x1b[2J"}))
        await broker.start()
        for words in (
            ("services", "odd"),
            ("who", "hostile.ask"),
            ("why", "hostile.ask"),
            ("req", "hostile.ask"),
            ("services", "odd", "--json"),
        ):
            done = await ran(shop, *words)
            assert done.code in (Exit.ANSWERED, Exit.SERVICE_ERROR)
            assert not set("\x1b\x07\u202e\x9b") & set(done.out + done.err), words


async def test_pub_waits_for_a_stream_when_told_to(shop: Profile) -> None:
    done = await ran(shop, "pub", "orders.audit", "{}", "-J", "--json")
    outcome = done.record("outcome")
    assert (done.code, outcome["state"], outcome["stream"]) == (0, "stored", "AUDIT")
    assert (await ran(shop, "pub", "orders.created", "x", "--count", "2")).code == 0
    refused = await ran(shop, "pub", "orders.created", "x", "--stream", "NOPE", "--timeout", "1")
    assert refused.code in (Exit.ERROR_STATUS, Exit.NO_RESPONDERS, Exit.TIMED_OUT)


async def test_every_state_has_a_code_and_a_name_that_stays() -> None:
    assert {state.slug: int(exit_of_state(state)) for state in State} == {
        "": 0,
        "waiting": 5,
        "answered": 0,
        "partly-answered": 6,
        "no-responders": 4,
        "timed-out": 5,
        "answered-late": 5,
        "refused": 7,
        "stored-only": 8,
        "service-error": 3,
        "link-lost": 9,
        "cancelled": 1,
        "stored": 0,
        "error-status": 12,
        "no-answer": 5,
    }
