"""What apps depend on: names that nobody has, names that two have, and cycles, which Flux would wait for endlessly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from inventory.problem import Problem
from tree.app import App


def problems(apps: Sequence[App], elsewhere: Iterable[str] = ()) -> Iterator[Problem]:
    """Problems of the apps' order. elsewhere: Kustomizations beside the apps, as namespace/name."""
    first: dict[str, App] = {}
    for app in apps:
        if (other := first.setdefault(_id(app), app)) is not app:
            what = f"the Kustomization {_id(app)} is declared twice, first in {other.file}"
            yield Problem(f"{app.file}:1", what, "every name once", "remove or rename one of them")
    yield from _unknown(apps, {*first, *elsewhere})
    yield from _cycles(apps)


def _id(app: App) -> str:
    return f"{app.namespace}/{app.name}"


def _unknown(apps: Sequence[App], known: set[str]) -> Iterator[Problem]:
    for app in apps:
        for dependency in app.depends_on:
            if dependency not in known:
                what = f"{_id(app)} depends on {dependency}, which no file of this tree declares"
                expected = f"a Kustomization of this tree{_near(dependency, known)}"
                yield Problem(f"{app.file}:1", what, expected, "mend spec.dependsOn: Flux would wait for it endlessly")


def _near(dependency: str, known: set[str]) -> str:
    name = dependency.rpartition("/")[2]
    same = sorted(other for other in known if other.rpartition("/")[2] == name)
    return f" (did you mean {same[0]}?)" if same else ""


def _cycles(apps: Sequence[App]) -> Iterator[Problem]:
    try:
        TopologicalSorter({_id(app): app.depends_on for app in apps}).prepare()
    except CycleError as error:
        names = list(reversed(error.args[1]))
        file = next(app.file for app in apps if _id(app) in names)
        yield Problem(
            f"{file}:1", f"the apps {' -> '.join(names)} depend on each other", "dependencies without a cycle"
        )
