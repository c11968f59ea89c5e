"""The tools under their names in one folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.problem import BadInput
from lab.toolbox.linking import Helm, link
from lab.toolbox.tool import Binary, Tool
from lab.toolbox.toolbox import NotBuilt, Toolbox
from tests.lab.toolbox.tiny import script

TOOLS = (
    Tool("helm", "x/helm", "3.0.0", (Binary("helm", "x/helm"),)),
    Tool("helm4", "x/helm4", "4.0.0", (Binary("helm4", "x/helm4", file="helm"),)),
    Tool("many", "x/many", "1.0.0", (Binary("one", "x/one"), Binary("two", "x/two")), material=("api",)),
)


@pytest.fixture
def toolbox(tmp_path: Path) -> Toolbox:
    """All tools are there."""
    box = Toolbox(tmp_path / "cache", TOOLS, tmp_path / "recipes")
    for tool in TOOLS:
        recipe = box.recipes / tool.name
        recipe.mkdir(parents=True)
        (recipe / "go.mod").touch()
        (recipe / "go.sum").touch()
        for binary in tool.binaries:
            script(box.place(tool, binary), "")
    (box.folder(TOOLS[2]) / "material").mkdir()
    return box


@pytest.mark.parametrize(("helm", "called_helm"), [(3, "helm"), (4, "helm4")])
def test_each_program_has_its_name_and_helm_is_the_chosen_one(
    tmp_path: Path, toolbox: Toolbox, helm: Helm, called_helm: str
) -> None:
    """Also when links are there already; other files stay."""
    folder = tmp_path / "bin"
    script(folder / "op", "")
    link(toolbox, folder, 3)
    link(toolbox, folder, helm)
    assert sorted(path.name for path in folder.iterdir()) == ["helm", "helm4", "one", "op", "two"]
    assert (folder / "helm").resolve() == toolbox.program(called_helm)
    assert (folder / "two").resolve() == toolbox.program("two")


def test_a_light_set_is_linked_alone(tmp_path: Path, toolbox: Toolbox) -> None:
    """By names of tools or programs."""
    link(toolbox, tmp_path / "bin", names=["two"])
    assert sorted(path.name for path in (tmp_path / "bin").iterdir()) == ["one", "two"]


def test_nothing_is_linked_when_something_is_missing(tmp_path: Path, toolbox: Toolbox) -> None:
    """The error names all of it, and the command that builds it."""
    toolbox.program("two").unlink()
    toolbox.program("helm4").unlink()
    with pytest.raises(NotBuilt) as caught:
        link(toolbox, tmp_path / "bin")
    assert caught.value.names == ("helm4", "many")
    assert "`invoke tools --only helm4 --only many`" in caught.value.next_action
    assert not (tmp_path / "bin").exists()


def test_missing_names_what_was_asked_for(toolbox: Toolbox) -> None:
    """By the names of the question; all tools without one."""
    toolbox.program("two").chmod(0o644)
    assert toolbox.missing(["two", "helm"]) == ("two",)
    assert toolbox.missing() == ("many",)
    assert toolbox.missing(["helm4"]) == ()


def test_material_that_is_missing_makes_a_tool_missing(toolbox: Toolbox) -> None:
    """Its programs alone are not the tool."""
    toolbox.material("many").rmdir()
    assert toolbox.missing() == ("many",)


@pytest.mark.parametrize("name", ["three", "many"])
def test_a_name_that_no_program_has_is_bad_input(toolbox: Toolbox, name: str) -> None:
    """Also that of a tool whose programs are called otherwise."""
    with pytest.raises(BadInput, match="expected one of"):
        toolbox.program(name)
