"""The operator at the terminal: one screen that lists what would be destroyed, and the typed name (rule 7)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bootstrap.consent import Consent, consent
from estate.workstation import Destruction
from inventory.model import Cluster


@dataclass(frozen=True, slots=True)
class Operator:
    """before_asking: called before the screen, so that a live display gives the terminal back."""

    cluster: Cluster
    yes_destroy: str
    before_asking: Callable[[], None] = lambda: None

    async def confirm(self, cluster: str, items: Sequence[Destruction]) -> bool:
        """Whether all items may be destroyed. Raises Refused when it may not be asked."""
        terminal = sys.stdin.isatty() and sys.stderr.isatty()
        how = consent(cluster, protected=self.cluster.protected, yes_destroy=self.yes_destroy, terminal=terminal)
        if how is Consent.GIVEN:
            return True
        self.before_asking()
        print(screen(cluster, items), end="", file=sys.stderr, flush=True)
        return (await _typed_line()).strip() == cluster


def screen(cluster: str, items: Sequence[Destruction]) -> str:
    """The whole question. Pure."""
    lines = "\n".join(f"  - {item.sentence}" for item in items)
    question = "Type the cluster's name to agree, anything else to stop: "
    return f"\nThis run destroys, on cluster {cluster}:\n{lines}\n\n{question}"


async def _typed_line() -> str:
    # not input(): a Ctrl-C at the prompt must reach the run, which listens on the event loop
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()
    loop.add_reader(sys.stdin.fileno(), lambda: None if typed.done() else typed.set_result(sys.stdin.readline()))
    try:
        return await typed
    finally:
        loop.remove_reader(sys.stdin.fileno())
