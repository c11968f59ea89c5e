"""A 1Password reference: op://vault/item/[section/]field, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """Parts of a reference; section is "" where there is none. Comparison is by lower case, as 1Password's is."""

    vault: str
    item: str
    section: str
    field: str

    def __str__(self) -> str:
        middle = f"{self.section}/" if self.section else ""
        return f"op://{self.vault}/{self.item}/{middle}{self.field}"
