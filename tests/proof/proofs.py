"""What was proved where: the data of the README's table. A date stands only beside the test or command that showed it.

To enter a proof, replace one NEVER by `on("2026-11-24", "tests/lab/...::test_...")`: no other line changes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """on: the day, YYYY-MM-DD. by: tests (file::function), or commands (`invoke ...`)."""

    on: str
    by: tuple[str, ...]


NEVER = Shown("never", ())
NOT_THERE = Shown("-", ())
"""There is nothing of this kind to be shown in that place."""


def on(day: str, *by: str) -> Shown:
    return Shown(day, by)


@dataclass(frozen=True, slots=True)
class Proof:
    """One row: a sentence, and the four places where it may be true."""

    what: str
    rehearsal: Shown = NOT_THERE
    lab: Shown = NEVER
    talos: Shown = NEVER
    proxmox: Shown = NEVER

    @property
    def places(self) -> tuple[Shown, ...]:
        return (self.rehearsal, self.lab, self.talos, self.proxmox)


_DAY = "2026-11-23"
_BOOTSTRAPS = "tests/rehearsal/test_bootstraps.py"
_KILLED = "tests/simulation/test_killed.py"
_PROCESSES = "tests/lab/contents/test_processes.py"
_FLUX = "tests/lab/charts/test_flux.py"
_RELEASES = "tests/edges/test_helm_releases.py"
_STANDING = "tests/lab/supervisor/test_standing.py"
_THREE = "tests/lab/control_plane/test_three.py"
_MACHINES = "tests/edges/test_talos_machines.py"
_OP = "tests/lab/services/test_vault_op.py"

WHOLE = (
    Proof(
        "bootstrap of main, uninterrupted",
        rehearsal=on(_DAY, f"{_BOOTSTRAPS}::test_bare_machines_become_a_cluster"),
        lab=on(_DAY, "tests/lab/whole/test_finished.py::test_it_ends_with_the_timeline_and_the_line_to_paste"),
        proxmox=NOT_THERE,
    ),
    Proof(
        "bootstrap of staging, uninterrupted",
        rehearsal=on(_DAY, f"{_BOOTSTRAPS}::test_bare_machines_become_a_cluster"),
        lab=NEVER,
    ),
    Proof(
        "killed at every journal write, resumed, same final state",
        rehearsal=on(_DAY, f"{_KILLED}::test_killed_at_every_write_it_ends_in_the_same_state"),
        lab=NEVER,
    ),
    Proof(
        "`kill -9` of the command, 21 times in one walk, same final state",
        rehearsal=on(
            _DAY, "tests/commands/test_killed.py::test_killed_again_and_again_it_ends_as_if_nothing_had_happened"
        ),
        lab=NEVER,
    ),
    Proof(
        "1,000 worlds with faults: done, or a named error; every rule kept",
        rehearsal=on(
            _DAY,
            "tests/rules/test_campaign.py::test_campaign_every_seed_ends_done_or_in_a_named_error_with_all_rules_kept",
        ),
        lab=NEVER,
    ),
    Proof(
        "a dead control plane and a dead worker left out, both named",
        rehearsal=on(_DAY, f"{_BOOTSTRAPS}::test_dead_nodes_can_be_gone_without"),
        lab=NEVER,
    ),
    Proof(
        "two operators at once, one runs (200 rounds; 3 with whole commands)",
        rehearsal=on(
            _DAY,
            "tests/lease/test_two_operators.py::test_of_two_operators_who_start_at_once_one_runs",
            "tests/commands/test_two_operators.py::test_of_two_commands_at_once_one_runs",
        ),
        lab=NEVER,
    ),
    Proof(
        "journal lost at any point, same final state",
        rehearsal=on(_DAY, f"{_KILLED}::test_with_the_journal_deleted_at_every_write_the_world_decides"),
        lab=NEVER,
    ),
)
"""Of whole runs."""

PARTS = (
    Proof(
        "machines (played) told apart, configured, compared and watched by talosctl",
        lab=on(
            _DAY,
            f"{_MACHINES}::test_a_machine_in_maintenance_mode_is_known_by_its_hardware",
            f"{_MACHINES}::test_a_config_is_applied_compared_and_changed",
            f"{_MACHINES}::test_changes_are_told_through_a_boot",
        ),
    ),
    Proof(
        "a machine (played) of another cluster told from one that is off",
        lab=on(_DAY, f"{_MACHINES}::test_one_that_does_not_answer_is_absent_and_one_of_another_cluster_is_foreign"),
    ),
    Proof(
        "three etcd members join and are promoted; the API can be written while one is off",
        lab=on(
            _DAY,
            f"{_THREE}::test_all_three_join_and_none_stays_a_learner",
            f"{_THREE}::test_the_api_can_be_written_while_the_owner_of_the_vip_is_off",
        ),
    ),
    Proof(
        "releases by helmfile with helm 3 and 4; a killed sync is repaired",
        lab=on(
            _DAY,
            f"{_RELEASES}::test_a_release_is_installed_without_what_it_needs_and_synced_again_without_a_change",
            f"{_RELEASES}::test_a_sync_killed_in_the_middle_is_repaired_and_synced_again",
        ),
    ),
    Proof(
        "objects read, watched and written on an API server",
        lab=on(_DAY, "tests/edges/test_kubernetes.py::test_scenario"),
    ),
    Proof(
        "CoreDNS answers; cert-manager issues, and its webhook refuses",
        lab=on(
            _DAY,
            f"{_PROCESSES}::test_coredns_answers_at_its_cluster_ip",
            f"{_PROCESSES}::test_a_certificate_is_issued",
            f"{_PROCESSES}::test_the_webhook_refuses_a_bad_object",
        ),
    ),
    Proof(
        "the Flux operator installs Flux; Flux takes charts from the registry",
        lab=on(
            _DAY,
            "tests/lab/contents/test_flux.py::test_the_operator_installs_controllers_that_run",
            f"{_FLUX}::test_an_oci_repository_of_the_tree_becomes_ready",
            f"{_FLUX}::test_a_chart_of_the_trees_helm_repository_becomes_ready",
        ),
    ),
    Proof(
        "all secrets of main by `op`, which asks once, and by Connect (played)",
        lab=on(
            _DAY,
            f"{_OP}::test_all_references_of_main_are_resolved",
            f"{_OP}::test_a_run_asks_once",
            "tests/lab/services/test_vault_connect.py::test_all_references_of_main_are_resolved",
        ),
        talos=NOT_THERE,
        proxmox=NOT_THERE,
    ),
    Proof(
        "a lab outlives who uses it, ends whole, and nothing leaves it",
        lab=on(
            _DAY,
            f"{_STANDING}::test_it_outlives_who_brought_it_up",
            f"{_STANDING}::test_all_of_it_ends_with_its_supervisor",
            f"{_STANDING}::test_nothing_leaves_it",
        ),
        talos=NOT_THERE,
        proxmox=NOT_THERE,
    ),
)
"""Of parts, in the lab, which the rehearsal only simulates."""

PROOFS = (*WHOLE, *PARTS)
