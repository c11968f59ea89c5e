"""The Kubernetes API through the official client: calls in worker threads, one connection pool a connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from edges import workers
from edges.kubernetes_access import Access, access_of
from edges.kubernetes_call import Call
from edges.kubernetes_changes import Changes
from edges.kubernetes_watch import Watch
from estate.kubernetes import ClusterIdentity, Kind, Manifest, ObjectRef

if TYPE_CHECKING:
    from edges.kubernetes_session import Session

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_CALL_S = 60.0
"""Above the sum of a call's own timeouts: for what they do not bound (the lookup of a name, a trickle of bytes)."""


@dataclass(frozen=True, slots=True)
class KubernetesClient:
    """A KubernetesApi. api_port: where the API server of a control plane listens at its own address."""

    api_port: int = 6443

    async def connect(self, kubeconfig: Secret, identity: ClusterIdentity) -> Connection:
        """Refuses a kubeconfig with another CA, and an API server that shows another one.

        One that does not answer now is no failure: every later connection begins with the same proof.
        """
        access = access_of(kubeconfig, identity)
        session = await _run(lambda: _opened(access))
        return Connection(session, self.api_port)


class Connection:
    """A Kubernetes. Nothing needs to be closed: what is idle holds no thread."""

    def __init__(self, session: Session, api_port: int) -> None:
        self._session, self._api_port = session, api_port
        self._changes = Changes(lambda kind: Watch(session, kind))

    @property
    def session(self) -> Session:
        """The blocking calls, for the lease."""
        return self._session

    async def get(self, ref: ObjectRef) -> Manifest | None:
        return await _run(self._session.get, ref)

    async def list(
        self, kind: Kind, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> Sequence[Manifest]:
        return await _run(self._session.list, kind, namespace, labels)

    async def apply(self, manifest: Manifest, *, force: bool = False, dry_run: bool = False) -> Manifest:
        return await _run(self._session.apply, manifest, force, dry_run)

    async def serves(self, kind: Kind) -> bool:
        return await _run(self._session.serves, kind)

    async def ready(self, address: str) -> str:
        """Raises Refused when what answers there has another CA; everything else is a sentence."""
        try:
            return await _run(self._session.ready, address, self._api_port)
        except Refused:
            raise
        except (Transient, Permanent) as error:
            return error.sentence.partition(": ")[2] or error.sentence  # what was asked is said by who asks

    def changes(self, *kinds: Kind) -> AsyncIterator[object]:
        return self._changes.of(*kinds)


def _opened(access: Access) -> Session:
    from edges.kubernetes_session import Session

    session = Session(access)
    session.prove()
    return session


async def _run(function: Callable[[*Ts], T], *args: *Ts) -> T:
    """One call in a thread of its own, which is ended by shutting its socket down."""
    call = Call()
    try:
        return await workers.run(call.run, lambda: function(*args), timeout_s=_CALL_S, closer=call.end)
    except TimeoutError:
        raise Transient(f"the API server did not finish its answer within {_CALL_S:g} s") from None
