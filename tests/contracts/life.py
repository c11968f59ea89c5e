"""How far a cluster has come, and between which of these stages a contract can be held.

A bench for which bare machines are cheap begins every contract with them. One for which they are dear lets contracts
share one life of a cluster, in the order of `order`, and makes the machines bare again where it must.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from tests.contracts.bench import Contract


class Stage(IntEnum):
    """BARE: all machines in maintenance mode, the operator without credentials. TOUCHED: not all of that is so any
    more. CONFIGURED: every machine has its config. API: etcd has its members, the API answers, all nodes are there.
    SEEDED: so are the tree's namespaces and seeds. INSTALLED: and a release.
    """

    BARE = 0
    TOUCHED = 1
    CONFIGURED = 2
    API = 3
    SEEDED = 4
    INSTALLED = 5


@dataclass(frozen=True, slots=True)
class Span:
    """until: the furthest stage from which the contract still holds. leaves: that which it has reached at its end."""

    until: Stage
    leaves: Stage

    def after(self, stage: Stage) -> Stage:
        """Where a cluster is that was at `stage` when the contract began."""
        return max(stage, self.leaves)


ANYWHERE = Span(Stage.INSTALLED, Stage.BARE)
"""It touches no machine."""


def order(spans: Iterable[tuple[Contract, Span]]) -> list[Contract]:
    """Contracts in the order in which the fewest lives are needed."""
    return [contract for contract, _ in sorted(spans, key=lambda each: (each[1].leaves, each[1].until))]
