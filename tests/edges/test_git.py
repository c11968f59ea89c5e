"""Git: what is checked out, what the remote has, and that looking changes nothing."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from pathlib import Path

import pytest

from bootstrap.errors import Permanent, Transient
from edges.git_cli import GitCli
from edges.git_status import Status, parsed
from edges.shell import Shell
from estate.git import GitState

TREE = "kubernetes/main"


class Repository:
    """A checkout with a bare remote beside it, and a second clone of it (somebody else's)."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root, self.bare = folder, folder / "checkout", folder / "remote.git"
        self.other = folder / "other"
        run(folder, "init", "-q", "--bare", "-b", "main", str(self.bare))
        run(folder, "clone", "-q", str(self.bare), str(self.root))
        run(self.root, "checkout", "-q", "-b", "main")
        self.first = self.commit(self.root, f"{TREE}/a.yaml")
        run(self.root, "push", "-q", "origin", "main")
        run(folder, "clone", "-q", str(self.bare), str(self.other))

    @property
    def url(self) -> str:
        return self.bare.as_uri()

    @staticmethod
    def commit(at: Path, path: str, text: str = "a: 1\n") -> str:
        (at / path).parent.mkdir(parents=True, exist_ok=True)
        (at / path).write_text(text)
        run(at, "add", "-A")
        run(at, "commit", "-q", "-m", f"Change {path}")
        return run(at, "rev-parse", "HEAD")

    def git(self) -> GitCli:
        return GitCli(Shell(self.folder / "state"), self.root)

    def state(self, branch: str = "main", url: str = "") -> GitState:
        return asyncio.run(self.git().state(TREE, url or self.url, branch))

    def everything(self) -> dict[str, bytes]:
        """All files of the operator's repository with their content."""
        files = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files}


def run(at: Path, *words: str) -> str:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    env |= {
        f"GIT_{role}_{what}": "someone@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    ran = subprocess.run(
        ["git", "-C", str(at), *words], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    return ran.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setenv("HOME", str(tmp_path))
    return Repository(tmp_path)


def test_a_clean_pushed_checkout(repository: Repository) -> None:
    """HEAD is the remote's head."""
    assert repository.state() == GitState(repository.first, "main", (), repository.first, pushed=True)


def test_dirty_paths_are_those_below_the_tree(repository: Repository) -> None:
    """Changed, deleted, staged and new ones, with any letters in their names; ignored ones and other trees are not."""
    repository.commit(repository.root, f"{TREE}/gone.yaml")
    run(repository.root, "push", "-q", "origin", "main")
    (repository.root / TREE / "a.yaml").write_text("a: 2\n")
    (repository.root / TREE / "gone.yaml").unlink()
    (repository.root / TREE / "neu ö.yaml").write_text("")
    (repository.root / TREE / "staged.yaml").write_text("")
    run(repository.root, "add", f"{TREE}/staged.yaml")
    (repository.root / "elsewhere.yaml").write_text("")
    (repository.root / ".git" / "info" / "exclude").write_text("ignored\n")
    (repository.root / TREE / "ignored").write_text("")
    found = repository.state()
    assert set(found.dirty) == {f"{TREE}/{name}" for name in ("a.yaml", "gone.yaml", "neu ö.yaml", "staged.yaml")}
    assert found.pushed


def test_a_commit_that_is_not_pushed(repository: Repository) -> None:
    """The remote's head is known, and HEAD is not in it."""
    head = repository.commit(repository.root, f"{TREE}/b.yaml")
    found = repository.state()
    assert (found.commit, found.remote_commit, found.pushed) == (head, repository.first, False)


def test_a_remote_that_is_ahead_has_our_commit(repository: Repository) -> None:
    """Also when its newer commits were never fetched."""
    newer = repository.commit(repository.other, f"{TREE}/c.yaml")
    run(repository.other, "push", "-q", "origin", "main")
    found = repository.state()
    assert (found.commit, found.remote_commit, found.pushed) == (repository.first, newer, True)


def test_a_remote_that_went_another_way_has_not(repository: Repository) -> None:
    """Its newer commits were never fetched, and do not contain ours, which was never pushed."""
    repository.commit(repository.root, f"{TREE}/b.yaml")
    newer = repository.commit(repository.other, f"{TREE}/c.yaml")
    run(repository.other, "push", "-q", "origin", "main")
    found = repository.state()
    assert (found.remote_commit, found.pushed) == (newer, False)


def test_a_rewritten_branch_no_longer_has_our_commit(repository: Repository) -> None:
    """What was last fetched says otherwise, and is not believed."""
    run(repository.other, "checkout", "-q", "--orphan", "anew")
    newer = repository.commit(repository.other, f"{TREE}/a.yaml", "other: 1\n")
    run(repository.other, "push", "-q", "--force", "origin", "anew:main")
    found = repository.state()
    assert (found.remote_commit, found.pushed) == (newer, False)


def test_looking_changes_nothing(repository: Repository) -> None:
    """Neither refs nor index nor objects, also when the remote's commits had to be fetched; no folder is left."""
    repository.commit(repository.other, f"{TREE}/c.yaml")
    run(repository.other, "push", "-q", "origin", "main")
    os.utime(repository.root / TREE / "a.yaml", (1, 1))  # a plain `git status` would refresh the index now
    before = repository.everything()
    assert repository.state().pushed
    assert repository.everything() == before
    assert list((repository.folder / "state").iterdir()) == []


def test_descent(repository: Repository) -> None:
    """A commit descends from itself and from its ancestors, here or at the remote only; a strange one from nothing."""
    here = repository.commit(repository.root, f"{TREE}/b.yaml")
    there = repository.commit(repository.other, f"{TREE}/c.yaml")
    run(repository.other, "push", "-q", "origin", "main")

    async def descents() -> list[bool]:
        git = repository.git()
        strange = "0123456789012345678901234567890123456789"
        early = await git.descends(there, repository.first)
        await git.state(TREE, repository.url, "main")
        pairs = [(here, here), (here, repository.first), (repository.first, here), (there, repository.first),
                 (there, here), (strange, here), (here, strange)]  # fmt: skip
        return [early, *[await git.descends(*pair) for pair in pairs]]

    assert asyncio.run(descents()) == [False, True, True, False, True, False, False, False]


def test_descent_by_a_remote_that_is_away_is_transient(repository: Repository) -> None:
    """It may be answered later."""

    async def ask() -> bool:
        git = repository.git()
        await git.state(TREE, repository.folder.joinpath("nothing.git").as_uri(), "main")
        return await git.descends("0123456789012345678901234567890123456789", repository.first)

    with pytest.raises(Transient):
        asyncio.run(ask())


def test_a_detached_head_has_no_branch(repository: Repository) -> None:
    """Its commit counts."""
    run(repository.root, "checkout", "-q", "--detach")
    found = repository.state()
    assert (found.commit, found.branch, found.pushed) == (repository.first, "", True)


def test_a_missing_branch_is_said(repository: Repository) -> None:
    """One whose name only ends alike is not taken for it."""
    run(repository.root, "push", "-q", "origin", "main:refs/heads/old/release")
    found = repository.state(branch="release")
    assert (found.remote_commit, found.pushed, found.remote_error) == ("", False, "it has no branch release")


def test_a_remote_that_cannot_be_read_is_said(repository: Repository) -> None:
    """In git's own words, without a traceback."""
    found = repository.state(url=(repository.folder / "nothing.git").as_uri())
    assert found.commit == repository.first
    assert "nothing.git" in found.remote_error
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "127.0.0.1" in repository.state(url=f"http://127.0.0.1:{port}/x").remote_error


def test_a_silent_remote_ends_by_its_deadline(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the connection and says nothing."""
    monkeypatch.setattr("edges.git_cli.REMOTE_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = repository.state(url=f"http://127.0.0.1:{server.getsockname()[1]}/x")
    assert found.remote_error == "no answer within 1 s"


@pytest.mark.parametrize(
    "config",
    [
        "[status]\n\tshowUntrackedFiles = no\n\trelativePaths = true\n\tshort = true\n\tbranch = true\n",
        "[color]\n\tui = always\n[core]\n\tquotePath = true\n\tpager = false\n",
        "[core]\n\tfsmonitor = ./does-not-exist\n\taskPass = ./does-not-exist\n",
        "[diff]\n\tnoprefix = true\n[status]\n\trenames = copies\n\tsubmoduleSummary = true\n",
        "[init]\n\tdefaultBranch = trunk\n\ttemplateDir = ./does-not-exist\n[fetch]\n\tprune = true\n\tparallel = 8\n",
    ],
    ids=["status", "color", "programs", "diff", "init and fetch"],
)
def test_the_operators_settings_do_not_matter(repository: Repository, config: str) -> None:
    """The same answer with every one of them."""
    repository.commit(repository.other, f"{TREE}/c.yaml")
    run(repository.other, "push", "-q", "origin", "main")
    (repository.root / TREE / "neu ö.yaml").write_text("")
    plain = repository.state()
    (repository.folder / ".gitconfig").write_text(config)
    assert repository.state() == plain
    assert plain.pushed
    assert plain.dirty == (f"{TREE}/neu ö.yaml",)


def test_no_repository_is_permanent(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(Permanent, match="cannot read the checkout") as caught:
        asyncio.run(GitCli(Shell(tmp_path / "state"), tmp_path).state(TREE, "file:///x", "main"))
    assert "--root" in caught.value.next_action


def test_a_repository_without_a_commit_is_permanent(tmp_path: Path) -> None:
    """There is nothing that could be bootstrapped."""
    run(tmp_path, "init", "-q", "-b", "main")
    with pytest.raises(Permanent, match="no commit yet"):
        asyncio.run(GitCli(Shell(tmp_path / "state"), tmp_path).state(TREE, "file:///x", "main"))


def test_every_kind_of_entry_is_read() -> None:
    """As git-status(1) shows them: changed, unmerged, untracked; ignored ones are none."""
    zero, mode = "0" * 40, "100644"
    entries = [
        "# branch.oid abc", "# branch.head main", "# branch.upstream origin/main", "# branch.ab +1 -0",
        f"1 .M N... {mode} {mode} {mode} {zero} {zero} with a space", f"u UU N... {mode} {mode} {mode} {mode} "
        f"{zero} {zero} {zero} merge d", "? new one", "! ignored", "",
    ]  # fmt: skip
    assert parsed("\0".join(entries)) == Status("abc", "main", ("with a space", "merge d", "new one"))
