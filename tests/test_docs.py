"""README and docs say what is so: commands and examples run, files are read, links lead somewhere.

cli.md, content.md, engine.md and recording.md have tests of their own.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from helpers.outside import printed, signed_in

from engine.collection.collection import Collection
from engine.drafts.draft import Draft
from engine.filter.completion import terms
from engine.filter.lens import Lens
from engine.guides.reading import own_guides, parse_guide
from engine.responders.reply import ReplyDraft
from engine.server.server import EmbeddedServer
from tui.__main__ import parser
from tui.cli.commands import find_command
from tui.demo_words import missing_flow, split_demo
from tui.settings import read_settings
from tui.web_flags import SERVE_WEB, web_parser

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
OWN_TESTS = {"cli.md", "content.md", "engine.md", "recording.md"}
PAGES = [ROOT / "README.md", *(page for page in DOCS.glob("*.md") if page.name not in OWN_TESTS)]
INSTALLERS = ("pip", "pipx", "uvx")
"""What they install is tried by `make wheel`."""
PLAIN = re.compile(r"'?(?:natstap(?:\[(\w+)\])?|\.)'?")
RUN = """
import sys
from tui.__main__ import main
for words in {commands!r}:
    code = main(words)
    print(">>>", code, words, flush=True)
"""


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)


def commands() -> list[list[str]]:
    """Every line of every shell block."""
    found = []
    for page in sorted(PAGES):
        for block in blocks(page, "sh"):
            lines = (line for line in block.splitlines() if line.strip())
            found += [shlex.split(line, comments=True) for line in lines]
    return [words for words in found if words]


NATSTAP = [words[1:] for words in commands() if words[0] == "natstap"]
PRINTING = [words for words in NATSTAP if find_command(words) is not None]
DRAWING = [words for words in NATSTAP if words not in PRINTING]


def test_every_command_is_one_that_a_test_runs() -> None:
    assert len(NATSTAP) > 6
    assert {words[0] for words in commands()} <= {"natstap", "make", *INSTALLERS}


def test_what_make_is_told_to_do_it_knows() -> None:
    targets = [words[1] for words in commands() if words[0] == "make"]
    assert targets
    subprocess.run(["make", "-n", *targets], cwd=ROOT, check=True, capture_output=True)


def test_what_is_installed_is_this_with_extras_that_there_are() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for words in (each for each in commands() if each[0] in INSTALLERS):
        named = [found for word in words if (found := PLAIN.fullmatch(word))]
        assert named, words
        wanted = {found[1] for found in named if found[1]}
        assert wanted <= set(extras["optional-dependencies"])


@pytest.mark.parametrize("words", DRAWING, ids=" ".join)
def test_flags_of_commands_that_draw_are_taken(words: list[str]) -> None:
    if words[:1] == [SERVE_WEB]:
        own, _, words = (shlex.join(words[1:]) + " ").partition(" -- ")
        web_parser().parse_args(own.split())
        words = words.split()
    flow, rest = split_demo(words)
    assert not missing_flow(flow or "", "natstap")
    parser().parse_args(rest)


async def test_commands_that_print_run(tmp_path: Path) -> None:
    """All of them in one process, in a folder with what the docs say that stands there."""
    collection = Collection(tmp_path / "natstap")
    (request,) = blocks(DOCS / "collections.md", "toml")
    (responder,) = blocks(DOCS / "responders.md", "toml")
    collection.folder.mkdir()
    (collection.folder / "create.toml").write_text(request)
    (collection.folder / "check.toml").write_text(responder)
    assert PRINTING
    ending = [["0.1s" if word == "10m" else word for word in words] for words in PRINTING]
    shortly = [words if "--demo" in words else [*words, "--demo"] for words in ending]
    env = {**os.environ, "NATSTAP_VAR_TENANT": "acme"}
    told = await printed(sys.executable, "-c", RUN.format(commands=shortly), env=env, cwd=tmp_path)
    codes = re.findall(r"^>>> (\d)", told, re.MULTILINE)
    assert codes == ["0"] * len(PRINTING), told


# -- files and examples --------------------------------------------------------------------


def test_a_guide_a_responder_a_request_and_settings_are_read_as_they_are_printed(
    tmp_path: Path,
) -> None:
    (guide,) = blocks(DOCS / "guides.md", "toml")
    assert len(parse_guide(Path("mine.guide.toml"), guide).steps) == 3
    for page, kind in (("collections.md", Draft), ("responders.md", ReplyDraft)):
        (text,) = blocks(DOCS / page, "toml")
        (tmp_path / "thing.toml").write_text(text)
        assert isinstance(Collection(tmp_path).read("thing"), kind)
    (text,) = blocks(DOCS / "configuration.md", "toml")
    (tmp_path / "settings.toml").write_text(text)
    assert not read_settings(tmp_path / "settings.toml").problems


def test_the_tables_of_docs_have_what_there_is() -> None:
    guides, filters = ((DOCS / f"{name}.md").read_text() for name in ("guides", "filter"))
    assert all(f"| `{guide.name}` |" in guides for guide in own_guides())
    for term in terms():
        assert f"| `{term.usage.replace('|', chr(92) + '|')}` |" in filters
    for line in "".join(re.findall(r"```\n(.*?)```", filters, re.DOTALL)).splitlines():
        Lens.parse(line)


EXAMPLES = blocks(DOCS / "library.md", "python")


def test_there_are_three_examples() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize("code", EXAMPLES, ids=["request", "many", "stored"])
async def test_an_example_runs(code: str, server: EmbeddedServer) -> None:
    await printed(sys.executable, "-c", code, env=signed_in(server.profile()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_a_page_names_is_there(page: Path) -> None:
    for name in re.findall(r"\]\((?!http)([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / name).exists(), name
