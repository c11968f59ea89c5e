"""Our refusals of machine configs are the real talosctl's."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.talos.config import BadConfig, parsed
from lab.talos.hardware import disks
from lab.talos.validation import chosen_disk, complaints, unknown_keys
from tests.lab.talos.bench import main_cluster
from tests.lab.talos.tools import talosctl

Change = Callable[[dict[str, Any]], object]

CHANGES: tuple[tuple[str, str, Change], ...] = (
    ("as it is", "controlplane", lambda document: None),
    ("a worker as it is", "worker", lambda document: None),
    ("no machine", "worker", lambda document: document.pop("machine")),
    ("no cluster", "worker", lambda document: document.pop("cluster")),
    ("no endpoint", "worker", lambda document: document["cluster"].pop("controlPlane")),
    ("no install section", "worker", lambda document: document["machine"].pop("install")),
    ("no disk", "worker", lambda document: document["machine"]["install"].pop("disk")),
    ("no CA", "controlplane", lambda document: document["machine"].pop("ca")),
    ("no CA's key", "controlplane", lambda document: document["machine"]["ca"].pop("key")),
    ("no etcd CA", "controlplane", lambda document: document["cluster"]["etcd"].pop("ca")),
    ("a worker's etcd", "worker", lambda document: document["cluster"].update(etcd={"image": "x:v1"})),
    ("no such type", "worker", lambda document: document["machine"].update(type="butler")),
    (
        "a worker's VIP", "worker",
        lambda document: document["machine"].update(
            network={"interfaces": [{"interface": "eth0", "dhcp": True, "vip": {"ip": "10.11.0.10"}}]}
        ),
    ),
    (
        "Talos API access of a worker", "worker",
        lambda document: document["machine"]["features"].update(
            kubernetesTalosAPIAccess={"enabled": True, "allowedRoles": ["os:admin"]}
        ),
    ),
    ("not kept", "worker", lambda document: document.update(persist=False)),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "change"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_same_as_talosctl(tmp_path: Path, pki: Path, kind: str, change: Change) -> None:
    """`talosctl validate` complains exactly where we do, and in our words."""
    document = yaml.safe_load((pki / f"{kind}.yaml").read_text())
    change(document)
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(document))
    argv = (talosctl(), "validate", "--mode", "metal", "--config", str(file))
    real = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    ours = complaints(file.read_text(), installed=False)
    assert bool(ours) == (real.returncode != 0), (ours, real.stderr)
    assert all(complaint in real.stderr for complaint in ours), (ours, real.stderr)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "failed to parse config: yaml"),
        ("- a list", "failed to parse config: not a mapping"),
        ("kind: HostnameConfig\napiVersion: v1alpha1", "doesn't contain v1alpha1 config"),
        ("", "doesn't contain v1alpha1 config"),
        ("version: v1alpha1\nmachine: {ca: {crt: '!'}}", "illegal base64 data"),
    ],
)
def test_no_config(text: str, complaint: str) -> None:
    """What is no machine config at all is said in one sentence."""
    with pytest.raises(BadConfig, match=complaint):
        parsed(text)


def test_unknown_keys_are_named_by_path() -> None:
    """All of them, at the levels that are looked at."""
    text = "version: v1alpha1\nnodes: []\nmachine: {disk: x, type: worker}\ncluster: {etc: {}, id: x}"
    assert unknown_keys(text) == ("nodes", "machine.disk", "cluster.etc")


@pytest.mark.parametrize(
    ("install", "expected"),
    [
        ({"diskSelector": {"serial": "S6Z1NJ0TA31477K"}}, "/dev/nvme0n1"),
        ({"diskSelector": {"model": "WD*"}}, "/dev/nvme1n1"),
        ({"diskSelector": {"model": "WD*", "serial": "S6*"}}, None),
        ({"diskSelector": {"type": "nvme"}}, "/dev/nvme0n1"),
        ({"diskSelector": {"type": "ssd"}}, None),
        ({"disk": "/dev/nvme1n1"}, "/dev/nvme1n1"),
        ({"disk": "/dev/sda"}, None),
    ],
)
def test_the_disk_that_a_config_means(install: dict[str, Any], expected: str | None) -> None:
    """All of a selector must fit; patterns are globs."""
    text = yaml.safe_dump({"version": "v1alpha1", "machine": {"install": install}})
    found = chosen_disk(text, disks(main_cluster().nodes[0]))
    assert (found.path if found else None) == expected
