"""No value of a tree is silently ignored by a stand-in: change it, and what is rendered changes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.charts.releases import Release, releases, template

Keys = tuple[str | int, ...]


def leaves(value: Any, above: Keys = ()) -> Iterator[Keys]:
    """Where every scalar and every empty container of `value` stands; of what is not enabled, that alone."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = [(key, inner) for key, inner in value.items() if value.get("enabled", True) or key == "enabled"]
    elif isinstance(value, list):
        items = list(enumerate(value))
    if not items:
        yield above
    for key, inner in items:
        yield from leaves(inner, (*above, key))


def other(value: Any) -> Any:
    """Something else of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return f"{value}x"
    return [{"name": "another", "spec": {}}]


def changed(values: Any, keys: Keys) -> Any:
    """`values`, with another value at one place."""
    copied = copy.deepcopy(values)
    above = copied
    for key in keys[:-1]:
        above = above[key]
    above[keys[-1]] = other(above[keys[-1]])
    return copied


def cases() -> list[tuple[Release, list[Keys]]]:
    """Releases of main with the places to change; places of one shape in the same chart are looked at once."""
    seen: set[tuple[object, ...]] = set()
    found: list[tuple[Release, list[Keys]]] = []
    for each in releases():
        fresh = {(each.chart, *_shape(each, keys)): keys for keys in leaves(each.values) if keys}
        found.append((each, [keys for shape, keys in fresh.items() if shape not in seen]))
        seen |= set(fresh)
    return [(each, places) for each, places in found if places]


def _shape(each: Release, keys: Keys) -> Keys:
    """Places in one list are one place, and so are variables of an environment; an app's own name is any name."""
    shape = tuple("*" if isinstance(key, int) or key == each.name else key for key in keys)
    return (*shape[: shape.index("env") + 1], "*") if "env" in shape else shape


@pytest.mark.parametrize("case", cases(), ids=lambda case: str(case[0]))
def test_every_value_is_read(case: tuple[Release, list[Keys]], small_chart: Callable[[Release], Path]) -> None:
    """A changed value changes what is rendered, or is refused."""
    each, places = case
    before = template(each, small_chart(each))
    assert before.returncode == 0, before.stderr
    ignored = []
    for keys in places:
        after = template(each, small_chart(each), changed(each.values, keys))
        if after.returncode == 0 and after.stdout == before.stdout:
            ignored.append(".".join(map(str, keys)))
    assert ignored == []


def test_a_value_that_nothing_reads_would_be_noticed(small_chart: Callable[[Release], Path]) -> None:
    """The test above can fail: a key that no template reads leaves what is rendered as it was."""
    each = next(release for release in releases() if release.name == "cilium")
    more = {**each.values, "unheardOf": True}
    assert template(each, small_chart(each), more).stdout == template(each, small_chart(each)).stdout
