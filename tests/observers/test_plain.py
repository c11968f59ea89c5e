"""Plain lines: one a change, with the time since the run's start, and the next action after a failure."""

from __future__ import annotations

import io

from bootstrap.events import Entry, Failed, Verifying, Waiting
from bootstrap.observers.plain import plain
from bootstrap.secret import Secret
from tests.observers.story import FAILED_RUN, START, began, entries


def _printed(run: list[Entry]) -> str:
    stream = io.StringIO()
    observe = plain(stream)
    for entry in run:
        observe(entry)
    return stream.getvalue()


FAILED_TEXT = """\
    0.0s  run        started    rehearsal: no machine was touched; main on the rehearsal estate, commit 1a2b3c4, \
lease reaches this computer (fencing number 3); steps: 4 run; without k8s-6
    0.0s  preflight  verifying
    0.1s  preflight  satisfied  true, and nothing was done for it
    0.1s  etcd       verifying
    0.6s  etcd       acting     attempt 1
    1.1s  etcd       acted      asked for etcd
   28.1s  etcd       holding    true; must stay true for 2.0s
   30.1s  etcd       done       true and stable
   30.1s  cni        verifying
   30.2s  cni        acting     attempt 1
   31.0s  cni        retry      attempt 1 (transient): connection refused by 10.11.0.1:6443; again in 2.0s
   33.0s  cni        acting     attempt 2
   34.0s  cni        acted      release cilium installed
   35.0s  cni        waiting    cilium 0/2 ready
   40.0s  cni        waiting    cilium 1/2 ready: k8s-2 ImagePullBackOff
   90.1s  cni        failed     cilium 1/2 ready after 60 s; expected 2/2
   90.1s  cni        next       look at k8s-2: kubectl describe node k8s-2
   90.1s  dns        blocked    needs cni, which did not become true
   90.2s  run        ended      failed (exit code 1), and these are named: k8s-6 is absent by --without
"""


def test_a_failed_run_reads_like_this() -> None:
    """One line a change; the reason that was said already at 35 s is not said again at 36 s."""
    assert _printed(FAILED_RUN) == FAILED_TEXT


def test_a_reason_that_comes_back_after_another_is_said_again() -> None:
    """A change back is a change."""
    reasons = ["0/2 ready", "1/2 ready", "1/2 ready", "0/2 ready"]
    text = _printed(entries((0.0, began("cni")), *((1.0 + i, Waiting("cni", r)) for i, r in enumerate(reasons))))
    assert [line.split("waiting")[1].strip() for line in text.splitlines()[1:]] == [
        "0/2 ready",
        "1/2 ready",
        "0/2 ready",
    ]


def test_two_steps_that_wait_for_the_same_reason_both_say_so() -> None:
    """What was said of one step was not said of the other."""
    text = _printed(entries((0.0, began("a", "b")), (1.0, Waiting("a", "no API")), (1.0, Waiting("b", "no API"))))
    assert text.count("no API") == 2


def test_a_sentence_over_several_lines_stays_one_line() -> None:
    """The line is the unit that people grep for."""
    text = _printed(entries((0.0, began("a")), (1.0, Failed("a", "helm said:\n  no\n", "run\nhelm"))))
    assert text.splitlines()[1:] == [
        "    1.0s  a    failed     helm said: no",
        "    1.0s  a    next       run helm",
    ]


def test_events_before_any_start_are_counted_from_the_first() -> None:
    """A stream that is joined late still prints."""
    assert _printed([Entry("r", START + 50.0, Verifying("etcd"))]).split() == ["0.0s", "etcd", "verifying"]


def test_a_stream_that_knows_ascii_only_does_not_end_the_run() -> None:
    """A pod's name in another script is spelled out instead."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    plain(stream)(Entry("r", START, Waiting("apps", "naïve ✗")))
    assert raw.getvalue().decode("ascii").endswith("na\\xefve \\u2717\n")


def test_a_secret_among_the_fields_is_not_printed() -> None:
    """It prints as <secret>."""
    text = _printed([Entry("r", START, Waiting("apps", Secret("canary-7f")))])  # type: ignore[arg-type]
    assert "canary-7f" not in text
    assert "<secret>" in text
