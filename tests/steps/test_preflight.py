"""The preflight lists everything that stands against a run, at once, and leaves no trace (rule 9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bootstrap.errors import Permanent, Transient
from estate.git import GitState
from estate.workstation import Tool
from rehearsal.faults import Fault, inject
from steps.survey_workstation import survey_tools
from tests.steps.harness import Scene, answering, bare, finished, raising
from tree.reference import parsed

Arrange = Callable[[Scene], object]


def workstation(**calls: Callable[..., Any]) -> Arrange:
    return port("workstation", **calls)


def port(name: str, **calls: Callable[..., Any]) -> Arrange:
    def arrange(scene: Scene) -> None:
        before = scene.adapt
        scene.adapt = lambda estate: answering(name, **calls)(before(estate))

    return arrange


def fault(kind: str, where: str) -> Arrange:
    return lambda scene: inject(scene.world, [Fault(kind, where)])


def disk(node: str, **values: Any) -> Arrange:
    return lambda scene: scene.world.machines[node].disks[0].update(values)


def second_disk(node: str) -> Arrange:
    def arrange(scene: Scene) -> None:
        disks = scene.world.machines[node].disks
        disks.append({**disks[0], "path": "/dev/sdz"})

    return arrange


def repository(**values: Any) -> Arrange:
    def arrange(scene: Scene) -> None:
        for name, value in values.items():
            setattr(scene.world.repository, name, value)

    return arrange


def machine(node: str, **values: Any) -> Arrange:
    def arrange(scene: Scene) -> None:
        for name, value in values.items():
            setattr(scene.world.machines[node], name, value)

    return arrange


def vault(**values: str) -> Arrange:
    def arrange(scene: Scene) -> None:
        references = {name: parsed(getattr(scene.cluster.identity, name)) for name in values}
        scene.secrets = {references[name]: value for name, value in values.items()}

    return arrange


def no_value(scene: Scene) -> None:
    scene.world.vault_missing.append("op://homelab-main/cluster-secrets/SECRET_DOMAIN")


TOOL = Tool("talosctl", "", ">= 1.11", fits=False)
OLD_HELM = Tool("helm", "3.1.0", ">= 3.18", fits=False)
OF_THE_WORKSTATION: dict[str, tuple[Arrange, str]] = {
    "tools": (workstation(tools=lambda: [TOOL, OLD_HELM]), "talosctl is not installed, wanted >= 1.11"),
    "clock": (workstation(clock_offset_s=lambda: -120.4), "clock is -120 s off"),
    "dirty": (repository(dirty=["kubernetes/main/a.yaml"]), "uncommitted changes: kubernetes/main/a.yaml"),
    "unpushed": (repository(pushed=False), "is not on main of https://github.com"),
}
OF_THE_MACHINES: dict[str, tuple[Arrange, str, int]] = {
    "foreign": (fault("foreign", "k8s-3"), "k8s-3 (10.11.0.13) belongs to another cluster", 3),
    "mac": (fault("wrong-mac", "k8s-4"), "k8s-4 (10.11.0.14) has MAC 02:00:00:00:00:01; the inventory says", 3),
    "failure_6": (disk("k8s-2", serial="OTHER"), "k8s-2: 0 disks match the install disk", 1),
    "failure_6 twice": (second_disk("k8s-6"), "k8s-6: 2 disks match the install disk", 1),
    "failure_5": (machine("k8s-5", talos_version="v1.10.9"), "k8s-5 booted Talos v1.10.9, older than", 1),
}
OF_THE_SECRETS: dict[str, tuple[Arrange, str]] = {
    "signed out": (port("secrets", check=lambda: "you are not signed in to 1Password"), "you are not signed in"),
    "failure_3": (no_value, "no value for op://homelab-main/cluster-secrets/SECRET_DOMAIN"),
    "bad CA": (vault(kubernetes_ca="not base64"), "op://homelab-main/talos/CLUSTER_CA_CRT is no certificate"),
    "empty CA": (vault(talos_ca=""), "op://homelab-main/talos/MACHINE_CA_CRT"),
    "CA that is text": (vault(talos_ca="bm90IGEgY2VydA=="), "op://homelab-main/talos/MACHINE_CA_CRT is no certificate"),
}
ALONE = {
    **{name: (*case, 1) for name, case in (OF_THE_WORKSTATION | OF_THE_SECRETS).items()},
    **OF_THE_MACHINES,
    "unreachable": (repository(unreachable="could not resolve host"), "cannot be read: could not resolve host", 1),
    "tools fail": (workstation(tools=raising(Permanent("PATH is empty", "set it"))), "PATH is empty", 1),
}


@pytest.mark.parametrize(
    ("tools", "said"), [([], "no tool is needed"), ([Tool("helm", "3.18.0", ">= 3.18", fits=True)] * 2, "2 tools fit")]
)
def test_tools_that_fit_are_counted(tools: list[Tool], said: str) -> None:
    """Where none is needed, none is said to fit."""
    scene = bare()
    workstation(tools=lambda: tools)(scene)
    assert said in str(scene.play(survey_tools))


def untouched(scene: Scene) -> bool:
    world = scene.world
    return not (world.effects or world.files or world.asked or world.objects or world.releases)


@pytest.mark.parametrize("name", ALONE)
def test_a_problem_stops_the_run_before_anything_is_touched(name: str) -> None:
    """Each problem alone: named with a next action, 3 for what a guard refuses and 1 for the rest, no effect."""
    arrange, sentence, code = ALONE[name]
    scene = bare()
    arrange(scene)
    ran = scene.run()
    assert ran.code == code
    assert sentence in ran.problems["preflight"]
    assert " -> " in ran.problems["preflight"]
    assert untouched(scene)


def test_all_problems_are_listed_at_once() -> None:
    """Seven of the workstation and the machines, each with what to do; a guard among them makes it 3."""
    scene = bare()
    expected = [*(case[1] for case in OF_THE_WORKSTATION.values()), *(case[1] for case in OF_THE_MACHINES.values())]
    workstation(tools=lambda: [TOOL, OLD_HELM], clock_offset_s=lambda: -120.4)(scene)
    arranges = [OF_THE_WORKSTATION[name][0] for name in ("dirty", "unpushed")]
    for arrange in (*arranges, *(case[0] for case in OF_THE_MACHINES.values())):
        arrange(scene)
    machine("k8s-1", phase="off")(scene)
    ran = scene.run()
    told = ran.problems["preflight"]
    assert ran.code == 3
    assert [sentence for sentence in expected if sentence not in told] == []
    assert "k8s-1 (10.11.0.11) does not answer" in told
    assert told.startswith("11 problems before the first step:")
    assert ran.result.outcomes["preflight"].next_action.endswith("nothing was touched")
    assert untouched(scene)


def test_problems_of_the_secrets_do_not_hide_those_of_the_workstation() -> None:
    """Without credentials machines cannot be told apart: that is said, and all else is still listed."""
    scene = bare()
    arranges = [OF_THE_WORKSTATION[name][0] for name in ("clock", "dirty", "unpushed")]
    for arrange in (*arranges, OF_THE_SECRETS["failure_3"][0]):
        arrange(scene)
    told = scene.run().problems["preflight"]
    listed = [OF_THE_WORKSTATION[name][1] for name in ("clock", "dirty", "unpushed")]
    assert [sentence for sentence in listed if sentence not in told] == []
    assert OF_THE_SECRETS["failure_3"][1] in told
    assert "the machines were not looked at" in told
    assert untouched(scene)


@pytest.mark.parametrize("error", [Transient("git does not answer"), Permanent("git does not answer", "see why")])
def test_a_check_that_fails_does_not_hide_the_others(error: Exception) -> None:
    """A port that raises is one more problem, beside those that were found."""
    scene = bare()
    port("git", state=raising(error))(scene)
    fault("wrong-mac", "k8s-4")(scene)
    told = str(scene.look("preflight"))
    assert "git does not answer" in told
    assert "k8s-4 (10.11.0.14) has MAC" in told


def test_failure_03_a_reference_without_value_is_asked_for_once() -> None:
    """No retry storm on one bad reference: the vault is asked once, and the run ends."""
    scene = bare()
    no_value(scene)
    assert scene.run().code == 1
    assert scene.world.calls["resolve:vault"] == 1


def test_failure_03_all_references_are_resolved_once_in_a_whole_run() -> None:
    """However many steps need secrets."""
    assert finished().world.calls["resolve:vault"] == 1


def test_a_vault_that_comes_back_is_waited_for() -> None:
    """What heals by itself holds the run up and does not end it."""
    scene = bare()
    scene.world.vault_away_until = 60.0
    ran = scene.run(until=("secrets_resolved",))
    assert ran.code == 0
    assert scene.world.now >= 60.0


@pytest.mark.parametrize(
    ("arrange", "sentence"),
    [
        (machine("k8s-5", phase="off"), "k8s-5 (10.11.0.15) does not answer: power it on, or go --without k8s-5"),
        (lambda scene: setattr(scene.world, "vault_away_until", 1e9), "the vault homelab-main does not answer"),
        (workstation(reaches=lambda host, _: f"{host} is silent" if host == "quay.io" else ""), "quay.io is silent"),
    ],
    ids=["absent machine", "vault away", "registry away"],
)
def test_what_does_not_come_back_is_named_when_the_wait_ends(arrange: Arrange, sentence: str) -> None:
    """A wait has an end (rule 12), says what it waited for, and nothing was touched."""
    scene = bare()
    arrange(scene)
    ran = scene.run()
    assert ran.code == 1
    assert sentence in ran.problems["preflight"]
    assert untouched(scene)
    assert all(outcome.ending.value == "blocked" for id, outcome in ran.result.outcomes.items() if id != "preflight")


def test_charts_come_from_hosts_that_must_answer() -> None:
    """Every registry of a release or of definitions is dialled once, on its own port, and no chart of the tree."""
    scene, asked = bare(), list[tuple[str, int]]()

    def reaches(host: str, number: int) -> str:
        asked.append((host, number))
        return ""

    workstation(reaches=reaches)(scene)
    scene.look("preflight")
    assert sorted(asked) == [("ghcr.io", 443), ("mirror.gcr.io", 443), ("quay.io", 443)]


@pytest.mark.parametrize("offset", [None, 0.0, 29.9, -29.9])
def test_a_clock_that_is_right_enough_or_unknown_stops_nothing(offset: float | None) -> None:
    """An offset of seconds does no harm to certificates, and no time server is no proof of a wrong clock."""
    scene = bare()
    workstation(clock_offset_s=lambda: offset)(scene)
    assert type(scene.look("preflight")).__name__ == "Holds"


def test_a_finished_cluster_passes_although_its_disks_hold_talos() -> None:
    """Machines that run as ours are not asked about their disks, MAC or image."""
    scene = finished()
    assert scene.run(only=("preflight",)).code == 0
    assert scene.world.asked == []


def test_git_findings_name_what_flux_would_miss() -> None:
    """Dirty, and not pushed, are two problems with two remedies."""
    scene = bare()
    state = GitState("a" * 40, "main", ("kubernetes/main/b",), "c" * 40, pushed=False)
    port("git", state=lambda *_: state)(scene)
    told = str(scene.look("preflight"))
    assert "commit and push them" in told
    assert f"commit {'a' * 12} is not on main" in told
