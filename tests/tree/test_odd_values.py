"""No value of the wrong type, wherever it stands, ends in a traceback: it is a problem, or it is not looked at."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from inventory.problem import Problem
from tests.tree.samples import APP_FILES, APPS, FILES, RESOURCES, TALOSCONFIG, TREE, cluster, write
from tree import apps, helmfile, identity, machine_config, resources
from tree.template import Templates
from tree.variables import variables

ODD: list[Any] = [None, 7, True, "x", "", [], {}, [[1]], [None], {"a": None}, {1: 2}]

Path = tuple[str | int, ...]


def paths(value: Any, above: Path = ()) -> Iterator[Path]:
    """Every place in a document, the document itself first."""
    yield above
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in children:
        yield from paths(below, (*above, key))


def with_value(document: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(document)
    place = changed
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return changed


def variants(text: str) -> Iterator[str]:
    """The text with one value at a time replaced by each odd one."""
    documents = list(yaml.safe_load_all(text))
    for index, document in enumerate(documents):
        for path in paths(document):
            for odd in ODD:
                yield yaml.safe_dump_all([*documents[:index], with_value(document, path, odd), *documents[index + 1 :]])


def sentences(problems: Any) -> int:
    """Every problem can be printed."""
    found = tuple(problems)
    assert all(isinstance(problem, Problem) and str(problem) for problem in found)
    return len(found)


@pytest.mark.parametrize("name", [name for name in APP_FILES if name.endswith(".yaml")])
def test_odd_values_in_apps(name: str) -> None:
    """Kustomizations of both kinds, releases and claims."""
    told = 0
    for text in variants(APP_FILES[name].replace("${CLAIM:=${APP}}", "x")):
        files = {f"{TREE}/{path}": (text if path == name else known).encode() for path, known in APP_FILES.items()}
        told += sentences(apps.read(files, TREE)[1])
    assert told or "kustomization" not in name


def test_odd_values_in_helmfiles() -> None:
    """Releases, and the keys beside them."""
    text = f"helmDefaults: {{takeOwnership: true}}\nrepositories: [{{name: r}}]\ncommonLabels: {{a: b}}\n{APPS}"
    assert sum(sentences(helmfile.read(variant, "h.yaml")[1]) for variant in variants(text)) > 100


def test_odd_values_in_resources() -> None:
    """Objects."""
    assert sum(sentences(resources.problems(variant, "r.yaml")) for variant in variants(RESOURCES)) > 50


def test_odd_values_in_a_talosconfig() -> None:
    """Contexts."""
    text = TALOSCONFIG.replace("#{", "").replace("}#", "")
    found = [sentences(identity.talosconfig_problems(v, cluster().identity, "t")) for v in variants(text)]
    assert sum(found) > 20


def test_odd_values_in_machine_configs(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every field of base and patch."""
    root = write(tmp_path_factory.mktemp("tree"), FILES)
    node = cluster().nodes[0]
    base = Templates(root).render(f"{TREE}/talos/machineconfig.yaml.j2", variables(cluster(), node))
    patch = "machine: {install: {disk: /dev/sda}}\n---\nkind: HostnameConfig\nname: a\n"
    told = 0
    for text in variants(base):
        told += sentences(machine_config.problems(text, node.role, patch=patch))
        told += sentences(identity.problems(text, cluster().identity, "m"))
    told += sum(sentences(machine_config.problems(base, node.role, patch=text)) for text in variants(patch))
    assert told > 200
