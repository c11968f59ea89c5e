"""Hosts file, logs, environment and record of a lab, on the bare machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inventory.load import load_cluster
from lab import addresses
from lab.place import LabPlace
from lab.supervisor import program_log
from lab.supervisor.environment import of_operators, of_programs
from lab.supervisor.hosts import Hosts
from lab.supervisor.record import Record, living, read, record_of, write
from tests.lab.supervisor.labs import REPOSITORY


def _names(file: Path) -> dict[str, str]:
    return {name: address for address, name in (line.split() for line in file.read_text().splitlines())}


def test_names_are_added_in_place(tmp_path: Path) -> None:
    """The file stays the same one, for it is mounted; a shorter text leaves no rest of the longer one."""
    hosts = Hosts(tmp_path / "hosts", {"github.com": "198.18.0.2"})
    inode = (tmp_path / "hosts").stat().st_ino
    hosts.add("added.example", "10.43.0.7")
    hosts.add("github.com", "198.18.0.9")
    assert _names(tmp_path / "hosts") == hosts.names()
    assert _names(tmp_path / "hosts")["github.com"] == "198.18.0.9"
    hosts.remove("added.example")
    hosts.remove("never.example")
    assert set(_names(tmp_path / "hosts")) == {"localhost", "ip6-localhost", "github.com"}
    assert (tmp_path / "hosts").stat().st_ino == inode


@pytest.mark.parametrize(("name", "endpoint"), [("main", "10.11.0.10"), ("staging", "10.12.0.10")])
def test_a_cluster_brings_its_names_and_ranges(name: str, endpoint: str) -> None:
    """The API's name leads to the VIP; every name of the internet to an address of its range."""
    cluster = load_cluster(name, REPOSITORY)
    assert addresses.names(cluster)[f"{name}.k8s.internal"] == endpoint
    assert {a.rpartition(".")[0] for n, a in addresses.names(cluster).items() if "k8s.internal" not in n} == {
        "198.18.0"
    }
    assert len(set(addresses.ranges(cluster))) == 4


def test_connect_has_a_name_where_the_inventory_has_one() -> None:
    """Its URL's host, without its port."""
    cluster = load_cluster("main", REPOSITORY)
    secrets = cluster.secrets.model_copy(update={"connect_url": "http://connect.internal:8080"})
    named = addresses.names(cluster.model_copy(update={"secrets": secrets}))
    assert named["connect.internal"] == addresses.CONNECT


def test_a_log_says_when_its_program_started(tmp_path: Path) -> None:
    """A second start is appended."""
    for _ in range(2):
        with program_log.opened(tmp_path, "etcd", ("etcd", "--name", "a b")) as log:
            log.write(b"said\n")
    lines = (tmp_path / "etcd.log").read_text().splitlines()
    assert [line.partition(" starts: ")[2] for line in lines] == ["etcd --name 'a b'", "", "etcd --name 'a b'", ""]


def test_a_log_stays_small_while_its_program_writes(tmp_path: Path) -> None:
    """The newest part is kept beside it; what is written afterwards stands at the log's beginning."""
    with program_log.opened(tmp_path, "loud", ("loud",)) as log:
        log.write(b"old\n" * 1000 + b"new\n" * 10)
        program_log.trim(tmp_path, 1000)
        log.write(b"after\n")
    assert (tmp_path / "loud.log").read_bytes() == b"after\n"
    kept = (tmp_path / "loud.log.1").read_bytes()
    assert len(kept) == 250
    assert kept.endswith(b"new\n" * 10)
    program_log.trim(tmp_path, 1000)
    assert (tmp_path / "loud.log").read_bytes() == b"after\n"


OUTSIDE = {
    "PATH": "/usr/bin:/bin", "HOME": "/home/me", "LANG": "de_DE.UTF-8", "TERM": "xterm", "EDITOR": "vi",
    "OP_SERVICE_ACCOUNT_TOKEN": "secret", "KUBECONFIG": "/home/me/.kube/config", "HTTPS_PROXY": "http://proxy:3128",
    "XDG_CONFIG_HOME": "/home/me/.config", "SSL_CERT_DIR": "/etc/ssl/certs", "SSL_CERT_FILE": "/etc/company.crt",
}  # fmt: skip


def test_a_program_knows_next_to_nothing_of_the_outside(tmp_path: Path) -> None:
    """The lab's tools come first, its CA is the only one, its home is the lab's."""
    place = LabPlace(tmp_path)
    assert of_programs(place, OUTSIDE) == {
        "LANG": "de_DE.UTF-8", "PATH": f"{tmp_path}/bin:/usr/bin:/bin", "HOME": f"{tmp_path}/home",
        "TMPDIR": f"{tmp_path}/tmp", "SSL_CERT_FILE": f"{tmp_path}/web-ca.crt",
    }  # fmt: skip


def test_an_operator_keeps_what_does_not_lead_outside(tmp_path: Path) -> None:
    """Terminal and editor stay; proxy, credentials, other clusters' files and other CAs do not."""
    inside = of_operators(LabPlace(tmp_path), "main", Path("/state"), OUTSIDE)
    assert set(inside) - set(of_programs(LabPlace(tmp_path), OUTSIDE)) == {
        "TERM", "EDITOR", "FIRSTLIGHT_STATE", "FIRSTLIGHT_LAB",
    }  # fmt: skip
    assert (inside["FIRSTLIGHT_STATE"], inside["FIRSTLIGHT_LAB"]) == ("/state", "main")


def test_the_path_does_not_grow(tmp_path: Path) -> None:
    """Inside of the inside, the lab's tools stand on it once."""
    place = LabPlace(tmp_path)
    once = of_operators(place, "main", Path("/state"), OUTSIDE)
    assert of_operators(place, "main", Path("/state"), once) == once


def test_a_record_is_believed_while_its_process_lives(tmp_path: Path) -> None:
    """The same number with another start is another process."""
    place = LabPlace(tmp_path)
    assert living(place) is None
    mine = record_of(os.getpid(), "main", tmp_path, ["10.11.0.0/16"])
    write(place, mine)
    found = living(place)
    assert found is not None
    assert (found.pid, found.cluster, list(found.ranges)) == (os.getpid(), "main", ["10.11.0.0/16"])
    write(place, Record(mine.pid, mine.start - 1, "main", "", ()))
    assert living(place) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "nonsense"])
def test_a_record_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    """A damaged file is no lab."""
    (tmp_path / "supervisor.json").write_text(text)
    assert read(LabPlace(tmp_path)) is None
