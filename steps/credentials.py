"""kubeconfig_fetched, cluster_identity_pinned: the credentials of this cluster, and proof of who answers them."""

from __future__ import annotations

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.gate import Gate
from bootstrap.memory import Memory
from bootstrap.secret import Secret
from bootstrap.step import Attempt, Step
from bootstrap.verdict import Holds, Never, NotYet, Verdict
from estate.kubernetes import Kind, ObjectRef
from steps.identity import kubeconfig_fingerprint
from steps.site import Site

KUBE_SYSTEM = ObjectRef(Kind("v1", "Namespace"), "kube-system")
UID_PIN = "kube_system_uid"


def kubeconfig_fetched(site: Site, needs: tuple[str, ...]) -> Step:
    """talosconfig and kubeconfig stand where the inventory says, mode 0600, and carry the vault's CA."""
    return Step(
        name="kubeconfig_fetched",
        summary="The operator's kubeconfig and talosconfig for this cluster are on this computer.",
        needs=needs,
        gate=Gate("both files are there and carry this cluster's CA", lambda _: _observe(site), stability_s=0.0),
        act=lambda attempt: _fetch(site, attempt),
        deadline_s=300.0,
        expected_s=2.0,
        guarded=True,
    )


async def _observe(site: Site) -> Verdict:
    workstation, files = site.estate.workstation, site.cluster.files
    kubeconfig = await workstation.read_private(files.kubeconfig)
    if kubeconfig is None:
        return NotYet(f"there is no kubeconfig at {files.kubeconfig}")
    if not _carries(kubeconfig, (await site.identity()).ca_fingerprint):
        return NotYet(f"the kubeconfig at {files.kubeconfig} carries another CA than the vault's")
    if await workstation.read_private(files.talosconfig) != await site.talosconfig():
        return NotYet(f"the talosconfig at {files.talosconfig} is not the vault's")
    return Holds({"kubeconfig": files.kubeconfig, "talosconfig": files.talosconfig})


def _carries(kubeconfig: Secret, wanted: str) -> bool:
    try:
        return kubeconfig_fingerprint(kubeconfig) == wanted
    except Permanent:
        return False


async def _fetch(site: Site, _: Attempt) -> str:
    files = site.cluster.files
    fetched = await (await site.machines()).kubeconfig(site.control_planes[0])
    if kubeconfig_fingerprint(fetched) != (await site.identity()).ca_fingerprint:
        raise Refused(
            f"{site.control_planes[0].name} hands out a kubeconfig with another CA than the vault's",
            "the vault and the machines disagree about the PKI: do not go on before it is known which is right",
        )
    await site.estate.workstation.write_private(files.kubeconfig, fetched)
    await site.estate.workstation.write_private(files.talosconfig, await site.talosconfig())
    site.disconnect()
    return f"wrote {files.kubeconfig} and {files.talosconfig}"


def cluster_identity_pinned(site: Site, needs: tuple[str, ...]) -> Step:
    """Within a generation, kube-system keeps its UID: another one means another cluster behind the same PKI."""
    return Step(
        name="cluster_identity_pinned",
        summary="The cluster that answers is the one of this generation, and is known again by kube-system's UID.",
        needs=needs,
        gate=Gate("kube-system has the UID of this generation", lambda memory: _same(site, memory), stability_s=0.0),
        act=lambda attempt: _pin(site, attempt),
        deadline_s=300.0,
        expected_s=1.0,
        guarded=True,
    )


async def _same(site: Site, memory: Memory) -> Verdict:
    uid, pinned = await _uid(site), memory.pins.get(UID_PIN)
    if not uid:
        return NotYet("the API shows no kube-system yet", underway=True)
    if pinned is None:
        return NotYet("kube-system's UID is not pinned in this generation")
    if pinned != uid:
        return Never(
            f"kube-system has UID {uid}, this generation's is {pinned}: another cluster answers",
            "see what stands behind the endpoint; nothing was written to it",
            refused=True,
        )
    return Holds({"kube_system_uid": uid})


async def _pin(site: Site, attempt: Attempt) -> str:
    uid = await _uid(site)
    if not uid:
        raise Transient("the API shows no kube-system")
    attempt.pin(UID_PIN, uid)
    return f"pinned kube-system's UID {uid}"


async def _uid(site: Site) -> str:
    namespace = await (await site.kubernetes()).get(KUBE_SYSTEM)
    return str(namespace["metadata"].get("uid", "")) if namespace else ""
