"""Rule 5: a secret value never stands in the journal, a report, an exception, or a file that outlives its use."""

from __future__ import annotations

import json

import pytest

from bootstrap.events import Entry
from inventory.model import Cluster
from operations.summary import as_json, summary
from operations.timeline import timeline
from rehearsal.faults import Fault, faults_of
from rehearsal.pki import value_of
from rehearsal.world_json import to_json
from tests.rules.whole import Ran, cluster_of, finished, needs_of, play
from tree.reference import parsed


def canaries(pki: str = "first") -> tuple[str, ...]:
    """Every value of the vault of main, however often it is used."""
    world = play().world
    return tuple(value_of(parsed(text), pki) for text in world.repository.references)


def all_that_is_kept(ran: Ran) -> str:
    """The journal of the run, its result, and both forms of its summary."""
    entries: tuple[Entry, ...] = ran.rehearsed.entries
    line = timeline(entries, needs_of())
    return "\n".join((repr(entries), repr(ran.rehearsed.result), summary(line), json.dumps(as_json(line))))


def assert_no_secret(text: str) -> None:
    leaked = [f"value {number}" for number, value in enumerate(canaries()) if value in text]
    assert leaked == []


@pytest.mark.parametrize("seed", range(25))
def test_rule_05_no_value_of_the_vault_is_kept_by_a_run(seed: int) -> None:
    """With and without faults, done or failed: journal, outcome, summary and the rehearsed world itself."""
    scene = play(*(faults_of(seed, cluster_of()) if seed else ()), seed=seed)
    ran = scene.run(agrees=True)
    assert_no_secret(all_that_is_kept(ran))
    assert_no_secret(to_json(scene.world))


def test_rule_05_the_canaries_are_seen_when_they_are_there() -> None:
    """The search itself works: a config in plain text is full of them."""
    with pytest.raises(AssertionError, match="value"):
        assert_no_secret(f"machine: {{token: {canaries()[0]}}}")
    assert len(canaries()) > 15
    assert all(len(value) >= 12 for value in canaries())


def test_rule_05_failures_around_secrets_name_them_and_do_not_show_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A vault that lacks one, one that is empty, a drifted talosconfig, a certificate that is none."""
    cluster: Cluster = cluster_of()
    scene = play()
    scene.world.vault_missing.append(cluster.identity.talos_ca)
    ran = scene.run()
    assert ran.code == 1
    assert "MACHINE_CA_CRT" in ran.failed["preflight"]
    assert_no_secret(all_that_is_kept(ran))
    scene = finished()
    scene.world.files[cluster.files.talosconfig] = "contexts: {}"
    ran = scene.run()
    assert ran.code == 0
    assert "kubeconfig_fetched" in ran.acted
    assert_no_secret(all_that_is_kept(ran))


def test_rule_05_a_config_that_is_refused_is_not_quoted() -> None:
    """Lost calls and refusals end in sentences; none of them carries a machine config."""
    faults = [Fault("lost-after", "", call="apply", nth=number) for number in (1, 3)]
    ran = play(*faults, Fault("lost-after", call="write"), Fault("lost-before", call="resolve")).run()
    assert ran.code == 0
    assert_no_secret(all_that_is_kept(ran))
