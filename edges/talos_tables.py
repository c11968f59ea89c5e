"""The tables that `talosctl etcd members` and `etcd status` print; they have no JSON in Talos 1.11. Pure.

Columns are set by a tab writer: a cell begins where its heading does, and may be empty (siderolabs/talos,
cmd/talosctl/cmd/talos/etcd.go).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from estate.machines import Member

_HEADING = re.compile(r"\S+(?: \S+)*")


def rows(text: str) -> tuple[Mapping[str, str], ...]:
    """A table's rows by heading; empty without a heading line."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return ()
    headings = [(match[0], match.start()) for match in _HEADING.finditer(lines[0])]
    ends = [start for _, start in headings[1:]] + [None]
    return tuple(
        {name: line[start:end].strip() for (name, start), end in zip(headings, ends, strict=True)} for line in lines[1:]
    )


def members(text: str) -> tuple[Member, ...]:
    """What `talosctl etcd members` says. The address is the host of the first peer URL."""
    return tuple(
        Member(row["ID"], row.get("HOSTNAME", ""), _host(row.get("PEER URLS", "")), row.get("LEARNER") == "true")
        for row in rows(text)
        if row.get("ID")
    )


def leader(text: str) -> str:
    """The leader's id as `talosctl etcd status` of one member says; "" when it has none (raft's id 0)."""
    found = next((row.get("LEADER", "") for row in rows(text)), "")
    return found if found.strip("0") else ""


def errors(text: str) -> str:
    """What the member complains of itself, e.g. "NOSPACE"; "" for nothing."""
    return next((row.get("ERRORS", "") for row in rows(text)), "")


def _host(urls: str) -> str:
    return urlsplit(urls.split(",")[0]).hostname or ""


class Clusters:
    """Tells etcd clusters apart, as talosctl prints no cluster id: two views that share a member are of one cluster.

    A cluster is named after the first member of it that was seen, for as long as this object lives.
    """

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = {}

    def name(self, view: tuple[Member, ...]) -> str:
        """The name of the cluster that has these members; "" without members."""
        ids = {member.id for member in view}
        found = next((name for name, known in self._known.items() if known & ids), min(ids, default=""))
        if found:
            self._known.setdefault(found, set()).update(ids)
        return found
