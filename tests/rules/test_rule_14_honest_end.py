"""Rule 14: the summary never claims more than was shown, and what was not shown has an exit code of its own."""

from __future__ import annotations

import pytest

from bootstrap.events import RunEnded
from operations.summary import as_json, summary
from operations.timeline import timeline
from rehearsal.faults import Fault
from tests.rules.whole import Play, Ran, needs_of, play

CASES = {
    "absent-nodes": ((Fault("node-dies", "k8s-6"),), ("k8s-6",), {}, "k8s-6 is absent"),
    "an-accepted-gate": ((), (), {"spegel": "known"}, "spegel accepted (known)"),
    "an-empty-volume": ((Fault("empty-backup", "sonarr"),), (), {}, "volume media/sonarr came up empty"),
}


def printed(ran: Ran) -> str:
    return summary(timeline(ran.rehearsed.entries, needs_of()))


@pytest.mark.parametrize("case", CASES)
def test_rule_14_what_was_not_shown_is_named_and_has_its_own_exit_code(case: str) -> None:
    """Exit code 4; the same sentence in the result, the journal and the printed summary."""
    faults, without, accept, sentence = CASES[case]
    ran = play(*faults).run(without=without, accept=accept)
    assert (ran.code, ran.violations) == (4, ())
    (ended,) = ran.events(RunEnded)
    assert any(sentence in text for text in ran.exceptions)
    assert (ended.exit_code, ended.exceptions) == (4, ran.exceptions)
    assert sentence in printed(ran)
    assert "DONE WITH EXCEPTIONS" in printed(ran) or "exit code 4" in printed(ran)


def held_up(*faults: Fault) -> Play:
    """An app that is not critical waits for another one, which never comes."""
    scene = play(*faults)
    (radarr,) = (app for app in scene.world.repository.apps if app.key == "media/radarr")
    radarr.depends_on.append("media/nowhere")
    return scene


def test_rule_14_an_app_that_is_not_ready_is_waited_for_within_bounds_and_named() -> None:
    """The cluster is back without it; nobody says that it is ready."""
    ran = held_up().run()
    assert (ran.code, ran.violations) == (4, ())
    assert any("media/radarr" in text for text in ran.exceptions)
    assert "media/radarr" in printed(ran)


def test_rule_14_all_exceptions_are_named_together() -> None:
    """A node, an app and a volume at once: none hides another."""
    ran = held_up(Fault("node-dies", "k8s-6"), Fault("empty-backup", "sonarr")).run(without=("k8s-6",))
    assert ran.code == 4
    for what in ("k8s-6", "radarr", "sonarr"):
        assert any(what in text for text in ran.exceptions), what


def test_rule_14_a_plain_success_claims_no_exception_and_a_failure_no_success() -> None:
    """Exit code 0 has nothing to name; a run that failed says so in its first word."""
    done, failed = play().run(), play(Fault("failing-pull", "cilium")).run()
    assert (done.code, done.exceptions) == (0, ())
    assert as_json(timeline(done.rehearsed.entries))["outcome"] == "done"
    assert failed.code == 1
    assert printed(failed).startswith("FAILED")


def test_rule_14_a_worker_that_dies_late_is_named() -> None:
    """Its own gates held long before; at the end it is looked at once more."""
    ran = play(Fault("node-dies", "k8s-6", at=400.0)).run()
    assert (ran.code, ran.violations) == (4, ())
    assert any("k8s-6" in text for text in ran.exceptions)
    assert "k8s-6" in printed(ran)


def test_rule_14_a_control_plane_that_dies_late_is_no_success() -> None:
    """etcd and the API do not hold on it any more: the run fails and says so."""
    ran = play(Fault("node-dies", "k8s-3", at=400.0)).run()
    assert ran.code == 1
    assert "k8s-3" in ran.rehearsed.result.outcomes["control_plane_holds"].sentence
