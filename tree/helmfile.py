"""Reading a helmfile: its releases as values, and everything in it that cannot be known without running helmfile.

Format: https://helmfile.readthedocs.io/en/latest/#configuration. A file named *.yaml is not rendered as a Go template
(helmfile 1.x does that with *.gotmpl only), but fields of a release are, one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from inventory.problem import Problem
from tree import release_order
from tree.release import Release

# What another file, an environment or a condition decides. Naming it is honest, guessing it is not.
_UNREADABLE = ("bases", "helmfiles", "environments", "templates")
_UNREADABLE_IN_RELEASE = ("inherit", "condition", "installed", "kubeContext")
_READ = ("name", "namespace", "chart", "version", "needs", "labels")


@lru_cache(maxsize=32)
def read(text: str, path: str) -> tuple[tuple[Release, ...], tuple[Problem, ...]]:
    """The releases of a helmfile in file order, and all its problems. path: where it stands, relative to the root."""
    try:
        documents = [document for document in YAML(typ="rt", pure=True).load_all(StringIO(text)) if document]
    except YAMLError as error:
        return (), (_broken(error, text, path),)
    releases: list[Release] = []
    problems: list[Problem] = []
    for document in documents:
        if not isinstance(document, CommentedMap):
            problems.append(Problem(f"{path}:1", "it is not a mapping", "a helmfile: keys and values"))
            continue
        problems += _of_document(document, path)
        for entry in _list(document, "releases"):
            release, found = _release(entry, document, path)
            problems += found
            releases += [release] if release else []
    if not releases and not problems:
        problems.append(Problem(f"{path}:1", "it has no releases", "at least one under `releases:`"))
    return release_order.resolved(releases), (*problems, *release_order.problems(releases))


def _broken(error: YAMLError, text: str, path: str) -> Problem:
    for number, statement in enumerate(text.splitlines(), 1):
        if statement.lstrip().startswith("{{"):
            return _unreadable(f"{path}:{number}", statement.strip())
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    line = mark.line + 1 if mark else 1
    reason = (error.problem if isinstance(error, MarkedYAMLError) else "") or type(error).__name__
    return Problem(f"{path}:{line}", f"it is not YAML ({reason})", "YAML 1.2 with every key once")


def _of_document(document: CommentedMap, path: str) -> Iterator[Problem]:
    for key in _UNREADABLE:
        if key in document:
            yield _unreadable(f"{path}:{_line(document, key)}", key)
    if not isinstance(document.get("releases", []), list):
        yield Problem(f"{path}:{_line(document, 'releases')}", "`releases` is not a list", "a list of releases")


def _unreadable(place: str, key: str) -> Problem:
    what = f"`{key}` is used, which only helmfile can evaluate"
    return Problem(place, what, "releases written out in this file", f"remove `{key}`, write its outcome here")


def _list(document: CommentedMap, key: str) -> list[Any]:
    value = document.get(key)
    return list(value) if isinstance(value, list) else []


def _release(entry: Any, document: CommentedMap, path: str) -> tuple[Release | None, list[Problem]]:
    if not isinstance(entry, CommentedMap):
        return None, [
            Problem(f"{path}:1", f"the release {entry!r} is not a mapping", "name, namespace, chart, version")
        ]
    problems = [*_of_release(entry, path), *_chart_problems(entry, document, path)]
    if any(not isinstance(entry.get(key), str) for key in ("name", "namespace", "chart")):
        return None, problems
    return _built(entry, document, path), problems


def _built(entry: CommentedMap, document: CommentedMap, path: str) -> Release:
    needs = entry.get("needs") or []
    labels = {**_mapping(document, "commonLabels"), **_mapping(entry, "labels")}
    defaults = _mapping(document, "helmDefaults")
    return Release(
        name=entry["name"],
        namespace=entry["namespace"],
        chart=entry["chart"],
        version=str(entry.get("version") or ""),
        needs=tuple(str(need) for need in needs if isinstance(need, str)) if isinstance(needs, list) else (),
        helmfile=path,
        line=entry.lc.line + 1,
        labels=tuple((str(key), str(value)) for key, value in labels.items()),
        take_ownership=bool(entry.get("takeOwnership", defaults.get("takeOwnership", False))),
    )


def _mapping(document: CommentedMap, key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}


def _of_release(entry: CommentedMap, path: str) -> Iterator[Problem]:
    name = entry.get("name", "without a name")
    for key in ("name", "namespace", "chart"):
        if not isinstance(entry.get(key), str) or not entry[key]:
            place = f"{path}:{_line(entry, key)}"
            yield Problem(place, f"the release {name} has no `{key}`", f"`{key}` as a text", f"write its {key}")
    for key in _UNREADABLE_IN_RELEASE:
        if key in entry:
            yield _unreadable(f"{path}:{_line(entry, key)}", key)
    for key in _READ:
        if "{{" in str(entry.get(key, "")):
            what = f"`{key}` of the release {name} is a Go template"
            yield Problem(f"{path}:{_line(entry, key)}", what, "a plain value", f"write the {key} itself")
    if not isinstance(entry.get("needs") or [], list):
        place = f"{path}:{_line(entry, 'needs')}"
        yield Problem(place, f"`needs` of the release {name} is not a list", "a list of namespace/name")


def _chart_problems(entry: CommentedMap, document: CommentedMap, path: str) -> Iterator[Problem]:
    chart, version = entry.get("chart"), entry.get("version")
    if not isinstance(chart, str) or not chart or "{{" in chart or chart.startswith((".", "/")):
        return
    place = f"{path}:{_line(entry, 'version')}"
    if not version or not isinstance(version, str):
        what = f"the version of the release {entry.get('name')} is {'missing' if not version else repr(version)}"
        yield Problem(place, what, "one version as a text", "pin it, in quotes if it looks like a number")
    alias = chart.split("/")[0]
    known = [item.get("name") for item in _list(document, "repositories") if isinstance(item, Mapping)]
    if "://" not in chart and alias not in known:
        what = f"the chart {chart} is of a repository `{alias}` that is not declared"
        yield Problem(f"{path}:{_line(entry, 'chart')}", what, "oci://... or an entry of `repositories:`")


def _line(mapping: CommentedMap, key: str) -> int:
    """The line of a key, or where it is missing, of the mapping itself; both from 1."""
    try:
        return int(mapping.lc.key(key)[0]) + 1
    except (KeyError, TypeError, AttributeError):
        return int(mapping.lc.line) + 1
