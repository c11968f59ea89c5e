"""A homelab for a whole lab: the repository's own inventory and trees in a checkout without uncommitted changes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.toolbox.key import user_cache
from lab.toolbox.toolbox import Toolbox
from tests.commands.desk import REPOSITORY, Desk
from tests.needs import not_run

CLUSTER = ("--cluster", "main")
LAB = (*CLUSTER, "--estate", "lab")
LONGEST_S = 900.0
_PARTS = ("inventory", "kubernetes", ".minijinja.toml", "tasks.py")
_GIT = ("git", "-c", "user.name=lab", "-c", "user.email=lab@example.invalid", "-c", "commit.gpgSign=false")


@contextmanager
def lab_desk(folder: Path, *words: str) -> Iterator[Desk]:
    """A desk whose commands are typed in a checkout of its own below `folder`; its lab is brought down at the end."""
    if missing := Toolbox().missing():
        not_run("the lab as a whole", f"`invoke tools`, which builds {', '.join(missing)}")
    root, home = folder / "checkout", folder / "home"
    home.mkdir()
    check_out(root)
    more = {"XDG_CACHE_HOME": str(user_cache().parents[1]), "PYTHONPATH": str(REPOSITORY)}
    desk = Desk(folder / "state", home, root, more, LONGEST_S)
    try:
        yield desk
    finally:
        down = desk.run("lab.down", *CLUSTER)
        assert down.code == 0, down.end_of_it


def check_out(root: Path) -> None:
    """What the lab reads of the repository, as one commit."""
    root.mkdir()
    for part in _PARTS:
        source = REPOSITORY / part
        if source.is_dir():
            shutil.copytree(source, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root)
    _git(root, "init", "--quiet", "--initial-branch=main")
    commit(root)


def commit(root: Path) -> None:
    """Whatever was changed in the checkout."""
    _git(root, "add", "--all")
    _git(root, "commit", "--quiet", "-m", "tree")


def _git(root: Path, *words: str) -> None:
    subprocess.run([*_GIT, *words], cwd=root, check=True, capture_output=True, timeout=60)


def inside(desk: Desk, line: str) -> str:
    """What a command line says inside the lab, as an operator's shell there runs it."""
    ended = desk.run("lab.shell", *CLUSTER, "--run", line)
    assert ended.code == 0, ended.end_of_it
    return ended.out
