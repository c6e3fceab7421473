"""Checks in the files of a collection: kept, refused with their line, and never with a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.checks.checks import NO_CHECKS, Checks
from engine.collection.collection import Collection, LoadedCollection, Saved
from engine.collection.files import InvalidCollection
from engine.drafts.draft import Draft
from engine.runs.plan import InvalidPlan, plan_run
from engine.secrets.known_secrets import KnownSecrets

EXPECTS = Checks.read({"expect": {"state": "answered", "json": {"$.total": 8.4}}})


def test_saving_a_request_again_keeps_what_it_expects(tmp_path: Path) -> None:
    collection = Collection(tmp_path)
    collection.save("a", Draft("a.b", b"{\n}"), EXPECTS)
    collection.save("a", Draft("a.c", b"2"))
    assert collection.read_saved("a") == Saved("a", Draft("a.c", b"2"), EXPECTS)
    assert collection.load().saved[0].checks == EXPECTS
    collection.save("a", Draft("a.c"), NO_CHECKS)
    assert "expect" not in (tmp_path / "a.toml").read_text()


@pytest.mark.parametrize(
    ("written", "line", "words"),
    [
        ('subject = "a"\n\n[expect]\nstate = "nope"\n', 4, "expect.state"),
        ('subject = "a"\n[expect.json]\n"$.x" = 1\n"$.[" = 2\n', 4, "not a path"),
        ('subject = "a"\n[expect]\nschema = { type = "x" }\n', 3, "not a JSON schema"),
        ('subject = "a"\n[expect.json]\n"$.password" = "sesame"\n', 3, "holds a secret"),
        ('kind = "responder"\nsubject = "a"\nneeds = "b"\n', 3, "only requests"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, written: str, line: int, words: str
) -> None:
    (tmp_path / "x.toml").write_text(written)
    with pytest.raises(InvalidCollection, match=words) as told:
        Collection(tmp_path).read("x")
    assert told.value.line == line


def test_no_file_gets_a_secret_that_is_expected(tmp_path: Path) -> None:
    known = KnownSecrets()
    known.learn("token", "sesame-open-now")
    collection = Collection(tmp_path, known)
    checks = Checks.read({"expect": {"json": {"$.echo": "sesame-open-now"}}})
    with pytest.raises(InvalidCollection, match="holds a secret"):
        collection.save("a", Draft("a"), checks)
    assert list(tmp_path.iterdir()) == []


def saved(name: str, *needs: str) -> Saved:
    return Saved(name, Draft(name.replace("/", ".")), Checks(needs=needs))


def test_what_is_needed_goes_first_and_once() -> None:
    loaded = LoadedCollection(
        (saved("a", "login"), saved("b", "a", "login"), saved("login"), saved("z"))
    )
    assert [one.name for one in plan_run(loaded, ["b"])] == ["login", "a", "b"]
    assert [one.name for one in plan_run(loaded)] == ["login", "a", "b", "z"]


def test_a_folder_is_all_that_is_in_it() -> None:
    loaded = LoadedCollection((saved("orders/a"), saved("orders/b"), saved("other")))
    assert [one.name for one in plan_run(loaded, ["orders/"])] == ["orders/a", "orders/b"]


@pytest.mark.parametrize(
    ("names", "words"),
    [(["a"], "a needs b needs a"), (["lgin"], "try login"), (["c"], "c needs nothing-there")],
)
def test_what_cannot_be_planned_is_refused(names: list[str], words: str) -> None:
    loaded = LoadedCollection(
        (saved("a", "b"), saved("b", "a"), saved("login"), saved("c", "nothing-there"))
    )
    with pytest.raises(InvalidPlan, match=words):
        plan_run(loaded, names)


def test_a_file_that_cannot_be_read_spoils_the_run_of_all(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("subject")
    collection = Collection(tmp_path)
    collection.save("good", Draft("a"))
    with pytest.raises(InvalidCollection):
        plan_run(collection.load())
    assert len(plan_run(collection.load(), ["good"])) == 1
    with pytest.raises(InvalidCollection):
        plan_run(collection.load(), ["bad"])
