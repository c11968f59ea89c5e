"""What the control planes' answers about etcd mean (rule 1). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bootstrap.verdict import Holds, Never, NotYet
from estate.machines import Etcd, Member
from steps.etcd_members import judge

ADDRESSES = {"k8s-1": "10.11.0.11", "k8s-2": "10.11.0.12", "k8s-3": "10.11.0.13"}
ONE, TWO, THREE = (Member(f"{index}", name, address) for index, (name, address) in enumerate(ADDRESSES.items(), 1))
ALL = (ONE, TWO, THREE)
GOOD = Etcd(True, "c1", ALL, "1")
FOREIGN = Member("9", "nas", "10.11.0.99")
UNNAMED = Member("3", "", "10.11.0.13", learner=True)
EMPTY = Etcd(running=False)


def views(**changed: Etcd | None) -> Mapping[str, Etcd | None]:
    """All good, but for some: one=... two=... three=..."""
    names = dict(zip(("one", "two", "three"), ADDRESSES, strict=True))
    return {name: changed.get(word, GOOD) for word, name in names.items()}


def everywhere(view: Etcd) -> Mapping[str, Etcd | None]:
    return dict.fromkeys(ADDRESSES, view)


def members(*found: Member) -> Etcd:
    return replace(GOOD, members=found)


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (everywhere(members(ONE, TWO, replace(THREE, learner=True))), "k8s-3 still learns"),
        (views(two=members(ONE, TWO, replace(THREE, learner=True))), "k8s-3 still learns"),
        (everywhere(members(ONE, TWO)), "k8s-1 does not see k8s-3"),
        (views(three=members(THREE)), "k8s-3 does not see k8s-1, k8s-2"),
        (views(three=None), "k8s-3 does not answer"),
        (views(two=replace(GOOD, leader="")), "k8s-2 runs no healthy etcd with a leader"),
        (views(two=replace(GOOD, running=False)), "k8s-2 runs no healthy etcd with a leader"),
        (views(two=replace(GOOD, leader="2")), "name different leaders"),
        (everywhere(members(ONE, TWO, replace(THREE, address="10.11.0.77"))), "k8s-3 has another address"),
        (views(one=EMPTY), "k8s-1 does not see"),
        (everywhere(members(ONE, TWO, UNNAMED)), "does not see k8s-3"),
        (everywhere(members(ONE, TWO, THREE, replace(THREE, id="4"))), "k8s-3 twice"),
    ],
)
def test_failure_16_what_is_not_whole_is_waited_for(seen: Mapping[str, Etcd | None], sentence: str) -> None:
    """Any control plane that sees less than all of them, on any of them, and it is said which."""
    verdict = judge(seen, ADDRESSES, frozenset())
    assert isinstance(verdict, NotYet)
    assert verdict.underway
    assert sentence in verdict.reason


def test_what_all_of_them_complain_of_is_said_once() -> None:
    """Three control planes that see the same learner are one complaint."""
    verdict = judge(everywhere(members(ONE, TWO, replace(THREE, learner=True))), ADDRESSES, frozenset())
    assert verdict == NotYet("etcd: k8s-3 still learns", underway=True)


@pytest.mark.parametrize(
    ("seen", "sentence", "refused"),
    [
        (everywhere(members(*ALL, FOREIGN)), "nas (10.11.0.99)", False),
        (views(three=members(*ALL, FOREIGN)), "nas (10.11.0.99)", False),
        (everywhere(members(*ALL, replace(FOREIGN, hostname=""))), "(10.11.0.99)", False),
        (views(two=replace(GOOD, cluster_id="c2")), "different etcd clusters", True),
        (views(one=None, two=replace(members(TWO), cluster_id="c2")), "different etcd clusters", True),
    ],
)
def test_failure_14_what_is_not_ours_ends_it(seen: Mapping[str, Etcd | None], sentence: str, refused: bool) -> None:
    """A member that nobody knows, on whichever view; two clusters are refused, for neither may be touched."""
    verdict = judge(seen, ADDRESSES, frozenset())
    assert isinstance(verdict, Never)
    assert sentence in verdict.reason
    assert verdict.refused is refused
    assert verdict.next_action


def test_all_good_holds_with_evidence() -> None:
    """Members, cluster and leader, as seen."""
    verdict = judge(views(), ADDRESSES, frozenset())
    assert verdict == Holds({"members": sorted(ADDRESSES), "cluster_id": "c1", "leader": "1"})


def test_a_member_that_the_plan_goes_without_is_named() -> None:
    """etcd still counts it: that lowers what it can lose, and rule 14 wants it said."""
    expected = {name: ADDRESSES[name] for name in ("k8s-1", "k8s-2")}
    seen = {"k8s-1": GOOD, "k8s-2": GOOD}
    verdict = judge(seen, expected, frozenset({"k8s-3"}))
    assert isinstance(verdict, Holds)
    assert verdict.exceptions == ("etcd still counts k8s-3 as a member",)


@pytest.mark.parametrize("seen", [everywhere(EMPTY), dict.fromkeys(ADDRESSES), {"k8s-1": EMPTY, "k8s-2": None}])
def test_no_member_anywhere_is_not_for_this_rule(seen: Mapping[str, Etcd | None]) -> None:
    """Then the machines are asked about data before anybody acts."""
    assert judge(seen, ADDRESSES, frozenset()) is None
