"""etcd of one machine, as a program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lab.control_plane.arguments import command_line
from lab.control_plane.disk import Disk
from lab.control_plane.where import etcd_url, peer_url
from lab.machine_config import MachineConfig
from lab.program import Program

NEW = "new"
EXISTING = "existing"


def name_of(node: str) -> str:
    """The program's name."""
    return f"{node}-etcd"


def etcd(binary: Path, config: MachineConfig, disk: Disk, state: str, members: Mapping[str, str]) -> Program:
    """members: name -> peer URL of the initial cluster; not read where there is data. state: NEW or EXISTING."""
    secrets = disk.kubernetes
    own = {
        # two cores carry three members and all else: a busy second must not cost the leader its place
        "heartbeat-interval": "200",
        "election-timeout": "1500",
        # all nodes' addresses are local here: without it a connection comes from the address that it goes to, which
        # no peer's certificate has
        "feature-gates": "SetMemberLocalAddr=true",
        "initial-cluster-state": state,
        "log-level": "warn",
    }
    fixed = {
        "name": config.hostname,
        "data-dir": str(disk.etcd),
        "unsafe-no-fsync": "true",
        "listen-client-urls": etcd_url(config),
        "advertise-client-urls": etcd_url(config),
        "listen-peer-urls": peer_url(config),
        "initial-advertise-peer-urls": peer_url(config),
        "initial-cluster": ",".join(f"{name}={url}" for name, url in members.items()),
        "client-cert-auth": "true",
        "cert-file": f"{secrets}/etcd-server.crt",
        "key-file": f"{secrets}/etcd-server.key",
        "trusted-ca-file": f"{secrets}/etcd-ca.crt",
        "peer-client-cert-auth": "true",
        "peer-cert-file": f"{secrets}/etcd-peer.crt",
        "peer-key-file": f"{secrets}/etcd-peer.key",
        "peer-trusted-ca-file": f"{secrets}/etcd-ca.crt",
    }
    argv = command_line(str(binary), own, config.etcd_args, fixed, config.address)
    return Program(name_of(config.hostname), argv)


def restore(binary: Path, config: MachineConfig, disk: Disk, snapshot: Path, skip_hash_check: bool) -> tuple[str, ...]:
    """The command line that makes this machine's data of a snapshot: a new cluster of this one member."""
    return (
        str(binary),
        "snapshot",
        "restore",
        str(snapshot),
        f"--name={config.hostname}",
        f"--data-dir={disk.etcd}",
        f"--initial-cluster={config.hostname}={peer_url(config)}",
        f"--initial-advertise-peer-urls={peer_url(config)}",
        *(("--skip-hash-check",) if skip_hash_check else ()),
    )
