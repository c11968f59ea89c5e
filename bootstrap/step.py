"""A step is data: a named fact that the pipeline makes true, what it needs, how it acts, how it is verified."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bootstrap.gate import Gate
from bootstrap.memory import Memory
from bootstrap.retry import Retry


class Attempt(Protocol):
    """What an act is given: which attempt it is, what is remembered, and the only ways to remember more."""

    @property
    def number(self) -> int:
        """1 for the first attempt of this step in this run."""

    @property
    def memory(self) -> Memory:
        """Pins, consents and calls in doubt, as of now."""

    def pin(self, key: str, value: str) -> None:
        """Fix a fact of this generation, durably, before the call that depends on it."""

    def open_generation(self, why: str) -> None:
        """Begin a new life of the cluster's etcd: earlier pins no longer count."""

    def consent(self, items: frozenset[str]) -> None:
        """Remember for this run that the operator agreed to these destructions."""


Act = Callable[[Attempt], Awaitable[str]]
"""One attempt of a step's effect; never waits for the result. Returns one sentence: what was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One fact of the pipeline.

    name: what it makes true, in snake case. node: set where the fact is about one node.
    summary: one sentence for help, progress and runbook: what becomes true, and why it is needed.
    needs: ids of steps; a bare name means every step of that name.
    act: None for a step that only waits for a fact.
    deadline_s: seconds from the step's start to its end, waiting included.
    expected_s: seconds that it usually takes; orders ready steps by critical path.
    guarded: it stands for rule 1, 2, 7 or 8 and cannot be accepted by name.
    tolerant: when its deadline passes while it waits, the run goes on and names it (rule 14).
    """

    name: str
    summary: str
    gate: Gate
    needs: tuple[str, ...] = ()
    act: Act | None = None
    node: str | None = None
    retry: Retry = Retry()
    deadline_s: float = 600.0
    expected_s: float = 10.0
    guarded: bool = False
    tolerant: bool = False

    @property
    def id(self) -> str:
        """`name`, or `name[node]`."""
        return step_id(self.name, self.node)


def step_id(name: str, node: str | None = None) -> str:
    """The one spelling of a step's id."""
    return name if node is None else f"{name}[{node}]"
