"""Collections: files that people read, never a secret, errors that name file and line."""

from __future__ import annotations

import json
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import NatsBroker
from engine.collection.collection import Collection
from engine.collection.files import InvalidCollection
from engine.collection.toml import write_toml
from engine.drafts.draft import Draft, Kind
from engine.drafts.send import send
from engine.drafts.template import Context
from engine.errors import InvalidInput
from engine.responders.behaviour import Recipe
from engine.responders.reply import ReplyDraft
from engine.secrets.secrets import _Cleaner, without_secrets

SEED = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY"
JWT = "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5In0.eyJqdGkiOiJBQkMifQ.c2lnbmF0dXJl"


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection(tmp_path / "requests")


DRAFT = Draft(
    "orders.create",
    b'{\n  "item": "tea",\n  "qty": 2\n}\n',
    Kind.MANY,
    headers=(("x-tenant", "acme"), ("x-tenant", "second")),
    replies=3,
    gap=0.25,
)


def test_a_file_is_what_a_person_would_write(collection: Collection) -> None:
    assert collection.save("orders/create", DRAFT) == ()
    written = (collection.folder / "orders" / "create.toml").read_text()
    assert (
        written
        == """\
subject = "orders.create"
kind = "request_many"
headers = [
    "x-tenant: acme",
    "x-tenant: second",
]
replies = 3
gap = 0.25
body = '''
{
  "item": "tea",
  "qty": 2
}
'''
"""
    )
    assert collection.read("orders/create") == DRAFT


def test_requests_and_responders_are_loaded_by_name(collection: Collection) -> None:
    answer = ReplyDraft("svc.*", Recipe.FAILING, error="no", error_code="500", most_delay=2)
    collection.save("b", answer)
    collection.save("a/x", DRAFT)
    collection.save("a/x", replace(DRAFT, replies=4))
    loaded = collection.load()
    assert [(one.name, one.what) for one in loaded.saved] == [
        ("a/x", replace(DRAFT, replies=4)),
        ("b", answer),
    ]
    assert not loaded.errors
    collection.delete("b")
    assert [one.name for one in collection.load().saved] == ["a/x"]
    with pytest.raises(InvalidCollection, match="No such file"):
        collection.delete("b")


def test_a_folder_that_is_not_there_is_empty(collection: Collection) -> None:
    assert collection.load().saved == ()
    assert collection.environments() == ()


bodies = st.binary(max_size=20) | st.text(alphabet="a'\"\\\r\n\t\0 {}é", max_size=12).map(
    str.encode
)


@given(bodies)
def test_any_body_is_kept_byte_for_byte(tmp_path_factory, body: bytes) -> None:
    collection = Collection(tmp_path_factory.getbasetemp() / "any")
    collection.save("x", Draft("a", body))
    assert collection.read("x") == Draft("a", body)


plain = st.text(st.characters(codec="utf-8"), max_size=12)


@given(
    st.dictionaries(
        plain,
        plain | st.integers(-(1 << 63), 1 << 62) | st.booleans() | st.floats() | st.lists(plain),
        max_size=4,
    )
)
def test_toml_is_read_as_it_was_written(fields) -> None:
    assert repr(sorted(tomllib.loads(write_toml(fields)).items())) == repr(sorted(fields.items()))


# -- errors ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "line", "words"),
    [
        ('subject = "a"\nkind = ', 2, "not valid TOML"),
        ('subject = "a"\n\nbdy = "x"\n', 3, "bdy: natstap knows no such field"),
        ('subject = "a"\ntimeout = "2"\n', 2, "timeout: '2' is not a number"),
        ('kind = "request"\n', 0, "subject: it is missing"),
        ('kind = "responder"\nsubject = "a"\nrecipe = "x"\n', 3, "recipe: 'x' is none of"),
        ("subject = \"a\"\nbody = '''\nx", 3, "quotes around the text do not close"),
        ("subject = a\n", 1, "text stands between quotes"),
        ('subject = "a"\nsubject = "b"\n', 2, "it is there twice"),
        ('sbject = "a"\n', 1, "sbject: natstap knows no such field: subject is near"),
        ('subject = "a"\nheaders = [\n  "x: 1",\n  "y 2",\n]\n', 4, "no colon"),
        ('subject = "a"\n\n[headers]\nx = "1"\n', 3, "it is a list of"),
        ('subject = "a b"\n', 1, "subject: it has a space"),
        ('subject = "a"\ntimeout = -1\n', 2, "timeout: it is longer"),
        ('kind = "publish"\nsubject = "a"\nreply_to = "b c"\n', 3, "reply to: it has a space"),
        ('subject = "a"\nheaders = ["a b: c"]\n', 2, "headers: 'a b': a name is"),
        ("subject = 'a'\ntemplates = true\nbody = '''\n{\n{{if}}\n}'''\n", 5, "if is Go's"),
        ('kind = "responder"\nsubject = "a"\nfail_chance = 5\n', 3, "fail chance"),
        ('kind = "responder"\nsubject = ">"\n', 2, "invalid subject '>'"),
        ("a = 1\n<<<<<<< HEAD\nb = 1\n=======\nb = 2\n>>>>>>> x\n", 2, "git left a conflict"),
        ('subject = "a"\nheaders = [\n"x: y", "token: z"]\n', 2, "write {{token}} there with"),
        ("subject = 'a'\nbody = '{\"token\": \"z\"}'\n", 2, "NATSTAP_VAR_TOKEN"),
        ("kind = 'responder'\nsubject = 'a'\nbody = '{\"pwd\": \"z\"}'\n", 3, "a secret"),
    ],
)
def test_a_bad_file_is_named_with_its_line(
    collection: Collection, written: str, line: int, words: str
) -> None:
    collection.save("good", DRAFT)
    path = collection.folder / "bad.toml"
    path.write_text(written)
    loaded = collection.load()
    assert [one.name for one in loaded.saved] == ["good"]
    [error] = loaded.errors
    assert (error.path, error.line) == (path, line)
    assert words in str(error)
    assert str(path) in str(error)
    assert (f"line {line}" in str(error)) == bool(line)


def test_nothing_in_a_file_hides_from_its_reader(collection: Collection) -> None:
    hidden = Draft("a", "pay \u202e001\u202c\n\u200b\U000e0041\ttea é\n".encode())
    collection.save("x", hidden)
    written = (collection.folder / "x.toml").read_text()
    assert written.replace("\n", "").isprintable()
    assert "tea é" in written
    assert collection.read("x") == hidden


def test_bytes_that_are_no_text_are_named(collection: Collection) -> None:
    collection.folder.mkdir()
    (collection.folder / "bad.toml").write_bytes(b'subject = "a"\nbody = "\xff"')
    [error] = collection.load().errors
    assert (error.line, "not UTF-8" in str(error)) == (2, True)


@pytest.mark.parametrize("name", ["", "../x", "/x", "a//b", ".x", "a/.git", "x\\y", "env.x", "a/"])
def test_a_name_stays_in_the_folder(collection: Collection, name: str) -> None:
    with pytest.raises(InvalidCollection):
        collection.save(name, DRAFT)
    with pytest.raises(InvalidCollection):
        collection.read(name)
    assert not collection.folder.exists()


def test_a_failed_write_leaves_what_was_there(collection: Collection) -> None:
    collection.save("x", DRAFT)
    with pytest.raises(InvalidCollection, match="UTF-8"):
        collection.save("x", Draft("a", headers=(("x", "\udcff"),)))
    assert collection.read("x") == DRAFT
    assert [one.name for one in collection.folder.iterdir()] == ["x.toml"]
    (collection.folder / "y.toml").mkdir()
    with pytest.raises(InvalidCollection):
        collection.save("y", DRAFT)
    assert sorted(one.name for one in collection.folder.iterdir()) == ["x.toml", "y.toml"]


# -- secrets ---------------------------------------------------------------------------------

SECRET = (
    Draft("a", headers=(("Authorization", "Bearer abcdefgh"),)),
    Draft("a", headers=(("x-api-key", "abcdefgh"),)),
    Draft("a", headers=(("x-anything", f"Bearer {JWT}"),)),
    Draft("a", headers=(("X-Session-Id", "1"), ("Cookie", "a=b"))),
    Draft("a", b'{"user": "ann", "password" : "abcdefgh"}'),
    Draft("a", f"seed: {SEED}".encode()),
    Draft("a", f"my {JWT}!".encode()),
    Draft("a", b'{"token": "x{{Count}}"} {{', headers=(("passphrase", "{{"),)),
)


PEM = "-----BEGIN PRIVATE KEY-----\nabcdefgh\n-----END PRIVATE KEY-----"
SECRET_TEXTS = (
    '{"pwd": "abcdefgh", "dbPassword": "abcdefgh"}',
    '{"password": 12345678, "ok": [1, 2]}',
    '{"password": ["abcdefgh", {"old": "abcdefgh"}]}',
    '{"pass\\u0077ord": "abcdefgh"}',
    '{"body": "{\\"password\\": \\"abcdefgh\\"}"}',
    '{"torn": 1, "auth": {"key": "abcdefgh", ',
    '{"env": "A=1\\nexport API_KEY=abcdefgh\\n"}',
    "{'password': 'abcdefgh'}",
    "user=ann&password=abcdefgh",
    "Server=db;Pwd='abcdefgh';",
    "user: ann\npassword: abcdefgh\n",
    "POST /x\r\nAuthorization: abcdefgh\r\n",
    "<login><password>abcdefgh</password></login>",
    "nats://abcdefgh@host:4222",
    "Bearer abcdefgh",
    "AKIAABCDEFGHABCDEFGH".replace("ABCDEFGH", "IOSFODNN"),
    "ghp_abcdefghabcdefghabcdefghabcdefghabcd",
    PEM,
    json.dumps({"key": PEM}),
)


@pytest.mark.parametrize("body", SECRET_TEXTS)
@pytest.mark.parametrize("templates", [False, True])
def test_a_secret_is_found_in_any_text(body: str, templates: bool) -> None:
    draft = Draft("a", body.encode(), templates=templates)
    clean = without_secrets(draft)
    assert clean.notes
    for secret in ("abcdefgh", "12345678", "IOSFODNN"):
        assert secret not in clean.draft.body.decode()
    assert without_secrets(clean.draft).draft is clean.draft


@pytest.mark.parametrize(
    "field", ["subject", "correlation_id", "reply_to", "message_id", "expected_subject"]
)
def test_a_secret_is_found_in_every_field(collection: Collection, field: str) -> None:
    draft = replace(Draft("a", kind=Kind.STREAM_PUBLISH), **{field: f"a.{SEED}"})
    [note] = collection.save("x", draft)
    assert field.replace("_", " ") in note
    assert SEED not in (collection.folder / "x.toml").read_text()


def test_different_secrets_are_different_variables() -> None:
    body = b'{"token": "one", "more": {"token": "two"}, "again": {"token": "one"}}'
    clean = without_secrets(Draft("a", body, headers=(("token", "three"),))).draft
    given = {"token": "three", "token_2": "one", "token_3": "two"}
    made = clean.rendered(Context(variables=given))
    assert (made.body, made.headers) == (body, (("token", "three"),))


texts = st.text(st.sampled_from("{}[]\",:'\\\n =password1uetok&<>/-"), max_size=60)


@given(texts)
def test_what_is_around_a_secret_stays_as_it_was(body: str) -> None:
    """Whatever was taken for a secret, its variable brings the same text back."""
    draft = Draft("a", body.encode())
    cleaner = _Cleaner(draft)
    cleaned = Draft("a", cleaner.text(body, "it").encode(), templates=True)
    assert cleaned.rendered(Context(variables=cleaner.names)).body == draft.body


@pytest.mark.parametrize("draft", SECRET)
def test_no_file_holds_a_secret(collection: Collection, draft: Draft) -> None:
    notes = collection.save("x", draft)
    assert notes
    assert all("became a variable" in one for one in notes)
    written = (collection.folder / "x.toml").read_text()
    for secret in ("abcdefgh", SEED, JWT, JWT[-10:], "a=b", "x{{Count}}"):
        assert secret not in written
        assert not any(secret in one for one in notes)
    assert collection.save("x", collection.read("x")) == ()  # type: ignore[arg-type]


def test_the_variable_is_asked_for_when_it_is_sent() -> None:
    draft = Draft("a", b'{{"}}', headers=(("Authorization", "Bearer abcdefgh"), ("x", "{{")))
    clean = without_secrets(draft).draft
    assert clean.headers[0] == ("Authorization", "{{authorization}}")
    made = clean.rendered(Context(variables={"authorization": "Bearer abcdefgh"}))
    assert made == draft
    with pytest.raises(InvalidInput, match="no variable 'authorization'"):
        clean.rendered(Context())


def test_a_hostile_body_is_searched_for_secrets_at_once() -> None:
    began = time.process_time()
    assert without_secrets(Draft("a", b"eyJ-" * 500_000)).notes == ()
    assert time.process_time() - began < 20


@pytest.mark.parametrize("before", ["", "Bearer ", "session-", "a.b-c-"])
def test_a_token_is_found_behind_anything(before: str) -> None:
    clean = without_secrets(Draft("a", f"it is {before}{JWT}".encode())).draft
    assert JWT[:40].encode() not in clean.body


def test_a_password_in_a_url_is_a_secret() -> None:
    body = b'{"db": "postgres://app:hunter2@db/x", "see": "http://a:80/x@y", "at": "12:30"}'
    clean = without_secrets(Draft("a", body)).draft
    assert clean.body == body.replace(b"hunter2", b"{{secret}}")
    own = Draft("a", b"nats://{{user}}:{{password}}@host", templates=True)
    assert without_secrets(own).draft is own


def test_what_is_no_secret_stays() -> None:
    for draft in (
        DRAFT,
        Draft("a", headers=(("Authorization", "Bearer {{token}}"),), templates=True),
        Draft("a", headers=(("Authorization", ""),)),
        Draft("a", b'{"password": "{{password}}"}', templates=True),
        Draft("a", b"\xff\0"),
        Draft("a", b'{"secretary": "ann", "max_tokens": 100, "author": "x", "pin": null}'),
        Draft("a", b"the password: nobody knows it; token = request.token"),
        Draft("a", b"?token={{token}}&x=1", templates=True),
        Draft("a", b'{"token": "{{ID}}", "otp": "{{Random 6 6}}"}', templates=True),
        Draft("a", b'{"password": ""}'),
    ):
        assert without_secrets(draft).draft is draft


def test_a_responder_with_a_secret_is_refused(collection: Collection) -> None:
    with pytest.raises(InvalidCollection, match="holds a secret"):
        collection.save("x", ReplyDraft("a", Recipe.CANNED, b'{"token": "abc"}'))
    assert collection.load().saved == ()
    asked = ReplyDraft("a", Recipe.TEMPLATE, b'{"token": "{{.Body.token}}"}')
    collection.save("x", asked)
    assert collection.read("x") == asked


# -- variables -------------------------------------------------------------------------------


def test_variables_per_environment(collection: Collection) -> None:
    collection.save_variables("staging", {"host": "h", "tenant": 'a"b\n'})
    collection.save_variables("prod", {"host": "p"})
    assert collection.environments() == ("prod", "staging")
    assert collection.variables("staging", {}) == {"host": "h", "tenant": 'a"b\n'}
    own = {"NATSTAP_VAR_TOKEN": "t", "NATSTAP_VAR_HOST": "mine", "PATH": "x"}
    given = collection.variables("prod", own)
    assert (given["token"], given["host"], given["TOKEN"]) == ("t", "mine", "t")
    assert "PATH" not in given
    assert collection.variables("", {}) == {}
    assert collection.load().saved == ()


def test_a_secret_variable_is_refused_and_told_where_it_belongs(collection: Collection) -> None:
    for variables in ({"api_token": "x"}, {"thing": f"Bearer {JWT}"}):
        with pytest.raises(InvalidCollection, match=r"set NATSTAP_VAR_[A-Z_]+ in the environment"):
            collection.save_variables("x", variables)
    (collection.folder).mkdir()
    (collection.folder / "env.x.toml").write_text('a = "1"\ntoken = "abc"\n')
    with pytest.raises(InvalidCollection, match="line 2: token is a secret"):
        collection.variables("x", {})
    (collection.folder / "env.x.toml").write_text("a-b = 1\n")
    with pytest.raises(InvalidCollection, match="line 1: 'a-b' cannot be a variable"):
        collection.variables("x", {})
    (collection.folder / "env.x.toml").write_text("a = 1\nb = [2]\n")
    with pytest.raises(InvalidCollection, match="line 2: b is neither"):
        collection.variables("x", {})
    with pytest.raises(InvalidCollection, match="cannot be a variable"):
        collection.save_variables("x", {"a b": "1"})
    with pytest.raises(InvalidCollection, match="No such file"):
        collection.variables("nope", {})


def test_each_environment_has_secrets_of_its_own(collection: Collection) -> None:
    collection.keep_variables("staging", {"host": "s", "token": "of-staging"})
    collection.keep_variables("live", {"host": "l", "token": "of-live"})
    assert collection.variables("staging", {})["token"] == "of-staging"
    assert collection.variables("live", {})["token"] == "of-live"
    assert "token" not in collection.variables("", {})
    assert collection.variables("staging", {"NATSTAP_VAR_TOKEN": "t"})["token"] == "t"
    assert collection.secrets == ("token of live", "token of staging")


@pytest.mark.parametrize("number", ["9" * 5000, "0x" + "f" * 5000, "0b" + "1" * 90])
def test_a_number_that_is_too_long_spoils_only_its_file(
    collection: Collection, number: str
) -> None:
    collection.save("good", Draft("x"))
    bad = collection.folder / "bad.toml"
    for field in ("timeout", "expected_sequence", 'kind = "responder"\nlimit'):
        bad.write_text(f'subject = "a"\n{field} = {number}\n')
        loaded = collection.load()
        assert [one.name for one in loaded.saved] == ["good"]
        assert [one.why for one in loaded.errors] == ["a number is too long to be meant"]
        assert loaded.errors[0].line == bad.read_text().count("\n")


def test_what_could_not_be_undone_can_be_tried_again(collection: Collection) -> None:
    collection.save("a/b", Draft("x"))
    collection.delete("a/b")
    folder = collection.folder / "a"
    folder.rmdir()
    folder.write_text("in the way")
    with pytest.raises(InvalidCollection, match="Not a directory"):
        collection.undo()
    folder.unlink()
    assert collection.undo() == "deleting a/b"
    assert collection.read("a/b") == Draft("x")


async def test_a_saved_request_is_sent(collection: Collection, broker: NatsBroker) -> None:
    async def answer(body):
        return body

    broker.subscriber("staging.orders")(answer)
    await broker.start()
    draft = Draft("{{where}}.orders", b"hi {{who}}", templates=True)
    collection.save("hi", draft)
    collection.save_variables("staging", {"where": "staging", "who": "ann"})
    [saved] = collection.load().saved
    assert isinstance(saved.what, Draft)
    context = Context(variables=collection.variables("staging", {}))
    assert (await send(broker, saved.what, context)).replies[0].body == b"hi ann"
