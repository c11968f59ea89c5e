"""The gates of the releases that the bootstrap knows by name, and the generic one for all others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.verdict import Holds, Never, NotYet, Verdict
from estate.charts import ReleaseStatus
from estate.kubernetes import Kind, Kubernetes, ObjectRef
from readiness import absent, cert_manager, cilium, coredns, flux, objects, spegel, verdicts, workload
from steps import kinds
from steps.flux import FLUX_SYSTEM
from steps.site import Site
from tree.release import Release

WORKLOADS = (kinds.DEPLOYMENT, kinds.DAEMON_SET, kinds.POD)
Ready = Callable[[Site, Kubernetes, Release, ReleaseStatus], Awaitable[Verdict]]


@dataclass(frozen=True, slots=True)
class ReleaseGate:
    """ready: asked once the release is deployed. watched: the kinds that it reads. The rest is a Step's."""

    ready: Ready
    summary: str = ""
    sentence: str = ""
    watched: tuple[Kind, ...] = WORKLOADS
    stability_s: float = 10.0
    grace_s: float = 300.0
    deadline_s: float = 900.0
    expected_s: float = 60.0


async def generic(site: Site, kubernetes: Kubernetes, _: Release, status: ReleaseStatus) -> Verdict:
    """Everything that the release applied is Current by kstatus."""
    namespaces = {ref.namespace for ref in status.applied if ref.namespace}
    pods = [pod for namespace in sorted(namespaces) for pod in await kubernetes.list(kinds.POD, namespace)]
    found = {ref: await kubernetes.get(ref) for ref in status.applied}
    agents = {ref: absent.without(obj, pods, site.absent) for ref, obj in found.items() if ref.kind == kinds.DAEMON_SET}
    return objects.objects({**found, **agents}, absent.present(pods, site.absent))


async def _cilium(site: Site, kubernetes: Kubernetes, release: Release, _: ReleaseStatus) -> Verdict:
    space = release.namespace
    pods = await kubernetes.list(kinds.POD, space)
    return cilium.ready(
        absent.without(await kubernetes.get(ObjectRef(kinds.DAEMON_SET, "cilium", space)), pods, site.absent),
        absent.without_replicas(
            await kubernetes.get(ObjectRef(kinds.DEPLOYMENT, "cilium-operator", space)), pods, site.absent
        ),
        await kubernetes.list(kinds.NODE),
        await kubernetes.list(kinds.CILIUM_NODE),
        [node.name for node in site.nodes],
        envoy=absent.without(
            await kubernetes.get(ObjectRef(kinds.DAEMON_SET, "cilium-envoy", space)), pods, site.absent
        ),
        pods=absent.present(pods, site.absent),
    )


async def _coredns(site: Site, kubernetes: Kubernetes, release: Release, _: ReleaseStatus) -> Verdict:
    space = release.namespace
    return coredns.ready(
        await kubernetes.get(ObjectRef(kinds.DEPLOYMENT, "coredns", space)),
        await kubernetes.list(kinds.ENDPOINT_SLICE, space),
        minimum=min(2, len(site.nodes)),
        pods=await kubernetes.list(kinds.POD, space),
    )


async def _spegel(site: Site, kubernetes: Kubernetes, release: Release, _: ReleaseStatus) -> Verdict:
    space = release.namespace
    pods = await kubernetes.list(kinds.POD, space)
    daemon_set = absent.without(await kubernetes.get(ObjectRef(kinds.DAEMON_SET, "spegel", space)), pods, site.absent)
    return spegel.ready(daemon_set, len(site.nodes), absent.present(pods, site.absent))


async def _cert_manager(_: Site, kubernetes: Kubernetes, release: Release, __: ReleaseStatus) -> Verdict:
    space = release.namespace
    verdict = cert_manager.ready(
        await kubernetes.list(kinds.DEPLOYMENT, space),
        await kubernetes.get(ObjectRef(kinds.VALIDATING_WEBHOOK, "cert-manager-webhook")),
        await kubernetes.list(kinds.POD, space),
    )
    return verdict if not isinstance(verdict, Holds) else await _webhook_answers(kubernetes, space, verdict)


async def _webhook_answers(kubernetes: Kubernetes, namespace: str, ready: Holds) -> Verdict:
    # a dry run reaches the webhook and leaves nothing; Ready alone came too early in 5 of 8 tries
    # (cert-manager/cert-manager#2908)
    certificate = {
        "apiVersion": kinds.CERTIFICATE.api_version,
        "kind": kinds.CERTIFICATE.kind,
        "metadata": {"name": "firstlight-webhook-check", "namespace": namespace},
        "spec": {
            "secretName": "firstlight-webhook-check",
            "dnsNames": ["check.invalid"],
            "issuerRef": {"name": "none"},
        },
    }
    try:
        await kubernetes.apply(certificate, dry_run=True)
    except Refused:
        raise
    except (Transient, Permanent) as error:
        return NotYet(f"the cert-manager webhook does not answer yet: {error.sentence}", underway=True)
    return ready


async def _flux_operator(_: Site, kubernetes: Kubernetes, release: Release, __: ReleaseStatus) -> Verdict:
    space = release.namespace
    deployment = await kubernetes.get(ObjectRef(kinds.DEPLOYMENT, "flux-operator", space))
    pods = await kubernetes.list(kinds.POD, space)
    served = await kubernetes.serves(kinds.FLUX_INSTANCE)
    crd = Holds() if served else NotYet("FluxInstance is not served yet", underway=True)
    return verdicts.every(workload.deployment(deployment, 1, pods, name="flux-operator"), crd)


async def _flux_instance(_: Site, kubernetes: Kubernetes, release: Release, __: ReleaseStatus) -> Verdict:
    space = release.namespace
    verdict = flux.flux_instance(await kubernetes.get(ObjectRef(kinds.FLUX_INSTANCE, "flux", space)))
    return await _or_its_source(kubernetes, verdict) if isinstance(verdict, NotYet) else verdict


async def _or_its_source(kubernetes: Kubernetes, waiting: NotYet) -> Verdict:
    """The operator waits for what it synchronises and says "Progressing" alone: the source says why."""
    repository = await kubernetes.get(ObjectRef(kinds.GIT_REPOSITORY, FLUX_SYSTEM, FLUX_SYSTEM))
    source = flux.source(repository) if repository is not None else Holds()
    if isinstance(source, Never):
        return source
    return waiting if isinstance(source, Holds) else NotYet(f"{source.reason}; {waiting.reason}", waiting.underway)


SPECIFIC: Mapping[str, ReleaseGate] = {
    "cilium": ReleaseGate(
        _cilium,
        "Every node has a network: Cilium's agents and operator run.",
        "Cilium runs on every node of the plan, and every node says so",
        (*WORKLOADS, kinds.NODE, kinds.CILIUM_NODE),
        stability_s=30.0,
        deadline_s=1800.0,
        expected_s=120.0,
    ),
    "coredns": ReleaseGate(
        _coredns,
        "Names of the cluster resolve.",
        "CoreDNS runs and its Service has endpoints",
        (*WORKLOADS, kinds.ENDPOINT_SLICE),
    ),
    "spegel": ReleaseGate(
        _spegel,
        "Nodes share the images that they have pulled.",
        "Spegel runs on every node of the plan",
    ),
    "cert-manager": ReleaseGate(
        _cert_manager,
        "Certificates can be issued, and bad ones are refused.",
        "cert-manager runs and its webhook answers a dry run",
        (*WORKLOADS, kinds.VALIDATING_WEBHOOK),
    ),
    "flux-operator": ReleaseGate(
        _flux_operator,
        "The operator that installs Flux runs.",
        "the Flux operator runs and FluxInstance is served",
        (*WORKLOADS, kinds.DEFINITION),
    ),
    "flux-instance": ReleaseGate(
        _flux_instance,
        "Flux itself runs and reads the repository.",
        "the FluxInstance is Ready",
        (kinds.FLUX_INSTANCE, kinds.GIT_REPOSITORY),
    ),
}


def gate_of(release: Release) -> ReleaseGate:
    """By what its chart is called, for a release may be called anything; else by its own name; else the generic one."""
    return SPECIFIC.get(_chart(release)) or SPECIFIC.get(release.name) or ReleaseGate(generic)


def is_cilium(release: Release) -> bool:
    """Whether a release brings Cilium."""
    return "cilium" in (_chart(release), release.name)


def _chart(release: Release) -> str:
    return release.chart.rstrip("/").rpartition("/")[2]
