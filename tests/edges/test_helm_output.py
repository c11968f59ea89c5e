"""What helm prints, read."""

from __future__ import annotations

import pytest

from bootstrap.errors import Transient
from edges.helm_output import definitions, metadata, references
from estate.charts import ReleaseStatus
from estate.kubernetes import Kind, ObjectRef

RENDERED = """---
# Source: demo/templates/a.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  text: |
    ---
    kind: CustomResourceDefinition
---
# Source: demo/crds/b.yaml
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: bs.example.com}
---
this: {{ is no YAML, and no definition }}
"""


def test_definitions_are_taken_out_of_a_rendered_chart() -> None:
    """What is none is not even parsed; a text that speaks of one is none."""
    assert [each["metadata"]["name"] for each in definitions(RENDERED)] == ["bs.example.com"]
    assert definitions("") == ()


OBJECTS = {
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}": ObjectRef(Kind("v1", "ConfigMap"), "a", "network"),
    "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}": ObjectRef(Kind("v1", "Service"), "a", "b"),
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}": ObjectRef(Kind("v1", "Namespace"), "a"),
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a, namespace: b}": ObjectRef(
        Kind("rbac.authorization.k8s.io/v1", "ClusterRole"), "a"
    ),
    "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: a}": ObjectRef(
        Kind("cert-manager.io/v1", "ClusterIssuer"), "a"
    ),
    "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: {name: a}": ObjectRef(
        Kind("fluxcd.controlplane.io/v1", "FluxInstance"), "a", "network"
    ),
    "apiVersion: v1\nkind: ConfigMapList\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]": ObjectRef(
        Kind("v1", "ConfigMap"), "a", "network"
    ),
}


@pytest.mark.parametrize(("manifest", "expected"), OBJECTS.items())
def test_an_object_is_where_helm_puts_it(manifest: str, expected: ObjectRef) -> None:
    """Its own namespace, else the release's; a cluster-wide one has none."""
    assert references(f"---\n{manifest}\n", "network") == (expected,)


def test_an_object_is_named_once_and_empty_documents_are_left_out() -> None:
    """Charts print both."""
    one = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    assert len(references(f"---\n# nothing\n{one}---\n{one}", "network")) == 1


def test_metadata_is_read() -> None:
    """As `helm get metadata -o json` of both generations prints it."""
    text = (
        '{"name":"demo","chart":"demo","version":"1.2.0","revision":3,"status":"pending-upgrade","applyMethod":"ssa"}'
    )
    assert metadata(text) == ReleaseStatus("pending-upgrade", "1.2.0", 3)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"status":"deployed","version":"1","revision":"many"}'])
def test_other_words_are_transient(text: str) -> None:
    """Helm was cut off: it is asked again."""
    with pytest.raises(Transient):
        metadata(text)
