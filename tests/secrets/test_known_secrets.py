"""Values that are secret in this run, found however they are written, and what stays in place."""

from __future__ import annotations

import base64
import json
import logging
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Profile
from engine.drafts.draft import Draft
from engine.drafts.template import Context
from engine.responders.reply import ReplyDraft
from engine.secrets.conceal import conceal, conceal_error
from engine.secrets.known_secrets import KnownSecrets
from engine.secrets.logs import LOGGERS, concealed_logs
from engine.secrets.masked_draft import mask
from engine.secrets.render_apart import render_apart, restored
from engine.secrets.reply_secrets import holds_secret
from engine.secrets.secrets import without_secrets

TOKEN = 'zäune/&+ "und" <tore> \\ 7'
PLAIN = "correct-horse-battery"
KNOWN = KnownSecrets({"NATSTAP_VAR_TOKEN": TOKEN, "NATSTAP_VAR_DEPLOY": PLAIN})
RAW = TOKEN.encode()

WRITTEN = {
    "as it is": TOKEN,
    "in JSON": json.dumps({"a": TOKEN}),
    "in JSON of letters": json.dumps({"a": TOKEN}, ensure_ascii=False),
    "in JSON in JSON": json.dumps({"a": json.dumps({"b": TOKEN}, ensure_ascii=False)}),
    "in JSON of Go": json.dumps({"a": TOKEN}).replace("<", "\\u003c").replace("&", "\\u0026"),
    "in JSON where all is escaped": "".join(f"\\u{ord(one):04x}" for one in TOKEN),
    "in JSON in base64": base64.b64encode(json.dumps({"a": TOKEN}).encode()).decode(),
    "in XML of numbers": "".join(f"&#{ord(one)};" for one in TOKEN),
    "in a URL where all is escaped": "".join(f"%{one:02x}" for one in RAW),
    "in a URL in JSON": json.dumps({"a": f"/?q={quote(TOKEN)}"}),
    "in a URL": f"https://host/?q={quote(TOKEN, safe='')}&n=1",
    "in a path": f"https://host/{quote(TOKEN)}",
    "in a form": f"q={quote_plus(TOKEN)}&n=1",
    "in a form of small letters": f"q={quote_plus(TOKEN).lower()}&n=1",
    "in base64": base64.b64encode(RAW).decode(),
    "in base64 behind a user": base64.b64encode(b"ann:" + RAW).decode(),
    "in base64 behind two letters": base64.b64encode(b"ab" + RAW + b"cd").decode(),
    "in base64 for URLs": base64.urlsafe_b64encode(b"x" + RAW).decode().rstrip("="),
    "in hex": RAW.hex(),
    "in large hex": RAW.hex().upper(),
    "in XML": f"<a>{escape(TOKEN)}</a>",
    "in Python": repr(TOKEN),
}


def known_of(**values: str) -> KnownSecrets:
    return KnownSecrets({f"NATSTAP_VAR_{name}": value for name, value in values.items()})


@pytest.mark.parametrize("way", WRITTEN)
def test_a_known_value_is_left_out_however_it_is_written(way: str) -> None:
    written = f"before {WRITTEN[way]} after"
    shown = conceal(written, KNOWN)
    assert shown.left_out
    assert shown.left_out[0].startswith("token")
    assert shown.value.startswith("before ")
    assert shown.value.endswith(" after")
    assert not KNOWN.holds(shown.value)
    cleaned = without_secrets(Draft("a", written.encode()), KNOWN)
    assert cleaned.notes
    assert not KNOWN.holds(cleaned.draft.body.decode())


@pytest.mark.parametrize("way", ["body", "subject", "reply_to", "header", "correlation_id"])
def test_the_variable_whose_value_it_is_stands_in_its_place(way: str) -> None:
    fields = {
        "body": {"body": f'{{"x": "{PLAIN}"}}'.encode()},
        "header": {"headers": (("x-deploy", f"key {PLAIN}"),)},
    }
    draft = Draft(**({"subject": "a"} | fields.get(way, {way: f"a.{PLAIN}"})))
    cleaned = without_secrets(draft, KNOWN)
    assert PLAIN not in repr(cleaned.draft)
    assert cleaned.draft.templates
    again = cleaned.draft.rendered(Context(variables=KNOWN.variables))
    assert again == draft


def test_a_bearer_keeps_its_scheme_and_the_right_variable() -> None:
    draft = Draft("a", headers=(("Authorization", f"Bearer {PLAIN}"),))
    assert without_secrets(draft, KNOWN).draft.headers == (("Authorization", "Bearer {{deploy}}"),)


def test_a_name_beside_a_known_value_does_not_take_its_variable_away() -> None:
    body = f'{{"password": "{PLAIN}"}}'.encode()
    assert without_secrets(Draft("a", body), KNOWN).draft.body == b'{"password": "{{deploy}}"}'


def test_another_secret_does_not_get_the_name_of_a_variable_with_another_value() -> None:
    cleaned = without_secrets(Draft("a", b'{"token": "something-else"}'), KNOWN)
    assert cleaned.draft.body == b'{"token": "{{token_2}}"}'


def test_a_value_inside_of_an_action_takes_the_action_along() -> None:
    for body in (f'{{{{"{PLAIN}"}}}}', f'{{{{Header "{PLAIN}"}}}}', f"x{PLAIN}y {{{{ID}}}}"):
        cleaned = without_secrets(Draft("a", body.encode(), templates=True), KNOWN).draft
        assert PLAIN.encode() not in cleaned.body
        cleaned.check()


def test_variables_that_are_called_like_functions_are_asked_for_as_variables() -> None:
    known = known_of(iD="the-value-of-id", ID="another-value-of")
    known.learn_variable("ID", "yet-another-value")
    draft = Draft("a", b"yet-another-value")
    cleaned = without_secrets(draft, known).draft
    assert cleaned.body == b'{{Var "ID"}}'
    assert cleaned.rendered(Context(variables=known.variables)) == draft


def test_short_and_common_words_do_not_make_everything_a_secret() -> None:
    known = known_of(REGION="eu", TOKEN="7", PASSWORD="password")
    known.learn("nats_password", "nats")
    text = 'eu.77.a7 {"password": "x", "url": "nats://host", "n": 17}'
    assert conceal(text, known).value == text.replace('"x"', '"<password>"')
    assert conceal("code 7!", known).value == "code <token>!"


def test_the_values_of_nobody_change_nothing() -> None:
    written = "nothing secret in here"
    assert conceal(written).value == written
    assert conceal(written, KNOWN).value == written
    assert without_secrets(Draft("a", written.encode()), KNOWN).notes == ()


def test_bytes_and_headers_pass_as_texts_do() -> None:
    raw = b"\xff\x00" + PLAIN.encode() + b"\xfe"
    mask_of_its_length = b"<deploy>".ljust(len(PLAIN), b"*")
    assert conceal(raw, KNOWN).value == b"\xff\x00%b\xfe" % mask_of_its_length
    pairs = (("x-a", PLAIN), ("Authorization", "Basic c2VjcmV0"), ("x-b", "plain"))
    shown = conceal(pairs, KNOWN)
    assert shown.value == (("x-a", "<deploy>"), ("Authorization", "<Authorization>"), pairs[2])
    assert shown.left_out == ("deploy", "Authorization")
    assert conceal(Draft("a", raw), KNOWN).value.body == b"\xff\x00<deploy>\xfe"


def test_a_profile_gives_all_its_credentials() -> None:
    seed = f"SU{'A' * 56}"
    jwt = f"eyJ{'a' * 20}.{'b' * 20}.{'c' * 20}"
    creds = f"-----BEGIN NATS USER JWT-----\n{jwt}\n---\n{seed}\n"
    profile = Profile(
        servers=("nats://ann:in-the-url@host:4222",),
        password="profile-password",
        token="profile-token",
        credentials=creds,
        nkey_seed=f"SU{'B' * 56}",
        user_jwt=f"{jwt}x",
    )
    known = KnownSecrets()
    known.learn_profile(profile)
    for value in (seed, jwt, "in-the-url", profile.password, profile.token, profile.nkey_seed):
        assert known.holds(f"x {value} y"), value
        assert value not in repr(known)


def test_the_environment_gives_what_the_nats_cli_takes() -> None:
    environ = {
        "NATS_PASSWORD": "env-password",
        "NATS_TOKEN": "env-token-1",
        "NATS_URL": "nats://a:first-pw@h1, tls://second-token@h2",
        "NATS_CREDS": "/home/you/user.creds",
    }
    known = KnownSecrets(environ)
    for value in ("env-password", "env-token-1", "first-pw", "second-token"):
        assert known.holds(value)
    assert not known.holds("/home/you/user.creds")


def test_a_masked_draft_has_the_names_of_values_that_have_plain_names() -> None:
    draft = Draft("a", b"{{deploy}} {{item}}", templates=True)
    masked = mask(draft, {"deploy": PLAIN, "item": "tea"}, KNOWN)
    assert masked.hidden == ("deploy",)
    assert masked.variables == {"deploy": "<deploy>", "item": "tea"}


@pytest.mark.parametrize("field", ["body", "more", "headers", "error", "service", "durable"])
def test_a_responder_with_a_known_value_is_found(field: str) -> None:
    values: dict[str, object] = {
        "body": PLAIN.encode(),
        "more": (b"a", PLAIN.encode()),
        "headers": (("x", PLAIN),),
    }
    draft = ReplyDraft("a", **{field: values.get(field, f"x{PLAIN}")})  # type: ignore[arg-type]
    assert holds_secret(draft, KNOWN)
    assert not holds_secret(draft)


# -- logs and tracebacks ---------------------------------------------------------------------


@pytest.mark.parametrize("name", LOGGERS)
def test_what_is_logged_holds_no_secret(name: str, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger(name)
    with concealed_logs(KNOWN), caplog.at_level(logging.INFO, name):
        logger.info("connecting with %s", PLAIN)
        try:
            raise ValueError(f"cannot read {PLAIN}")
        except ValueError:
            logger.exception("failed at %r", {"password": "hunter2hunter2"})
    assert "connecting with <deploy>" in caplog.text
    assert "ValueError: cannot read <deploy>" in caplog.text
    assert PLAIN not in caplog.text
    assert "hunter2hunter2" not in caplog.text


def test_a_traceback_tells_of_the_error_and_its_cause_without_secrets() -> None:
    def fail() -> None:
        try:
            int(PLAIN)
        except ValueError as error:
            raise RuntimeError(f"nats://ann:{PLAIN}@host") from error

    with pytest.raises(RuntimeError) as caught:
        fail()
    told = conceal_error(caught.value, KNOWN)
    assert PLAIN not in told
    assert "invalid literal for int()" in told
    assert "RuntimeError" in told


# -- a template, sent and made a template again ----------------------------------------------

ACTIONS = ('{{Var "token"}}', "{{token}}", "{{deploy}}", "{{ID}}", "{{Count}}", '{{"{{"}}')
BODIES = st.lists(
    st.sampled_from((*ACTIONS, "{", "}", '"', "x", "ä", "\n")),
    max_size=8,
)


@given(BODIES)
def test_both_renderings_say_the_same(parts: list[str]) -> None:
    """What is kept renders to what was sent, chance and time included, and holds no value."""
    safe = "".join(f"{part} " if part in "{}" else part for part in parts)
    draft = Draft("a", safe.encode(), headers=(("x", safe.replace("\n", "")),), templates=True)
    variables = {"token": TOKEN, "deploy": PLAIN}
    rendered = render_apart(draft, Context(variables=variables), variables)
    if rendered.kept is None:
        assert "token" not in safe
        assert "deploy" not in safe
        return
    assert not KNOWN.holds(repr(rendered.kept.body.decode()))
    assert rendered.kept.rendered(Context(variables=variables)) == rendered.draft
    again = restored(rendered.draft, rendered)
    assert again.rendered(Context(variables=variables)) == rendered.draft


@pytest.mark.parametrize("before", ["{", "{{", "{{{", "}", "}}"])
def test_braces_that_touch_a_variable_mean_themselves(before: str) -> None:
    written = "".join(f'{{{{"{one}"}}}}' for one in before) + "{{token}}" + "}"
    draft = Draft("a", written.encode(), templates=True)
    rendered = render_apart(draft, Context(variables={"token": PLAIN}), {"token": PLAIN})
    assert rendered.draft.body.decode() == f"{before}{PLAIN}}}"
    assert rendered.kept is not None
    assert rendered.kept.rendered(Context(variables={"token": PLAIN})) == rendered.draft
