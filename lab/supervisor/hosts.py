"""The hosts file of a lab. It is bind-mounted over /etc/hosts, so it is rewritten in place: same inode."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_FIRST = {"localhost": "127.0.0.1", "ip6-localhost": "::1"}


class Hosts:
    """Names that the lab resolves besides its DNS."""

    def __init__(self, file: Path, names: Mapping[str, str]) -> None:
        self._file = file
        self._names = {**_FIRST, **names}
        self._write()

    def add(self, name: str, address: str) -> None:
        """Resolve `name` from now on, instead of what it was before."""
        self._names[name] = address
        self._write()

    def remove(self, name: str) -> None:
        """Resolve `name` no more."""
        self._names.pop(name, None)
        self._write()

    def names(self) -> Mapping[str, str]:
        """All names and their addresses."""
        return dict(self._names)

    def _write(self) -> None:
        text = "".join(f"{address} {name}\n" for name, address in self._names.items())
        with self._file.open("r+" if self._file.exists() else "w") as file:
            file.write(text)
            file.truncate()
