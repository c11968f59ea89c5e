"""A lab stands whatever happens to those who use it, ends whole, and ends itself when nobody does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.supervisor.control import NotStanding, ask
from lab.supervisor.ending import down
from lab.supervisor.record import Record, living, read, write
from lab.supervisor.starting import NotUp
from tests.lab.supervisor.labs import REPOSITORY, TestLab, a_lab, running, until

pytestmark = pytest.mark.needs("a private network")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[TestLab]:
    with a_lab(tmp_path / "state") as lab:
        yield lab


def _whose(lab: TestLab) -> str:
    code = "import urllib.request as web; print(web.urlopen('https://web.example/whose').read().decode())"
    done = lab.inside(sys.executable, "-c", code)
    return done.stdout.strip() or done.stderr


def test_it_comes_up_and_goes_down_whole(lab: TestLab) -> None:
    """What is started is there by the cluster's names and trusted by its CA; after `down` nothing of it is left."""
    record = lab.up()
    assert living(lab.place) == record
    until(lambda: _whose(lab) == str(lab.place.folder), "the web server answers by its name, by TLS")
    assert len(lab.processes()) >= 5, "process 1, the web server, the stubborn shell and its two sleepers"
    family = {*lab.processes(), record.pid}
    assert down(lab.place, lab.told.append) is True
    assert not lab.place.folder.exists()
    assert running(family) == []
    assert lab.mentioned() == []
    assert down(lab.place, lab.told.append) is False


def test_its_folder_is_its_owners_alone(lab: TestLab) -> None:
    """Nobody else reads the lab's keys or speaks to its supervisor."""
    lab.up()
    assert lab.place.folder.stat().st_mode & 0o777 == 0o700
    assert lab.place.socket.stat().st_mode & 0o777 == 0o600


def test_it_outlives_who_brought_it_up(lab: TestLab) -> None:
    """kill -9 of the command that waits for it, with its session, leaves the lab coming up; the next one finds it."""
    code = (
        "import sys; from pathlib import Path; from tests.lab.supervisor.labs import TestLab;"
        "TestLab(Path(sys.argv[1])).up('slow')"
    )
    starter = subprocess.Popen([sys.executable, "-c", code, str(lab.state)], cwd=REPOSITORY, start_new_session=True)
    until(lambda: living(lab.place), "it is begun")
    os.killpg(starter.pid, signal.SIGKILL)
    starter.wait()
    begun = read(lab.place)
    assert lab.up("slow") == begun
    assert lab.told[-1] == "the second part"


def test_two_at_once_bring_up_one(lab: TestLab) -> None:
    """One starts it, the other waits and finds it up."""
    records: list[Record] = []
    both = [threading.Thread(target=lambda: records.append(lab.up("slow"))) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(records) == 2
    assert records[0] == records[1]
    assert "another command brings this lab up or down: waiting for it" in lab.told


def test_all_of_it_ends_with_its_supervisor(lab: TestLab) -> None:
    """kill -9 of process 1 takes everything along: nothing runs on that nobody watches."""
    record = lab.up()
    until(lambda: len(lab.processes()) >= 5, "all its programs run")
    family = {*lab.processes(), record.pid}
    os.kill(lab.outer(1), signal.SIGKILL)
    until(lambda: not running(family), "all its processes are gone")
    assert living(lab.place) is None
    assert lab.up() != record, "the next one begins anew"


def test_all_of_it_ends_with_its_holder(lab: TestLab) -> None:
    """kill -9 of the process that holds the namespaces ends what lives in them."""
    record = lab.up()
    family = {*lab.processes(), record.pid}
    os.kill(record.pid, signal.SIGKILL)
    until(lambda: not running(family), "all its processes are gone")
    assert down(lab.place, lab.told.append) is True


def test_a_lab_that_does_not_end_is_killed(lab: TestLab) -> None:
    """Services that hang, and a supervisor that is stopped, do not keep a lab from going down."""
    lab.up("hanging")
    supervisor = lab.outer(1)
    os.kill(supervisor, signal.SIGSTOP)
    down(lab.place, lab.told.append)
    assert lab.told[-1] == "the lab does not end by itself: it is killed"
    assert lab.mentioned() == []


def test_nobody_is_killed_for_a_number(lab: TestLab, tmp_path: Path) -> None:
    """A record whose process ended, and whose number another process has now, is not believed."""
    other = subprocess.Popen(["sleep", "60"])
    try:
        lab.place.folder.mkdir(parents=True)
        write(lab.place, Record(other.pid, 1, "main", str(tmp_path), ()))
        assert down(lab.place, lab.told.append) is True
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_one_that_cannot_come_up_says_why(lab: TestLab) -> None:
    """The sentence of what failed reaches who asked; nothing of it runs on; its logs stay until the next."""
    with pytest.raises(NotUp) as failure:
        lab.up("failing")
    assert failure.value.sentence == "the lab did not come up: the registry has no room"
    assert failure.value.next_action == "make room"
    assert (lab.place.logs / "sleeper.log").exists()
    until(lambda: not lab.mentioned(), "its processes are gone")


def test_what_nobody_uses_ends_itself(lab: TestLab) -> None:
    """Its folder is gone as after `down`."""
    lab.up(idle_s=1.0)
    until(lambda: not lab.mentioned(), "its processes are gone")
    until(lambda: not lab.place.folder.exists(), "its folder is gone")


def test_a_command_inside_is_use(lab: TestLab) -> None:
    """While a command that went inside lives, the lab stands; after its end it goes."""
    lab.up(idle_s=1.0)
    with subprocess.Popen(lab.joined("sh", "-c", "echo inside; read _; sleep 3"), cwd=REPOSITORY,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as command:  # fmt: skip
        assert command.stdout is not None
        assert command.stdout.readline() == b"inside\n"
        command.communicate(b"\n")
        until(lambda: living(lab.place) is None, "it ends once it is not used")
    assert command.returncode == 0


def test_it_stands_while_it_is_used(lab: TestLab) -> None:
    """Three idle times long a command is inside: the lab that it leaves is the one that it entered."""
    record = lab.up(idle_s=1.0)
    assert lab.inside("sleep", "3").returncode == 0
    assert living(lab.place) == record


def test_labs_do_not_meet(tmp_path: Path) -> None:
    """Two of main in two state folders and one of staging: same addresses, and each reaches its own server alone."""
    with a_lab(tmp_path / "one") as one, a_lab(tmp_path / "two") as two, a_lab(tmp_path / "one", "staging") as three:
        labs = (one, two, three)
        for each in labs:
            each.up()
        for each in labs:
            until(lambda lab=each: _whose(lab) == str(lab.place.folder), "each answers for itself")  # type: ignore[misc]
        down(one.place, one.told.append)
        assert living(two.place)
        assert living(three.place)
        assert _whose(three) == str(three.place.folder)


def test_nothing_leaves_it(lab: TestLab) -> None:
    """No route leads out; the cluster's ranges are local; names beyond the lab's are unknown."""
    lab.up()
    code = (
        "import socket\n"
        "def of(call):\n"
        "    try: call()\n"
        "    except OSError as error: return type(error).__name__\n"
        "def dial(address): socket.create_connection((address, 6443), 5)\n"
        "print(of(lambda: dial('1.1.1.1')), of(lambda: dial('10.11.0.10')), of(lambda: dial('main.k8s.internal')),\n"
        "      of(lambda: socket.getaddrinfo('example.org', 443)), socket.gethostbyname('github.com'))\n"
    )
    assert lab.inside(sys.executable, "-c", code).stdout.split() == [
        "OSError", "ConnectionRefusedError", "ConnectionRefusedError", "gaierror", "198.18.0.2",
    ]  # fmt: skip


def test_a_deep_folder_is_no_obstacle(tmp_path: Path) -> None:
    """Paths of socket files are limited to 108 bytes; a state folder is not."""
    with a_lab(tmp_path / ("deep" * 20) / ("deeper" * 20)) as lab:
        lab.up("slow")
        assert lab.status()["phase"] == "up"


def test_process_1_buries_what_is_left_to_it(lab: TestLab) -> None:
    """Orphans that ended do not stay as zombies."""
    lab.up("orphans")
    until(lambda: len(lab.processes()) == 3, "the orphans ended: supervisor, shell and its sleeper are left")
    until(lambda: not _zombies(lab), "no zombie is left")


def _zombies(lab: TestLab) -> list[str]:
    supervisor = lab.outer(1)
    stats = [Path(f"/proc/{pid}/stat") for pid in os.listdir("/proc") if pid.isdigit()]
    fields = [stat.read_text().rpartition(")")[2].split() for stat in stats if stat.exists()]
    return [f[0] for f in fields if f[1] == str(supervisor) and f[0] == "Z"]


def test_who_asks_a_lab_that_is_down_is_told(lab: TestLab) -> None:
    """No traceback, no waiting."""
    with pytest.raises(NotStanding, match="the lab does not answer"):
        ask(lab.place.socket, "status")
