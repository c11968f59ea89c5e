"""CustomResourceDefinitions: established, all that are expected."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bootstrap.verdict import Holds, Never, NotYet, Verdict
from readiness.fields import Object, name_of, uid
from readiness.kstatus import Kind, Status, compute
from readiness.sentence import listed, one_line


def established(crds: Sequence[Object], expected_names: Collection[str]) -> Verdict:
    """Holds when every expected definition is Established. Whether discovery serves it, only the API server knows.

    expected_names: "ciliumnodes.cilium.io". A name that the API server does not accept (another definition has it)
    never heals by itself; Helm's legacy wait calls that ready.
    """
    names = sorted(set(expected_names))
    by_name = {name_of(crd): crd for crd in crds}
    missing = [name for name in names if name not in by_name]
    found = {name: compute(by_name[name]) for name in names if name in by_name}
    failed = {name: status for name, status in found.items() if status.kind is Kind.FAILED}
    if failed:
        return _refused(failed)
    waiting = [name for name, status in found.items() if status.kind is not Kind.CURRENT]
    if missing or waiting:
        return _not_yet(len(names), missing, waiting)
    return Holds({"crds": {name: uid(by_name[name]) for name in names}})


def _refused(failed: Mapping[str, Status]) -> Never:
    reasons = [f"{name}: {one_line(status.message)}" for name, status in failed.items()]
    return Never(
        f"the API server does not accept CRD {listed(reasons, 3, '; ')}",
        f"find who else defines it (`kubectl get crd`), delete the wrong one of them; "
        f"`kubectl get crd {next(iter(failed))} -o yaml` shows the conflict",
    )


def _not_yet(total: int, missing: Sequence[str], waiting: Sequence[str]) -> NotYet:
    reasons = [f"{name} does not exist" for name in missing] + [f"{name} is being installed" for name in waiting]
    established_count = total - len(reasons)
    return NotYet(f"{established_count}/{total} CRDs established: {listed(reasons, 3)}", underway=not missing)
