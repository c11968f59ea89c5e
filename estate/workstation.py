"""The operator's computer: tools, clock, credential files, and the operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bootstrap.secret import Secret


@dataclass(frozen=True, slots=True)
class Tool:
    """version: "" when it is not installed. wanted: in words, e.g. ">= 1.0"; fits: the version is good enough."""

    name: str
    version: str
    wanted: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Destruction:
    """Something that would be destroyed. key: stable id for the journal; sentence: for the operator's screen."""

    key: str
    sentence: str


class Workstation(Protocol):
    async def tools(self) -> Sequence[Tool]: ...

    async def clock_offset_s(self) -> float | None:
        """This computer's clock minus true time, in seconds; None when no time server could be asked."""

    async def reaches(self, host: str, port: int) -> str:
        """ "" when a TCP connection can be made, else a sentence."""

    async def read_private(self, path: str) -> Secret | None:
        """A credential file; None when there is none."""

    async def write_private(self, path: str, value: Secret) -> None:
        """Write atomically with mode 0600."""

    async def confirm(self, cluster: str, items: Sequence[Destruction]) -> bool:
        """One screen with all items; True only by the rules of consent (rule 7). Raises Refused when it may not ask."""
