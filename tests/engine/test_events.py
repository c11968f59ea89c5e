"""Events: each survives the way into a journal and back, and none can carry a secret there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from bootstrap.events import KINDS, Event, from_fields, to_fields
from bootstrap.secret import Secret

MADE: dict[str, Callable[[str], Any]] = {
    "str": lambda name: f"a {name}",
    "int": lambda _: 3,
    "bool": lambda _: True,
    "float": lambda _: 1.5,
    "float | None": lambda _: 2.5,
    "tuple[str, ...]": lambda name: (f"one of {name}", "another"),
    "Mapping[str, str]": lambda _: {"etcd[k8s-1]": "run"},
    "Evidence": lambda _: {"members": ["k8s-1", "k8s-2"], "ready": 2, "all": True, "leader": None},
}


def made(kind: str) -> Event:
    """An event of a kind with a value of its own in every field."""
    event: Event = KINDS[kind](**{f.name: MADE[str(f.type)](f.name) for f in fields(KINDS[kind])})
    return event


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_comes_back_from_json_as_it_was(kind: str) -> None:
    """Tuples too, which JSON does not know."""
    event = made(kind)
    assert from_fields(kind, json.loads(json.dumps(to_fields(event)))) == event


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_is_missing_or_unknown_is_an_error(kind: str) -> None:
    """A journal of another schema is told from ours by it."""
    values = to_fields(made(kind))
    with pytest.raises(TypeError):
        from_fields(kind, {**values, "of_tomorrow": 1})
    with pytest.raises(TypeError):
        from_fields(kind, {name: value for name, value in values.items() if name != next(iter(values))})


def test_an_unknown_kind_is_an_error() -> None:
    """As the journal's reader expects it."""
    with pytest.raises(KeyError):
        from_fields("Imagined", {})


@pytest.mark.parametrize(("kind", "name"), [(kind, f.name) for kind in KINDS for f in fields(KINDS[kind])])
def test_a_secret_in_any_field_cannot_become_json(kind: str, name: str) -> None:
    """Rule 5: it is refused loudly, and its text is in neither the error nor the printed event."""
    whole: Any = made(kind)
    event: Any = replace(whole, **{name: Secret("hunter2")})
    with pytest.raises(TypeError) as caught:
        json.dumps(to_fields(event))
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(event)


def test_a_secret_deep_in_the_evidence_cannot_become_json() -> None:
    """Nested as deep as it may be."""
    event = replace(made("Satisfied"), evidence={"of": [{"token": Secret("hunter2")}]})  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        json.dumps(to_fields(event))
