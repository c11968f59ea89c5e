"""Going inside a lab: same process and folder, the lab's network, names and settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.supervisor.control import NotStanding
from lab.supervisor.joining import InsideAnother, is_inside, join, refuse_inside_another
from tests.lab.supervisor.labs import REPOSITORY, TestLab, a_lab, running, until

pytestmark = [pytest.mark.needs("a private network"), pytest.mark.xdist_group("joining a lab")]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestLab]:
    with a_lab(tmp_path_factory.mktemp("joining") / "state") as lab:
        lab.up()
        yield lab


def test_the_exit_code_is_the_commands(lab: TestLab) -> None:
    """It becomes the command: no process stands between."""
    assert lab.inside("sh", "-c", "exit 7").returncode == 7


def test_it_keeps_its_id_and_its_folder(lab: TestLab) -> None:
    """Process id and /proc are those of the outside; so is the working directory, blanks and all."""
    odd = lab.state / "an odd  folder"
    odd.mkdir()
    command = subprocess.Popen(
        lab.joined("sh", "-c", "echo $$; pwd; readlink /proc/self/cwd"), cwd=odd, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path])},
    )  # fmt: skip
    out, _ = command.communicate(timeout=60)
    assert out.splitlines() == [str(command.pid), str(odd), str(odd)]


def test_words_stay_whole(lab: TestLab) -> None:
    """Blanks, quotes and nothing at all in an argument arrive as they were."""
    words = ["a b", "", "'", '"$HOME"', "*", "-x"]
    code = "import json, sys; print(json.dumps(sys.argv[1:]))"
    assert json.loads(lab.inside(sys.executable, "-c", code, *words).stdout) == words


def test_it_sees_the_labs_names_and_settings(lab: TestLab) -> None:
    """The hosts file with what was added later, the lab's PATH, CA, home and the state folder of the outside."""
    (lab.place.programs / "talosctl").write_text("#!/bin/sh\necho the labs own\n")
    (lab.place.programs / "talosctl").chmod(0o755)
    out = lab.inside("sh", "-c", "talosctl; cat /etc/hosts; echo $SSL_CERT_FILE $HOME $FIRSTLIGHT_STATE").stdout
    assert out.startswith("the labs own\n")
    assert "198.18.0.77 web.example" in out
    assert out.splitlines()[-1] == f"{lab.place.ca} {lab.place.home} {lab.state}"


def test_git_trusts_the_labs_ca(lab: TestLab) -> None:
    """git does not read SSL_CERT_FILE; its setting is in the lab's home."""
    assert lab.inside("git", "config", "--get", "http.sslCAInfo").stdout.strip() == str(lab.place.ca)


def test_inside_is_judged_by_the_network_alone(lab: TestLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable proves nothing, neither that one is inside nor that one is not."""
    code = (
        "import sys; from pathlib import Path; from lab.place import LabPlace\n"
        "from lab.supervisor.joining import is_inside\n"
        "print(is_inside(LabPlace(Path(sys.argv[1]))))"
    )
    argv = (sys.executable, "-c", code, str(lab.place.folder))
    assert lab.inside(*argv).stdout == "True\n"
    assert lab.inside("env", "-u", "FIRSTLIGHT_LAB", *argv).stdout == "True\n"
    monkeypatch.setenv("FIRSTLIGHT_LAB", "main")
    assert is_inside(lab.place) is False
    with pytest.raises(InsideAnother, match="this shell is inside the lab of main, which has ended"):
        refuse_inside_another(lab.place, "main")
    with pytest.raises(InsideAnother, match="of main, which is another than that of staging"):
        refuse_inside_another(lab.place, "staging")
    monkeypatch.delenv("FIRSTLIGHT_LAB")
    refuse_inside_another(lab.place, "main")


def test_what_is_inside_holds_the_lab_with_its_children(lab: TestLab) -> None:
    """A child that was left behind in the background is a use as well; none is left once all ended."""
    assert lab.status()["uses"] == 0
    with subprocess.Popen(lab.joined("sh", "-c", "sleep 2 & echo $!"), cwd=REPOSITORY, stdout=subprocess.PIPE) as left:
        assert left.stdout is not None
        child = int(left.stdout.readline())
        until(lambda: left.poll() is not None, "the command itself ended")
        assert running([child])
        assert lab.status()["uses"] == 1
    until(lambda: lab.status()["uses"] == 0, "nobody uses it")


def test_a_killed_command_is_no_use_any_more(lab: TestLab) -> None:
    """kill -9 closes what it held; the lab stands."""
    command = subprocess.Popen(lab.joined("sleep", "99"), cwd=REPOSITORY)
    until(lambda: lab.status()["uses"] == 1, "it is inside")
    command.kill()
    command.wait()
    until(lambda: lab.status()["uses"] == 0, "it is gone")


def test_the_supervisor_has_no_credential_of_the_operator(lab: TestLab) -> None:
    """What is hosted in its process could read them all."""
    contents = lab.status()["contents"]
    assert contents["pid"] == 1
    assert set(contents["environment"]) <= {
        "PATH", "HOME", "TMPDIR", "SSL_CERT_FILE", "LANG", "TZ", "USER", "LOGNAME", "PYTHONPATH", "LC_CTYPE", "PWD",
        "PYTHONDONTWRITEBYTECODE", "OLDPWD", "_", "SHLVL",
    }  # fmt: skip


def test_a_lab_that_is_down_cannot_be_entered(tmp_path: Path) -> None:
    """It is said what to do."""
    lab = TestLab(tmp_path)
    with pytest.raises(NotStanding, match="this lab is down"):
        join(lab.place, ["true"], tmp_path)
