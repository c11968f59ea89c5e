"""The operator at the terminal: one screen that lists what would be destroyed, and the typed name (rule 7)."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence

from bootstrap.consent import Consent, consent
from estate.workstation import Destruction
from inventory.model import Cluster
from operations.prompt import answer_to

Ask = Callable[[str], Awaitable[str]]
"""Shows a question and returns the line that was typed; "" at the end of input."""


class Operator:
    """Whom the estate asks. yes_destroy: what the flag said, "" without it."""

    def __init__(self, cluster: Cluster, yes_destroy: str) -> None:
        self.cluster, self.yes_destroy = cluster, yes_destroy
        self._before_asking: Callable[[], None] = lambda: None
        self._ask: Ask = answer_to

    def give_terminal_by(self, step_aside: Callable[[], None]) -> None:
        """How a live display gives the terminal back before a question."""
        self._before_asking = step_aside

    def ask_by(self, ask: Ask) -> None:
        """How a question is put on an estate whose time is simulated."""
        self._ask = ask

    def show(self, prompt: str) -> None:
        """What a command asks the operator itself. Under a live display it would stay unseen: it has no line break."""
        self._before_asking()
        sys.stderr.write(prompt)
        sys.stderr.flush()

    async def confirm(self, cluster: str, items: Sequence[Destruction]) -> bool:
        """Whether all items may be destroyed. Raises Refused when it may not be asked."""
        terminal = sys.stdin.isatty() and sys.stderr.isatty()
        how = consent(cluster, protected=self.cluster.protected, yes_destroy=self.yes_destroy, terminal=terminal)
        if how is Consent.GIVEN:
            return True
        self._before_asking()
        return (await self._ask(screen(cluster, items))).strip() == cluster


def screen(cluster: str, items: Sequence[Destruction]) -> str:
    """The whole question. Pure."""
    lines = "\n".join(f"  - {item.sentence}" for item in items)
    question = "Type the cluster's name to agree, anything else to stop: "
    return f"\nThis run destroys, on cluster {cluster}:\n{lines}\n\n{question}"
