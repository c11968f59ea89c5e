"""What a run that is under way says: its events as they come, told apart by kind, step and words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.commands.desk import Desk, Ended, Running
from tests.lab.whole.homelab import LAB

Event = dict[str, Any]


@contextmanager
def run(desk: Desk, *words: str) -> Iterator[Running]:
    """A bootstrap that is under way; killed at the end of the block if it still runs."""
    with desk.started("bootstrap", *LAB, "--format", "json", *words) as running:
        yield running


def heard(running: Running, kind: str, step: str, *words: str) -> Event:
    """Wait for an event of a step whose text has all of the words. kind: one or several, as "Done Satisfied"."""
    found: list[Event] = []

    def listen(line: str) -> bool:
        event = json.loads(line)
        if event["kind"] in kind.split() and event.get("step") == step and all(word in line for word in words):
            found.append(event)
        return bool(found)

    running.hear(f"{kind} {step} {' '.join(words)}".strip(), listen)
    return found[0]


def true(running: Running, step: str) -> Event:
    """Wait until a step is true."""
    return heard(running, "Done Satisfied", step)


def summary(ended: Ended) -> Event:
    """The last line of a run."""
    last: Event = json.loads(ended.out.splitlines()[-1])
    assert last["kind"] == "Summary"
    return last


def failures(ended: Ended) -> dict[str, str]:
    """Sentences of the steps that failed or were refused, by step."""
    broken = [step for step in summary(ended)["steps"] if step["outcome"] in ("failed", "refused")]
    return {step["step"]: step["sentence"] for step in broken}
