"""The graph: what is refused, and what a name, a chain and a neighbourhood mean."""

from __future__ import annotations

import pytest

from bootstrap.graph import Graph, GraphError, build
from bootstrap.step import Step
from tests.engine.toy import World, fact

WORLD = World()


def step(name: str, *needs: str, node: str | None = None, expected_s: float = 1.0) -> Step:
    return fact(WORLD, name, *needs, node=node, expected_s=expected_s)


def diamond() -> Graph:
    """configs on two nodes, between secrets and etcd; one step beside them."""
    return build(
        [
            step("secrets", expected_s=2.0),
            step("config", "secrets", node="n1", expected_s=5.0),
            step("config", "secrets", node="n2", expected_s=50.0),
            step("etcd", "config", expected_s=10.0),
            step("beside", expected_s=1.0),
        ]
    )


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([step("a"), step("a")], ["two steps have the id a"]),
        ([step("a", node="n"), step("a", node="n")], ["two steps have the id a[n]"]),
        ([step("a", "b")], ["a needs b, which is no step"]),
        ([step("a", "b"), step("c", "d"), step("c")], ["a needs b", "c needs d", "two steps have the id c"]),
        ([step("a", "a")], ["a -> a"]),
        ([step("a", "b"), step("b", "a")], ["a -> b -> a"]),
        ([step("x"), step("a", "x", "c"), step("b", "a"), step("c", "b"), step("d", "c")], ["a -> c -> b -> a"]),
        ([step("a", "b"), step("b", "b")], ["b -> b"]),
    ],
)
def test_what_is_no_graph_is_refused_with_every_reason(steps: list[Step], said: list[str]) -> None:
    """Duplicates, unknown needs and circles are named; who only stands behind a circle is not."""
    with pytest.raises(GraphError) as caught:
        build(steps)
    assert len(caught.value.problems) == len(said)
    for problem, part in zip(caught.value.problems, said, strict=True):
        assert part in problem
    if "->" in said[0]:
        assert caught.value.problems[0].endswith(": " + said[0])


def test_a_bare_name_means_the_step_on_every_node() -> None:
    """In needs and in selections alike; an id means itself alone, an unknown name nothing."""
    graph = diamond()
    assert graph.needs["etcd"] == ("config[n1]", "config[n2]")
    assert graph.ids_of("config") == ("config[n1]", "config[n2]")
    assert graph.ids_of("config[n2]") == ("config[n2]",)
    assert graph.ids_of("confug") == ()


def test_a_need_that_is_named_twice_counts_once() -> None:
    """By its name and by its id: the step is not waited for twice."""
    graph = build([step("config", node="n1"), step("etcd", "config", "config[n1]")])
    assert graph.needs["etcd"] == ("config[n1]",)
    assert graph.dependents["config[n1]"] == ("etcd",)


def test_a_tail_is_the_longest_chain_of_work_behind_a_step() -> None:
    """Its own time and the slowest of what follows."""
    assert diamond().tails == {"secrets": 62.0, "config[n1]": 15.0, "config[n2]": 60.0, "etcd": 10.0, "beside": 1.0}


def test_upstream_and_downstream_are_transitive_and_include_the_step() -> None:
    """What it stands on, and what stands on it."""
    graph = diamond()
    assert graph.upstream(["config[n1]"]) == {"config[n1]", "secrets"}
    assert graph.downstream(["config[n1]"]) == {"config[n1]", "etcd"}
    assert graph.downstream(["beside"]) == {"beside"}
    assert graph.upstream([]) == frozenset()


def test_a_long_chain_is_no_recursion() -> None:
    """Five thousand steps in a row, declared backwards, and as one circle."""
    steps = [step(f"s{number}", *([f"s{number - 1}"] if number else [])) for number in reversed(range(5000))]
    assert build(steps).tails["s0"] == 5000.0
    with pytest.raises(GraphError):
        build([*steps[:-1], step("s0", "s4999")])
