"""kustomize's resources, followed through a tree that is held in memory."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from inventory.problem import Problem
from tree.kustomize import Applied, applied, folders

LEAF = "resources: [./a.yaml]\n"


def found(files: Mapping[str, str], folder: str = "r") -> list[Applied | Problem]:
    return list(applied(folders({path: text.encode() for path, text in files.items()}), folder))


def paths(files: Mapping[str, str], folder: str = "r") -> list[str]:
    return [entry.path for entry in found(files, folder) if isinstance(entry, Applied)]


def test_folders_know_their_children_in_order() -> None:
    """Files and folders, each once, up to the top."""
    index = folders({"r/a/x.yaml": b"", "r/a/y.yaml": b"", "r/b/c/z.yaml": b"", "top": b""})
    assert index.children == {
        "r": ("r/a", "r/b"),
        "r/a": ("r/a/x.yaml", "r/a/y.yaml"),
        "r/b": ("r/b/c",),
        "r/b/c": ("r/b/c/z.yaml",),
    }


@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
def test_only_what_is_listed_is_applied(name: str) -> None:
    """By any of the three names that kustomize knows."""
    assert paths({f"r/{name}": LEAF, "r/a.yaml": "", "r/b.yaml": ""}) == ["r/a.yaml"]


def test_the_order_is_that_of_the_list() -> None:
    """Not of the alphabet."""
    files = {"r/kustomization.yaml": "resources: [b.yaml, a.yaml]\n", "r/a.yaml": "", "r/b.yaml": ""}
    assert paths(files) == ["r/b.yaml", "r/a.yaml"]


@pytest.mark.parametrize("entry", ["./x", "x/", "../r/x", "x/../x"])
def test_a_listed_folder_is_followed(entry: str) -> None:
    """However its path is written."""
    files = {"r/kustomization.yaml": f"resources: [{entry}]\n", "r/x/kustomization.yaml": LEAF, "r/x/a.yaml": ""}
    assert paths(files) == ["r/x/a.yaml"]


def test_a_folder_without_a_list_is_applied_whole() -> None:
    """YAML files at every depth; a list further below holds for its own folder; other files are left out."""
    files = {
        "r/a.yaml": "",
        "r/b/c.yml": "",
        "r/b/README.md": "",
        "r/d/kustomization.yaml": LEAF,
        "r/d/a.yaml": "",
        "r/d/b.yaml": "",
    }
    assert paths(files) == ["r/a.yaml", "r/b/c.yml", "r/d/a.yaml"]


def test_components_follow_resources() -> None:
    """Both are applied."""
    files = {
        "r/kustomization.yaml": "components: [../c]\nresources: [a.yaml]\n",
        "r/a.yaml": "",
        "c/kustomization.yaml": LEAF,
        "c/a.yaml": "",
    }
    assert paths(files) == ["r/a.yaml", "c/a.yaml"]


def test_one_folder_may_be_listed_twice() -> None:
    """Only a circle is an error: two apps share a component."""
    files = {"r/kustomization.yaml": "resources: [x, x]\n", "r/x/kustomization.yaml": LEAF, "r/x/a.yaml": ""}
    assert paths(files) == ["r/x/a.yaml", "r/x/a.yaml"]


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [("", "", ""), ("n", "", "n"), ("", "m", "m"), ("n", "m", "n")],
)
def test_the_outermost_namespace_wins(outer: str, inner: str, expected: str) -> None:
    """kustomize transforms from the inside out, so the last word is the outermost's."""
    files = {
        "r/kustomization.yaml": f"namespace: '{outer}'\nresources: [x]\n",
        "r/x/kustomization.yaml": f"namespace: '{inner}'\n{LEAF}",
        "r/x/a.yaml": "",
    }
    assert found(files) == [Applied("r/x/a.yaml", expected)]


@pytest.mark.parametrize(
    "entry", ["https://git.example/a.yaml", "https://git.example/r//x?ref=v1", "git.example/owner/r//x?ref=v1"]
)
def test_what_is_elsewhere_is_left_to_flux(entry: str) -> None:
    """Nothing is dialled, and nothing is called missing that may be there."""
    assert found({"r/kustomization.yaml": f"resources: ['{entry}']\n"}) == []


@pytest.mark.parametrize(
    ("files", "place", "part"),
    [
        ({"r/kustomization.yaml": "resources:\n  - a.yaml\n"}, "r/kustomization.yaml:2", "it lists a.yaml"),
        ({"r/kustomization.yaml": "resources:\n  - ../../../x\n"}, "r/kustomization.yaml:2", "it lists ../../../x"),
        ({"r/kustomization.yaml": "resources: [.]\n"}, "r/kustomization.yaml:1", "it includes itself"),
        ({"r/kustomization.yaml": "resources: {a: b}\n"}, "r/kustomization.yaml:1", "`resources` is not a list"),
        ({"r/kustomization.yaml": "components: [1]\n"}, "r/kustomization.yaml:1", "`components` is not a list"),
        ({"r/kustomization.yaml": "a: b\n c: [\n"}, "r/kustomization.yaml:2", "it is not YAML"),
    ],
)
def test_bad_lists(files: Mapping[str, str], place: str, part: str) -> None:
    """Each is one problem, among what else is applied."""
    (problem,) = (entry for entry in found(files) if isinstance(entry, Problem))
    assert problem.place == place
    assert part in problem.what


def test_a_circle_over_two_folders() -> None:
    """It ends, and names the list that closes it."""
    files = {"r/kustomization.yaml": "resources: [../s]\n", "s/kustomization.yaml": "resources: [../r]\n"}
    assert found(files) == [Problem("r/kustomization.yaml:1", "it includes itself", "resources without a cycle")]


def test_a_problem_does_not_hide_the_rest() -> None:
    """What can be read is read."""
    files = {"r/kustomization.yaml": "resources: [gone.yaml, a.yaml]\n", "r/a.yaml": ""}
    assert paths(files) == ["r/a.yaml"]
    assert len(found(files)) == 2


def test_a_folder_that_is_not_there_has_nothing() -> None:
    """Whoever asks for one says so themselves."""
    assert found({}, "nowhere") == []
