"""A machine that cannot hold a lab says what it lacks, before anything is made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab.supervisor import requirements
from lab.supervisor.requirements import NoPrivateInternet, require_private_internet
from lab.supervisor.starting import Wish, up
from lab.toolbox.toolbox import NotBuilt, Toolbox
from tests.lab.supervisor.labs import TestLab
from tests.needs import not_run

RANGES = ("10.11.0.0/16",)


def _path_without(folder: Path, *missing: str) -> str:
    """A PATH that has what the lab needs but for some."""
    folder.mkdir()
    for name in {*requirements.PACKAGES, "sh", "env", "true"} - set(missing):
        (folder / name).symlink_to(shutil.which(name) or name)
    return str(folder)


@pytest.mark.needs("a private network")
def test_a_machine_that_can_is_not_refused() -> None:
    """As this one."""
    require_private_internet(RANGES)


@pytest.mark.needs("a private network")
def test_missing_programs_are_named_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the packages that bring them; with all there, nothing is said."""
    monkeypatch.setenv("PATH", _path_without(tmp_path / "all"))
    require_private_internet(RANGES)
    monkeypatch.setenv("PATH", _path_without(tmp_path / "less", "ip", "nsenter"))
    with pytest.raises(NoPrivateInternet) as refused:
        require_private_internet(RANGES)
    assert refused.value.sentence == "the lab needs nsenter, ip, which are not on PATH"
    assert refused.value.next_action == "install them (Debian: apt install iproute2 util-linux)"


def test_a_machine_that_is_no_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says where to run it instead."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(NoPrivateInternet, match="the lab needs Linux's namespaces"):
        require_private_internet(RANGES)


@pytest.mark.parametrize(("user", "remedy"), [(0, "docker run --privileged"), (1000, "user.max_user_namespaces")])
def test_namespaces_that_are_not_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, remedy: str
) -> None:
    """What unshare said is repeated; the remedy is root's, or a plain user's."""
    monkeypatch.setenv("PATH", f"{_path_without(tmp_path / 'bin', 'unshare')}")
    refusing = tmp_path / "bin" / "unshare"
    refusing.write_text("#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with pytest.raises(NoPrivateInternet, match="no private network: unshare: unshare failed: Operation") as refused:
        require_private_internet(RANGES)
    assert remedy in refused.value.next_action


@pytest.mark.needs("a private network")
def test_without_tools_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tools that are missing are named; no folder, no process."""
    lab = TestLab(tmp_path)
    wish = Wish(tools=Toolbox(tmp_path / "cache"), programs=("etcd",))
    with pytest.raises(NotBuilt, match="etcd is not in"):
        up(lab.place, lab.cluster, tmp_path, wish, lab.told.append)
    assert not lab.place.folder.exists()
    assert lab.mentioned() == []


def test_a_namespace_really_refused_is_said(tmp_path: Path) -> None:
    """Without the capability, as in most containers, the sentence is the kernel's."""
    code = (
        "from lab.supervisor.requirements import require_private_internet, NoPrivateInternet\n"
        "try: require_private_internet(('10.11.0.0/16',))\n"
        "except NoPrivateInternet as error: print(error.sentence)\n"
    )
    if os.geteuid() != 0:
        not_run("a machine whose kernel refuses namespaces", "root")
    capless = ("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin")
    done = subprocess.run(
        (*capless, sys.executable, "-c", code), capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0:
        pytest.fail(done.stderr)
    assert "this machine gives no private network: unshare" in done.stdout
