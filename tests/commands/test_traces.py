"""What a run leaves outside of its state folder: nothing."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands.desk import MAIN, REPOSITORY, Desk, tree

COPIED = ("*.py", "*.toml", "*.md", ".gitignore", ".minijinja.toml")
ROOMS = (
    "bootstrap",
    "edges",
    "estate",
    "inventory",
    "kubernetes",
    "operations",
    "readiness",
    "rehearsal",
    "steps",
    "tree",
)


def _git(root: Path, *words: str) -> str:
    identity = ("-c", "user.name=operator", "-c", "user.email=operator@localhost", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", "-C", str(root), *identity, *words], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The repository as it stands, committed in a place of its own."""
    root = tmp_path / "clone"
    root.mkdir()
    for pattern in COPIED:
        for file in REPOSITORY.glob(pattern):
            shutil.copy(file, root)
    for room in ROOMS:
        shutil.copytree(REPOSITORY / room, root / room, ignore=shutil.ignore_patterns("__pycache__"))
    _git(root, "init", "--quiet")
    _git(root, "add", "--all")
    _git(root, "commit", "--quiet", "--message", "all")
    return root


@pytest.mark.needs("git")
def test_a_run_leaves_git_status_clean_and_the_home_alone(desk: Desk, clone: Path) -> None:
    """Typed in a fresh clone: no tracked file changes, none is added; ~/.kube/config and the rest of the home stay."""
    kubeconfig = desk.home / ".kube" / "config"
    kubeconfig.parent.mkdir()
    kubeconfig.write_text("the operator's own\n")
    home, here = tree(desk.home), replace(desk, root=clone)
    for words in (
        ("bootstrap", "--pace", "max"),
        ("bootstrap", "--until", "cilium"),
        ("plan",),
        ("status",),
        ("report",),
    ):
        ended = here.run(words[0], *MAIN, *words[1:])
        assert ended.code == 0, ended.end_of_it
    assert _git(clone, "status", "--porcelain") == ""
    assert tree(desk.home) == home
    assert sorted(path.name for path in desk.state.iterdir()) == ["main"]


def test_the_state_folder_is_for_its_owner_alone(finished: Desk) -> None:
    """Nobody else on this computer reads the journal or the world."""
    assert finished.folder.stat().st_mode & 0o777 == 0o700


def test_clusters_share_no_state(finished: Desk) -> None:
    """staging is bootstrapped beside main: not one byte of main's state changes."""
    before = tree(finished.folder)
    ended = finished.run("bootstrap", "--cluster", "staging", "--estate", "rehearsal", "--pace", "max")
    assert ended.code == 0, ended.end_of_it
    assert tree(finished.folder) == before
