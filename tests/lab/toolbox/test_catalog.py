"""The catalog and the committed go.mod and go.sum say the same."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest

from inventory.problem import BadInput
from lab.toolbox.catalog import RECIPES, TOOLS, chosen
from lab.toolbox.making import linker_flags, name_by_go
from lab.toolbox.tool import Tool

EACH = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
PROGRAMS = {
    "talosctl", "helm", "helm4", "helmfile", "kubectl", "etcd", "etcdutl", "kube-apiserver", "kube-controller-manager",
    "kube-scheduler", "kwok", "registry", "coredns", "source-controller", "kustomize-controller", "helm-controller",
    "flux-operator", "cert-manager-controller", "cert-manager-webhook", "cert-manager-cainjector", "external-secrets",
}  # fmt: skip


def test_all_programs_of_the_lab_are_there_once() -> None:
    """Each program has one tool that gives it."""
    assert Counter(b.name for tool in TOOLS for b in tool.binaries) == Counter(PROGRAMS)


def test_every_recipe_is_of_a_tool() -> None:
    """lab/tools has the catalog's tools and nothing else."""
    assert sorted(path.name for path in RECIPES.iterdir()) == sorted(tool.name for tool in TOOLS)


@EACH
def test_the_recipe_builds_the_catalogs_version(tool: Tool) -> None:
    """The module, its version, the oldest Go and the packages stand in go.mod as in the catalog."""
    recipe = (RECIPES / tool.name / "go.mod").read_text()
    assert re.search(
        rf"^(require )?\s*{re.escape(tool.module)} v{re.escape(tool.version)}( // indirect)?$", recipe, re.M
    )
    assert re.findall(r"^go (\S+)$", recipe, re.M) == [tool.go]
    assert not re.search(r"^toolchain|=> [./]", recipe, re.M)
    block = re.search(r"^tool (?:\((.*?)\)|(\S+))", recipe, re.M | re.S)
    assert block is not None
    assert set((block[1] or block[2]).split()) == {binary.package for binary in tool.binaries}


@EACH
def test_the_sources_of_a_tool_are_pinned(tool: Tool) -> None:
    """go.sum has the tool's module itself, as no checksum database is asked."""
    pinned = (RECIPES / tool.name / "go.sum").read_text().splitlines()
    assert [line for line in pinned if line.startswith(f"{tool.module} v{tool.version} h1:")]
    assert pinned == list(dict.fromkeys(pinned))


@EACH
def test_versions_that_are_linked_in_are_the_tools_own(tool: Tool) -> None:
    """A raised version is raised in the settings too."""
    told = [
        value for variable, value in tool.settings if variable.endswith(("ersion.version", "gitVersion", "AppVersion"))
    ]
    assert told == [f"v{tool.version}"] * len(told)


@pytest.mark.parametrize(
    ("names", "tools"),
    [
        (["kubectl"], ["kubernetes"]),
        (["kubernetes", "kubectl", "kube-apiserver"], ["kubernetes"]),
        (["cert-manager-webhook", "etcd"], ["etcd", "cert-manager"]),
        (["helm4"], ["helm4"]),
        ([], []),
    ],
)
def test_tools_are_chosen_by_their_names_or_their_programs(names: list[str], tools: list[str]) -> None:
    """Each once, in the order of the catalog."""
    assert [tool.name for tool in chosen(names)] == tools


def test_unknown_names_are_reported_all_at_once() -> None:
    """With what there is instead."""
    with pytest.raises(BadInput) as caught:
        chosen(["kubctl", "etcd", "helm5"])
    assert [problem.place for problem in caught.value.problems] == ["kubctl", "helm5"]
    assert "kubectl" in caught.value.problems[0].expected


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("go.etcd.io/etcd/server/v3", "server"),
        ("helm.sh/helm/v3/cmd/helm", "helm"),
        ("github.com/coredns/coredns", "coredns"),
        ("example.test/v1", "v1"),
        ("example.test/vault", "vault"),
    ],
)
def test_a_program_is_found_under_gos_name_for_it(package: str, name: str) -> None:
    """A major version is not the name (go help build)."""
    assert name_by_go(package) == name


def test_settings_are_linked_in() -> None:
    """Beside the flags that halve the size."""
    tool = replace(TOOLS[0], settings=(("a/b.c", "v1"), ("a/b.d", "2")))
    assert linker_flags(tool) == "-s -w -X a/b.c=v1 -X a/b.d=2"
