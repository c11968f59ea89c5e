"""The values of a lab's vault, asked of its `op`, and where they stand in files."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from inventory.load import load_cluster
from lab.services.vault_wanted import wanted_by_stores
from tests.commands.desk import Desk
from tests.lab.whole.homelab import inside
from tree.read import read_tree
from tree.reference import parsed

_PUBLIC = ("_CRT", "CLUSTER_ID")
"""Ends of the names of fields that prove which cluster it is, and are no secret."""
_SHORTEST = 20
_MADE_UP = "example.org"
"""In values that only have the shape of an address."""


def secrets_of(desk: Desk, folder: Path) -> Mapping[str, str]:
    """Every secret value of main's vault, by reference. folder: for the template, outside of all that is searched."""
    cluster = load_cluster("main", desk.root)
    tree = read_tree(cluster, desk.root)
    wanted = {*tree.references, *wanted_by_stores(desk.root / tree.path, cluster.secrets.vault)}
    names = [str(each) for each in sorted({parsed(str(each)) for each in wanted})]
    border = f"--{secrets.token_hex(8)}--"
    (folder / "template").write_text(f"\n{border}\n".join(names))
    values = inside(desk, f"op inject < {folder}/template").split(f"\n{border}\n")
    found = dict(zip(names, (value.strip() for value in values), strict=True))
    return {name: value for name, value in found.items() if _is_secret(name, value)}


def found_in(values: Mapping[str, str], files: Iterable[Path]) -> list[tuple[str, str]]:
    """(reference, file) for each value that stands in a file: plain, in base64, or unpacked from it."""
    spellings = {name: list(_spellings(value)) for name, value in values.items()}
    leaks = []
    for file in files:
        content = file.read_bytes()
        leaks += [(name, str(file)) for name, ways in spellings.items() if any(way in content for way in ways)]
    return leaks


def _is_secret(name: str, value: str) -> bool:
    return not name.endswith(_PUBLIC) and len(value) >= _SHORTEST and _MADE_UP not in value


def _spellings(value: str) -> Iterator[bytes]:
    yield value.encode()
    yield base64.b64encode(value.encode())
    try:
        inner = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return
    yield max(inner.splitlines() or [inner], key=len)  # of a PEM text, a line of the key itself
