"""Git in the rehearsal: a clean checkout that is pushed."""

from __future__ import annotations

from estate.git import GitState
from rehearsal.live import Live


class RehearsalGit:
    def __init__(self, live: Live) -> None:
        self._live = live

    async def state(self, tree: str, url: str, branch: str) -> GitState:
        self._live.arrive()
        repository = self._live.world.repository
        return GitState(
            commit=repository.commit,
            branch=branch,
            dirty=tuple(repository.dirty),
            remote_commit="" if repository.unreachable else repository.commit,
            pushed=repository.pushed and not repository.unreachable,
            remote_error=repository.unreachable,
        )

    async def descends(self, commit: str, ancestor: str) -> bool:
        """One line of history: the older commits, then HEAD."""
        self._live.arrive()
        history = [*self._live.world.repository.older, self._live.world.repository.commit]
        known = commit in history and ancestor in history
        return commit == ancestor or (known and history.index(commit) >= history.index(ancestor))
