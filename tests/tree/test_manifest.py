"""Names of objects in manifests: the quick way finds what parsing finds."""

from __future__ import annotations

import pytest

from tests.tree.samples import helm_release, refused
from tree.manifest import documents, names, substituted

HEAD = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (helm_release("a"), ["a"]),
        (helm_release("a") + helm_release("b"), ["a", "b"]),
        (helm_release("${APP}"), ["${APP}"]),
        (HEAD + "metadata:\n  labels:\n    name: wrong\n  name: right\n", ["right"]),
        (HEAD + "metadata:\n    name: deep\n    namespace: n\n", ["deep"]),
        (HEAD + "metadata:\n\n  # name: comment\n  name: a\n", ["a"]),
        (HEAD + "metadata:\n  name: &app a\n", ["a"]),
        (HEAD + "metadata:\n  name: 'a'\n", ["a"]),
        (HEAD + "metadata: {name: a}\n", ["a"]),
        (HEAD + "metadata:\n  name: a # why\n", ["a"]),
        ("metadata:\n  name: a\nkind: HelmRelease\n", ["a"]),
        ("kind: 'HelmRelease'\nmetadata:\n  name: a\n", ["a"]),
        ("kind: HelmRelease # c\nmetadata:\n  name: a\n", ["a"]),
        ("{kind: HelmRelease, metadata: {name: a}}\n", ["a"]),
        (HEAD + "spec:\n  metadata:\n    name: wrong\nmetadata:\n  name: a\n", ["a"]),
        ("kind: Other\nmetadata:\n  name: a\nspec:\n  kind: HelmRelease\n", []),
        ("kind: Kustomization\nresources: [HelmRelease.yaml]\n", []),
        ("# HelmRelease\n", []),
        ("", []),
        ("--- # first\n" + HEAD + "metadata:\n  name: a\n--- \n" + HEAD + "metadata:\n  name: b\n", ["a", "b"]),
        (HEAD.replace("\n", "\r\n") + "metadata:\r\n  name: a\r\n", ["a"]),
    ],
)
def test_names(text: str, expected: list[str]) -> None:
    """All the ways to write an object's name, found as YAML means it."""
    assert list(names(text.encode(), "f.yaml", "HelmRelease")) == expected


def test_a_release_without_a_name_has_an_empty_one() -> None:
    """It is not lost."""
    assert list(names((HEAD + "spec: {}\n").encode(), "f.yaml", "HelmRelease")) == [""]


def test_broken_manifests_are_told_with_their_line() -> None:
    """As everywhere."""
    (problem,) = refused(lambda: list(documents(b"a: 1\nb: [\n", "f.yaml")))
    assert problem.place in ("f.yaml:2", "f.yaml:3")
    assert "it is not YAML" in problem.what


def test_only_mappings_are_documents() -> None:
    """Empty documents and lists are no objects."""
    assert list(documents(b"---\n---\n- a\n---\nb: 1\n", "f.yaml")) == [{"b": 1}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${A}", "1"),
        ("x-${A}-y", "x-1-y"),
        ("${B:=${A}}", "1"),
        ("${B:-d}", "d"),
        ("${A:=d}", "1"),
        ("${B:=}", ""),
        ("${B}", "${B}"),
        ("$A", "$A"),
        ("${A}${A}", "11"),
        ("plain", "plain"),
        ("${LOOP}", "${LOOP}"),
    ],
)
def test_substitution_as_flux_does_it(text: str, expected: str) -> None:
    """Values, defaults, defaults that are variables; what nothing gives stays to be seen; nothing runs for ever."""
    assert substituted(text, {"A": "1", "LOOP": "${LOOP}"}) == expected
