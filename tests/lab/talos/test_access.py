"""Who gets in, and where a call goes from the machine that it arrives at."""

from __future__ import annotations

import base64
from pathlib import Path

import yaml

from lab.machine_config import Pki
from lab.talos import pki as certificates
from tests.lab.talos.bench import Bench, played

FOUR = ("k8s-1", "k8s-2", "k8s-4")


def _as_role(b: Bench, role: str) -> Path:
    """A talosconfig of the cluster for another role than the admin's."""
    document = yaml.safe_load((b.pki / "controlplane.yaml").read_text())
    ca = Pki(*(base64.b64decode(document["machine"]["ca"][part]).decode() for part in ("crt", "key")))
    client = certificates.client_certificate(ca, role)
    config = yaml.safe_load((b.pki / "talosconfig").read_text())
    context = config["contexts"]["main"]
    context["crt"] = base64.b64encode(client.crt.encode()).decode()
    context["key"] = base64.b64encode(client.key.encode()).decode()
    kept = b.folder / f"{role.replace(':', '-')}.yaml"
    kept.write_text(yaml.safe_dump(config))
    return kept


def test_roles(tmp_path: Path, pki: Path) -> None:
    """A reader reads what is not secret; only the admin reads configs and changes anything."""
    calls = (
        # (role, call, whether it is allowed)
        ("os:reader", "version", True),
        ("os:reader", "get machinestatus", True),
        ("os:reader", "get machineconfig", False),
        ("os:reader", "reboot --wait=false", False),
        ("os:reader", "kubeconfig -", False),
        ("os:etcd:backup", "get machinestatus", False),
        ("os:nobody", "version", False),
        ("os:admin", "get machineconfig", True),
    )

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        where = ("-e", f"{b.address('k8s-1')}:{b.port}", "-n", b.address("k8s-1"))
        for role, argv, allowed in calls:
            ran = await b.talosctl(*argv.split(), *where, "--talosconfig", str(_as_role(b, role)))
            assert ("not authorized" in ran.said) == (not allowed), (role, argv, ran)
            assert (ran.code == 0) == allowed, (role, argv, ran)

    played(tmp_path, pki, scenario)


def test_credentials_of_another_cluster(tmp_path: Path, pki: Path) -> None:
    """Neither side trusts the other: with our CA and their key, the machine says so."""
    other = certificates.new_ca("talos")

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        client = certificates.client_certificate(other, "os:admin")
        config = yaml.safe_load((b.pki / "talosconfig").read_text())
        context = config["contexts"]["main"]
        context["crt"] = base64.b64encode(client.crt.encode()).decode()
        context["key"] = base64.b64encode(client.key.encode()).decode()
        kept = tmp_path / "other.yaml"
        kept.write_text(yaml.safe_dump(config))
        where = ("-e", f"{b.address('k8s-1')}:{b.port}", "-n", b.address("k8s-1"))
        ran = await b.talosctl("version", *where, "--talosconfig", str(kept))
        assert (ran.code, "tls: unknown certificate authority" in ran.err) == (1, True), ran

    played(tmp_path, pki, scenario)


def test_a_control_plane_forwards(tmp_path: Path, pki: Path) -> None:
    """It asks the nodes that are named, and answers with each one's name; what fails stands beside what does not."""

    async def scenario(b: Bench) -> None:
        await b.configure(*FOUR)
        nodes = ",".join(b.address(name) for name in FOUR)
        via = ("-e", f"{b.address('k8s-1')}:{b.port}")
        ran = await b.talosctl("version", *via, "-n", nodes)
        assert [ran.out.count(b.address(name)) for name in FOUR] == [1, 1, 1], ran
        ran = await b.talosctl("get", "hostname", *via, "-n", nodes, "-o", "jsonpath={.spec.hostname}")
        assert ran.out.split() == list(FOUR), ran
        await b.machines.power_off("k8s-2")
        ran = await b.talosctl("version", *via, "-n", nodes)
        assert (b.address("k8s-4") in ran.out, f"dial tcp {b.address('k8s-2')}" in ran.said) == (True, True), ran
        ran = await b.talosctl("dmesg", *via, "-n", f"{b.address('k8s-1')},{b.address('k8s-4')}")
        assert f"{b.address('k8s-4')}: user: warning" in ran.out, ran

    played(tmp_path, pki, scenario, FOUR)


def test_a_worker_forwards_nothing(tmp_path: Path, pki: Path) -> None:
    """It answers for itself alone."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1", "k8s-4")
        assert (await b.talosctl("version", node="k8s-4")).code == 0
        assert (await b.talosctl("get", "machinestatus", node="k8s-4")).code == 0
        ran = await b.talosctl("version", node="k8s-1", endpoint="k8s-4")
        assert (ran.code, "no request forwarding" in ran.err) == (1, True), ran

    played(tmp_path, pki, scenario, FOUR)


def test_a_foreign_machine_is_not_forwarded_to(tmp_path: Path, pki: Path) -> None:
    """apid trusts its own CA only."""

    async def scenario(b: Bench) -> None:
        await b.configure("k8s-1")
        await b.machines.make_foreign("k8s-2")
        machine = b.machines.machines["k8s-2"]
        await b.until("it answers", lambda: machine.answers)
        ran = await b.talosctl("version", node="k8s-2", endpoint="k8s-1")
        assert (ran.code, "x509: certificate signed by unknown authority" in ran.err) == (1, True), ran

    played(tmp_path, pki, scenario, ("k8s-1", "k8s-2"))


def test_health(tmp_path: Path, pki: Path) -> None:
    """`talosctl health` passes all of its checks of machines; those of Kubernetes need a Kubernetes."""

    async def scenario(b: Bench) -> None:
        await b.configure(*FOUR)
        await b.bootstrap()
        b.kubelets.nodes_ready.update(FOUR)
        nodes = ("--control-plane-nodes", f"{b.address('k8s-1')},{b.address('k8s-2')}")
        workers = ("--worker-nodes", b.address("k8s-4"))
        via = ("-e", f"{b.address('k8s-1')}:{b.port}", "-n", b.address("k8s-1"))
        ran = await b.talosctl("health", "--server=false", *nodes, *workers, *via, timeout_s=2.5)
        for check in ("etcd to be healthy", "etcd members to be consistent across nodes", "apid to be ready",
                      "all nodes memory sizes", "all nodes disk sizes", "no diagnostics", "kubelet to be healthy",
                      "all nodes to finish boot sequence"):  # fmt: skip
            assert f"waiting for {check}: OK" in ran.err, ran.err

    played(tmp_path, pki, scenario, FOUR)
