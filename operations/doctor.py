"""`doctor`: the preflight alone. Everything that stands against a run, at once; nothing is done."""

from __future__ import annotations

import json

from operations.open_stage import open_stage
from operations.operator import Operator
from operations.prepared import planned, prepare
from operations.request import Request
from operations.table import table
from steps.findings import Findings
from steps.preflight import survey

WORDS = {"problem": "PROBLEM", "wait": "waits", "note": "ok"}


def show_findings(request: Request) -> int:
    """Print all findings. Returns 0 without problems, 3 when a guard would refuse the run, else 1."""
    prepared = prepare(request)
    stage = open_stage(prepared, Operator(prepared.cluster, ""), writing=False)
    try:
        site, _ = planned(prepared, stage.estate)
        findings = stage.play(lambda: survey(site))
    finally:
        stage.close()
    print(as_json(findings, request.note) if request.format == "json" else as_text(findings, request.note))
    return exit_code(findings)


def exit_code(findings: Findings) -> int:
    """Pure."""
    if any(finding.refused for finding in findings.final):
        return 3
    return 1 if findings.final or findings.waiting else 0


def as_text(findings: Findings, note: str = "") -> str:
    """One line a finding, problems with what to do. note: stands first. Pure."""
    rows = [(WORDS[finding.kind], finding.subject, finding.sentence) for finding in findings.all]
    actions = [f"next: {finding.subject}: {finding.next_action}" for finding in findings.final]
    head = [note, ""] if note else []
    return "\n".join([*head, *table(rows), *actions])


def as_json(findings: Findings, note: str = "") -> str:
    """{"note", "findings": [{subject, kind, sentence, next}]}. Pure."""
    found = [
        {"subject": f.subject, "kind": f.kind, "sentence": f.sentence, "next": f.next_action} for f in findings.all
    ]
    return json.dumps({"note": note, "findings": found})
