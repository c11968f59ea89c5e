"""A lease that everyone sees: a coordination.k8s.io Lease in the cluster itself, from when its API answers.

The API server's clock says what has run out, as two operators' computers need not agree on the time; a takeover is a
replacement that names the version it has seen, so of two only one succeeds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bootstrap.clock import Clock
from bootstrap.errors import LeaseLost, Permanent, Transient
from bootstrap.leases.holder import NOBODY, Holder, Tenure, from_json, refusal, surely_gone, this_process, to_json
from bootstrap.leases.term import HEARTBEAT_S, TTL_S, Term
from estate.kubernetes import Kind, Manifest, ObjectRef

if TYPE_CHECKING:
    from edges.kubernetes_session import Session

LEASE = ObjectRef(Kind("coordination.k8s.io/v1", "Lease"), "firstlight", "kube-system")
_HOLDER = "firstlight.home.arpa/holder"
_ATTEMPTS = 3
_MICRO = "%Y-%m-%dT%H:%M:%S.%fZ"


class KubernetesLease:
    """A Lease on one cluster. session: of edges.kubernetes_client.Connection. All methods block.

    Its fencing number is the object's leaseTransitions: it grows with every holder.
    """

    def __init__(
        self, session: Session, *, cluster: str, estate: str, clock: Clock,
        holder: Holder | None = None, ttl_s: float = TTL_S,
    ) -> None:  # fmt: skip
        self._session, self._clock, self._ttl_s = session, clock, ttl_s
        self._holder = holder or this_process()
        self._subject = f"cluster {cluster} ({estate})"
        self._fencing = 0
        self._since = 0.0
        self._term = Term(self._subject, clock, ttl_s)

    @property
    def fencing(self) -> int:
        return self._fencing

    @property
    def reach(self) -> str:
        return "everyone"

    @property
    def heartbeat_s(self) -> float:
        return HEARTBEAT_S

    def acquire(self) -> None:
        """See the port. Raises Transient when the API does not answer."""
        for left in reversed(range(_ATTEMPTS)):
            asked_at = self._clock.now()
            try:
                self._fencing = self._take()
            except Transient:  # not reached, or another was faster: then the next look refuses
                if not left:
                    raise
            else:
                self._term.proven(asked_at)
                return

    def renew(self) -> None:
        asked_at = self._clock.now()
        try:
            seen = self._session.get(LEASE)
            if seen is None or not self._is_ours(seen):
                raise self._term.lose(
                    f"another run took over {self._subject}: this one's number {self._fencing} is past"
                )
            self._session.replace(self._written(seen, self._session.server_time()))
        except LeaseLost:
            raise
        except Permanent as problem:
            raise Transient(f"the lease could not be renewed: {problem.sentence}") from None
        self._term.proven(asked_at)

    def check(self) -> None:
        self._term.check()

    def release(self) -> None:
        try:
            seen = self._session.get(LEASE) if self._fencing else None
            if seen is not None and self._is_ours(seen):
                self._session.replace(self._written(seen, self._session.server_time(), released=True))
        except (Permanent, Transient):
            pass  # it runs out by itself
        self._term.end()

    def _take(self) -> int:
        now, seen = self._session.server_time(), self._session.get(LEASE)
        self._since = now
        if seen is None:
            self._fencing = 1
            self._session.create(self._written({}, now))
            return 1
        tenure = tenure_of(seen)
        if not self._may_take(tenure, now):
            raise refusal(self._subject, tenure, now)
        self._fencing = tenure.fencing + 1
        self._session.replace(self._written(seen, now))
        return self._fencing

    def _may_take(self, tenure: Tenure, now: float) -> bool:
        """Also our own: the answer to the attempt before was lost."""
        mine = tenure.holder == self._holder
        return tenure.released or now >= tenure.ends or mine or surely_gone(tenure.holder, self._holder)

    def _is_ours(self, seen: Manifest) -> bool:
        tenure = tenure_of(seen)
        return not tenure.released and (tenure.holder, tenure.fencing) == (self._holder, self._fencing)

    def _written(self, seen: Manifest, now: float, *, released: bool = False) -> dict[str, Any]:
        """The whole object; with the version that was seen, so that nobody else's is overwritten."""
        version = (seen.get("metadata") or {}).get("resourceVersion")
        holder = f"{self._holder.who}@{self._holder.host}/{self._holder.pid}"
        return {
            "apiVersion": LEASE.kind.api_version,
            "kind": LEASE.kind.kind,
            "metadata": {
                "name": LEASE.name,
                "namespace": LEASE.namespace,
                "annotations": {_HOLDER: json.dumps(to_json(self._holder))},
                **({"resourceVersion": version} if version else {}),
            },
            "spec": {
                "holderIdentity": "" if released else holder,
                "leaseDurationSeconds": max(1, int(self._ttl_s)),
                "leaseTransitions": self._fencing,
                "acquireTime": _text(self._since),
                "renewTime": _text(now),
            },
        }


def tenure_of(lease: Manifest) -> Tenure:
    """Who holds it, as the object says. One that says nothing of use has no holder, and ran out long ago."""
    spec = lease.get("spec") or {}
    return Tenure(
        holder=_holder(lease.get("metadata") or {}),
        fencing=int(spec.get("leaseTransitions") or 0),
        since=_seconds(spec.get("acquireTime")),
        heartbeat=_seconds(spec.get("renewTime")),
        ttl_s=float(spec.get("leaseDurationSeconds") or 0),
        released=not spec.get("holderIdentity"),
    )


def _holder(metadata: Mapping[str, Any]) -> Holder:
    try:
        return from_json(json.loads((metadata.get("annotations") or {})[_HOLDER]))
    except (KeyError, ValueError):
        return NOBODY


def _text(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime(_MICRO)


def _seconds(text: object) -> float:
    try:
        return datetime.strptime(str(text), _MICRO).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0
