"""The files of a tree as one value, and its digest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tree.samples import MINIJINJA, refused, write
from tree.files import digest, read


def test_all_files_below_the_tree_by_their_path(tmp_path: Path) -> None:
    """Sorted, with forward slashes, as bytes; nothing of other trees."""
    write(tmp_path, {"t/b/x.yaml": "é", "t/a.yaml": "1", "t/.hidden": "2", "u/a.yaml": "3"})
    assert list(read(tmp_path, "t").items()) == [("t/.hidden", b"2"), ("t/a.yaml", b"1"), ("t/b/x.yaml", "é".encode())]


def test_a_slash_at_the_end_changes_nothing(tmp_path: Path) -> None:
    """People write folders so."""
    write(tmp_path, {"t/a.yaml": "1"})
    assert read(tmp_path, "t/") == read(tmp_path, "t")


@pytest.mark.parametrize("tree", ["gone", "file"])
def test_a_tree_that_is_no_folder(tree: str, tmp_path: Path) -> None:
    """Told by its name and the root."""
    write(tmp_path, {"file": ""})
    (problem,) = refused(read, tmp_path, tree)
    assert problem.place == tree
    assert str(tmp_path) in problem.what


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    """A circle of links would have no end."""
    write(tmp_path, {"t/a.yaml": "1"})
    os.symlink(tmp_path / "t", tmp_path / "t/again")
    assert list(read(tmp_path, "t")) == ["t/a.yaml"]


def test_a_link_that_leads_nowhere_is_no_file(tmp_path: Path) -> None:
    """It has no content to be read."""
    write(tmp_path, {"t/a.yaml": "1"})
    os.symlink(tmp_path / "gone", tmp_path / "t/b.yaml")
    assert list(read(tmp_path, "t")) == ["t/a.yaml"]


def hexadecimal(root: Path, files: dict[str, bytes]) -> str:
    write(root, {".minijinja.toml": MINIJINJA})
    return digest(root, files)


def test_the_digest_is_sha256_in_hexadecimal(tmp_path: Path) -> None:
    """64 digits, equal for equal files."""
    found = hexadecimal(tmp_path, {"a": b"1"})
    assert len(bytes.fromhex(found)) == 32
    assert found == hexadecimal(tmp_path, {"a": b"1"})


@pytest.mark.parametrize(
    "other",
    [
        {"a": b"2", "b": b""},
        {"c": b"1", "b": b""},
        {"a": b"1"},
        {"a": b"1b", "b": b""},
        {"a1": b"", "b": b""},
        {"ab": b"1"},
    ],
)
def test_different_files_have_different_digests(other: dict[str, bytes], tmp_path: Path) -> None:
    """Also where names and contents would read the same one after another."""
    assert hexadecimal(tmp_path, other) != hexadecimal(tmp_path, {"a": b"1", "b": b""})


def test_the_delimiters_are_part_of_the_digest(tmp_path: Path) -> None:
    """Other delimiters are other configs."""
    before = hexadecimal(tmp_path, {"a": b"1"})
    (tmp_path / ".minijinja.toml").write_text(MINIJINJA + "\n")
    assert digest(tmp_path, {"a": b"1"}) != before
