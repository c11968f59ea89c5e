"""The command lines of the components: the machine config is obeyed, and nothing leaves its node's address."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lab.control_plane.arguments import command_line
from lab.control_plane.disk import Disk
from lab.control_plane.etcd_program import NEW, etcd, restore
from lab.control_plane.kubernetes_programs import COMPONENTS, component_program
from lab.machine_config import MachineConfig
from tests.lab.control_plane.configs import control_plane

CONFIG = control_plane("k8s-2")
DISK = Disk(Path("/disk"))


def flags(component: str, config: MachineConfig = CONFIG) -> dict[str, str]:
    if component == "etcd":
        argv = etcd(Path("/bin/etcd"), config, DISK, NEW, {"k8s-2": "https://10.11.0.12:2380"}).argv
    else:
        argv = component_program(component, lambda name: Path("/bin") / name, config, DISK).argv
    return dict(word.removeprefix("--").split("=", 1) for word in argv[1:])


@pytest.mark.parametrize(
    ("component", "flag", "expected"),
    [
        ("etcd", "listen-client-urls", "https://10.11.0.12:2379"),
        ("etcd", "listen-peer-urls", "https://10.11.0.12:2380"),
        ("etcd", "listen-metrics-urls", "http://10.11.0.12:2381"),
        ("kube-apiserver", "bind-address", "10.11.0.12"),
        ("kube-controller-manager", "bind-address", "10.11.0.12"),
        ("kube-scheduler", "bind-address", "10.11.0.12"),
    ],
)
def test_every_process_listens_at_its_own_node(component: str, flag: str, expected: str) -> None:
    """Also where the machine config says 0.0.0.0: three machines share one namespace here."""
    assert flags(component)[flag] == expected


@pytest.mark.parametrize("component", ["etcd", *COMPONENTS])
def test_no_key_stands_in_a_command_line(component: str) -> None:
    """Secrets are named by file."""
    said = " ".join(flags(component).values())
    assert "PRIVATE" not in said
    assert CONFIG.secretbox_secret not in said


def test_the_api_server_obeys_the_machine_config() -> None:
    """Service range and issuer are the config's, extraArgs come through, and only its own etcd is asked."""
    said = flags("kube-apiserver", replace(CONFIG, api_args={"event-ttl": "5m"}))
    assert said["service-cluster-ip-range"] == "10.43.0.0/16"
    assert said["service-account-issuer"] == "https://main.k8s.internal:6443"
    assert said["etcd-servers"] == "https://10.11.0.12:2379"
    assert said["event-ttl"] == "5m"


def test_the_api_server_dials_endpoints_whatever_the_config_says() -> None:
    """Aggregator routing is forced: nothing here translates a Service's address."""
    said = flags("kube-apiserver", replace(CONFIG, api_args={"enable-aggregator-routing": "false"}))
    assert said["enable-aggregator-routing"] == "true"


def test_extra_plugins_are_added_to_the_own_ones() -> None:
    """As in Talos, enable-admission-plugins adds; each plugin stands once."""
    extra = {"enable-admission-plugins": "NodeRestriction,AlwaysPullImages"}
    said = flags("kube-apiserver", replace(CONFIG, api_args=extra))
    assert said["enable-admission-plugins"] == "NodeRestriction,AlwaysPullImages"


def test_places_of_files_cannot_be_changed() -> None:
    """An extraArg that names another key file has no effect."""
    said = flags("kube-apiserver", replace(CONFIG, api_args={"tls-private-key-file": "/elsewhere"}))
    assert said["tls-private-key-file"] == "/disk/kubernetes/apiserver.key"


def test_a_command_line_is_own_then_extra_then_fixed() -> None:
    """The three layers, in order, with flags sorted."""
    argv = command_line("p", {"a": "own", "b": "own"}, {"b": "extra", "c": "extra"}, {"c": "fixed"}, "10.0.0.1")
    assert argv == ("p", "--a=own", "--b=extra", "--c=fixed")


def test_a_restore_makes_a_cluster_of_this_one_member() -> None:
    """The hash is checked unless told otherwise."""
    argv = restore(Path("etcdutl"), CONFIG, DISK, Path("s.db"), skip_hash_check=False)
    assert argv[:4] == ("etcdutl", "snapshot", "restore", "s.db")
    assert "--initial-cluster=k8s-2=https://10.11.0.12:2380" in argv
    assert "--skip-hash-check" not in argv
    assert "--skip-hash-check" in restore(Path("etcdutl"), CONFIG, DISK, Path("s.db"), skip_hash_check=True)
