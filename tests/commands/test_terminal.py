"""On a terminal: the live frame, Ctrl-C as a key, the question before anything is destroyed, a closed window."""

from __future__ import annotations

import pytest

from inventory.load import load_cluster
from rehearsal.world import World
from rehearsal.world_file import WorldFile
from tests.commands.desk import LONGEST_S, MAIN, REPOSITORY, STAGING, Desk
from tests.commands.record import effects, rows
from tests.commands.terminal import CTRL_C, on_terminal
from tree.read import read_tree

SLOW = ("bootstrap", *MAIN, "--pace", "600")
QUESTION = "Type the cluster's name to agree"
REFUSED = "did not agree"


def _used_disks(desk: Desk, cluster: str) -> Desk:
    """A world in which the install disk of the cluster's first node holds data."""
    inventory = load_cluster(cluster, REPOSITORY)
    world = World.bare(inventory, read_tree(inventory, REPOSITORY))
    for disk in world.machines[inventory.nodes[0].name].disks:
        disk["content"] = "ceph"
    folder = desk.state / cluster / "rehearsal"
    folder.mkdir(parents=True)
    WorldFile(folder / "world.json").save(world)
    return desk


def test_a_run_on_a_terminal_ends_with_its_summary_and_a_usable_terminal(desk: Desk) -> None:
    """The live frame says that no machine was touched; afterwards stands the summary, and the terminal is as before."""
    with on_terminal(desk, "bootstrap", *MAIN, "--pace", "2") as terminal:
        terminal.see("rehearsal: no machine was touched")
        assert "DONE" not in terminal.shown
        assert terminal.end() == 0
        assert "DONE (exit code 0): main" in terminal.shown
        assert terminal.usable()


def test_ctrl_c_gives_the_terminal_back(desk: Desk) -> None:
    """The key, once: exit code 130, the summary under the last frame, the terminal as before, the run's end kept."""
    with on_terminal(desk, *SLOW) as terminal:
        terminal.see("talos_config_applied")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert "CANCELLED (exit code 130): main" in terminal.shown
        assert terminal.usable()
    assert rows(desk.journal)[-1][0] == "RunEnded"


def test_a_closed_window_stops_the_run_in_order(desk: Desk) -> None:
    """Nobody reads any more, and still: exit code 130, and the journal has the run's end."""
    with on_terminal(desk, *SLOW) as terminal:
        terminal.see("talos_config_applied")
        terminal.close()
        assert terminal.process.wait(LONGEST_S) == 130
    assert rows(desk.journal)[-1] == ("RunEnded", {"exit_code": 130, "exceptions": []})


def test_what_is_destroyed_is_asked_for_and_the_typed_name_agrees(desk: Desk) -> None:
    """Before the first effect: the node and its disk on the screen, then the cluster's name, then the run goes on."""
    _used_disks(desk, "staging")
    world = desk.state / "staging" / "rehearsal" / "world.json"
    with on_terminal(desk, "bootstrap", *STAGING, "--pace", "2") as terminal:
        terminal.see(QUESTION)
        assert "which holds ceph data" in terminal.shown
        assert effects(world) == []
        terminal.type("staging\r")
        assert terminal.end() == 0
        assert terminal.usable()
    assert "apply-config" in [what for what, _ in effects(world)]


@pytest.mark.parametrize(
    ("keys", "code", "words"),
    [("yes\r", 3, REFUSED), ("main\r", 3, REFUSED), ("\x04", 3, REFUSED), (CTRL_C, 130, "CANCELLED")],
    ids=["yes", "another name", "end of input", "ctrl-c"],
)  # fmt: skip
def test_any_other_answer_stops_before_the_first_effect(desk: Desk, keys: str, code: int, words: str) -> None:
    """A yes is no name: the run is refused, Ctrl-C cancels it; in no case was anything done."""
    _used_disks(desk, "staging")
    with on_terminal(desk, "bootstrap", *STAGING, "--pace", "max") as terminal:
        terminal.see(QUESTION)
        terminal.type(keys)
        assert terminal.end() == code
        assert words in terminal.shown
        assert terminal.usable()
        assert "Traceback" not in terminal.shown
    assert effects(desk.state / "staging" / "rehearsal" / "world.json") == []


@pytest.mark.parametrize(
    ("flags", "code"), [((), 3), (("--yes-destroy", "staging"), 0), (("--yes-destroy", "main"), 3)],
    ids=["no flag", "its name", "another name"],
)  # fmt: skip
def test_without_a_terminal_only_the_flag_agrees(desk: Desk, flags: tuple[str, ...], code: int) -> None:
    """Nothing hangs at a question that nobody can see."""
    _used_disks(desk, "staging")
    ended = desk.run("bootstrap", *STAGING, "--pace", "max", *flags)
    assert ended.code == code, ended.end_of_it
    assert ("--yes-destroy" in ended.said) == (code == 3)


def test_a_protected_cluster_takes_the_flag_and_the_typed_name(desk: Desk) -> None:
    """main, with the flag and without a terminal: refused; with both it is still asked for its name."""
    _used_disks(desk, "main")
    refused = desk.run("bootstrap", *MAIN, "--pace", "max", "--yes-destroy", "main")
    assert refused.code == 3
    assert effects(desk.world) == []
    with on_terminal(desk, "bootstrap", *MAIN, "--pace", "max", "--yes-destroy", "main") as terminal:
        terminal.see(QUESTION)
        terminal.type("main\r")
        assert terminal.end() == 0
