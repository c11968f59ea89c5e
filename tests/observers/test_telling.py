"""Every event can be told in words, and a guard's no is not told as a failure."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

import pytest

from bootstrap import events
from bootstrap.observers.telling import RUN, tell
from bootstrap.secret import Secret

_SAMPLES: dict[str, Any] = {
    "modes": {"a": "run"}, "items": ("disk of k8s-1",), "evidence": {}, "step": "etcd", "attempt": 2,
    "exit_code": 0, "number": 4, "fencing": 7, "stability_s": 10.0, "first_true": 1.0, "stable": 2.0,
}  # fmt: skip


def _sample(kind: type[Any], /, **given: Any) -> Any:
    needed = [f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING]
    return kind(**({name: _SAMPLES.get(name, f"the {name}") for name in needed} | given))


@pytest.mark.parametrize("kind", events.KINDS.values(), ids=list(events.KINDS))
def test_every_kind_of_event_is_told(kind: type[Any]) -> None:
    """A new event that nobody gave words to fails here, not in the middle of a bootstrap."""
    told = tell(_sample(kind))
    has_step = "step" in {f.name for f in fields(kind)}
    assert told.subject == ("etcd" if has_step else RUN)
    assert told.state


@pytest.mark.parametrize(
    ("event", "state", "words"),
    [
        (events.Failed("s", "no quorum", "look"), "failed", "no quorum"),
        (events.Failed("s", "a foreign machine", "look", refused=True), "refused", "a foreign machine"),
        (events.Satisfied("s"), "satisfied", "nothing was done"),
        (events.Satisfied("s", {}, ("plex is down",)), "partly", "plex is down"),
        (events.Done("s", {}, 1.0, 2.0, ("plex is down",)), "partly", "plex is down"),
        (events.Done("s", {}, 1.0, 2.0), "done", "true and stable"),
        (events.Demoted("s", "no member"), "demoted", "the world says otherwise: no member"),
        (events.Blocked("s", "cni"), "blocked", "needs cni, which did not become true"),
        (events.AttemptFailed("s", 1, "transient", "refused", 2.0), "retry", "again in 2.0s"),
        (events.AttemptFailed("s", 1, "permanent", "refused"), "retry", "no further attempt"),
        (events.Accepted("s", "I mended it", "1/2 ready"), "accepted", "I mended it; found: 1/2 ready"),
        (events.RunEnded(4, ("k8s-6 is absent",)), "ended", "exit code 4), and these are named: k8s-6 is absent"),
        (events.Pinned("etcd_node", "k8s-1"), "pinned", "etcd_node = k8s-1"),
    ],
)
def test_the_words_say_what_the_event_means(event: events.Event, state: str, words: str) -> None:
    """What is true only in part is never told as done, and reasons are repeated in full."""
    told = tell(event)
    assert told.state == state
    assert words in told.sentence


@pytest.mark.parametrize("kind", events.KINDS.values(), ids=list(events.KINDS))
def test_a_secret_in_any_text_of_an_event_stays_secret(kind: type[Any]) -> None:
    """Even when a step put one where a sentence belongs, its value is not printed."""
    texts = [f.name for f in fields(kind) if f.type == "str"]
    told = tell(_sample(kind, **{name: Secret("canary-7f") for name in texts}))
    assert "canary-7f" not in f"{told}"


def test_the_first_line_of_a_rehearsal_says_that_no_machine_was_touched() -> None:
    """And that of another estate does not."""
    first = events.RunStarted("main", "rehearsal", "1a2b", 3, "this computer", {"a": "run", "b": "skip"}, ("k8s-6",))
    told = tell(first).sentence
    assert told.startswith("rehearsal: no machine was touched; main on the rehearsal estate")
    assert "1 run, 1 skip" in told
    assert "without k8s-6" in told
    assert "touched" not in tell(_sample(events.RunStarted, estate="real")).sentence
