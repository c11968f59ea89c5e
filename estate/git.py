"""Git: which commit is being bootstrapped, and whether Flux will find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class GitState:
    """One look at the repository and at the remote that Flux reads.

    commit: HEAD. dirty: paths below the tree with uncommitted changes. remote_commit: head of the branch at the URL,
    "" when it cannot be read (then `remote_error` says why). pushed: HEAD is remote_commit or an ancestor of it.
    """

    commit: str
    branch: str
    dirty: tuple[str, ...]
    remote_commit: str
    pushed: bool
    remote_error: str = ""


class Git(Protocol):
    async def state(self, tree: str, url: str, branch: str) -> GitState: ...

    async def descends(self, commit: str, ancestor: str) -> bool:
        """Whether `commit` is `ancestor` or a descendant of it."""
