"""What the control planes say of etcd's members, against what the plan has (rule 1). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from bootstrap.verdict import Holds, Never, NotYet, Verdict
from estate.machines import Etcd, Member

Views = Mapping[str, Etcd | None]
"""Node name -> what it says of etcd; None: it did not answer."""


def judge(views: Views, expected: Mapping[str, str], absent: frozenset[str]) -> Verdict | None:
    """What the control planes' answers mean; None when none of them shows a member.

    expected: name -> address of the plan's control planes. absent: nodes that the plan goes without.
    """
    seen = {name: view for name, view in views.items() if view is not None and view.members}
    if not seen:
        return None
    return _two_clusters(seen) or _foreign(seen, expected, absent) or _joined(views, expected, absent)


def _two_clusters(seen: Mapping[str, Etcd]) -> Never | None:
    if len({view.cluster_id for view in seen.values() if view.cluster_id}) < 2:
        return None
    who = ", ".join(f"{name}: {view.cluster_id}" for name, view in seen.items())
    return Never(f"the control planes hold different etcd clusters ({who})", "reset all but one of them", refused=True)


def _foreign(seen: Mapping[str, Etcd], expected: Mapping[str, str], absent: frozenset[str]) -> Never | None:
    members = dict.fromkeys(member for view in seen.values() for member in view.members)
    foreign = [m for m in members if not _joins(m, expected) and m.hostname not in (*expected, *absent)]
    if not foreign:
        return None
    names = dict.fromkeys(f"{m.hostname or 'one without a name'} ({m.address})" for m in foreign)
    return Never(
        f"etcd has members that the inventory does not have: {', '.join(names)}",
        "take them out of etcd, or into the inventory",
    )


def _joins(member: Member, expected: Mapping[str, str]) -> bool:
    """A member that was added and has not started yet has no name (etcd, MemberList): its address tells whose it is."""
    return not member.hostname and member.address in expected.values()


def _joined(views: Views, expected: Mapping[str, str], absent: frozenset[str]) -> Verdict:
    complaints = [text for name in expected if (text := _complaint(name, views.get(name), expected))]
    leaders = {view.leader for name in expected if (view := views.get(name)) is not None}
    if not complaints and len(leaders) > 1:
        complaints = [f"the control planes name different leaders ({', '.join(sorted(leaders))})"]
    if complaints:
        return NotYet("etcd: " + "; ".join(dict.fromkeys(complaints)), underway=True)
    view = next(view for name in expected if (view := views[name]) is not None)
    gone = tuple(f"etcd still counts {m.hostname} as a member" for m in view.members if m.hostname in absent)
    evidence = {"members": sorted(expected), "cluster_id": view.cluster_id, "leader": view.leader}
    return Holds(evidence, gone)


def _complaint(name: str, view: Etcd | None, expected: Mapping[str, str]) -> str:
    if view is None:
        return f"{name} does not answer"
    return next(_complaints(name, view, expected), "")


def _complaints(name: str, view: Etcd, expected: Mapping[str, str]) -> Iterator[str]:
    by_name = {member.hostname: member for member in view.members if member.hostname in expected}
    counts = Counter(member.hostname for member in view.members)
    if missing := [other for other in expected if other not in by_name]:
        yield f"{name} does not see {', '.join(missing)}"
    if twice := [other for other in expected if counts[other] > 1]:
        yield f"{name} sees {', '.join(twice)} twice: `talosctl etcd remove-member` takes out the one that is dead"
    if learners := [other for other, member in by_name.items() if member.learner]:
        yield f"{', '.join(learners)} still learns"
    if moved := [other for other, member in by_name.items() if member.address != expected[other]]:
        yield f"{', '.join(moved)} has another address than the inventory's"
    if not (view.running and view.leader):
        yield f"{name} runs no healthy etcd with a leader"
