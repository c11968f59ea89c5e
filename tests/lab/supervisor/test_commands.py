"""`invoke lab.*` as they are typed, against a lab that stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.desk import Desk, typed
from tests.commands.terminal import on_terminal
from tests.lab.supervisor.labs import REPOSITORY, TestLab, a_lab, running, until

pytestmark = [pytest.mark.needs("a private network"), pytest.mark.xdist_group("lab commands")]

MAIN = ("--cluster", "main")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLab]:
    with a_lab(tmp_path_factory.mktemp("commands") / "state") as lab:
        lab.up()
        yield lab


@pytest.fixture
def desk(lab: TestLab, tmp_path: Path) -> Desk:
    return Desk(lab.state, tmp_path)


def test_up_finds_it_up(desk: Desk, lab: TestLab) -> None:
    """The lab that stands is not started again; the line says how to go on."""
    before = lab.status()["began"]
    done = desk.run("lab.up", *MAIN)
    assert (done.code, done.out) == (0, "the lab of main is up: invoke lab.shell --cluster main\n")
    assert lab.status()["began"] == before


def test_up_takes_charts_of_two_kinds(desk: Desk) -> None:
    """Anything else is named with what was expected, before anything is pulled."""
    done = desk.run("lab.up", *MAIN, "--charts", "moon")
    assert done.code == 1
    assert "--charts: 'moon'" in done.err
    assert "upstream or stand-ins" in done.err


def test_status_shows_what_runs(desk: Desk, lab: TestLab) -> None:
    """Programs with the ids that they have here, so that one can be looked at, or killed."""
    text = desk.run("lab.status", *MAIN)
    assert text.code == 0
    assert "the lab of main is up since" in text.out
    assert "starting the web server" in text.out
    found = json.loads(desk.run("lab.status", *MAIN, "--format", "json").out)
    assert (found["phase"], found["cluster"]) == ("up", "main")
    pids = {program["name"]: program["pid"] for program in found["programs"]}
    assert b"web.py" in Path(f"/proc/{pids['web']}/cmdline").read_bytes()
    assert any(line.split() == ["web", str(pids["web"]), "runs", "0"] for line in text.out.splitlines())


def test_status_counts_restarts(desk: Desk, lab: TestLab) -> None:
    """A program that was killed is back, and it is said that it was."""
    pid = json.loads(desk.run("lab.status", *MAIN, "--format", "json").out)["programs"][0]["pid"]
    os.kill(pid, 9)
    until(lambda: lab.program("stubborn")["restarts"] == 1 and lab.program("stubborn")["running"], "it is back")
    assert lab.program("stubborn")["exit_code"] == -9


@pytest.mark.parametrize("words", [("--run", "exit 5"), ("--", "sh", "-c", "exit 5")])
def test_the_shell_runs_one_command(desk: Desk, words: tuple[str, ...]) -> None:
    """Its exit code is the command's."""
    assert desk.run("lab.shell", *MAIN, *words).code == 5


def test_the_shell_has_the_clusters_files(desk: Desk, lab: TestLab) -> None:
    """KUBECONFIG and TALOSCONFIG are the inventory's, below the lab's home; words after -- stay whole."""
    done = desk.run("lab.shell", *MAIN, "--", "sh", "-c", 'echo "$KUBECONFIG $TALOSCONFIG $0"', "a  b")
    folder = lab.place.home / ".config" / "firstlight" / "main"
    assert done.out == f"{folder}/kubeconfig {folder}/talosconfig a  b\n"


def test_an_open_shell_says_where_one_is(desk: Desk) -> None:
    """On a terminal: the prompt names the lab; keys reach the shell; its exit code is the command's."""
    with on_terminal(Desk(desk.state, desk.home), "lab.shell", *MAIN) as terminal:
        terminal.see("(lab main)")
        terminal.type("echo $((6*7)) $FIRSTLIGHT_LAB\r")
        terminal.see("42 main")
        terminal.type("exit 3\r")
        assert terminal.end() == 3


def test_logs_are_listed_and_shown(desk: Desk) -> None:
    """Without a name the supervisor's, and which there are; with one that one; an unknown one is refused."""
    done = desk.run("lab.logs", *MAIN)
    assert done.out.startswith("logs, for --name: stubborn, supervisor, web\n")
    assert "starting the web server" in done.out
    assert "starts: " in desk.run("lab.logs", *MAIN, "--name", "web").out
    unknown = desk.run("lab.logs", *MAIN, "--name", "etcd")
    assert (unknown.code, unknown.err) == (
        1, "error: --name: there is no log 'etcd'; expected one of stubborn, supervisor, web\n",
    )  # fmt: skip


def test_logs_are_followed(desk: Desk, lab: TestLab) -> None:
    """What is added is printed; also after the log was begun anew; Ctrl-C ends it."""
    log = lab.place.logs / "followed.log"
    log.write_text("first line\n")
    with desk.started("lab.logs", *MAIN, "--name", "followed", "--follow") as following:
        following.hear("what was there", lambda line: line.strip() == "first line")
        with log.open("a") as file:
            file.write("second\n")
        following.hear("what was added", lambda line: line.strip() == "second")
        log.write_text("anew\n")
        following.hear("the new beginning", lambda line: line.strip() == "anew")
    log.unlink()


def test_a_fault_reaches_the_lab(desk: Desk) -> None:
    """With its settings; what the lab refuses is said in its words."""
    done = desk.run("lab.fault", *MAIN, "--name", "known", "--set", "node=k8s-1", "--set", "image=a=b")
    assert (done.code, done.out) == (0, "done with {'node': 'k8s-1', 'image': 'a=b'}\n")
    refused = desk.run("lab.fault", *MAIN, "--name", "other")
    assert (refused.code, refused.err) == (1, "error: there is no fault 'other'\n       next: choose known\n")
    assert desk.run("lab.fault", *MAIN, "--name", "known", "--set", "node").err.startswith("error: --set: 'node'")


def test_inside_of_it_the_commands_work_too(desk: Desk) -> None:
    """A shell inside speaks to the same lab, and to no other."""
    again = " ".join(typed("lab.status", *MAIN))
    assert "the lab of main is up" in desk.run("lab.shell", *MAIN, "--run", f"{again}").out
    other = " ".join(typed("lab.up", "--cluster", "staging"))
    done = desk.run("lab.shell", *MAIN, "--run", other)
    assert done.code == 3
    assert "this shell is inside the lab of main, which is another than that of staging" in done.err


def test_any_command_goes_inside_with_its_own_words(desk: Desk, lab: TestLab) -> None:
    """Once, as the same process, and with its terminal's input; what it ends with is its exit code."""
    code = (
        "import os, sys; from pathlib import Path; from operations.lab import inside\n"
        "print('begins', flush=True); inside('main', Path('.').resolve())\n"
        "print(os.getpid(), os.environ['FIRSTLIGHT_LAB'], sys.argv[1:], input()); sys.exit(4)"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", code, "a b"], cwd=REPOSITORY, env=desk.environ,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    out, _ = command.communicate("typed\n", timeout=60)
    assert out.splitlines() == ["begins", "begins", f"{command.pid} main ['a b'] typed"]
    assert command.returncode == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lab.up",), "--cluster: no cluster was named"),
        (("lab.up", "--cluster", "mian"), "did you mean main?"),
        (("lab.up", *MAIN, "--idle", "soon"), "--idle: 'soon'; expected seconds, above 0"),
        (("lab.status", *MAIN, "--format", "xml"), "--format: 'xml'; expected text or json"),
        (("lab.logs", "--cluster", "staging"), "its lab is down and has no logs"),
        (("lab.shell", "--cluster", "staging"), "this lab is down\n       next: bring it up: invoke lab.up"),
        (("lab.fault", "--cluster", "staging", "--name", "x"), "the lab does not answer"),
    ],
)
def test_what_cannot_be_is_said_in_one_text(desk: Desk, words: tuple[str, ...], said: str) -> None:
    """Exit code 1, no traceback."""
    done = desk.run(*words)
    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.said


def test_status_of_one_that_is_down(desk: Desk) -> None:
    """Exit code 1, and how to bring it up; the same in JSON."""
    done = desk.run("lab.status", "--cluster", "staging")
    assert (done.code, done.out) == (1, "the lab of staging is down; bring it up: invoke lab.up --cluster staging\n")
    as_json = desk.run("lab.status", "--cluster", "staging", "--format", "json")
    assert json.loads(as_json.out) == {"cluster": "staging", "phase": "down", "why": ""}


def test_down_ends_it_with_a_shell_inside(tmp_path: Path) -> None:
    """Whoever is inside is counted; all of the lab is gone; a second `down` finds nothing, which is no failure."""
    with a_lab(tmp_path / "state") as lab:
        desk = Desk(lab.state, tmp_path)
        record = lab.up()
        family = {*lab.processes(), record.pid}
        with subprocess.Popen(lab.joined("sleep", "30"), cwd=REPOSITORY) as shell:
            until(lambda: lab.status()["uses"] == 1, "somebody is inside")
            done = desk.run("lab.down", *MAIN)
            assert (done.code, done.out) == (0, "the lab of main is down: nothing of it is left\n")
            assert "commands and shells inside: 1;" in done.err
            assert running(family) == []
            assert shell.poll() is None, "a command of the operator is not the lab's to end"
            shell.kill()
        assert desk.run("lab.down", *MAIN).out == "the lab of main was not up\n"
