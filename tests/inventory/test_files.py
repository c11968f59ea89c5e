"""Files that cannot be read as text at all, and clusters that are not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inventory.load import load_all, load_cluster
from inventory.source import LARGEST
from tests.inventory.samples import ALPHA, BETA, refusal, repository

BACK = "expected a readable YAML file; put the cluster's file back, e.g. by git checkout"


def test_a_directory_in_place_of_a_file(tmp_path: Path) -> None:
    """A folder named like a cluster's file is said to be no file."""
    (repository(tmp_path) / "inventory/alpha.yaml").mkdir()
    said = refusal(lambda: load_cluster("alpha", tmp_path))
    assert said == [f"inventory/alpha.yaml:1: it is not a regular file; {BACK}"]


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    """Reading a FIFO would hang: it is refused unread."""
    os.mkfifo(repository(tmp_path) / "inventory/alpha.yaml")
    said = refusal(lambda: load_cluster("alpha", tmp_path))
    assert said == [f"inventory/alpha.yaml:1: it is not a regular file; {BACK}"]


@pytest.mark.parametrize(
    ("target", "reason"),
    [("alpha.yaml", "Too many levels of symbolic links"), ("nowhere", "No such file or directory")],
)
def test_a_link_that_leads_nowhere(tmp_path: Path, target: str, reason: str) -> None:
    """A link to itself or to nothing gives the system's reason."""
    (repository(tmp_path) / "inventory/alpha.yaml").symlink_to(target)
    said = refusal(lambda: load_cluster("alpha", tmp_path))
    assert said == [f"inventory/alpha.yaml:1: it cannot be read: {reason}; {BACK}"]


def test_a_link_to_a_good_file_is_followed(tmp_path: Path) -> None:
    """Where the text lies does not matter."""
    (tmp_path / "elsewhere").write_text(ALPHA)
    (repository(tmp_path) / "inventory/alpha.yaml").symlink_to(tmp_path / "elsewhere")
    assert load_cluster("alpha", tmp_path).name == "alpha"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: 1\nb: \xff\n", "inventory/alpha.yaml:2: byte 0xff is not UTF-8"),
        (ALPHA.encode("utf-16"), "inventory/alpha.yaml:1: byte 0xff is not UTF-8"),
        ("name: älpha".encode("latin-1"), "inventory/alpha.yaml:1: byte 0xe4 is not UTF-8"),
    ],
)
def test_a_file_that_is_not_utf_8(tmp_path: Path, data: bytes, said: str) -> None:
    """The first wrong byte and its line are named."""
    assert refusal(lambda: load_cluster("alpha", repository(tmp_path, alpha=data))) == [
        f"{said}; expected UTF-8 text; save the file as UTF-8"
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    """Some editors leave them; they change neither values nor lines."""
    data = b"\xef\xbb\xbf" + ALPHA.replace("\n", "\r\n").encode()
    assert load_cluster("alpha", repository(tmp_path, alpha=data)).name == "alpha"
    wrong = data.replace(b"10.1.0.12", b"10.1.0.x")
    said = refusal(lambda: load_cluster("alpha", repository(tmp_path, alpha=wrong)))
    assert said[0].startswith("inventory/alpha.yaml:39: `nodes[1].address`")


def test_a_file_beyond_all_measure_is_not_parsed(tmp_path: Path) -> None:
    """A file of more than a mebibyte is no inventory."""
    size = LARGEST + 1
    said = refusal(lambda: load_cluster("alpha", repository(tmp_path, alpha=b"#" * size)))
    assert said == [
        f"inventory/alpha.yaml:1: it has {size} bytes; expected at most {LARGEST} bytes; "
        "put the cluster's file back, e.g. by git checkout"
    ]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("alhpa", "did you mean alpha?"),
        ("Beta", "did you mean beta?"),
        ("zzz", "choose one of them, or write its file"),
        ("../alpha", "did you mean alpha?"),
        ("", "choose one of them, or write its file"),
    ],
)
def test_an_unknown_cluster_lists_the_known_ones(tmp_path: Path, name: str, remedy: str) -> None:
    """The near one is suggested, and a path is not a name."""
    root = repository(tmp_path, alpha=ALPHA, beta=BETA)
    said = refusal(lambda: load_cluster(name, root))
    assert said == [f"--cluster: there is no cluster {name!r}; expected one of alpha, beta; {remedy}"]


@pytest.mark.parametrize("make", [False, True], ids=["no folder", "an empty folder"])
def test_a_root_without_inventory_says_so(tmp_path: Path, make: bool) -> None:
    """The wrong --root is the likely reason, so it is the place that is named."""
    why = "it has no *.yaml file" if make else "No such file or directory"
    if make:
        (tmp_path / "inventory").mkdir()
    sentence = (
        f"--root: there is no inventory in {tmp_path}/inventory: {why}; "
        "expected a folder with one YAML file a cluster; give the repository's root by --root"
    )
    assert refusal(lambda: load_cluster("alpha", tmp_path)) == [sentence]
    assert refusal(lambda: load_all(tmp_path)) == [sentence]


def test_files_that_are_no_cluster_are_left_alone(tmp_path: Path) -> None:
    """An editor's lock file, a note and the schema are not read as clusters."""
    folder = repository(tmp_path, alpha=ALPHA) / "inventory"
    (folder / ".#alpha.yaml").symlink_to("nobody@nowhere.1")
    (folder / "cluster.schema.json").write_text("{}")
    (folder / "README.md").write_text("words")
    assert list(load_all(tmp_path)) == ["alpha"]


def test_all_clusters_come_by_name_and_all_problems_at_once(tmp_path: Path) -> None:
    """load_all gives every cluster, or every problem of every file in the order of files and lines."""
    assert list(load_all(repository(tmp_path, beta=BETA, alpha=ALPHA))) == ["alpha", "beta"]
    repository(tmp_path, alpha=ALPHA.replace("10.1.0.12", "x").replace("protected: true", "protected: x"), beta="- 1")
    assert [sentence.split(" is ")[0] for sentence in refusal(lambda: load_all(tmp_path))] == [
        "inventory/alpha.yaml:2: `protected`",
        "inventory/alpha.yaml:39: `nodes[1].address`",
        "inventory/beta.yaml:1: the file",
    ]
