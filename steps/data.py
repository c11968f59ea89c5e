"""data_restored: volumes that are kept in backups hold their data again."""

from __future__ import annotations

from collections.abc import Sequence

from bootstrap.gate import Gate
from bootstrap.step import Step
from bootstrap.verdict import Holds, Never, NotYet, Verdict
from estate.kubernetes import Manifest
from readiness import volumes
from steps.kinds import CLAIM, REPLICATION_DESTINATION
from steps.naming import all_named, full_name
from steps.site import Site


def data_restored(site: Site, needs: tuple[str, ...]) -> Step:
    """Apps that run on empty volumes look healthy: only the volumes themselves tell that the data is back."""
    return Step(
        name="data_restored",
        summary="Volumes that are kept in backups hold their data again, or are named as empty.",
        needs=needs,
        gate=Gate(
            "every volume with a backup was filled from it",
            lambda _: _restored(site),
            changes=lambda: site.object_changes(CLAIM, REPLICATION_DESTINATION),
        ),
        deadline_s=2400.0,
        expected_s=120.0,
        tolerant=True,
    )


async def _restored(site: Site) -> Verdict:
    kubernetes = await site.kubernetes()
    wanted = [f"{app.namespace}/{volume}" for app in site.tree.apps for volume in app.volumes if not app.suspended]
    return judge_volumes(wanted, await kubernetes.list(CLAIM), await kubernetes.list(REPLICATION_DESTINATION))


def judge_volumes(wanted: Sequence[str], claims: Sequence[Manifest], destinations: Sequence[Manifest]) -> Verdict:
    """Every volume that is not restored is named, and every empty one beside them: at a deadline this sentence is all
    that the summary has (rule 14). Pure. wanted: claims that must be there, as namespace/name."""
    states = {full_name(claim): volumes.restored([claim], destinations) for claim in claims}
    never = next((verdict for verdict in states.values() if isinstance(verdict, Never)), None)
    if never is not None:
        return never
    waiting = {name: verdict.reason for name, verdict in states.items() if isinstance(verdict, NotYet)}
    waiting |= {name: f"claim {name} does not exist yet" for name in wanted if name not in states}
    held = [verdict for verdict in states.values() if isinstance(verdict, Holds)]
    empty = tuple(text for verdict in held for text in verdict.exceptions)
    if waiting:
        return NotYet("; ".join((f"not restored: {all_named(waiting)}", *empty)), underway=True)
    restored = [name for name, verdict in states.items() if isinstance(verdict, Holds) and verdict.evidence["restored"]]
    return Holds({"restored": sorted(restored)}, empty)
