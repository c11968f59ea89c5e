"""The small words that sentences and verdicts are made of."""

from __future__ import annotations

import pytest

from bootstrap.verdict import Holds, Never, NotYet
from readiness.fields import at, full_name, group_kind, integer, mappings, text, title
from readiness.moment import epoch_s
from readiness.sentence import listed, one_line
from readiness.verdicts import every


def test_a_list_of_few_is_given_whole() -> None:
    """No word about more when there is no more."""
    assert listed(["a", "b"], most=2) == "a, b"
    assert listed([]) == ""


def test_a_list_of_many_is_cut_and_counted() -> None:
    """The operator sees that there is more."""
    assert listed(["a", "b", "c", "d"], most=2, between="; ") == "a; b and 2 more"


def test_a_message_is_one_line_of_bounded_length() -> None:
    """Tools answer with line breaks and stack traces."""
    assert one_line("failed:\n\n  to  do\tit") == "failed: to do it"
    assert one_line("abcd", most=4) == "abcd"
    assert one_line("abcde", most=4) == "abc…"


@pytest.mark.parametrize(
    ("timestamp", "seconds"),
    [
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01T01:01:00+01:00", 60.0),
        ("1970-01-01T00:00:00.500000Z", 0.5),
        ("", None),
        ("yesterday", None),
    ],
)
def test_a_timestamp_is_seconds_or_nothing(timestamp: str, seconds: float | None) -> None:
    """A time that nobody can read is no time, not an error."""
    assert epoch_s(timestamp) == seconds


def test_fields_of_another_type_read_as_absent() -> None:
    """A malformed object never ends in a traceback."""
    obj = {"spec": {"replicas": "two", "flag": True, "list": ["a", {"b": 1}], "text": 5, "none": None}}
    assert integer(obj, "spec", "replicas", default=1) == 1
    assert integer(obj, "spec", "flag", default=7) == 7
    assert mappings(obj, "spec", "list") == ({"b": 1},)
    assert mappings(obj, "spec", "text") == ()
    assert mappings(obj, "spec", "replicas") == ()
    assert text(obj, "spec", "text") == ""
    assert at(obj, "spec", "text", "deeper") is None
    assert at(None, "spec") is None


def test_objects_are_named_as_kubectl_users_know_them() -> None:
    """Group and kind for rules, kind and full name for sentences."""
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "b"}}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "k8s-1"}}
    assert (group_kind(deployment), full_name(deployment), title(deployment)) == (
        "apps/Deployment",
        "b/a",
        "Deployment b/a",
    )
    assert (group_kind(node), full_name(node), title(node)) == ("Node", "k8s-1", "Node k8s-1")


def test_all_that_hold_hold_together() -> None:
    """Evidence is put together, exceptions are said once."""
    assert every(Holds({"a": 1}, ("x",)), Holds({"b": 2}, ("x", "y"))) == Holds({"a": 1, "b": 2}, ("x", "y"))


def test_one_that_is_not_yet_is_enough() -> None:
    """All reasons are given; it is underway only when every part is."""
    assert every(Holds(), NotYet("a", True), NotYet("b", True)) == NotYet("a; b", True)
    assert every(NotYet("a", True), NotYet("b", False)) == NotYet("a; b", False)


def test_one_never_is_the_end() -> None:
    """Its next action is the operator's; a refusal stays a refusal."""
    assert every(NotYet("a"), Never("b", "do b"), Never("c", "do c", True)) == Never("b; c", "do b", True)
    assert every(Never("b", "do b"), Holds()) == Never("b", "do b")
