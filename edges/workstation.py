"""The operator's own computer: its tools, its clock, its network, its credential files, and the operator."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap.secret import Secret
from edges import workers, workstation_files, workstation_time
from edges.shell import Shell
from edges.workstation_time import Answer
from edges.workstation_tools import Wanted, look
from estate.workstation import Destruction, Tool

Confirm = Callable[[str, Sequence[Destruction]], Awaitable[bool]]

TIME_S, CONNECT_S, FILE_S = 2.0, 5.0, 30.0
NTP = 123


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalWorkstation:
    """A Workstation. home: what `~` means in the inventory's paths. wanted: tools that a run needs.

    confirm_by: asks the operator (Operator.confirm). time_servers: names or addresses, which answer at ntp_port.
    """

    shell: Shell
    home: Path
    wanted: Sequence[Wanted]
    confirm_by: Confirm
    time_servers: Sequence[str] = ()
    ntp_port: int = NTP

    async def tools(self) -> Sequence[Tool]:
        return await asyncio.gather(*(look(each, self.shell) for each in self.wanted))

    async def clock_offset_s(self) -> float | None:
        """By the server that answered fastest: half of the way there and back is what may be wrong."""
        asked = await asyncio.gather(*(self._time_of(server) for server in self.time_servers))
        answers = [answer for answer in asked if answer is not None]
        return min(answers, key=lambda answer: answer.round_trip_s).offset_s if answers else None

    async def reaches(self, host: str, port: int) -> str:
        try:
            await workers.run(_connect, host, port, timeout_s=CONNECT_S, grace_s=0.0)
        except TimeoutError:
            return f"{host}:{port} does not answer within {CONNECT_S:g} s"
        except socket.gaierror as error:
            return f"the name {host} has no address: {error.strerror}"
        except ConnectionRefusedError:
            return f"{host}:{port} refuses the connection"
        except OSError as error:
            return f"{host}:{port} cannot be reached: {error.strerror or error}"
        return ""

    async def read_private(self, path: str) -> Secret | None:
        return await workers.run(workstation_files.read, self._at(path), timeout_s=FILE_S)

    async def write_private(self, path: str, value: Secret) -> None:
        await workers.run(workstation_files.write, self._at(path), value, timeout_s=FILE_S)

    async def confirm(self, cluster: str, items: Sequence[Destruction]) -> bool:
        return await self.confirm_by(cluster, items)

    def _at(self, path: str) -> Path:
        return workstation_files.located(path, self.home)

    async def _time_of(self, server: str) -> Answer | None:
        try:
            return await workers.run(workstation_time.ask, server, self.ntp_port, TIME_S, timeout_s=TIME_S, grace_s=0.0)
        except TimeoutError:  # the lookup of its name takes longer
            return None


def _connect(host: str, port: int) -> None:
    socket.create_connection((host, port), timeout=CONNECT_S).close()
