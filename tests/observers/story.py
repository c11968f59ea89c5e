"""Hand-made runs for the tests of what is shown: seconds since the start, and what happened."""

from __future__ import annotations

from bootstrap.events import (
    Acted,
    Acting,
    AttemptFailed,
    Blocked,
    Done,
    Entry,
    Event,
    Failed,
    Holding,
    RunEnded,
    RunStarted,
    Satisfied,
    Verifying,
    Waiting,
)

START = 1767322800.0
"""2026-01-02 03:00 UTC."""

Told = tuple[float, Event]


def entries(*told: Told, run: str = "r1", start: float = START) -> list[Entry]:
    """The events as entries of one run."""
    return [Entry(run, start + seconds, event) for seconds, event in told]


def began(*steps: str, estate: str = "lab", absent: tuple[str, ...] = (), skip: tuple[str, ...] = ()) -> RunStarted:
    """A run over these steps, in this order."""
    modes = dict.fromkeys(steps, "run") | dict.fromkeys(skip, "skip")
    return RunStarted("main", estate, "1a2b3c4", 3, "this computer", modes, absent)


def acted(step: str, since: float, until: float, *exceptions: str) -> list[Told]:
    """A step that was looked at, acted on, and true two seconds before its end."""
    return [
        (since, Verifying(step)),
        (since + 0.5, Acting(step, 1)),
        (since + 1.0, Acted(step, 1, f"asked for {step}")),
        (until - 2.0, Holding(step, 2.0)),
        (until, Done(step, {}, START + until - 2.0, START + until, exceptions)),
    ]


def found(step: str, at: float) -> list[Told]:
    """A step that was true already."""
    return [(at, Verifying(step)), (at + 0.1, Satisfied(step, {}))]


FAILURE = Failed("cni", "cilium 1/2 ready after 60 s; expected 2/2", "look at k8s-2: kubectl describe node k8s-2")

FAILED_RUN = entries(
    (0.0, began("preflight", "etcd", "cni", "dns", estate="rehearsal", absent=("k8s-6",))),
    *found("preflight", 0.0),
    *acted("etcd", 0.1, 30.1),
    (30.1, Verifying("cni")),
    (30.2, Acting("cni", 1)),
    (31.0, AttemptFailed("cni", 1, "transient", "connection refused by 10.11.0.1:6443", 2.0)),
    (33.0, Acting("cni", 2)),
    (34.0, Acted("cni", 2, "release cilium installed")),
    (35.0, Waiting("cni", "cilium 0/2 ready")),
    (36.0, Waiting("cni", "cilium 0/2 ready")),
    (40.0, Waiting("cni", "cilium 1/2 ready: k8s-2 ImagePullBackOff")),
    (90.1, FAILURE),
    (90.1, Blocked("dns", "cni")),
    (90.2, RunEnded(1, ("k8s-6 is absent by --without",))),
)
"""A rehearsal without k8s-6 in which the network does not come up."""
