"""A finished bootstrap in the lab: what it printed, that a second one changes nothing, that it kept no secret."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.commands.desk import Desk, Ended, tree
from tests.lab.whole.canaries import found_in, secrets_of
from tests.lab.whole.evidence import folder_of, journal, place_of, writing_commands
from tests.lab.whole.homelab import CLUSTER, LAB, inside

pytestmark = [
    pytest.mark.needs("a private network"),
    pytest.mark.xdist_group("lab"),
    pytest.mark.timeout(1500),
]

KEPT = (
    "namespaces,secrets,configmaps,services,deployments,daemonsets,statefulsets,persistentvolumeclaims,"
    "customresourcedefinitions,kustomizations,helmreleases,gitrepositories,ocirepositories,externalsecrets,fluxinstances"
)
"""Kinds of what a bootstrap and Flux bring; nobody writes to such objects again once all have settled."""
NODES = "10.11.0.11,10.11.0.12,10.11.0.13,10.11.0.14,10.11.0.15,10.11.0.16"
Versions = Mapping[str, str]


@dataclass(frozen=True)
class Again:
    """A second bootstrap: how it ended, what the journal got from it, what was written, versions before and after."""

    ended: Ended
    events: list[tuple[str, dict[str, Any]]]
    writes: list[str]
    before: Versions
    after: Versions


def versions(desk: Desk) -> Versions:
    """Object, machine config or release -> its version or revision."""
    lines = inside(
        desk,
        f"kubectl get {KEPT} -A -o jsonpath='{{range .items[*]}}{{.kind}}/{{.metadata.namespace}}/{{.metadata.name}} "
        '{.metadata.uid}/{.metadata.resourceVersion}{"\\n"}{end}\' && '
        f"talosctl -n {NODES} get machineconfig v1alpha1 | awk 'NR > 1 {{print $1, $NF}}' && "
        'helm list -A --no-headers | awk \'{print "release/"$1, $3"/"$5}\'',
    )
    return dict(line.rsplit(maxsplit=1) for line in lines.splitlines() if line.strip())


@pytest.fixture(scope="module")
def again(finished: tuple[Desk, Ended]) -> Again:
    desk, _ = finished
    before, entries, writes = versions(desk), len(journal(desk)), len(writing_commands(desk))
    ended = desk.run("bootstrap", *LAB)
    return Again(ended, journal(desk)[entries:], writing_commands(desk)[writes:], before, versions(desk))


@pytest.fixture(scope="module")
def vault(finished: tuple[Desk, Ended], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Every secret value, by reference."""
    return secrets_of(finished[0], tmp_path_factory.mktemp("vault"))


def test_it_ends_with_the_timeline_and_the_line_to_paste(finished: tuple[Desk, Ended]) -> None:
    """Exit code 0, the critical path from the machines to the apps, the total, and how to go inside."""
    _, ended = finished
    summary = ended.out.partition("DONE (exit code 0): main on the lab estate")[2]
    assert ended.code == 0
    path = [line.split()[-1] for line in summary.partition("Critical path:")[2].splitlines() if line.startswith("  ")]
    assert "etcd_bootstrapped" in path
    assert path.index("etcd_bootstrapped") < path.index("cilium") < path.index("flux_instance")
    assert "\nTotal: " in summary
    assert summary.splitlines()[-1] == "invoke lab.shell --cluster main"


def test_status_says_that_every_step_is_true(finished: tuple[Desk, Ended]) -> None:
    """As JSON: every step by name, and the last run done."""
    ended = finished[0].run("status", *LAB, "--format", "json")
    said = json.loads(ended.out)
    assert {step: look["sentence"] for step, look in said["now"].items() if look["state"] != "true"} == {}
    assert len(said["now"]) > 50
    assert said["last_run"].endswith(": done.")


def test_plan_says_that_nothing_is_to_be_done(finished: tuple[Desk, Ended]) -> None:
    """Exit code 0: no step is open, and neither a machine nor a release differs from Git."""
    ended = finished[0].run("plan", *LAB)
    assert ended.code == 0, ended.said[-2000:]
    assert "Nothing is to be done: every step is true." in ended.out


def test_a_second_run_verifies_all_and_acts_never(again: Again) -> None:
    """Every step is looked at anew and found true; no act, and no command that writes."""
    assert again.ended.code == 0, again.ended.end_of_it
    assert [fields for kind, fields in again.events if kind == "Acting"] == []
    assert len({fields["step"] for kind, fields in again.events if kind == "Satisfied"}) > 50
    assert again.writes == []
    assert "DONE (exit code 0): main on the lab estate" in again.ended.out


def test_a_second_run_changes_nothing(again: Again) -> None:
    """No object was written, no release has a new revision, no machine another config."""
    assert len([name for name in again.before if name.startswith("release/")]) > 10
    assert len([name for name in again.before if name.startswith("10.11.0.")]) == 6
    assert dict(again.after) == dict(again.before)


def test_no_value_of_the_vault_is_kept(again: Again, finished: tuple[Desk, Ended], vault: Mapping[str, str]) -> None:
    """Not in the journal, the log of commands, the lab's logs, the checkout, or in anything that was printed."""
    desk, first = finished
    place, state = place_of(desk), folder_of(desk)
    printed = state.parent / "printed"
    printed.write_text(first.said + again.ended.said)
    files = [path for folder in (state, desk.root) for path in folder.rglob("*") if path.is_file()]
    outside = [path for path in files if not path.is_relative_to(place.folder)]
    logs = [path for path in place.logs.rglob("*") if path.is_file()]
    assert {"journal.sqlite", "commands.log"} <= {path.name for path in outside}
    assert len(logs) > 10
    assert found_in(vault, [printed, *outside, *logs]) == []


def test_the_values_are_found_where_they_have_to_be(finished: tuple[Desk, Ended], vault: Mapping[str, str]) -> None:
    """The search itself works: the machines' disks hold the PKI."""
    assert len(vault) > 15
    disks = list(place_of(finished[0]).machines.glob("*/machine.json"))
    assert len({name for name, _ in found_in(vault, disks)}) > 8


def test_the_operators_home_and_checkout_are_left_alone(again: Again, finished: tuple[Desk, Ended]) -> None:
    """Nothing was written to HOME, and git sees no change."""
    desk, _ = finished
    assert again.ended.code == 0
    assert tree(desk.home) == {}
    said = subprocess.run(["git", "status", "--porcelain"], cwd=desk.root, capture_output=True, text=True, check=True)
    assert said.stdout == ""


def test_the_lab_says_that_it_is_up(finished: tuple[Desk, Ended]) -> None:
    """`lab.status`: every program that it keeps runs, and none was restarted by a crash of the lab's making."""
    ended = finished[0].run("lab.status", *CLUSTER, "--format", "json")
    said = json.loads(ended.out)
    assert said["phase"] == "up"
    names = {program["name"] for program in said["programs"] if program["running"]}
    assert {"k8s-1-etcd", "k8s-2-etcd", "k8s-3-etcd", "registry", "kwok"} <= names
