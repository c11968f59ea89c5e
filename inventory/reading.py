"""One inventory file, read: its document, what is wrong with it on its own, and the cluster if nothing is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from inventory.document import Document, parse
from inventory.explain import explain
from inventory.model import Cluster
from inventory.overlap import compared
from inventory.problem import Problem
from inventory.rules import check
from inventory.source import FOLDER, read


@dataclass(frozen=True)
class Reading:
    """problems: of the file on its own. cluster: None when it has any. comparable: all that overlap is judged by could
    be read, whatever else is wrong."""

    name: str
    document: Document
    problems: tuple[Problem, ...]
    cluster: Cluster | None
    comparable: bool


def read_cluster(root: Path, name: str) -> Reading:
    """Read and check inventory/<name>.yaml on its own. Never raises for what the file holds."""
    file = f"{FOLDER}/{name}.yaml"
    text = read(root, name)
    if isinstance(text, Problem):
        return Reading(name, Document(file, None), (text,), None, False)
    document, broken = parse(file, text)
    if document.root is None:
        return Reading(name, document, broken, None, False)
    return _checked(name, document, broken)


def _checked(name: str, document: Document, broken: tuple[Problem, ...]) -> Reading:
    rules = check(document)
    try:
        cluster = Cluster.model_validate(document.value)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
        comparable = not broken and not any(compared(each["loc"]) for each in errors)
        return Reading(name, document, (*broken, *explain(document, errors), *rules), None, comparable)
    problems = (*broken, *rules)
    return Reading(name, document, problems, None if problems else cluster, not broken)
