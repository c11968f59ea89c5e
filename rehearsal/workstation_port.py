"""The operator's computer in the rehearsal: tools fit, files live in the world, the operator's answer is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bootstrap.secret import Secret
from estate.workstation import Destruction, Tool
from rehearsal.live import Live
from rehearsal.vault import Vault

Confirm = Callable[[str, Sequence[Destruction]], Awaitable[bool]]


class RehearsalWorkstation:
    def __init__(self, live: Live, vault: Vault, confirm: Confirm | bool) -> None:
        self._live, self._vault, self._confirm = live, vault, confirm

    async def tools(self) -> Sequence[Tool]:
        """The rehearsal needs none."""
        return ()

    async def clock_offset_s(self) -> float | None:
        return 0.0

    async def reaches(self, host: str, port: int) -> str:
        self._live.arrive()
        world = self._live.world
        away = host in world.repository.url and world.repository.unreachable
        return f"{host}:{port} does not answer" if away else ""

    async def read_private(self, path: str) -> Secret | None:
        self._live.arrive()
        found = self._live.world.files.get(path)
        return None if found is None else Secret(self._vault.shown(found))

    async def write_private(self, path: str, value: Secret) -> None:
        lost = self._live.call("write", path)
        world = self._live.world
        world.files[path] = self._vault.veiled(value.reveal())
        world.effect("write-file", path, "operator")
        world.changed[f"file:{path}"] = None
        self._live.answer("write", path, lost)

    async def confirm(self, cluster: str, items: Sequence[Destruction]) -> bool:
        self._live.arrive()
        world = self._live.world
        answer = self._confirm if isinstance(self._confirm, bool) else await self._confirm(cluster, items)
        world.asked.append({"at": world.now, "items": [item.key for item in items], "agreed": answer})
        world.changed["asked"] = None
        self._live.commit()
        return answer
