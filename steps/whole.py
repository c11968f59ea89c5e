"""control_plane_holds, nodes_hold: at the end, what was shown at the beginning is shown once more.

A node that dies while apps come up has its gates long behind it: without these the summary would claim more than is
true (rule 14).
"""

from __future__ import annotations

from bootstrap.gate import Gate
from bootstrap.step import Step
from bootstrap.verdict import Holds, Verdict
from readiness import nodes as rules
from readiness.absent import still_counted
from readiness.verdicts import every
from steps.api import observe_api
from steps.etcd import observe_etcd
from steps.kinds import NODE
from steps.site import Site


def control_plane_holds(site: Site, needs: tuple[str, ...]) -> Step:
    """A cluster that has lost a control plane meanwhile is not back."""
    return Step(
        name="control_plane_holds",
        summary="At the end etcd and the API still hold on every control plane of the plan.",
        needs=needs,
        gate=Gate(
            "etcd and the API hold on every control plane",
            lambda _: _control_plane(site),
            changes=lambda: site.machine_changes(*site.control_planes),
        ),
        deadline_s=600.0,
        expected_s=10.0,
    )


async def _control_plane(site: Site) -> Verdict:
    verdict = every(await observe_etcd(site), await observe_api(site))
    if isinstance(verdict, Holds):
        return Holds(verdict.evidence)  # its exceptions were named by the steps that found them first
    return verdict


def nodes_hold(site: Site, needs: tuple[str, ...]) -> Step:
    """A node that is not Ready at the end is named: the cluster is back, but not all of it."""
    return Step(
        name="nodes_hold",
        summary="At the end every node of the plan is still Ready, or is named.",
        needs=needs,
        gate=Gate(
            "every node of the plan is Ready",
            lambda _: _nodes(site),
            changes=lambda: site.object_changes(NODE),
        ),
        deadline_s=300.0,
        expected_s=10.0,
        tolerant=True,
    )


async def _nodes(site: Site) -> Verdict:
    nodes = await (await site.kubernetes()).list(NODE)
    verdict = rules.ready(nodes, [node.name for node in site.nodes])
    if isinstance(verdict, Holds):
        return Holds(verdict.evidence, (*verdict.exceptions, *still_counted(nodes, site.absent)))
    return verdict
