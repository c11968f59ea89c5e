"""Cases in YAML: what is given to a rule, and what it must say. One document of a stream is one case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from _pytest.mark.structures import ParameterSet

from bootstrap.verdict import Holds, Never, NotYet, Verdict

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """rule: the name of the function. given: its arguments. expect: in the words of `said`, or a plain value."""

    rule: str
    given: Mapping[str, Any]
    expect: Any


def cases(file: str) -> list[ParameterSet]:
    """All cases of a file, each named by its sentence."""
    documents = [d for d in yaml.safe_load_all((HERE / file).read_text(encoding="utf-8")) if d]
    return [pytest.param(Case(d["rule"], d.get("given", {}), d["expect"]), id=d["case"]) for d in documents]


def said(verdict: Verdict) -> dict[str, Any]:
    """A verdict as plain data, in full: so that a case cannot leave a word of it unsaid."""
    if isinstance(verdict, NotYet):
        return {"not yet": verdict.reason, "underway": verdict.underway}
    if isinstance(verdict, Never):
        return {"never": verdict.reason} | ({"refused": True} if verdict.refused else {})
    return {"holds": True} | ({"exceptions": list(verdict.exceptions)} if verdict.exceptions else {})


def assert_said(verdict: Verdict, expect: Mapping[str, Any]) -> None:
    """The whole verdict, and of evidence and next action the parts that the case names (it must name one)."""
    wanted = dict(expect)
    evidence, action = wanted.pop("evidence", {}), wanted.pop("next action", "")
    assert said(verdict) == wanted
    if isinstance(verdict, Never):
        assert action, "a case of Never names its next action"
        assert action in verdict.next_action
    if isinstance(verdict, Holds):
        assert evidence, "a case of Holds names its evidence"
        assert {key: verdict.evidence.get(key) for key in evidence} == evidence
