"""Parts of a bootstrap: what is selected acts, what it needs is only looked at, and exceptions are named to the end."""

from __future__ import annotations

import json

from tests.commands.desk import MAIN, Desk, tree
from tests.commands.record import effects, rows

FAST = ("--pace", "max")


def _bootstrap(desk: Desk, *words: str, code: int = 0) -> str:
    ended = desk.run("bootstrap", *MAIN, *FAST, *words)
    assert ended.code == code, ended.end_of_it
    return ended.out


def _modes(desk: Desk) -> dict[str, str]:
    """Step -> mode, of the last run."""
    return next(fields["modes"] for kind, fields in reversed(rows(desk.journal)) if kind == "RunStarted")


def _acted(desk: Desk) -> set[str]:
    return {fields["step"] for kind, fields in rows(desk.journal) if kind == "Acting"}


def test_until_and_from_together_are_a_whole(desk: Desk) -> None:
    """First up to Cilium, then from CoreDNS on: no step acts that was not selected, and the end is reached."""
    first = _bootstrap(desk, "--until", "cilium")
    assert "DONE for the selected steps only (exit code 0): main" in first
    assert ": done for the selected steps only." in desk.run("status", *MAIN).out
    assert "cilium" in _acted(desk)
    assert "coredns" not in _acted(desk)
    before = len(effects(desk.world))
    _bootstrap(desk, "--from", "coredns")
    assert _modes(desk)["cilium"] == "verify"
    assert {target for what, target in effects(desk.world)[before:] if what == "apply-config"} == set()
    assert desk.run("plan", *MAIN).code == 0


def test_only_acts_on_nothing_else(desk: Desk) -> None:
    """What it needs is not there and may not be made: the run fails and has done nothing."""
    out = _bootstrap(desk, "--only", "coredns", "--deadline", "900", code=1)
    assert "FAILED" in out
    assert "run without --only, or with --until coredns instead" in out
    assert "it is known which life of etcd this is: the journal has no life (generation)" in out
    assert not desk.world.exists() or effects(desk.world) == []
    assert _acted(desk) == set()


def test_skip_leaves_out_what_needs_it_too(desk: Desk) -> None:
    """Without cert-manager Flux is not begun; the summary names what was left out."""
    out = _bootstrap(desk, "--skip", "cert_manager")
    modes = _modes(desk)
    assert (modes["spegel"], modes["cert_manager"], modes["flux_instance"]) == ("run", "skip", "skip")
    assert "Left out by the selection: " in out
    assert "flux_instance" in out.partition("Left out by the selection: ")[2]


def test_node_narrows_to_its_steps(desk: Desk) -> None:
    """One control plane is installed, no other machine is touched. (A worker alone would wait: its certificate is
    signed by a control plane.)
    """
    _bootstrap(desk, "--until", "etcd_generation_opened")
    _bootstrap(desk, "--node", "k8s-1", "--until", "talos_config_applied")
    assert {target for what, target in effects(desk.world) if what == "apply-config"} == {"k8s-1"}


def test_repeated_flags_add_up(desk: Desk) -> None:
    """Two nodes are two nodes, not the last one that was named."""
    _bootstrap(desk, "--node", "k8s-4", "--node", "k8s-5", "--only", "machine_config_rendered")
    assert {step for step, mode in _modes(desk).items() if mode == "run"} == {
        "machine_config_rendered[k8s-4]",
        "machine_config_rendered[k8s-5]",
    }


def test_without_dead_nodes_is_done_with_exceptions(desk: Desk) -> None:
    """A control plane and a worker are left out: exit code 4, both named, and nobody touched them."""
    out = _bootstrap(desk, "--without", "k8s-3", "--without", "k8s-5", code=4)
    assert "DONE WITH NAMED EXCEPTIONS (exit code 4): main" in out
    for node in ("k8s-3", "k8s-5"):
        assert f"{node} is absent by --without" in out.partition("Named exceptions:")[2]
        assert not [target for _, target in effects(desk.world) if node in target]
    assert "k8s-3 is absent" in desk.run("report", *MAIN).out


def test_accept_repeats_the_reason_to_the_end(desk: Desk) -> None:
    """The step is not acted on; summary, journal, report and JSON all repeat the operator's reason."""
    reason = "the registry is down = known"
    out = _bootstrap(desk, "--accept", f"spegel={reason}", code=4)
    assert "spegel" not in _acted(desk)
    assert f"spegel accepted ({reason})" in out.partition("Named exceptions:")[2]
    assert ("Accepted", "spegel", reason) in [
        (kind, fields.get("step"), fields.get("reason")) for kind, fields in rows(desk.journal)
    ]
    assert reason in desk.run("report", *MAIN).out
    told = json.loads(desk.run("report", *MAIN, "--format", "json").out)
    assert told["exit_code"] == 4
    assert any(reason in exception for exception in told["exceptions"])


def test_dry_run_is_the_plan_and_touches_nothing(desk: Desk) -> None:
    """Changes pending: 2. Afterwards there is no state, no world, no lease."""
    dry = desk.run("bootstrap", *MAIN, "--dry-run", "--until", "cilium")
    assert dry.code == 2
    assert "talos_config_applied[k8s-1]" in dry.out
    assert dry.out == desk.run("plan", *MAIN, "--until", "cilium").out
    assert not desk.state.exists()


def test_dry_run_of_what_is_done_finds_nothing(finished: Desk) -> None:
    """No changes: 0, and not one byte of the state changes."""
    before = tree(finished.state)
    dry = finished.run("bootstrap", *MAIN, "--dry-run")
    assert dry.code == 0
    assert "Nothing is to be done: every step is true." in dry.out
    assert tree(finished.state) == before


def test_the_second_run_does_nothing(finished: Desk) -> None:
    """Everything is true already: no act, no effect, exit code 0."""
    before, acted = effects(finished.world), len([kind for kind, _ in rows(finished.journal) if kind == "Acting"])
    _bootstrap(finished)
    assert effects(finished.world) == before
    assert len([kind for kind, _ in rows(finished.journal) if kind == "Acting"]) == acted
