"""Builds the wheel, installs it into an empty environment and uses it there: `make wheel`.

Further words are other Pythons to try it with, such as python3.13.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
USES = (
    (("--version",), "natstap 0."),
    (("--help",), "natstap COMMAND --help"),
    (("req", "orders.create", '{"item": "tea"}', "--demo"), "A-1001"),
    (("why", "stock.check", "--demo"), "Nobody listens"),
    (("completion", "bash"), "natstap"),
)
"""Words after natstap, and what it then prints."""
IMPORTS = "import engine, tui.app, engine.guides.reading as r; assert len(r.own_guides()) == 10"


def build(folder: Path) -> Path:
    """The wheel, made from the sdist, as a packager would."""
    _run(sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, python: str, folder: Path) -> Path:
    """The folder of the programs of a new environment that has the wheel."""
    if python == sys.executable:
        venv.create(folder, with_pip=True)
    else:
        _run(python, "-m", "venv", str(folder))
    _run(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", str(wheel))
    return folder / "bin"


def use(programs: Path, home: Path) -> None:
    home.mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    for words, told in USES:
        said = _run(str(programs / "natstap"), *words, cwd=home, env=env, codes=(0, 1, 3, 4))
        assert told in said, f"natstap {' '.join(words)} does not say {told!r}:\n{said}"
    _run(str(programs / "python"), "-c", IMPORTS, cwd=home, env=env)
    assert (programs.parent / "share" / "man" / "man1" / "natstap.1").exists()


def _run(
    *command: str,
    cwd: Path = ROOT,
    env: dict[str, str] | None = None,
    codes: Sequence[int] = (0,),
) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode in codes, f"{command} ended with {done.returncode}:\n{said[-3000:]}"
    return said


def main(*pythons: str) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        wheel = build(folder / "dist")
        for number, python in enumerate((sys.executable, *pythons)):
            use(install(wheel, python, folder / f"venv{number}"), folder / f"home{number}")
            print(f"{wheel.name} works with {python}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
