"""Templates: what the nats CLI knows, what is ours, and errors that point."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from random import Random

import pytest
from helpers.outside import nats, nats_cli
from helpers.peers import Tap
from hypothesis import given
from hypothesis import strategies as st

from engine import Profile
from engine.drafts.template import Context, Template, TemplateError, escape, render, render_bytes
from engine.message import Headers

NOW = datetime(2026, 11, 23, 15, 4, 5, 678900, timezone(timedelta(hours=2)))
ASKED = Context(
    count=7,
    now=NOW,
    random=Random(1),
    variables={"tenant": "acme", "Odd Name": "x"},
    subject="orders.tea.create",
    body=b'{"item": "tea", "qty": 2, "rows": [{"a": true}], "none": null, "price": 4.5}',
    headers=Headers([("x-user", "ann"), ("x-user", "bob")]),
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{{Count}} {{Cnt}} {{.Count}} {{ .Cnt }}", "7 7 7 7"),
        ("{{Unix}}", "1795439045"),
        ("{{.UnixNano}}", "1795439045678900000"),
        ("{{TimeStamp}}", "2026-11-23T15:04:05+02:00"),
        ("{{Time}}", "3:04PM"),
        ("{{0}}-{{1}}-{{2}}", "orders-tea-create"),
        ("{{Subject}}", "orders.tea.create"),
        ("{{.Body.item}}", "tea"),
        ("{{.Body.qty}} {{.Body.price}} {{.Body.none}}", "2 4.5 null"),
        ("{{.Body.rows.0.a}} {{.Body.rows}}", 'true [{"a": true}]'),
        ('{{Header "x-user"}}', "ann"),
        ('{{Var "tenant"}} {{tenant}} {{Var "Odd Name"}}', "acme acme x"),
        ('{{"{{"}} {{`}}`}} {{"a\\tb"}}', "{{ }} a\tb"),
        ("a {{- Count -}} b", "a7b"),
        ("a{{/* a }} comment */}}b", "ab"),
        ('{"a":{"b":{{Count}}}}', '{"a":{"b":7}}'),
        ("}} { }{", "}} { }{"),
        ("\udcff{{Count}}\0", "\udcff7\0"),
    ],
)
def test_what_becomes_of_it(written: str, expected: str) -> None:
    assert Template.parse(written).render(ASKED) == expected


def test_the_request_itself() -> None:
    assert ASKED.body is not None
    assert render("<{{.Request}}>", ASKED) == f"<{ASKED.body.decode()}>"
    assert render_bytes(b"\xff{{Request}}", Context(body=b"\x80")) == b"\xff\x80"


def test_midnight_is_twelve_and_utc_is_z() -> None:
    context = Context(now=datetime(2026, 1, 1, 0, 5, tzinfo=timezone.utc))  # noqa: UP017
    assert render("{{Time}} {{TimeStamp}}", context) == "12:05AM 2026-01-01T00:05:00Z"


def test_ids_and_random_texts() -> None:
    ids = {render("{{ID}}", Context()) for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9]{22}", one) for one in ids)
    lengths = {len(render("{{Random 20 10}}", Context())) for _ in range(500)}
    assert lengths == set(range(10, 21))
    assert render("{{Random 0 0}}", Context()) == ""


@pytest.mark.parametrize(
    ("written", "position", "words"),
    [
        ("ab{{Count", 2, "unclosed {{"),
        ('{{"a}}', 0, "unclosed {{"),
        ("{{}}", 0, "nothing between"),
        ("x{{Random 10}}", 1, "needs a number and a number"),
        ("{{Random 1 a}}", 0, "needs a number"),
        ("{{Random 1 99999999}}", 0, "at most"),
        ("{{Header x}}", 0, "in quotes"),
        ("{{Count 1}}", 0, "takes nothing"),
        ("{{if true}}", 0, "Go's"),
        ("{{Count | printf}}", 8, "pipes"),
        ("{{.Foo}}", 0, "not known"),
        ("{{foo.bar}}", 0, "not known"),
        ('{{"a\\x41"}}', 2, "strange"),
        ('{{"\\ud800"}}', 2, "strange"),
        ("{{" + "9" * 5000 + "}}", 0, "not known"),
        ("{{Random 1 " + "0" * 5000 + "}}", 0, "at most"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(written: str, position: int, words: str) -> None:
    with pytest.raises(TemplateError, match=re.escape(words)) as caught:
        Template.parse(written)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{{missing}}", "no variable 'missing'"),
        ("{{9}}", "has 3 tokens"),
        ('{{Header "X-User"}}', "no header 'X-User'"),
        ("{{.Body.no}}", "no field 'no'"),
        ("{{.Body.rows.5}}", "no field '5'"),
        ("{{.Body.rows." + "9" * 5000 + "}}", "no field '9999"),
    ],
)
def test_what_the_request_does_not_have(written: str, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        render(written, ASKED)


@pytest.mark.parametrize("written", ["{{Request}}", "{{0}}", "{{.Body}}", "{{Subject}}"])
def test_without_a_request_there_is_none(written: str) -> None:
    with pytest.raises(TemplateError, match="there is no request here"):
        render(written, Context())


def test_half_a_character_in_json_is_no_text() -> None:
    body = rb'{"half": "a\ud800", "pair": "\ud83c\udf75", "odd": ["\udfff"]}'
    made = render("{{.Body.half}} {{.Body.pair}} {{.Body.odd}}", Context(body=body))
    assert made == 'a\ufffd \U0001f375 ["\ufffd"]'


def test_a_body_that_is_no_json_or_far_too_deep() -> None:
    for body in (b"tea", b"[" * 200_000, b"\xff"):
        with pytest.raises(TemplateError, match="no JSON"):
            render("{{.Body.a}}", Context(body=body))


def test_the_line_is_named_too() -> None:
    with pytest.raises(TemplateError, match="line 2, character 3"):
        Template.parse("one\nab{{")


def test_variables_can_be_listed_and_filled_in() -> None:
    template = Template.parse('{{tenant}}.{{Var "x"}}.{{tenant}}.{{Count}}')
    assert template.variables == ("tenant", "x")
    assert template.fill({"tenant": "a{"}) == 'a{{"{"}}.{{Var "x"}}.a{{"{"}}.{{Count}}'
    assert Template.parse(template.fill({"tenant": "{{"})).variables == ("x",)


@given(st.text())
def test_any_text_can_be_escaped(plain: str) -> None:
    assert Template.parse(escape(plain)).render(Context()) == plain


@given(st.text(alphabet='{}"`|-. \\/*abCount1\n'))
def test_whatever_is_written_renders_or_says_why(written: str) -> None:
    with suppress(TemplateError):
        render(written, ASKED)


@given(st.text(alphabet='{"`\\a} '), st.text())
def test_filled_values_come_out_as_they_are(around: str, value: str) -> None:
    template = Template.parse(
        escape(around) + "{{v}}{{v}}" if not around.endswith("{") else "{{v}}"
    )
    filled = Template.parse(template.fill({"v": value})).render(Context())
    assert filled == template.render(Context(variables={"v": value}))


def test_hostile_quotes_take_no_time() -> None:
    for bad in ("{{" + '"' * 50_001, "{{" + "`a" * 50_001, "{{" + "a " * 50_000, "{{{" * 20_000):
        with pytest.raises(TemplateError):
            Template.parse(bad)


def test_a_sample_is_always_the_same() -> None:
    written = "{{ID}}{{Random 5 9}}{{TimeStamp}}"
    assert render(written, Context.sample()) == render(written, Context.sample())


def test_json_of_a_field_is_json() -> None:
    assert json.loads(render("{{.Body}}", ASKED)) == json.loads(ASKED.body or b"")


# -- beside the real CLI -----------------------------------------------------------------------

ALIKE = (
    "{{Count}} {{Cnt}} {{.Count}} {{ .Cnt }}",
    "{{Unix}}|{{.Unix}}|{{UnixNano}}",
    "{{TimeStamp}}|{{.TimeStamp}}",
    "{{Time}}|{{.Time}}",
    "{{ID}}|{{.ID}}|{{ID}}",
    "{{Random 10 20}}|{{ Random 5 5 }}|{{Random 0 0}}|{{Random 20 10}}",
    '{{"text"}}{{"{{"}}{{`raw }}`}}',
    "a {{- Count -}} b {{/* nothing */}}c",
    '{"a":{"b":{{Count}}}} }} {',
    "{{\n Count\n}} é ☃",
)


def shape(rendered: str) -> str:
    """What must be alike: all, but for which digits and letters came of time and chance."""
    seconds = re.sub(r"\b1[0-9]{9}\b", "<seconds>", rendered)
    nanos = re.sub(r"\b1[0-9]{18}\b", "<nanoseconds>", seconds)
    clock = re.sub(r"\b\d{1,2}:\d\d[AP]M\b", "<time>", nanos)
    stamp = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", r"<stamp>\1", clock)
    return re.sub(r"\b[a-zA-Z0-9]{22}\b", "<id>", stamp)


@nats_cli
async def test_the_cli_makes_the_same_of_them(profile: Profile) -> None:
    async with Tap(profile, "tpl.*") as tap:
        for at, written in enumerate(ALIKE):
            header = f"X:{written.strip()}"
            await nats(profile, "pub", f"tpl.{at}", written, "-q", "-H", header)
        await tap.settle()
        theirs = [tap.on(f"tpl.{at}")[0].body.decode() for at in range(len(ALIKE))]
    ours = [render(written, Context()) for written in ALIKE]
    for their, our, written in zip(theirs, ours, ALIKE, strict=True):
        if "Random 10 20" in written:
            lengths = [[len(one) for one in made.split("|")] for made in (their, our)]
            assert [sizes[1:3] for sizes in lengths] == [[5, 0]] * 2
            assert all(10 <= sizes[at] <= 20 for sizes in lengths for at in (0, 3))
        else:
            assert shape(our) == shape(their)
