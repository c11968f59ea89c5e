"""The selection: which steps run, are verified, are left out or accepted, and what is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bootstrap.graph import Graph, build
from bootstrap.plan import Plan, resolve
from bootstrap.selection import Mode, Selection, SelectionError, select
from tests.engine.toy import World, fact

WORLD = World()

GRAPH = build(
    [
        fact(WORLD, "secrets", guarded=True),
        fact(WORLD, "config", "secrets", node="n1"),
        fact(WORLD, "config", "secrets", node="n2"),
        fact(WORLD, "etcd", "config", guarded=True),
        fact(WORLD, "network", "etcd"),
        fact(WORLD, "apps", "network"),
        fact(WORLD, "dns", "etcd"),
    ]
)
SHORT = {"run": "r", "verify": "v", "skip": "-", "accept": "a"}


def modes(selection: Selection) -> str:
    """One letter a step, in the order of the graph: secrets, config n1, config n2, etcd, network, apps, dns."""
    return "".join(SHORT[choice.mode] for choice in select(GRAPH, selection).values())


@pytest.mark.parametrize(
    ("selection", "remedy"),
    [
        (Selection(only=("network",)), "run without --only, or with --until network instead"),
        (
            Selection(only=("config", "network"), nodes=("n1",), from_=("secrets",)),
            "run without --only, --from, --node, or with --until config --until network instead",
        ),
        (Selection(from_=("network",), until=("network",), skip=("dns",)), "run without --from"),
        (Selection(nodes=("n2",)), "run without --node"),
    ],
)
def test_what_is_only_verified_says_what_to_run_instead(selection: Selection, remedy: str) -> None:
    """A command that makes everything true that is needed, at once: not one more selection after the other."""
    verified = [choice for choice in select(GRAPH, selection).values() if choice.mode is Mode.VERIFY]
    assert verified
    assert {choice.remedy for choice in verified} == {remedy}


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), "rrrrrrr"),
        (Selection(only=("network",)), "vvvvr--"),
        (Selection(only=("network", "dns")), "vvvvr-r"),
        (Selection(only=("config[n1]",)), "vr-----"),
        (Selection(only=("config",)), "vrr----"),
        (Selection(from_=("network",)), "vvvvrr-"),
        (Selection(until=("etcd",)), "rrrr---"),
        (Selection(from_=("etcd",), until=("network",)), "vvvrr--"),
        (Selection(from_=("config[n1]",), until=("etcd",)), "vrvr---"),
        (Selection(skip=("network",)), "rrrr--r"),
        (Selection(skip=("config[n1]",)), "r-r----"),
        (Selection(until=("apps",), skip=("apps",)), "rrrrr--"),
        (Selection(nodes=("n2",)), "v-r----"),
        (Selection(nodes=("n1", "n2")), "vrr----"),
        (Selection(only=("config",), nodes=("n1",)), "vr-----"),
        (Selection(accept={"network": "seen"}), "rrrrarr"),
        (Selection(accept={"config": "seen"}), "raarrrr"),
        (Selection(only=("apps",), accept={"network": "seen"}), "vvvvar-"),
        (Selection(until=("etcd",), accept={"network": "seen"}), "rrrr---"),
        (Selection(skip=("network",), accept={"network": "seen"}), "rrrr--r"),
    ],
)
def test_a_selection_means(selection: Selection, expected: str) -> None:
    """What is selected runs, what it needs is verified, skip wins and takes along what needs it."""
    assert modes(selection) == expected


def test_a_choice_says_why() -> None:
    """The operator's reason, or the flag that left the step out."""
    choices = select(GRAPH, Selection(skip=("dns",), accept={"network": "seen by hand"}))
    assert choices["network"].why == "seen by hand"
    assert "--skip" in choices["dns"].why


@pytest.mark.parametrize(
    ("selection", "flag", "said"),
    [
        (Selection(only=("netwrok",)), "--only", "near it: network"),
        (Selection(from_=("zzzzzz",)), "--from", "there are: apps, config"),
        (Selection(until=("config[n3]",)), "--until", "config[n1]"),
        (Selection(skip=("app",)), "--skip", "apps"),
        (Selection(nodes=("n3",)), "--node", "n1"),
        (Selection(accept={"netwrok": "why"}), "--accept", "near it: network"),
        (Selection(accept={"etcd": "why"}), "--accept", "etcd guards"),
        (Selection(accept={"network": "  "}), "--accept", "--accept network=REASON"),
        (Selection(only=("dns",), skip=("etcd",)), "--skip", "nothing is left to run"),
        (Selection(only=("dns",), until=("network",)), "--only, --until", "nothing is left to run"),
        (Selection(only=("etcd",), nodes=("n1",)), "--only, --node", "nothing is left to run"),
    ],
)
def test_what_cannot_be_selected_is_said(selection: Selection, flag: str, said: str) -> None:
    """Unknown names with what is near, guards, missing reasons, and a selection that selects nothing."""
    with pytest.raises(SelectionError) as caught:
        select(GRAPH, selection)
    ((found, sentence),) = caught.value.problems
    assert flag in found
    assert said in sentence


def test_all_problems_are_said_at_once() -> None:
    """Not the first one: one run of the command is enough to mend them all."""
    wrong = Selection(only=("x1",), skip=("x2",), nodes=("n9",), accept={"etcd": "", "x3": "why"})
    with pytest.raises(SelectionError) as caught:
        select(GRAPH, wrong)
    assert sorted(flag for flag, _ in caught.value.problems) == [
        "--accept", "--accept", "--accept", "--node", "--only", "--skip"
    ]  # fmt: skip


def test_the_plan_walks_all_but_what_is_left_out() -> None:
    """In the order of the graph; the journal's words for it are the modes."""
    plan = resolve(GRAPH, Selection(only=("network",)), absent=("n3",))
    assert plan.walked == ("secrets", "config[n1]", "config[n2]", "etcd", "network")
    assert plan.modes["etcd"] == "verify"
    assert plan.absent == ("n3",)


@st.composite
def selections(draw: st.DrawFn) -> tuple[Graph, Selection]:
    count = draw(st.integers(1, 8))
    steps = []
    for number in range(count):
        needs = draw(st.lists(st.integers(0, number - 1), unique=True)) if number else []
        steps.append(fact(WORLD, f"s{number}", *(f"s{need}" for need in needs)))
    graph = build(steps)
    some = st.lists(st.sampled_from(sorted(graph.steps)), max_size=2).map(tuple)
    accept = dict.fromkeys(draw(some), "seen")
    return graph, Selection(only=draw(some), from_=draw(some), until=draw(some), skip=draw(some), accept=accept)


@given(selections())
def test_every_need_of_a_walked_step_is_walked(drawn: tuple[Graph, Selection]) -> None:
    """Rule 3 for any graph and selection: nothing acts on an unverified base, and what is skipped is never walked."""
    graph, selection = drawn
    plan: Plan | None = None
    with contextlib.suppress(SelectionError):
        plan = resolve(graph, selection)
    assume(plan is not None)
    assert plan is not None
    walked = set(plan.walked)
    for id in walked:
        assert set(graph.needs[id]) <= walked
    assert not walked & graph.downstream(selection.skip)
    assert {id for id in walked if plan.choices[id].mode is Mode.ACCEPT} <= set(selection.accept)
    assert any(plan.choices[id].mode in (Mode.RUN, Mode.ACCEPT) for id in walked)
