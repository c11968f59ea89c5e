"""Rule 10: after Flux owns a release, bootstrap only verifies it, unless told to take it back."""

from __future__ import annotations

import pytest

from steps.site import Options
from tests.rules.whole import Play, finished

COREDNS = "kube-system/coredns"


def broken(status: str) -> Play:
    """Flux owns CoreDNS, and it is not as the tree has it."""
    scene = finished()
    record = scene.world.releases[COREDNS]
    assert record["owner"] == "flux"
    if status == "older":
        record["version"] = "1.0.0"
    else:
        record["status"] = status
    return scene


@pytest.mark.parametrize("status", ["older", "failed", "pending-upgrade"])
def test_rule_10_a_release_that_flux_owns_is_waited_for_and_left_alone(status: str) -> None:
    """It is Flux's to bring there: the run waits, names it, and touches nothing."""
    ran = broken(status).run()
    assert (ran.code, ran.violations) == (1, ())
    assert (ran.done("helm-sync"), ran.done("helm-repair")) == ([], [])
    assert "Flux owns it" in ran.failed["coredns"]


def test_rule_10_a_second_run_syncs_nothing() -> None:
    """All releases are Flux's by then: they are verified."""
    ran = finished().run()
    assert (ran.code, ran.done("helm-sync"), ran.violations) == (0, [], ())


def test_rule_10_what_is_taken_back_by_name_is_synced_and_nothing_else() -> None:
    """--take-back coredns, and Spegel is in no better shape: only CoreDNS is touched."""
    scene = broken("older")
    scene.world.releases["system/spegel"]["status"] = "failed"
    ran = scene.run(options=Options(take_back=frozenset({"coredns"})))
    assert ran.done("helm-sync") == [COREDNS]
