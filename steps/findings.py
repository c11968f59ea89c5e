"""Findings of the preflight: problems, things to wait for, and notes. Values only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding about a subject. kind: problem | wait | note. refused: a guard says no (exit code 3)."""

    subject: str
    kind: str
    sentence: str
    next_action: str = ""
    refused: bool = False

    @staticmethod
    def problem(subject: str, sentence: str, next_action: str, *, refused: bool = False) -> Finding:
        return Finding(subject, "problem", sentence, next_action, refused)

    @staticmethod
    def wait(subject: str, sentence: str) -> Finding:
        return Finding(subject, "wait", sentence)

    @staticmethod
    def note(subject: str, sentence: str) -> Finding:
        return Finding(subject, "note", sentence)


@dataclass(frozen=True, slots=True)
class Findings:
    all: tuple[Finding, ...]

    @property
    def final(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.all if finding.kind == "problem")

    @property
    def waiting(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.all if finding.kind == "wait")

    @property
    def passed(self) -> tuple[str, ...]:
        return tuple(finding.sentence for finding in self.all if finding.kind == "note")


def gathered(findings: Iterable[Finding]) -> Findings:
    return Findings(tuple(findings))
