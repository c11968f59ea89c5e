"""JSON lines: one object an event with stable keys, and never a secret."""

from __future__ import annotations

import io
import json
from types import MappingProxyType

import pytest

from bootstrap.events import KINDS, AttemptFailed, Done, Entry, Pinned, Waiting, from_fields
from bootstrap.observers.json_lines import json_line, json_lines
from bootstrap.secret import Secret
from tests.observers.story import FAILED_RUN, START


def test_every_event_of_a_run_is_one_object_a_line() -> None:
    """Each line begins with run, time and kind, in this order."""
    stream = io.StringIO()
    observe = json_lines(stream)
    for entry in FAILED_RUN:
        observe(entry)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) == len(FAILED_RUN)
    assert all(list(line)[:3] == ["run", "at", "kind"] for line in lines)
    assert [line["kind"] for line in lines] == [type(entry.event).__name__ for entry in FAILED_RUN]


def test_a_line_has_exactly_this_text() -> None:
    """The keys are a promise to whoever parses them."""
    assert json_line(Entry("r1", START, Pinned("etcd_node", "k8s-1"))) == (
        '{"run": "r1", "at": 1767322800.0, "kind": "Pinned", "key": "etcd_node", "value": "k8s-1"}'
    )


def test_the_kind_of_a_failed_attempt_does_not_hide_the_kind_of_the_event() -> None:
    """AttemptFailed has a field of the same name; it is called failure."""
    line = json.loads(json_line(Entry("r1", START, AttemptFailed("cni", 1, "transient", "refused", 2.0))))
    assert line["kind"] == "AttemptFailed"
    assert line["failure"] == "transient"


def test_nothing_is_lost_on_the_way() -> None:
    """From the objects the events can be made again."""
    for entry in FAILED_RUN:
        line = json.loads(json_line(entry))
        fields = {"kind" if k == "failure" else k: v for k, v in line.items() if k not in ("run", "at", "kind")}
        assert line["kind"] in KINDS
        assert from_fields(line["kind"], fields) == entry.event


def test_a_line_break_in_a_sentence_does_not_break_the_line() -> None:
    """Nor does a separator that only some readers take for one."""
    text = json_line(Entry("r1", START, Waiting("cni", "one\ntwo\u2028three")))
    assert text.isascii()
    assert len(text.splitlines()) == 1
    assert json.loads(text)["reason"] == "one\ntwo\u2028three"


def test_evidence_may_be_a_frozen_mapping_or_a_set() -> None:
    """Both are plain facts; a set is written in its order of sorting."""
    evidence = MappingProxyType({"members": frozenset({"k8s-2", "k8s-1"})})
    line = json.loads(json_line(Entry("r1", START, Done("etcd", evidence, 1.0, 2.0))))
    assert line["evidence"] == {"members": ["k8s-1", "k8s-2"]}


@pytest.mark.parametrize(
    "event",
    [
        Waiting("cni", Secret("canary-7f")),  # type: ignore[arg-type]
        Done("cni", {"token": Secret("canary-7f")}, 1.0, 2.0),
        Done("cni", {"deep": [{"token": Secret("canary-7f")}]}, 1.0, 2.0),
    ],
)
def test_a_secret_raises_and_nothing_is_written(event: Waiting | Done) -> None:
    """Not even the fields before it, and the exception does not name its value."""
    stream = io.StringIO()
    with pytest.raises(TypeError) as raised:
        json_lines(stream)(Entry("r1", START, event))
    assert stream.getvalue() == ""
    assert "canary-7f" not in str(raised.value)
