"""The operator at the terminal: one screen that lists what would be destroyed, and the typed name (rule 7)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence

from bootstrap.consent import Consent, consent
from estate.workstation import Destruction
from inventory.model import Cluster


class Operator:
    """Whom the estate asks. yes_destroy: what the flag said, "" without it."""

    def __init__(self, cluster: Cluster, yes_destroy: str) -> None:
        self.cluster, self.yes_destroy = cluster, yes_destroy
        self._before_asking: Callable[[], None] = lambda: None

    def give_terminal_by(self, step_aside: Callable[[], None]) -> None:
        """How a live display gives the terminal back before a question."""
        self._before_asking = step_aside

    async def confirm(self, cluster: str, items: Sequence[Destruction]) -> bool:
        """Whether all items may be destroyed. Raises Refused when it may not be asked."""
        terminal = sys.stdin.isatty() and sys.stderr.isatty()
        how = consent(cluster, protected=self.cluster.protected, yes_destroy=self.yes_destroy, terminal=terminal)
        if how is Consent.GIVEN:
            return True
        self._before_asking()
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
