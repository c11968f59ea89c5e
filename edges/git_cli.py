"""Git by the `git` command: what is checked out here, and what Flux will find at the remote.

Nothing of the operator's repository changes: no ref, no index, no fetched object. Commits that only the remote has are
fetched into a repository of the run's own that borrows the operator's objects, and is removed at once.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bootstrap.errors import Permanent, Transient
from edges.command import Completed, DeadlinePassed, succeeded
from edges.git_status import parsed
from edges.shell import Shell
from estate.git import GitState

LOCAL_S, REMOTE_S, FETCH_S = 30.0, 30.0, 120.0
_SETTINGS = (
    "--no-optional-locks",  # a look does not refresh the operator's index
    "-c", "core.fsmonitor=false",
    "-c", "core.askPass=",  # a credential helper may answer; nobody is asked
    "-c", "http.lowSpeedLimit=1",
    "-c", "http.lowSpeedTime=20",
)  # fmt: skip
_LONGEST = 300


class GitCli:
    """A Git. root: the checkout, or a folder in it."""

    def __init__(self, shell: Shell, root: Path) -> None:
        self._shell, self._root = shell, root
        self._remote: tuple[str, str] | None = None

    async def state(self, tree: str, url: str, branch: str) -> GitState:
        """Raises Permanent when there is no repository or no commit in it. A remote that cannot be read is a part of
        the state."""
        self._remote = (url, branch)
        status = await self._local("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all",
                                   "--no-renames", "--", tree)  # fmt: skip
        if status.exit_code != 0:
            raise _no_repository(self._root, status)
        here = parsed(status.stdout)
        if not here.commit:
            raise Permanent(f"{self._root} has no commit yet", "commit the tree, then run the same command again")
        found = GitState(here.commit, here.branch, here.dirty, remote_commit="", pushed=False)
        try:
            remote = await self._head_of(url, branch)
            return replace(found, remote_commit=remote, pushed=await self._is_behind(here.commit, remote))
        except Transient as error:
            return replace(found, remote_error=error.sentence)

    async def descends(self, commit: str, ancestor: str) -> bool:
        """As the port says. A commit that is not here is looked for on the branch that `state` was last asked for.
        Raises Transient when that cannot be read now."""
        return commit == ancestor or await self._is_behind(ancestor, commit)

    async def _head_of(self, url: str, branch: str) -> str:
        ref = f"refs/heads/{branch}"
        listed = await self._ask("ls-remote", "--", url, ref, deadline_s=REMOTE_S)
        heads = [line.split("\t")[0] for line in listed.stdout.splitlines() if line.endswith(f"\t{ref}")]
        if not heads:
            raise Transient(f"it has no branch {branch}")
        return heads[0]

    async def _is_behind(self, ancestor: str, commit: str) -> bool:
        """Whether `commit` is `ancestor` or a descendant of it."""
        if ancestor == commit:
            return True
        if await self._has(commit):
            return await self._has(ancestor) and await self._related(self._root, ancestor, commit)
        if self._remote is None:
            return False
        async with self._borrowing(*self._remote) as folder:
            known = [await self._has(each, folder) for each in (ancestor, commit)]
            return all(known) and await self._related(folder, ancestor, commit)

    async def _has(self, commit: str, folder: Path | None = None) -> bool:
        found = await self._local("cat-file", "-e", f"{commit}^{{commit}}", folder=folder)
        return found.exit_code == 0

    async def _related(self, folder: Path, ancestor: str, commit: str) -> bool:
        said = await self._local("merge-base", "--is-ancestor", ancestor, commit, folder=folder)
        return said.exit_code == 0

    @asynccontextmanager
    async def _borrowing(self, url: str, branch: str) -> AsyncIterator[Path]:
        """A bare repository with the remote's branch, and the operator's objects beside its own."""
        where = succeeded(await self._local("rev-parse", "--path-format=absolute", "--git-path", "objects"))
        with tempfile.TemporaryDirectory(prefix="git-", dir=self._state_dir()) as name:
            folder = Path(name)
            succeeded(await self._local("init", "--quiet", "--bare", "--template=", ".", folder=folder))
            (folder / "objects" / "info").mkdir(exist_ok=True)
            (folder / "objects" / "info" / "alternates").write_text(f"{where.stdout.strip()}\n")
            await self._ask("fetch", "--quiet", "--no-tags", "--", url, f"refs/heads/{branch}",
                            deadline_s=FETCH_S, folder=folder)  # fmt: skip
            yield folder

    def _state_dir(self) -> Path:
        self._shell.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._shell.state_dir

    async def _ask(self, *words: str, deadline_s: float, folder: Path | None = None) -> Completed:
        """Something of the remote. Raises Transient with what was said, whatever it was: a look goes on without."""
        try:
            completed = await self._git(words, deadline_s, folder)
        except DeadlinePassed:
            raise Transient(f"no answer within {deadline_s:g} s") from None
        if completed.exit_code != 0:
            raise Transient(_said(completed))
        return completed

    async def _local(self, *words: str, folder: Path | None = None) -> Completed:
        return await self._git(words, LOCAL_S, folder)

    async def _git(self, words: Sequence[str], deadline_s: float, folder: Path | None) -> Completed:
        argv = ["git", "-C", str(folder or self._root), *_SETTINGS, *words]
        return await self._shell.run(argv, deadline_s=deadline_s, env=_environment())


def _environment() -> dict[str, str]:
    """git asks nobody, speaks English, and trusts the CA that all other tools are told to trust."""
    trusted = os.environ.get("SSL_CERT_FILE", "")
    asks_nobody = {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "LC_ALL": "C"}
    return asks_nobody | ({"GIT_SSL_CAINFO": trusted} if trusted else {})


def _said(completed: Completed) -> str:
    lines = [line.strip() for line in completed.stderr.splitlines() if line.strip()]
    found = [
        line.removeprefix("fatal: ").removeprefix("error: ") for line in lines if line.startswith(("fatal", "err"))
    ]
    return (found or lines[-1:] or ["git said nothing"])[0][:_LONGEST]


def _no_repository(root: Path, status: Completed) -> Permanent:
    if "dubious ownership" in status.stderr:
        return Permanent(
            f"git does not trust {root}, which belongs to another user",
            f"run as its owner, or `git config --global --add safe.directory {root}`, then run the same command again",
        )
    return Permanent(
        f"git cannot read the checkout at {root}: {_said(status)}",
        "run from a clone of the repository, or name it with --root",
    )
