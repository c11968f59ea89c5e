"""What a run has shown, and no more (rule 14): its verdict, counts and named exceptions, from its timeline. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bootstrap.observers.board import split_id
from bootstrap.observers.words import REHEARSAL, outcome
from operations.timeline import StepTime, Timeline

TRUE = frozenset({"done", "satisfied", "accepted"})
NO_END = "no end yet"
"""A run whose end the journal does not hold: nobody can tell from it whether it was killed or still runs."""
BROKEN = frozenset({"failed", "refused"})
ORDER = (
    "acted", "already true", "became true without an act", "accepted", "failed", "refused", "stopped", "in flight",
    "blocked", "not reached", "left out",
)  # fmt: skip
"""The ways in which steps are counted, in the order in which they are written."""


def verdict(line: Timeline) -> str:
    """The run in a few words. It says less than the exit code where the events show less, or show a part only."""
    return ending(line) + partly(line)


def partly(line: Timeline) -> str:
    """What follows the word "done" where the selection left steps out; else empty."""
    return " for the selected steps only" if left_out(line) and ending(line).startswith("done") else ""


def ending(line: Timeline) -> str:
    """How the run ended, whatever part of the plan it was of."""
    if line.exit_code is None:
        return NO_END
    broken = any(step.outcome in BROKEN for step in line.steps)
    if line.exit_code in (0, 4) and broken:
        return "not done"
    if line.exit_code == 0 and exceptions(line):
        return outcome(4)
    return outcome(line.exit_code)


def virtual(line: Timeline) -> bool:
    """Whether its times are those of a rehearsed world."""
    return line.head is not None and line.head.estate == REHEARSAL


def counts(line: Timeline) -> dict[str, int]:
    """How many steps ended in which way; the keys are ORDER."""
    found = Counter(_counted_as(step) for step in line.steps)
    return {what: found[what] for what in ORDER} | {
        "not reached": len(not_reached(line)),
        "left out": len(left_out(line)),
    }


def exceptions(line: Timeline) -> tuple[str, ...]:
    """What the run went on in spite of: absent nodes, accepted steps (true or not), what steps named; each once."""
    absent = line.head.absent if line.head is not None else ()
    named = [f"{node} is absent by --without" for node in absent]
    named += [text for step in line.steps for text in step.exceptions]
    return tuple(dict.fromkeys([*named, *line.exceptions]))


def left_out(line: Timeline) -> list[str]:
    """Steps that the selection left out."""
    return [step for step, mode in _modes(line) if mode == "skip"]


def not_reached(line: Timeline) -> list[str]:
    """Steps of the plan of which the run says nothing: it ended before their turn."""
    told = {step.step for step in line.steps}
    return [step for step, mode in _modes(line) if mode != "skip" and step not in told]


def in_doubt(line: Timeline) -> list[str]:
    """Steps whose last call may or may not have had its effect, and which were not seen true afterwards."""
    return [step.step for step in line.steps if step.in_doubt and step.outcome not in TRUE]


def folded(steps: Iterable[str]) -> str:
    """Step ids as a list for people: the nodes of one name together."""
    nodes: dict[str, list[str]] = {}
    for step in steps:
        name, node = split_id(step)
        nodes.setdefault(name, []).extend([node] if node else [])
    return ", ".join(f"{name} ({' '.join(of)})" if of else name for name, of in nodes.items())


def _modes(line: Timeline) -> Iterable[tuple[str, str]]:
    return line.head.modes.items() if line.head is not None else ()


def _counted_as(step: StepTime) -> str:
    if step.outcome == "done":
        return "acted"
    if step.outcome == "satisfied":
        return "became true without an act" if step.waits else "already true"
    return step.outcome
