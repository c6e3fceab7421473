"""Copy as and paste: round trips, the real shell, the real CLI, and the programs run for real."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
import subprocess
import time
from asyncio.subprocess import DEVNULL
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from io import StringIO

import pytest
from helpers.drafts import DRAFTS, as_written
from helpers.outside import NATS, address, nats_cli, printed, running, signed_in
from helpers.peers import Tap
from hypothesis import given
from hypothesis import strategies as st

from engine import NatsBroker, NatsMessage, Profile
from engine.commands.copyas import WAYS, copy_as, nats_command
from engine.commands.paste import paste
from engine.commands.pipeline import read_pipeline
from engine.commands.shell import InvalidCommand, quote
from engine.commands.snippets import engine_code, faststream_code, nats_py_code
from engine.drafts.draft import Draft, Kind
from engine.drafts.send import send
from engine.drafts.template import Context
from engine.errors import InvalidInput, NoResponders
from engine.message import Message, text
from engine.responders.behaviour import Recipe
from engine.responders.reply import ReplyDraft
from engine.responders.responder import Responder

pytestmark = pytest.mark.one_server

# -- round trips -----------------------------------------------------------------------------

awkward = st.text(alphabet="ab1 '\"\\$`!{}|&;<>()*?~#@-=%\n\tü€\u202e\x1b\x7f", max_size=12)
values = awkward.map(lambda one: one.replace("\n", "").strip(" \t"))
names = st.from_regex(r"[!-9;-~]{1,6}", fullmatch=True)
subjects = st.from_regex(r"[!-)+-=?-~ü]{1,8}", fullmatch=True).map(
    lambda one: ".".join(filter(None, one.split("."))) or "a"
)
durations = st.integers(1, 10_000).map(lambda n: n / 1000)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """What can be sent, of every kind, with every awkward character where it may be."""
    kind = draw(st.sampled_from(Kind))
    timeout = draw(durations)
    draft = Draft(
        draw(subjects),
        draw(st.binary(max_size=12) | awkward.map(lambda one: one.encode())),
        kind,
        headers=tuple(draw(st.lists(st.tuples(names, values), max_size=3))),
        correlation_id=draw(values),
        timeout=timeout if kind is not Kind.PUBLISH else Draft("a").timeout,
        message_id=draw(values),
        adds_headers=draw(st.booleans()),
        expected_message_id=draw(values),
        expected_sequence=draw(st.none() | st.integers(0, 9)),
        ttl=draw(st.sampled_from(["", "5s"])),
    )
    if kind is Kind.MANY:
        gap = draw(st.none() | st.floats(0.001, 1).map(lambda one: round(one * timeout, 3)))
        replies, until_empty = draw(st.integers(0, 4)), draw(st.booleans())
        draft = replace(draft, replies=replies, gap=gap or None, until_empty=until_empty)
    if kind.streamed:
        draft = replace(draft, stream=draw(st.sampled_from(["", "S"])))
    return draft if kind.asks else replace(draft, reply_to=draw(st.just("") | subjects))


@given(drafts())
def test_a_command_without_notes_pastes_as_the_same_draft(draft: Draft) -> None:
    draft = as_written(draft)
    with suppress(InvalidInput):
        draft.check()
        copied = nats_command(draft)
        if not copied.notes:
            pasted = paste(copied.text)
            assert pasted.what == draft
            assert not pasted.notes


@given(drafts())
def test_whatever_is_copied_can_be_pasted(draft: Draft) -> None:
    with suppress(InvalidInput):
        draft.check()
        copied = nats_command(draft, count=3)
        pasted = paste(copied.text)
        assert isinstance(pasted.what, Draft)
        assert (pasted.what.subject, pasted.what.body) == (draft.subject, draft.body)
        assert pasted.count == 3


@pytest.mark.parametrize(
    "draft",
    [
        Draft("a", b"{{Count}}", templates=True),
        Draft("a.{{Count}}", b"x", headers=(("x", "{{ID}}"), ("y", "}}")), templates=True),
        Draft("a", b'{{"{{"}} {{Count}}', templates=True, message_id="{{ID}}"),
        Draft("a", b"{{Count}}", headers=(("x", "{{Count}}"),)),
        Draft("a", b"x", Kind.PUBLISH, reply_to="b", correlation_id="{{c}}"),
        Draft("a", b"x", Kind.STREAM_PUBLISH, reply_to="b", stream="S"),
        Draft("a", b"x", Kind.MANY, replies=5, gap=0.1, until_empty=True),
        Draft("a", b"x", Kind.MANY),
        Draft("a", b"x", Kind.MANY, until_empty=True, timeout=5),
        Draft("-a", b"-b", headers=(("-x", "1"), ("y", "@2"), ("x", "1"), ("x", "2"))),
        Draft("a", b"@file"),
        Draft("a", b"\xff\0%d\\n"),
        Draft("a", b"{}", headers=(("content-type", "text/plain"),)),
    ],
)
def test_these_round_trips_in_particular(draft: Draft) -> None:
    copied = nats_command(draft)
    assert not copied.notes
    assert paste(copied.text).what == as_written(draft)


def test_what_the_cli_cannot_do_is_noted() -> None:
    def notes(draft: Draft) -> str:
        return " ".join(nats_command(draft).notes)

    assert "cannot wait for the answer" in notes(Draft("a", kind=Kind.STREAM_REQUEST))
    assert "without a body" in notes(Draft("a", kind=Kind.MANY, replies=3))
    assert "plain request" in notes(Draft("a", kind=Kind.MANY, replies=1))
    assert "does not know {{item}}" in notes(Draft("a", b"{{item}}", templates=True))
    assert "secret" in notes(Draft("a", headers=(("Authorization", "Bearer abcdefghij"),)))
    assert not notes(Draft("a"))


def test_variables_are_written_in() -> None:
    draft = Draft("{{where}}.{{Count}}", b'{"who": "{{who}}"}', templates=True)
    copied = nats_command(draft, {"where": "a", "who": "{{ann}}"})
    assert not copied.notes
    made = paste(copied.text).what
    assert isinstance(made, Draft)
    assert made.rendered(Context()) == Draft("a.1", b'{"who": "{{ann}}"}', timeout=2)


def test_every_way_says_what_it_cannot_do() -> None:
    twice = Draft("a", b"{{x}}", Kind.MANY, headers=(("X", "1"), ("X", "2")), templates=True)
    copied = {way: copy_as(way, twice, {"x": "tea"}) for way in WAYS}
    assert all("tea" in one.text for one in copied.values())
    assert len(copied["FastStream"].notes) == 3
    assert [one.notes for one in copied.values()][1] == (
        "templates are rendered once, as for the first message",
    )
    secret = Draft("a", headers=(("Authorization", "Bearer abcdefghij"),))
    assert all("secret" in copy_as(way, secret).notes[-1] for way in WAYS)


# -- pasting ---------------------------------------------------------------------------------


def given_only(*fields: object, **more: object) -> Draft:
    """A draft to which natstap adds no header, as to what is pasted."""
    return Draft(*fields, **more, adds_headers=False)


def pasted(command: str) -> Draft:
    made = paste(command).what
    assert isinstance(made, Draft)
    return made


def test_what_the_cli_leaves_open_is_as_in_the_cli() -> None:
    assert pasted("nats req a b") == given_only("a", b"b", timeout=5)
    assert pasted("nats pub a b") == given_only("a", b"b", Kind.PUBLISH)
    assert pasted("nats request a b --replies 3") == given_only(
        "a", b"b", Kind.MANY, timeout=5, replies=3, gap=0.3, until_empty=True
    )
    assert pasted("nats req a b --replies=0") == given_only("a", b"b", Kind.MANY, timeout=5)
    assert pasted("nats publish -J a b") == given_only("a", b"b", Kind.STREAM_PUBLISH, timeout=5)


def test_how_people_write_commands() -> None:
    command = r"""
        # ask for an order
        $ nats --timeout=1m1.5s req -H"X: 1" --header 'Y:a:b' \
            orders."create" "{\"item\": \"tea\", \"price\": \"5\$\"}"   # done
    """
    assert pasted(command) == given_only(
        "orders.create",
        b'{"item": "tea", "price": "5$"}',
        headers=(("X", "1"), ("Y", "a:b")),
        timeout=61.5,
    )
    assert pasted("/usr/local/bin/nats req -rH X:1 a ''") == given_only(
        "a", headers=(("X", "1"),), timeout=5
    )
    assert pasted("echo hello | nats req a").body == b"hello\n"
    assert pasted("echo -n hello there | nats req a").body == b"hello there"
    assert pasted(r"printf 'a\n%%\x41' | nats req a").body == b"a\n%A"
    assert pasted(r"printf '%s' 'a\n' | nats req a").body == rb"a\n"
    assert pasted("nats req -- a -b").body == b"-b"
    assert pasted("nats req a $'\\'\\u20ac\\t'").body == "'€\t".encode()


def test_fields_are_filled_from_headers() -> None:
    draft = pasted(
        "nats pub -J a b -H Nats-Msg-Id:m -H Nats-Expected-Stream:S -H Nats-TTL:5s -H X:1 "
        "-H Nats-Expected-Last-Sequence:7 -H reply_to:r -H correlation_id:c "
        "-H content-type:text/plain"
    )
    assert draft == given_only(
        "a",
        b"b",
        Kind.STREAM_PUBLISH,
        headers=(("X", "1"), ("content-type", "text/plain")),
        correlation_id="c",
        timeout=5,
        reply_to="r",
        stream="S",
        message_id="m",
        expected_sequence=7,
        ttl="5s",
    )


def test_schedules_become_headers() -> None:
    draft = pasted("nats pub a b --schedule-every 5m --schedule-dest c --schedule-ttl 1h")
    assert draft.kind is Kind.STREAM_PUBLISH
    assert dict(draft.headers) == {
        "Nats-Schedule-Target": "c",
        "Nats-Schedule": "@every 5m0s",
        "Nats-Schedule-TTL": "1h0m0s",
    }
    after = pasted("nats pub a b --schedule-after 5m --schedule-dest c")
    assert dict(after.headers)["Nats-Schedule"].startswith("@at 20")


def test_many_times_and_slowly() -> None:
    made = paste("nats pub a b --count 10 --sleep 250ms --jitter 1s")
    assert (made.count, made.sleep) == (10, 0.25)
    assert "--jitter was dropped" in made.notes[0]
    assert paste("nats req a b --count=0").count == 32767


SECRETS = ("s3cret", "bob", "tok3n", "key.seed", "me.creds", "S3NV")


def test_no_secret_comes_along() -> None:
    made = paste(
        "NATS_PASSWORD=S3NV nats --user bob --password=s3cret --token tok3n --creds me.creds "
        "--nkey key.seed -s nats://bob:s3cret@h --context prod req a b --trace"
    )
    assert made.what == given_only("a", b"b", timeout=5)
    assert not any(one in repr(made) for one in SECRETS)
    for flag in ("NATS_PASSWORD", "--user", "--creds", "--server", "--context", "--trace"):
        assert any(one.startswith(f"{flag} was dropped") for one in made.notes)


def test_a_reply_is_a_responder() -> None:
    assert paste("nats reply 'svc.*' 'hi' -q g --sleep 1s --count 3 -H X:1").what == ReplyDraft(
        "svc.*",
        Recipe.CANNED,
        b"hi",
        (("X", "1"),),
        queue="g",
        most_delay=1,
        limit=3,
        adds_headers=False,
    )
    made = paste("nats reply svc 'hi {{.Request}}'").what
    assert isinstance(made, ReplyDraft)
    assert (made.recipe, made.queue) == (Recipe.TEMPLATE, "NATS-RPLY-22")
    assert "token of the subject" in paste("nats reply 'svc.*' 'to {{1}}'").notes[0]
    echo = paste("nats reply svc --echo")
    assert isinstance(echo.what, ReplyDraft)
    assert echo.what.recipe is Recipe.ECHO
    assert echo.what.echo_headers


@pytest.mark.parametrize("flag", ["--queue ''", "--queue=", "-q ''"])
def test_a_reply_without_a_queue_group_joins_none_of_others(flag: str) -> None:
    """The real CLI then subscribes without a group, and hears what each group hears."""
    pasted = paste(f"nats reply rep.a body {flag}")
    assert isinstance(pasted.what, ReplyDraft)
    assert pasted.what.queue == ""
    assert any("queue group" in note for note in pasted.notes)


def test_braces_that_nats_would_not_render() -> None:
    draft = pasted("nats req --no-templates a '{{Count}}' -H 'X:{{\"{{\"}}'")
    assert draft == given_only("a", b"{{Count}}", headers=(("X", "{{"),), timeout=5)
    mixed = pasted("nats req --no-templates a '{{Count}}' -H 'X:{{Count}}'")
    assert mixed.rendered(Context(4)).body == b"{{Count}}"
    assert mixed.rendered(Context(4)).headers == (("X", "4"),)


@pytest.mark.parametrize(
    "written",
    [
        "% nats req a b",
        "root@host:~# nats req a b",
        "# nats req a b",
        "ann@host ~/x > FOO=1 nats req a b",
        "PS C:\\\\> nats req a b",
        "```sh\n$ nats req a b\n```\n",
        "# ask\n\n$ nats req \\\n> a \\\n> b",
        "\ufeffnats\u00a0req a b",
        "sudo -E env FOO=1 nats req a b",
        "kubectl -n nats exec -it deploy/nats-box -- nats -s $NATS_URL req a b",
        "docker run --rm natsio/nats-box nats --no-context req a b",
        "nats req a b | jq .",
        "nats req a b > out.txt 2>&1 &",
        "nats req a b;",
    ],
)
def test_what_stands_around_a_command_is_no_part_of_it(written: str) -> None:
    made = paste(written)
    assert made.what == given_only("a", b"b", timeout=5)
    for dropped in ("FOO", "sudo", "kubectl", "docker", "--server", "| jq", "> out.txt", "2>&1"):
        wrapped = dropped in written or (dropped == "--server" and " -s " in written)
        assert wrapped == any(one.startswith(f"{dropped} was dropped") for one in made.notes)


def test_variables_of_the_shell_become_those_of_a_template() -> None:
    made = paste('nats req $TENANT.a -H "Authorization: Bearer ${TOKEN}" "it is $ID {{Count}}"')
    assert isinstance(made.what, Draft)
    given = {"TENANT": "acme", "TOKEN": "t", "ID": "7"}
    ready = made.what.rendered(Context(3, given))
    assert (ready.subject, ready.body) == ("acme.a", b"it is 7 3")
    assert ready.headers == (("Authorization", "Bearer t"),)
    assert [one.partition(" ")[0] for one in made.notes] == ["$TENANT", "$TOKEN", "$ID"]
    assert "NATSTAP_VAR_TOKEN" in made.notes[1]
    plain = pasted("nats req a '{{Count}} '\"$WHO\" --no-templates")
    assert plain.rendered(Context(3, {"WHO": "ann"})).body == b"{{Count}} ann"


HELP = re.compile(r"^ +(?:-(\w), )?--(\[no-\])?([\w-]+)(=\S+)?", re.MULTILINE)
VALUES = {
    "count": "7",
    "header": "x:y",
    "replies": "3",
    "send-on": "newline",
    "schedule-at": "2030-01-01T00:00:00Z",
}
BESIDE = {
    "--reply-timeout": "--replies=2",
    "--sleep": "--count=2",
    "--no-templates": "--header=x:{{ID}}",
}
"""What a flag needs beside it to mean anything."""


@nats_cli
@pytest.mark.parametrize("command", ["req", "pub", "reply"])
def test_no_flag_of_the_cli_is_dropped_in_silence(command: str) -> None:
    """Each that its help names changes what is meant, is told by name, or refused by name."""
    told = subprocess.run(["nats", command, "--help"], capture_output=True, text=True, check=True)
    flags: list[str] = []
    for short, off, name, value in HELP.findall(told.stdout):
        given = VALUES.get(name, "1s") if value else ""
        flags += [f"--{name}={given}" if value else f"--{name}", *([f"--no-{name}"] * bool(off))]
        flags += [f"-{short}{given}"] * bool(short)
    assert len(flags) > 30
    silent = [one for one in flags if not noticed(command, one)]
    assert silent == (["--templates"] if command != "reply" else [])  # what the CLI does anyway


def noticed(command: str, flag: str) -> bool:
    name = flag.partition("=")[0]
    beside = [BESIDE[name]] if name in BESIDE else []
    if name.startswith("--schedule-") and "dest" not in name:
        beside = ["--schedule-dest=c"]
    before = paste(shlex.join(["nats", command, "a", "{{Count}}", *beside]))
    try:
        after = paste(shlex.join(["nats", command, "a", "{{Count}}", *beside, flag]))
    except InvalidCommand as error:
        return name in str(error) and "has no flag" not in str(error)
    return after != before


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", "no nats command"),
        ("curl http://x", "no nats command"),
        ("$ | nats req a", "does not run"),
        ("nats", "natstap reads nats req"),
        ("nats stream ls", "not nats stream"),
        ("nats req", "names no subject"),
        ("nats req a b c", "'c' is too much"),
        ("nats req a b --nope", "has no flag --nope"),
        ("nats req a b -J", "has no flag -J"),
        ("nats req a b --count", "--count needs a value"),
        ("nats req a b --count x", "no whole number"),
        ("nats req a b --timeout soon", "not a duration"),
        ("nats req a b -H X", "no colon"),
        ("nats req a b --raw=1", "takes no value"),
        ("nats req a 'b", "no second '"),
        ('nats req a "b', 'no second "'),
        ("nats req a $'b", "no second '"),
        ('nats req a "${BODY:-x}"', "would replace"),
        ("nats req a $1", "would replace"),
        ("nats req a $$", "would replace"),
        ("nats req a b --count $N", r"--count holds \$N"),
        ("nats req a b -H $X:1", r"name of a header holds \$X"),
        ("nats reply $X b", r"subject holds \$X"),
        ("nats req a {b,c}", "braces apart"),
        ('nats req a {"a":1,"b":2}', "braces apart"),
        ("nats req a b --count ~/x", r"--count holds \$HOME"),
        ("nats req a “b c”", "no quote to a shell"),
        ("nats req a b –timeout 3s", "a dash that is none"),
        ("nats req a <<END\nb\n", "no line END"),
        ("nats req a <<END\n$(b)\nEND", "would replace"),
        ("nats req a b --help", "--help only makes nats tell"),
        ("nats --version", "--version only makes nats tell"),
        ("nats req a b --timeout 1s --timeout 2s", "--timeout is given twice"),
        ("nats req a b --templates --no-templates", "--templates is given twice"),
        ("nats pub a b --schedule-after 5m", "--schedule-dest is needed"),
        ("nats pub a b --schedule-at x --schedule-every 1m --schedule-dest c", "different times"),
        ("docker run nats", "no nats command"),
        ("nats req a $(date)", "would replace"),
        ("nats req a `date`", "shell's work|would run"),
        ('nats req a "`date`"', "would run"),
        ("nats req a < file", "reads no file"),
        ("nats req a b; rm -rf /", "shell's work"),
        ("nats req a b\nnats req c d", "more than one"),
        ("cat file | nats req a", "does not run cat"),
        ("nats req a @file", "names a file"),
        ("nats reply a --command 'rm -rf /'", "runs a program"),
        ("nats req 'a b' c", "has a space"),
        ("nats req 'a.*' c", "wildcards"),
    ],
)
def test_what_cannot_be_pasted_says_why(command: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        paste(command)


@given(st.text(max_size=40) | st.text(alphabet="nats req-JH='\"\\$|ab:\n", max_size=40))
def test_any_text_pastes_or_says_why(written: str) -> None:
    with suppress(InvalidInput):
        paste(f"nats req {written}")
    with suppress(InvalidInput):
        paste(written)


@pytest.mark.parametrize(
    "written",
    [
        f"nats req a {'$X' * 20_000}",
        "nats req a <<E\n" + "line\n" * 100_000 + "E",
        "x@" * 100_000 + " nats req a b",
        "$" * 100_000 + " nats req a b",
        f"nats req a {'{' * 100_000},",
    ],
)
def test_a_hostile_text_is_read_at_once(written: str) -> None:
    began = time.process_time()
    with suppress(InvalidInput):
        paste(written)
    assert time.process_time() - began < 20


# -- the real shell --------------------------------------------------------------------------

BASH = shutil.which("bash")


def words_of(line: str) -> list[str]:
    [command] = read_pipeline(line).commands
    return command.words


@pytest.mark.skipif(not BASH, reason="no bash here")
def test_bash_reads_the_words_as_they_were() -> None:
    assert BASH
    words = ["it's", 'a"b', "$HOME `x` \\", "\x1b[201~rm", "line\nbreak", "\u202e", "", "-x", "#"]
    words += [text(b"\xff\xfe"), "!", "*", "~", "a\\012", "é1"]
    line = f"printf '%s\\0' {' '.join(quote(one) for one in words)}"
    made = subprocess.run([BASH, "-c", line], capture_output=True, check=True).stdout
    assert [text(one) for one in made.split(b"\0")[:-1]] == words
    assert words_of(line)[2:] == words


@given(st.lists(awkward, max_size=4))
def test_words_are_read_as_they_were_quoted(words: list[str]) -> None:
    assert words_of(" ".join(quote(one) for one in words)) == words


@given(st.text(alphabet="ab '\"\\=-", max_size=12))
def test_words_are_read_as_the_standard_library_reads_them(line: str) -> None:
    with suppress(ValueError, InvalidCommand):
        assert words_of(f"x {line}") == shlex.split(f"x {line}")


def test_no_control_character_reaches_a_terminal() -> None:
    hostile = b"\x1b[201~\r\x07\xc2\x9b" + "\u202e\u2028".encode()
    copied = nats_command(Draft("a", hostile, headers=(("x", text(hostile).replace("\r", "")),)))
    assert all(one.isprintable() for one in copied.text)


# -- the real CLI, the real clients ----------------------------------------------------------

PROGRAMS = {"nats-py": nats_py_code, "faststream": faststream_code, "engine": engine_code}


def essence(message: Message) -> tuple[str, bytes, list[tuple[str, str]]]:
    """What should not depend on who sends: fresh ids and inboxes may differ."""
    fresh = ("correlation_id", "reply_to")
    kept = [one for one in message.headers.pairs if one[0] not in fresh and one[1]]
    return message.subject, message.body, sorted(kept)


async def services(connect) -> None:
    other = await connect()

    async def answer(message: NatsMessage) -> str:
        return f"got {len(message.body)}"

    other.subscriber("ask.*")(answer)
    other.subscriber("ask.*")(answer)
    other.subscriber("kept.*", stream="KEPT")(answer)
    await other.start()


async def own(profile: Profile, broker: NatsBroker, draft: Draft) -> Message:
    async with Tap(profile, "ask.*", "kept.*") as tap:
        await send(broker, draft)
        await tap.settle(broker.link)
    return tap.heard[0]


async def run_program(profile: Profile, program: str, monkeypatch) -> str:
    """In a thread, where it may have a loop of its own: a new interpreter costs a second."""
    monkeypatch.setenv("NATS_URL", address(profile))
    code = compile(program, "program", "exec")
    with redirect_stdout(StringIO()) as made:
        await asyncio.to_thread(exec, code, {"__name__": "__main__"})
    return made.getvalue()


@pytest.mark.parametrize(
    ("client", "which"),
    [
        (client, which)
        for client in PROGRAMS
        for which in DRAFTS
        if client != "faststream" or "repeated" not in which  # it cannot repeat a header
    ],
)
async def test_a_program_sends_the_same(
    connect, profile: Profile, broker: NatsBroker, client: str, which: str, monkeypatch
) -> None:
    draft = DRAFTS[which]
    await services(connect)
    expected = await own(profile, broker, replace(draft, message_id=draft.message_id and "first"))
    program = PROGRAMS[client](draft)
    assert profile.password not in program
    async with Tap(profile, "ask.*", "kept.*") as tap:
        made = await run_program(profile, program, monkeypatch)
        await tap.settle()
    subject, body, headers = essence(tap.heard[0])
    if body != expected.body:
        body = body.replace(b" ", b"")
        expected = replace(expected, body=expected.body.replace(b" ", b""))
    headers = [(name, "first" if name == "Nats-Msg-Id" else one) for name, one in headers]
    assert (subject, body, headers) == essence(expected)
    if draft.correlation_id:
        assert tap.heard[0].headers["correlation_id"] == draft.correlation_id
    if draft.kind.asks:
        wanted = 1 if client == "faststream" else draft.replies or 1
        assert made.count("got ") == wanted


@pytest.mark.skipif(not NATS or not BASH, reason="no nats CLI here")
@pytest.mark.parametrize("which", DRAFTS)
async def test_the_cli_sends_the_same(
    connect, profile: Profile, broker: NatsBroker, which: str
) -> None:
    assert BASH
    draft = DRAFTS[which]
    await services(connect)
    expected = await own(profile, broker, replace(draft, message_id=draft.message_id and "first"))
    async with Tap(profile, "ask.*", "kept.*") as tap:
        made = await printed(BASH, "-c", nats_command(draft).text, env=signed_in(profile))
        await tap.settle()
    subject, body, headers = essence(tap.heard[0])
    headers = [(name, "first" if name == "Nats-Msg-Id" else one) for name, one in headers]
    assert (subject, body, headers) == essence(expected)
    if draft.kind.asks and not draft.kind.streamed:
        assert made.count("got ") == (draft.replies or 1)


WRITTEN = {
    "here": 'nats req ask.a <<END\n{"a": "$WHO", "b": "\\$x \\\\ \\" \\a"}\nEND\n',
    "here, quoted": "nats req ask.a <<'END'\n$WHO `x` \\$\nEND",
    "here, tabs": "cat <<-END | nats req ask.a\n\t\ta\n\tEND\n",
    "here, a word": 'nats req ask.a <<<"it\'s $WHO"',
    "echo": "echo -en 'a\\tb\\n' | nats req ask.a",
    "printf": "printf '%s-%b%%\\n' 'a\\n' 'b\\n' | nats req ask.a",
    "variables": 'nats req ask.$WHO -H "X: ${WHO}" $"{{Count}} $WHO"',
    "continued": "nats req ask.a \\\n  'a\nb' \\\n  --count=1",
    "around": "FOO=1 env BAR=2 nats req ask.a b 2>/dev/null | cat",
}


@pytest.mark.skipif(not NATS or not BASH, reason="no nats CLI here")
@pytest.mark.parametrize("which", WRITTEN)
async def test_what_is_pasted_sends_what_bash_would(
    connect, profile: Profile, broker: NatsBroker, which: str, monkeypatch
) -> None:
    assert BASH
    monkeypatch.setenv("WHO", "ann")
    await services(connect)
    draft = pasted(WRITTEN[which])
    ready = draft.rendered(Context(variables={"WHO": "ann"}))
    async with Tap(profile, "ask.*", "kept.*") as tap:
        await printed(BASH, "-c", WRITTEN[which], env=signed_in(profile))
        await tap.settle()
    typed = [one for one in tap.heard[0].headers.pairs if one[0] == "X"]
    assert (tap.heard[0].subject, tap.heard[0].body) == (ready.subject, ready.body)
    assert typed == list(ready.headers)


@nats_cli
@pytest.mark.parametrize(
    "command",
    [
        "nats reply ask.a 'hi {{Request}}, no. {{Count}}' -H 'X: {{Count}}'",
        "nats reply 'ask.*' '{\"ok\": true}' -H X:1 -H X:2",
        "nats reply ask.a --echo -q workers",
    ],
)
async def test_a_pasted_reply_answers_as_nats_does(
    profile: Profile, broker: NatsBroker, command: str
) -> None:
    async def answers() -> list[tuple[bytes, list[str]]]:
        found = [await answered(broker, "ask.a") for _ in range(2)]
        return [(one.body, one.raw_headers.get_all("X")) for one in found]

    async with running(*shlex.split(command), stdout=DEVNULL, env=signed_in(profile)):
        theirs = await answers()
    what = paste(command).what
    assert isinstance(what, ReplyDraft)
    responder = Responder(broker, what)
    await responder.start()
    try:
        ours = await answers()
    finally:
        await responder.stop()
    assert ours == theirs


async def answered(broker: NatsBroker, subject: str) -> NatsMessage:
    """The answer of somebody who is about to listen."""
    async with asyncio.timeout(60):
        while True:
            with suppress(NoResponders):
                return await broker.request(b"tea", subject, timeout=10)


def test_the_home_folder_is_a_variable_of_the_shell_like_any_other() -> None:
    dropped = paste("~/bin/nats req a b --creds ~/x.creds")
    assert dropped.what == paste("nats req a b").what
    assert dropped.notes == ("--creds was dropped: natstap never copies credentials",)
    named = paste("nats req a ~/x")
    assert named.what.body == b"{{HOME}}/x"
    assert "$HOME became a variable" in named.notes[0]
    assert paste("nats req a x~/~ -H 'a:~/'").what == given_only(
        "a", b"x~/~", headers=(("a", "~/"),), timeout=5.0
    )


@pytest.mark.parametrize("name", ["A;b", 'A"b', "{{Count}}", "=C", "A/b", "A(b)", "[A]", "A@b"])
def test_a_header_that_nats_does_not_send_is_named(name: str) -> None:
    """Go's client finds that it could not read the header itself, and sends nothing."""
    pasted = paste(f"nats req a b -H '{name}: v'")
    assert isinstance(pasted.what, Draft)
    assert any(name in note for note in pasted.notes)
    assert any(name in note for note in nats_command(pasted.what).notes)


@pytest.mark.parametrize(
    "body",
    ['{{Count | printf "%d"}}', "{{(Count)}}", "a {{ Count |\n print }} b", "{{Count}}{{1|2}}"],
)
def test_what_only_gos_templates_know_is_refused_and_not_sent_as_text(body: str) -> None:
    with pytest.raises(InvalidInput, match="Go's"):
        paste(f"nats req a '{body}'")
    with pytest.raises(InvalidInput, match="Go's"):
        paste(f"nats reply a '{body}'")
