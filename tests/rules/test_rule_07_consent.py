"""Rule 7: what destroys is never implied; it is asked for on one screen before the first effect."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bootstrap.events import Consented
from estate.workstation import Destruction
from operations.operator import Operator
from rehearsal.faults import Fault
from tests.rules.whole import Play, cluster_of, play, verified

FULL = (Fault("disk-data", "k8s-1=talos"), Fault("disk-data", "k8s-4=ceph"))


class Screen:
    """The operator's answer, and what had happened when it was asked for."""

    def __init__(self, scene: Play, answer: bool) -> None:
        self.scene, self.answer = scene, answer
        self.shown: list[tuple[list[str], int]] = []

    async def __call__(self, cluster: str, items: Sequence[Destruction]) -> bool:
        self.shown.append(([item.sentence for item in items], len(self.scene.world.effects)))
        return self.answer


@pytest.mark.parametrize("more", [(), (Fault("api-flaps", at=200.0, for_s=60.0),)], ids=["calm", "faulty"])
def test_rule_07_all_of_it_is_asked_for_on_one_screen_before_the_first_effect(more: tuple[Fault, ...]) -> None:
    """Two machines of six hold data: one question, with both, and nothing was done before it."""
    scene = play(*FULL, *more)
    screen = Screen(scene, answer=True)
    ran = scene.run(agrees=screen)
    assert (ran.code, ran.violations) == (0, ())
    ((sentences, effects_before),) = screen.shown
    assert effects_before == 0
    assert [sentence.split(":")[0] for sentence in sentences] == ["k8s-1", "k8s-4"]
    assert len(ran.events(Consented)) == 1


def test_rule_07_a_no_is_a_no_for_the_whole_run() -> None:
    """Exit code 3, and not even the machines with empty disks were touched."""
    scene = play(*FULL)
    ran = scene.run(agrees=False)
    assert (ran.code, ran.effects, ran.violations) == (3, (), ())
    assert "did not agree" in ran.refused["preflight"]


def test_rule_07_data_that_appears_after_the_screen_is_left_alone() -> None:
    """In the middle nobody is asked: that machine is refused, whatever the operator would say."""
    scene = play()
    ran = scene.run(agrees=True, on=verified("preflight", lambda: scene.inject(Fault("disk-data", "k8s-5=ceph"))))
    assert (ran.code, ran.violations, scene.world.asked) == (3, (), [])
    assert "k8s-5" not in ran.done("apply-config")
    assert list(ran.refused) == ["talos_config_applied[k8s-5]"]


def test_rule_07_consent_ends_with_its_run() -> None:
    """Agreed to yesterday, the run stopped before it installed: today it is asked again, and no is no."""
    scene = play(*FULL)
    assert scene.run(agrees=True, until=("preflight",)).code == 0
    ran = scene.run(agrees=False)
    assert (ran.code, ran.effects, ran.violations) == (3, (), ())


@pytest.mark.parametrize(
    ("cluster", "yes_destroy", "code"),
    [("main", "", 3), ("main", "main", 3), ("main", "staging", 3), ("staging", "", 3), ("staging", "staging", 0)],
)
def test_rule_07_without_a_terminal_the_flag_is_enough_only_where_nothing_is_protected(
    cluster: str, yes_destroy: str, code: int
) -> None:
    """The operator's real rules, on a run without a terminal: never on main; on staging by the flag with its name."""
    first = cluster_of(cluster).nodes[0].name
    scene = play(Fault("disk-data", f"{first}=talos"), name=cluster)
    ran = scene.run(agrees=Operator(cluster_of(cluster), yes_destroy).confirm)
    assert (ran.code, ran.violations) == (code, ())
    assert bool(ran.effects) == (code == 0)
