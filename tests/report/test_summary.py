"""The end summary: truthful, complete, and in words for an operator at 2 a.m."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bootstrap.events import (
    Accepted,
    Acting,
    AttemptFailed,
    Done,
    Entry,
    Failed,
    GenerationOpened,
    RunEnded,
    Satisfied,
    Stopped,
    Verifying,
    Waiting,
)
from bootstrap.secret import Secret
from operations.summary import as_json, summary
from operations.timeline import timeline
from tests.observers.story import FAILED_RUN, START, acted, began, entries, found

NEEDS = {"etcd": ("preflight",), "cni": ("etcd",), "dns": ("cni",)}

FAILED_TEXT = """\
FAILED (exit code 1): main
rehearsal: no machine was touched; all times are the rehearsed world's own, not real ones
run r1, commit 1a2b3c4, started 2026-01-02 03:00 UTC, lease reached this computer

Not true:
  cni failed after 2 attempts: cilium 1/2 ready after 60 s; expected 2/2
    next: look at k8s-2: kubectl describe node k8s-2

Not started, because cni did not become true: dns

Named exceptions:
  - k8s-6 is absent by --without

Steps: 1 acted, 1 already true, 1 failed, 1 blocked.

Critical path:
       30.0s  etcd
      1m 00s  cni
        0.1s  other steps, less than 1 % each

Total: 1m 30s of the rehearsal's own time; 15.2s on your clock.
"""


def test_a_failed_rehearsal_reads_like_this() -> None:
    """What failed comes first, with what to do next; what is virtual is said to be so."""
    assert summary(timeline(FAILED_RUN, NEEDS), real_s=15.2) == FAILED_TEXT


DONE_TEXT = """\
DONE (exit code 0): main on the lab estate
run r1, commit 1a2b3c4, started 2026-01-02 03:00 UTC, lease reached this computer
opened generation 1: all machines are bare

Steps: 1 acted, 1 already true.

Critical path (inferred from the order of events):
        9.9s  etcd (of these, 4.9s before it began)
        0.1s  other steps, less than 1 % each

Total: 10.0s.
"""


def test_a_run_that_did_everything_reads_like_this() -> None:
    """Nothing is named that is not there."""
    run = entries(
        (0.0, began("preflight", "etcd")),
        *found("preflight", 0.0),
        (0.2, GenerationOpened(1, "all machines are bare")),
        *acted("etcd", 5.0, 10.0),
        (10.0, RunEnded(0)),
    )
    assert summary(timeline(run)) == DONE_TEXT


NO_END_TEXT = """\
NO END YET: main on the real estate
run r1, commit 1a2b3c4, started 2026-01-02 03:00 UTC, lease reached this computer

The journal holds no end of this run: it was killed, or still runs.
  next: the same command goes on from here: what is true is not done again

In flight when the record ends:
  boot[k8s-1], attempt 1
  boot[k8s-2], attempt 2: apid does not answer
  time: the clock is 40 s off
Calls in doubt (their effect may or may not have happened; looked at before acting): boot (k8s-1 k8s-2)

Not reached: etcd, dns

Steps: 1 already true, 3 in flight, 2 not reached.

Critical path (inferred from the order of events):
        0.1s  preflight
        4.9s  after the last finished step

Total: 5.0s.
"""


def test_a_run_without_an_end_reads_like_this() -> None:
    """It says what was in flight and what is in doubt, and that the same command goes on."""
    run = entries(
        (0.0, began("preflight", "boot[k8s-1]", "boot[k8s-2]", "time", "etcd", "dns", estate="real")),
        *found("preflight", 0.0),
        (1.0, Acting("boot[k8s-1]", 1)),
        (1.0, Acting("boot[k8s-2]", 1)),
        (2.0, AttemptFailed("boot[k8s-2]", 1, "transient", "refused", 1.0)),
        (3.0, Waiting("boot[k8s-2]", "apid does not answer")),
        (4.0, Waiting("time", "the clock is 40 s off")),
        (5.0, Acting("boot[k8s-2]", 2)),
    )
    assert summary(timeline(run)) == NO_END_TEXT


def _said(run: list[Entry]) -> str:
    return summary(timeline(run))


def test_every_summary_of_a_rehearsal_says_that_no_machine_was_touched() -> None:
    """Wherever the run was cut off."""
    for upto in range(1, len(FAILED_RUN) + 1):
        assert "rehearsal: no machine was touched" in _said(FAILED_RUN[:upto])


def test_no_other_summary_claims_that_or_speaks_of_virtual_time() -> None:
    """Real seconds need no explanation."""
    said = _said(entries((0.0, began("a", estate="real")), *found("a", 0.0), (1.0, RunEnded(0))))
    assert "touched" not in said
    assert "own time" not in said


def test_a_commit_is_told_in_twelve_digits_and_kept_whole_in_json() -> None:
    """Twelve are enough to find it, forty push the rest of the line out of sight."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    run = entries((0.0, replace(began("a"), commit=commit)), *found("a", 0.0), (1.0, RunEnded(0)))
    assert "run r1, commit 0123456789ab, started" in _said(run)
    assert as_json(timeline(run))["commit"] == commit


def test_what_was_not_shown_is_named_once_each() -> None:
    """Absent nodes, accepted steps, and what steps named: from the events, though RunEnded repeats them."""
    named = ("k8s-6 is absent by --without", "dns accepted (I know); found: 1/2 ready", "app plex is not ready")
    run = entries(
        (0.0, began("dns", "apps", absent=("k8s-6",))),
        (1.0, Accepted("dns", "I know", "1/2 ready")),
        *acted("apps", 2.0, 9.0, "app plex is not ready"),
        (9.0, RunEnded(4, named)),
    )
    said = _said(run)
    assert said.startswith("DONE WITH NAMED EXCEPTIONS (exit code 4)")
    assert all(said.count(f"  - {text}\n") == 1 for text in named)
    assert "1 acted, 1 accepted" in said


def test_an_accepted_step_that_holds_is_not_said_to_be_unshown() -> None:
    """Its gate was looked at and found true: it is an exception, whose title claims no more than that."""
    run = entries((0.0, began("dns")), (1.0, Accepted("dns", "I know", "it holds")), (9.0, RunEnded(4)))
    assert "Named exceptions:\n  - dns accepted (I know); found: it holds\n" in _said(run)
    assert "Not shown" not in _said(run)


@pytest.mark.parametrize(("seconds", "told"), [(0.9, False), (1.0, True)])
def test_a_run_of_less_than_a_second_has_no_critical_path_worth_telling(seconds: float, told: bool) -> None:
    """Where nothing took time, no step is to blame for it."""
    said = _said(entries((0.0, began("a")), *found("a", 0.0), (seconds, RunEnded(0))))
    assert ("Critical path" in said) is told


def test_a_killed_run_names_its_exceptions_too() -> None:
    """Without RunEnded they are known from the events alone."""
    run = entries((0.0, began("dns", absent=("k8s-6",))), (1.0, Accepted("dns", "I know", "1/2 ready")))
    assert "  - k8s-6 is absent by --without\n  - dns accepted (I know); found: 1/2 ready" in _said(run)


@pytest.mark.parametrize(
    ("last", "code", "headline"),
    [
        (Failed("a", "no", "look"), 0, "NOT DONE"),
        (Failed("a", "no", "look"), 4, "NOT DONE"),
        (Done("a", {}, START, START, ("plex is down",)), 0, "DONE WITH NAMED EXCEPTIONS"),
        (Satisfied("a"), 0, "DONE"),
        (Failed("a", "foreign", "look", refused=True), 3, "REFUSED BY A GUARD"),
        (Stopped("a", "the run was stopped"), 130, "CANCELLED"),
        (Satisfied("a"), 77, "ENDED WITH THE UNKNOWN EXIT CODE 77"),
    ],
)
def test_the_headline_claims_no_more_than_the_events_show(
    last: Failed | Done | Satisfied | Stopped, code: int, headline: str
) -> None:
    """An exit code that is better than its events is not believed."""
    said = _said(entries((0.0, began("a")), (1.0, last), (2.0, RunEnded(code))))
    assert said.startswith(f"{headline} (exit code {code}): ")


def test_a_run_over_a_selection_does_not_claim_the_whole() -> None:
    """It is done for what was selected; the rest is named, the nodes of one step together."""
    skip = ("boot[k8s-1]", "boot[k8s-2]", "dns")
    said = _said(entries((0.0, began("a", skip=skip)), *found("a", 0.0), (1.0, RunEnded(0))))
    assert said.startswith("DONE for the selected steps only (exit code 0)")
    assert "Left out by the selection: boot (k8s-1 k8s-2), dns" in said
    assert "3 left out" in said


def test_a_cancelled_run_says_how_to_go_on() -> None:
    """And which call is in doubt: it was cut short."""
    run = entries(
        (0.0, began("a", "b")),
        (1.0, Acting("a", 1)),
        (2.0, AttemptFailed("a", 1, "cancelled", "stopped")),
        (2.0, Stopped("a", "the run was stopped")),
        (2.0, RunEnded(130)),
    )
    said = _said(run)
    assert said.startswith("CANCELLED (exit code 130)")
    assert "next: the same command goes on from here" in said
    assert "looked at before acting): a\n" in said
    assert "Stopped: a\n" in said
    assert "Not reached: b\n" in said


def test_a_call_in_doubt_that_was_seen_true_afterwards_is_not_in_doubt_any_more() -> None:
    """The world has answered."""
    run = entries((0.0, began("a")), (1.0, Acting("a", 1)), (2.0, Satisfied("a")), (2.0, RunEnded(0)))
    assert "in doubt" not in _said(run)


def test_a_lost_lease_is_told_though_no_event_tells_it() -> None:
    """The journal took nothing more; the caller knows why."""
    run = entries((0.0, began("a")), (1.0, Acting("a", 1)))
    said = summary(timeline(run), stopped="the lease was taken by nuc-2", next_action="wait until its run has ended")
    assert "Stopped: the lease was taken by nuc-2\n  next: wait until its run has ended\n" in said
    assert said.startswith("CUT OFF: main on the lab estate\n")
    assert "still runs" not in said
    assert "goes on from here" not in said


def test_a_step_that_became_true_by_itself_was_not_already_true() -> None:
    """It was waited for, without an act."""
    run = entries((0.0, began("a")), (1.0, Waiting("a", "0/2")), (9.0, Satisfied("a")), (9.0, RunEnded(0)))
    assert "Steps: 1 became true without an act." in _said(run)


def test_steps_blocked_by_the_same_step_share_a_line() -> None:
    """A long list of blocked steps must not hide what failed."""
    told = [line for line in _said(FAILED_RUN).splitlines() if line.startswith("Not started")]
    assert told == ["Not started, because cni did not become true: dns"]


def test_a_record_without_its_beginning_still_has_a_summary() -> None:
    """It says so."""
    assert "its beginning is not in the journal" in _said(FAILED_RUN[3:])


def test_secrets_and_escape_sequences_do_not_reach_the_text() -> None:
    """Whatever a step put into its sentences."""
    run = entries(
        (0.0, began("a", "b")),
        (1.0, Failed("a", Secret("canary-7f"), "\x1b[2Jlook\nthere")),  # type: ignore[arg-type]
        (1.0, Verifying("b")),
        (2.0, Waiting("b", Secret("canary-7f"))),  # type: ignore[arg-type]
    )
    said = _said(run)
    assert "canary-7f" not in said
    assert "    next: look there\n" in said


def test_the_json_form_says_the_same() -> None:
    """It survives JSON, and has outcome, counts, steps and critical path."""
    shown = json.loads(json.dumps(as_json(timeline(FAILED_RUN, NEEDS), real_s=15.2)))
    assert (shown["outcome"], shown["exit_code"], shown["virtual"]) == ("failed", 1, True)
    assert shown["note"] == "rehearsal: no machine was touched"
    assert shown["real_seconds"] == 15.2
    assert shown["counts"]["failed"] == 1
    assert shown["exceptions"] == ["k8s-6 is absent by --without"]
    assert [step["step"] for step in shown["steps"]] == ["preflight", "etcd", "cni", "dns"]
    assert shown["steps"][2]["next_action"] == "look at k8s-2: kubectl describe node k8s-2"
    assert [link["step"] for link in shown["critical_path"]] == ["preflight", "etcd", "cni"]


def test_the_json_form_refuses_a_secret() -> None:
    """A Secret among the sentences is no JSON."""
    run = entries((0.0, began("a")), (1.0, Failed("a", Secret("canary-7f"), "look")))  # type: ignore[arg-type]
    with pytest.raises(TypeError) as raised:
        json.dumps(as_json(timeline(run)))
    assert "canary-7f" not in str(raised.value)
