"""The Kubernetes API of the rehearsal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from estate.kubernetes import ClusterIdentity, Kind, Manifest, ObjectRef
from rehearsal import apply, objects
from rehearsal.kubeconfig import ca_of
from rehearsal.live import Live
from rehearsal.quorum import healthy
from rehearsal.vault import Vault

_KEYS: dict[Kind, str] = {}


def key_of(kind: Kind) -> str:
    """The store's key of a kind: "apps/v1/Deployment"."""
    found = _KEYS.get(kind)
    if found is None:
        found = _KEYS[kind] = f"{kind.api_version}/{kind.kind}"
    return found


class RehearsalKubernetesApi:
    def __init__(self, live: Live, vault: Vault) -> None:
        self._live, self._vault = live, vault

    async def connect(self, kubeconfig: Secret, identity: ClusterIdentity) -> RehearsalKubernetes:
        self._live.arrive()
        if ca_of(kubeconfig) != identity.ca_fingerprint:
            raise Refused(
                "the kubeconfig's CA is not the vault's", "it is another cluster's: move it away, then run again"
            )
        return RehearsalKubernetes(self._live, identity.ca_fingerprint)


class RehearsalKubernetes:
    """One connection. ca: fingerprint that what answers must show."""

    def __init__(self, live: Live, ca: str) -> None:
        self._live, self._ca = live, ca

    async def get(self, ref: ObjectRef) -> Manifest | None:
        self._answers()
        name = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
        return self._live.world.objects.get(key_of(ref.kind), {}).get(name)

    async def list(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> Sequence[Manifest]:
        self._answers()
        found = list(objects.listed(self._live.world, key_of(kind), namespace))
        if not labels:
            return found
        return [obj for obj in found if labels.items() <= obj["metadata"].get("labels", {}).items()]

    async def apply(self, manifest: Manifest, *, force: bool = False, dry_run: bool = False) -> Manifest:
        if dry_run:
            self._answers()
            return apply.dry_run(self._live.world, manifest, force)
        target = f"{manifest['kind']}/{manifest['metadata']['name']}"
        lost = self._live.call("kubernetes-apply", target)
        self._answers()
        applied = apply.apply(self._live.world, manifest, force, self._ca)
        self._live.answer("kubernetes-apply", target, lost)
        return applied

    async def serves(self, kind: Kind) -> bool:
        self._answers()
        return objects.served(self._live.world, key_of(kind))

    async def ready(self, address: str) -> str:
        self._live.arrive()
        world = self._live.world
        if world.now < world.api_down_until:
            return "connection refused"
        if address == world.vip:
            return "" if world.api_up else "no control plane holds the virtual address"
        machine = next((m for m in world.machines.values() if m.address == address), None)
        if machine is None or not machine.serves_api:
            return "connection refused"
        return "" if healthy(world, machine.etcd) else "etcd has no quorum"

    def changes(self, *kinds: Kind) -> AsyncIterator[object]:
        return self._live.changes([key_of(kind) for kind in kinds])

    def _answers(self) -> None:
        self._live.arrive()
        world = self._live.world
        if not world.api_up:
            raise Transient(f"the API at {world.endpoint} does not answer: connection refused")
        shown = next(machine.cluster_ca for machine in world.machines.values() if machine.serves_api)
        if shown != self._ca:
            raise Refused(
                f"what answers at {world.endpoint} shows another CA than the vault's",
                "see what stands behind the endpoint; nothing was written to it",
            )


__all__ = ["Permanent", "RehearsalKubernetes", "RehearsalKubernetesApi", "key_of"]
