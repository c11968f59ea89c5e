"""The simulated vault: its values, and how they stay out of everything that the world keeps."""

from __future__ import annotations

from collections.abc import Mapping

from bootstrap.secret import Secret
from rehearsal import pki
from rehearsal.world import World
from tree.reference import Reference, parsed

_OPEN, _CLOSE = "\u27e6", "\u27e7"


class Vault:
    """Values by reference. own: values that a test puts in place of the made-up ones.

    The world file must hold no secret: what is stored is `veiled` first, and `shown` again when it is read.
    """

    def __init__(self, world: World, own: Mapping[Reference, str] | None = None) -> None:
        references = (parsed(text) for text in world.repository.references)
        self._values = {reference: pki.value_of(reference, world.pki) for reference in references}
        self._values |= own or {}
        longest_first = sorted(self._values.items(), key=lambda item: -len(item[1]))
        self._marks = [(value, f"{_OPEN}{reference}{_CLOSE}") for reference, value in longest_first if value]
        self._veiled: dict[str, str] = {}
        self._shown: dict[str, str] = {}

    def get(self, reference: Reference) -> Secret | None:
        """The value; None when the vault has none."""
        value = self._values.get(reference)
        return None if value is None else Secret(value)

    def veiled(self, text: str) -> str:
        """`text` with every value of the vault replaced by the name of its reference."""
        if text not in self._veiled:
            found = text
            for value, mark in self._marks:
                found = found.replace(value, mark)
            self._veiled[text] = found
            self._shown[found] = text
        return self._veiled[text]

    def shown(self, veiled: str) -> str:
        """What was veiled."""
        if veiled not in self._shown:
            found = veiled
            for value, mark in self._marks:
                found = found.replace(mark, value)
            self._shown[veiled] = found
        return self._shown[veiled]
