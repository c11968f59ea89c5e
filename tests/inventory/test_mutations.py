"""Whatever happens to an inventory file, the answer is a cluster or a list of problems, never a traceback."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.load import load_all, load_cluster
from inventory.model import Cluster
from inventory.problem import BadInput
from tests.inventory.samples import repository

ROOT = Path(__file__).parents[2]
MAIN = (ROOT / "inventory/main.yaml").read_bytes()
STAGING = (ROOT / "inventory/staging.yaml").read_bytes()
PLACE = re.compile(r"(inventory/(main|staging)\.yaml:[1-9][0-9]*|--cluster|--root)")

many = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
offsets = st.integers(min_value=0, max_value=len(MAIN) - 1)
pieces = st.one_of(
    st.binary(max_size=8),
    st.text(alphabet="{}[]:,&*!|>%@`'\"#-?~ \t\r\n<=.\\\u2028\u0085é0123456789abxyz", max_size=12).map(str.encode),
)
mutations = st.lists(st.tuples(offsets, st.integers(min_value=0, max_value=40), pieces), min_size=1, max_size=4)


def mutated(changes: list[tuple[int, int, bytes]]) -> bytes:
    """main.yaml with, for each change, some bytes at an offset replaced by others."""
    data = MAIN
    for offset, length, piece in changes:
        data = data[:offset] + piece + data[offset + length :]
    return data


def outcome(name: str, **files: bytes) -> Cluster | BadInput:
    """What loading says. Anything but a cluster or BadInput goes through and fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return load_cluster(name, repository(Path(folder), **files))
        except BadInput as refused:
            return refused


def check(said: Cluster | BadInput) -> None:
    """A refusal has problems, each of one printable line with a place and an expectation."""
    if isinstance(said, Cluster):
        return
    assert said.problems
    for problem in said.problems:
        assert PLACE.fullmatch(problem.place), problem
        assert problem.what, problem
        assert problem.expected, problem
        assert "\n" not in str(problem), problem
        str(problem).encode()


@many
@given(mutations)
def test_mutated_bytes_give_a_cluster_or_problems(changes: list[tuple[int, int, bytes]]) -> None:
    """Bytes of main.yaml are overwritten, inserted and removed at random."""
    check(outcome("main", main=mutated(changes), staging=STAGING))


@many
@given(mutations)
def test_a_mutated_other_file_gives_the_cluster_or_problems(changes: list[tuple[int, int, bytes]]) -> None:
    """The same when it is the other cluster's file that was hit: this one's own file is then never blamed alone."""
    said = outcome("staging", main=mutated(changes), staging=STAGING)
    check(said)
    if isinstance(said, BadInput):
        assert all("main" in str(problem) for problem in said.problems)


@many
@given(st.binary(max_size=200))
def test_noise_gives_problems(noise: bytes) -> None:
    """Bytes that were never an inventory are always refused."""
    said = outcome("main", main=noise, staging=STAGING)
    assert isinstance(said, BadInput)
    check(said)


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
keys = re.findall(rb"^ *(?:- )?([a-z_]+):", MAIN, re.MULTILINE)


@many
@given(st.sampled_from(sorted(set(keys))), values, st.integers(min_value=0, max_value=9))
def test_any_value_for_any_key_gives_a_cluster_or_problems(key: bytes, value: object, which: int) -> None:
    """A key's value is replaced by any JSON value, which is YAML as well; what stood below it is left behind."""
    lines = MAIN.split(b"\n")
    holders = [index for index, line in enumerate(lines) if line.lstrip(b" -").startswith(key + b":")]
    index = holders[which % len(holders)]
    head = lines[index].split(b":", 1)[0]
    lines[index] = head + b": " + json.dumps(value).encode()
    check(outcome("main", main=b"\n".join(lines), staging=STAGING))


@pytest.mark.parametrize("length", range(0, len(MAIN), 97))
def test_a_file_cut_short_gives_problems_or_a_cluster(tmp_path: Path, length: int) -> None:
    """A download or an editor that died leaves a part of the file."""
    root = repository(tmp_path, main=MAIN[:length], staging=STAGING)
    try:
        assert load_all(root)["main"].name == "main"
    except BadInput as refused:
        check(refused)
