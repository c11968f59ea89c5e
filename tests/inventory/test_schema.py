"""The schema that editors use is the models', and says of every value what it should be."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory.load import load_all
from inventory.schema import Schema, schema, text

ROOT = Path(__file__).parents[2]


def test_the_committed_schema_is_the_models() -> None:
    """An editor must not be told something else than the loader holds."""
    committed = (ROOT / "inventory/cluster.schema.json").read_text()
    again = "write it again: python -m inventory.schema > inventory/cluster.schema.json"
    assert committed == text(), again


def test_the_command_that_writes_the_schema_prints_it() -> None:
    """`python -m inventory.schema` gives the file's very bytes."""
    command = [sys.executable, "-m", "inventory.schema"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=120).stdout
    assert printed.decode() == text()


@pytest.mark.parametrize("name", ["main", "staging"])
def test_the_files_name_their_schema(name: str) -> None:
    """The first line tells an editor where the schema is."""
    first = (ROOT / f"inventory/{name}.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=cluster.schema.json"
    assert (ROOT / "inventory" / first.split("=")[1]).is_file()


def _leaves(node: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every value of the schema that is no section, by its path."""
    if "$ref" in node:
        yield from _leaves(schema()["$defs"][node["$ref"].rsplit("/", 1)[1]], path)
    elif "anyOf" in node:
        yield from (leaf for choice in node["anyOf"] for leaf in _leaves(choice, path))
    elif "properties" in node:
        yield from (leaf for key, below in node["properties"].items() for leaf in _leaves(below, f"{path}.{key}"))
    elif "items" in node:
        yield from _leaves(node["items"], f"{path}[]")
    elif "patternProperties" in node:
        yield from (leaf for below in node["patternProperties"].values() for leaf in _leaves(below, f"{path}.*"))
    elif node.get("type") != "null":
        yield path, node


def test_every_value_says_what_it_should_be() -> None:
    """A value without a description would be a problem without "expected ..."."""
    leaves = list(_leaves(schema()))
    assert len(leaves) > 40
    assert [path for path, leaf in leaves if "description" not in leaf] == []


def test_every_section_is_described_and_closed() -> None:
    """Sections have words for the editor and take no key that they do not name."""
    for name, section in schema()["$defs"].items():
        assert section["description"], name
        assert section["additionalProperties"] is False, name


def test_a_cluster_written_out_and_read_again_is_the_same() -> None:
    """The models hold the files without loss: their JSON gives the same cluster back."""
    for cluster in load_all(ROOT).values():
        again = type(cluster).model_validate(json.loads(cluster.model_dump_json()))
        assert again == cluster
