"""The history of what was sent: across runs, bounded, searchable, without secrets, side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import whole_file
from engine.drafts.draft import Draft, Kind
from engine.drafts.template import Context
from engine.history.history import LARGEST_BODY, History, default_path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "history.jsonl"


def subjects(history: History) -> list[str]:
    return [one.draft.subject for one in history.entries()]


def test_it_is_there_in_the_next_run(path: Path) -> None:
    draft = Draft("a", b"\xff\0", Kind.STREAM_PUBLISH, headers=(("x", "1"), ("x", "\udcff")))
    History(path).add(draft, "answered", at=12.5)
    History(path).add(Draft("b"), at=13)
    [newest, oldest] = History(path).entries()
    assert newest.draft == Draft("b")
    assert (oldest.draft, oldest.outcome, oldest.at) == (draft, "answered", 12.5)


def test_what_came_of_it_after_all_is_what_the_next_run_reads(path: Path) -> None:
    history = History(path)
    first = history.add(Draft("a"), "timed out", at=1)
    history.add(Draft("a"), "timed out", at=2)
    history.amend(first, "answered late")
    assert [one.outcome for one in History(path).entries()] == ["timed out", "answered late"]
    removed = history.remove(first)
    assert [one.outcome for one in history.entries()] == ["timed out"]
    history.amend(first, "answered late")
    assert len(history.entries()) == 1
    history.restore(removed)
    assert [one.outcome for one in history.entries()] == ["timed out", "answered late"]


def test_what_a_template_became_is_kept_without_its_secrets(path: Path) -> None:
    draft = Draft(
        "quote.{{sku}}",
        b'{"pin": "{{pin}}", "password": "hunter2hunter2"}',
        headers=(("x-pin", "{{pin}}"),),
        templates=True,
    )
    sent = draft.rendered(Context(variables={"sku": "coffee", "pin": "4711"}))
    History(path).add(draft, "answered", sent=sent, hidden={"pin": "4711"})
    written = path.read_text()
    assert "4711" not in written
    assert "hunter2" not in written
    [entry] = History(path).search("quote.coffee")
    assert entry.draft.subject == "quote.{{sku}}"
    assert entry.shown.subject == "quote.coffee"
    assert entry.shown.headers == (("x-pin", "<pin>"),)
    assert entry.shown.body.startswith(b'{"pin": "<pin>", "password": "<')
    assert not entry.shown.templates


def test_the_same_twice_at_once_is_two(path: Path) -> None:
    history = History(path)
    twins = [history.add(Draft("a"), "answered", at=1) for _ in range(2)]
    assert len(history.entries()) == len(twins)


def test_without_a_file_it_is_empty(path: Path) -> None:
    history = History(path)
    assert history.entries() == ()
    history.clear()
    history.add(Draft("a"))
    assert subjects(history) == ["a"]
    history.clear()
    assert history.entries() == ()


def test_it_is_found_by_words(path: Path) -> None:
    history = History(path)
    history.add(Draft("orders.create", b'{"item": "Tea"}', headers=(("x-user", "ann"),)))
    history.add(Draft("orders.create", b'{"item": "cake"}'), "timed out")
    history.add(Draft("math.add", b"\xff"))
    assert len(history.search("")) == 3
    assert len(history.search("", most=2)) == 2
    assert [one.draft.body for one in history.search("tea ORDERS")] == [b'{"item": "Tea"}']
    assert len(history.search("x-user: ann")) == 1
    assert len(history.search("timed out")) == 1
    assert history.search("nothing") == ()
    assert history.subjects() == ("math.add", "orders.create")


def test_a_lock_that_is_never_given_back_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(whole_file, "LOCK_TIMEOUT", 0.05)
    History(path).add(Draft("a"))
    with path.with_name("history.jsonl.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="another natstap"):
            History(path).add(Draft("b"))
    History(path).add(Draft("c"))
    assert subjects(History(path)) == ["c", "a"]


def test_a_number_that_is_none_spoils_only_its_line(path: Path) -> None:
    history = History(path)
    history.add(Draft("a"))
    with path.open("ab") as file:
        file.write(b'{"at":1,"draft":{"subject":"b"},"left_out":Infinity}\n')
    assert (subjects(history), history.skipped) == (["a"], 1)


def test_it_keeps_so_many_and_no_more(path: Path) -> None:
    history = History(path, kept=20)
    for n in range(200):
        history.add(Draft(f"s.{n}", b"x" * 100))
        assert len(path.read_bytes().splitlines()) <= 26
    assert subjects(history) == [f"s.{n}" for n in range(199, 179, -1)]


def test_it_keeps_so_many_bytes(path: Path) -> None:
    history = History(path, most=10_000)
    for n in range(100):
        history.add(Draft(f"s.{n}", b"x" * 1000))
        assert path.stat().st_size <= 11_500
    assert subjects(history)[0] == "s.99"
    assert 3 <= len(history.entries()) <= 10


def test_a_large_body_is_left_out_and_said(path: Path) -> None:
    entry = History(path).add(Draft("a", bytes(LARGEST_BODY + 1)))
    assert (entry.left_out, entry.draft.body) == (LARGEST_BODY + 1, b"")
    assert History(path).entries() == (entry,) or History(path).entries()[0].left_out
    assert path.stat().st_size < 1000


def test_no_secret_is_written(path: Path) -> None:
    draft = Draft("a", b'{"password": "hunter2"}', headers=(("Authorization", "Basic aHVudGVy"),))
    History(path).add(draft)
    written = path.read_text()
    assert "hunter2" not in written
    assert "aHVudGVy" not in written
    [entry] = History(path).entries()
    assert entry.draft.headers == (("Authorization", "{{authorization}}"),)
    assert entry.draft.templates


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_nobody_else_may_read_it(path: Path) -> None:
    History(path).add(Draft("a"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


BROKEN = [b"", b"{", b"[]", b"7", b'{"at": 1}', b'{"at": "x", "draft": {"subject": "a"}}', b"\xff"]
BROKEN += [b'{"at": 1, "draft": {"sbject": "a"}}', b'{"at": 1, "draft": 5}', b"[" * 100_000]


def test_broken_lines_are_skipped_and_counted(path: Path) -> None:
    history = History(path)
    history.add(Draft("a"))
    with path.open("ab") as file:
        file.write(b"\n".join(BROKEN) + b'\n{"at": 1, "draft": {"subj')
    history.add(Draft("b"))
    assert subjects(history) == ["b", "a"]
    assert history.skipped == len(BROKEN) - 1 + 1


@given(st.binary(max_size=200))
def test_any_file_is_read(tmp_path_factory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(raw)
    History(path).add(Draft("a"))
    assert subjects(History(path))[0] == "a"


WRITER = """
import sys
from pathlib import Path
from engine.drafts.draft import Draft
from engine.history.history import History
history = History(Path(sys.argv[1]), kept=int(sys.argv[3]))
for n in range(200):
    history.add(Draft(f"{sys.argv[2]}.{n}", b"x" * (n * 37 % 3000)))
"""


@pytest.mark.parametrize("kept", [10_000, 50])
def test_several_write_side_by_side(path: Path, kept: int) -> None:
    home = Path(__file__).parents[2]
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name, str(kept)], cwd=home)
        for name in "abc"
    ]
    assert [one.wait(50) for one in writers] == [0, 0, 0]
    history = History(path, kept=kept)
    found = subjects(history)
    assert history.skipped == 0
    if kept == 50:
        assert len(found) == 50
        return
    for name in "abc":
        own = [one for one in found if one.startswith(f"{name}.")]
        assert own == [f"{name}.{n}" for n in range(199, -1, -1)]


def test_another_run_is_seen_without_being_told(path: Path) -> None:
    mine, other = History(path), History(path)
    assert mine.entries() == ()
    other.add(Draft("a"))
    assert subjects(mine) == ["a"]
    assert mine.entries() is mine.entries()


def test_lines_are_plain_json(path: Path) -> None:
    History(path).add(Draft("a", b"x"), "answered", at=1.0)
    line = json.loads(path.read_bytes())
    assert line == {"at": 1.0, "draft": {"subject": "a", "body": "x"}, "outcome": "answered"}


def test_the_usual_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_path().name == "history.jsonl"
    if sys.platform == "linux":
        assert default_path() == tmp_path / "natstap" / "history.jsonl"
