"""The plan: graph, selection and the journal's record, resolved before anything runs. The runner only walks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bootstrap.graph import Graph
from bootstrap.selection import Choice, Mode, Selection, select


@dataclass(frozen=True, slots=True)
class Plan:
    """choices: for every step of the graph, in its order. absent: nodes that the plan goes without, named in every
    summary. deadline_s: bound of the whole run. acts_at_once: the most acts at the same time."""

    graph: Graph
    choices: Mapping[str, Choice]
    absent: tuple[str, ...] = ()
    deadline_s: float = 10_800.0
    acts_at_once: int = 8

    @property
    def modes(self) -> dict[str, str]:
        """Step id -> mode, for the journal."""
        return {id: choice.mode.value for id, choice in self.choices.items()}

    @property
    def walked(self) -> tuple[str, ...]:
        """Ids of the steps that are not left out, in order."""
        return tuple(id for id, choice in self.choices.items() if choice.mode is not Mode.SKIP)


def resolve(
    graph: Graph,
    selection: Selection,
    *,
    absent: tuple[str, ...] = (),
    deadline_s: float = 10_800.0,
    acts_at_once: int = 8,
) -> Plan:
    """Decide everything that can be decided before the first look at the world. Raises SelectionError."""
    return Plan(graph, select(graph, selection), absent, deadline_s, acts_at_once)
