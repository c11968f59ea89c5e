"""Reading a whole tree: one value, or all problems at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from inventory.load import load_cluster
from inventory.model import Cluster
from tests.tree.samples import (
    APPS,
    CRDS,
    FILES,
    MACHINE_CONFIG,
    NODE,
    RESOURCES,
    ROOT,
    TALOSCONFIG,
    TREE,
    cluster,
    edit,
    kustomization,
    refused,
    told,
    write,
)
from tree.read import read_tree
from tree.reference import Reference
from tree.tree import Tree

BASE = f"{TREE}/talos/machineconfig.yaml.j2"
RESOURCES_FILE = f"{TREE}/bootstrap/resources.yaml.j2"
TALOSCONFIG_FILE = f"{TREE}/talos/talosconfig.j2"
RELEASES_FILE = f"{TREE}/bootstrap/helmfile.d/01-apps.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path, FILES)


@pytest.fixture
def tree(root: Path) -> Tree:
    return read_tree(cluster(), root)


def test_a_tree_as_one_value(tree: Tree) -> None:
    """All that the bootstrap needs of it."""
    assert tree.path == TREE
    assert list(tree.configs) == ["a-1", "a-2"]
    assert [release.name for release in tree.crds] == ["gateway"]
    assert [(release.name, release.needs) for release in tree.releases] == [("cilium", ()), ("coredns", ("cilium",))]
    assert [app.name for app in tree.apps] == ["plex", "volsync"]
    assert "kind: Namespace" in tree.resources
    assert '"192.0.2.11"' in tree.talosconfig


def test_every_node_has_its_own_config(tree: Tree) -> None:
    """By role and by name."""
    assert 'type: "controlplane"' in tree.configs["a-1"].base
    assert 'type: "worker"' in tree.configs["a-2"].base
    assert 'hostname: "a-2"' in tree.configs["a-2"].patch
    assert "etcd" not in tree.configs["a-2"].base


def test_references_still_stand_in_the_texts(tree: Tree) -> None:
    """Reading a tree resolves nothing."""
    assert "op://alpha/talos/MACHINE_TOKEN" in tree.configs["a-1"].base


def test_every_reference_once_with_all_its_places(tree: Tree) -> None:
    """In the template's lines, also where the vault is a variable; those of control planes only are there."""
    assert tree.references[Reference("alpha", "talos", "", "MACHINE_TOKEN")] == (f"{BASE}:5",)
    assert tree.references[Reference("alpha", "talos", "", "MACHINE_CA_CRT")] == (f"{BASE}:7", f"{TALOSCONFIG_FILE}:5")
    assert Reference("alpha", "talos", "", "ETCD_CA_KEY") in tree.references
    assert len(tree.references) == 14


def test_reading_twice_gives_the_same(root: Path) -> None:
    """A tree is a value."""
    assert read_tree(cluster(), root) == read_tree(cluster(), root)


@pytest.mark.parametrize(
    "path", [BASE, f"{TREE}/apps/media/plex/app/helmrelease.yaml", RELEASES_FILE, ".minijinja.toml"]
)
def test_the_digest_is_of_all_files(root: Path, tree: Tree, path: str) -> None:
    """A changed byte anywhere is another tree."""
    (root / path).write_text((root / path).read_text() + "\n# changed\n")
    assert read_tree(cluster(), root).digest != tree.digest


def test_the_digest_knows_names(root: Path, tree: Tree) -> None:
    """The same contents by another name are another tree, and files of other trees do not count."""
    write(root, {"kubernetes/beta/x.yaml": "a: 1\n"})
    assert read_tree(cluster(), root).digest == tree.digest
    (root / f"{TREE}/README").write_text("")
    assert read_tree(cluster(), root).digest != tree.digest


EDITS: Mapping[str, tuple[str, str, str, str]] = {
    "undefined variable": (BASE, "ENV.CLUSTER_ENDPOINT", "ENV.ENDPOINT", f"{BASE}:20: the variable ENV.ENDPOINT"),
    "template syntax": (BASE, "#% endif %#", "", "it is not a template"),
    "wrong shape of a reference": (
        RESOURCES_FILE,
        "op://alpha/onepassword-connect/TOKEN",
        "op://alpha/TOKEN",
        f"{RESOURCES_FILE}:13: op://alpha/TOKEN has 2 parts",
    ),
    "another vault": (
        RESOURCES_FILE,
        "op://alpha/onepassword-connect",
        "op://beta/onepassword-connect",
        f"{RESOURCES_FILE}:13: op://beta/onepassword-connect/TOKEN is in the vault beta",
    ),
    "an attribute": (RESOURCES_FILE, "/TOKEN", "/TOKEN?attribute=otp", "asks for an attribute"),
    "no etcd CA": (BASE, '    ca: {crt: "op://alpha/talos/ETCD_CA_CRT"', '    x: {crt: "a"', "`cluster.etcd.ca.crt`"),
    "an empty image": (BASE, ":#{ ENV.TALOS_VERSION }#", ":", "`machine.install.image` is"),
    "another CNI": (BASE, "{name: none}", "{name: flannel}", "`cluster.network.cni.name` is 'flannel' (on every node)"),
    "another CA": (BASE, "talos/MACHINE_CA_CRT", "other/MACHINE_CA_CRT", "`machine.ca.crt` is op://alpha/other"),
    "talosconfig of another CA": (TALOSCONFIG_FILE, "/talos/", "/other/", f"{TALOSCONFIG_FILE}: `contexts.alpha.ca`"),
    "a disk that is not named": (f"{TREE}/talos/nodes/a-2.yaml.j2", "      serial", "    x", "(on a-2)"),
    "resources that are no objects": (RESOURCES_FILE, "kind: Secret", "sort: Secret", "is no object"),
    "a namespace that is missing": (
        RESOURCES_FILE,
        "  name: external-secrets",
        "  name: other",
        "is in external-secrets",
    ),
    "broken YAML after rendering": (RESOURCES_FILE, "stringData:", "stringData: [", "it is not YAML"),
    "unknown need": (RELEASES_FILE, "kube-system/cilium]", "kube-system/calico]", f"{RELEASES_FILE}:6: the release"),
    "no version": (RELEASES_FILE, "    version: 1.47.0\n", "", f"{RELEASES_FILE}:6: the version"),
    "failure 21": (f"{TREE}/bootstrap/helmfile.d/00-crds.yaml", "example/gateway", "example/cilium", "its CRDs are of"),
    "unknown dependency": (
        f"{TREE}/apps/media/plex/install.yaml",
        "name: volsync",
        "name: gone",
        "depends on system/gone",
    ),
    "unknown key of the delimiters": (".minijinja.toml", "env = true", "environment = true", "`environment`"),
}


@pytest.mark.parametrize(("path", "old", "new", "part"), EDITS.values(), ids=EDITS.keys())
def test_a_bad_tree(root: Path, path: str, old: str, new: str, part: str) -> None:
    """Every defect is told once, where it is."""
    edit(root, path, old, new)
    lines = told(refused(read_tree, cluster(), root))
    assert [line for line in lines if part in line], lines
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("path", [BASE, f"{TREE}/talos/nodes/a-2.yaml.j2", TALOSCONFIG_FILE, RESOURCES_FILE])
def test_a_missing_template(root: Path, path: str) -> None:
    """Its path is told, once."""
    (root / path).unlink()
    lines = told(refused(read_tree, cluster(), root))
    assert [line for line in lines if line.startswith(f"{path}: the template is missing")] == lines


@pytest.mark.parametrize("name", ["00-crds.yaml", "01-apps.yaml"])
def test_a_missing_helmfile(root: Path, name: str) -> None:
    """The same for helmfiles."""
    (root / f"{TREE}/bootstrap/helmfile.d/{name}").unlink()
    assert f"{name}: the helmfile is missing" in told(refused(read_tree, cluster(), root))[0]


def test_all_problems_at_once(root: Path) -> None:
    """Defects of every kind of file are told together: rule 9 begins here."""
    chosen = ["undefined variable", "another vault", "unknown need", "unknown dependency", "talosconfig of another CA"]
    for path, old, new, _ in (EDITS[name] for name in chosen):
        edit(root, path, old, new)
    text = "\n".join(told(refused(read_tree, cluster(), root)))
    assert [EDITS[name][3] in text for name in chosen] == [True] * len(chosen), text


def test_a_defect_of_a_shared_template_is_told_once(root: Path) -> None:
    """Six nodes that share a template share its defect."""
    edit(root, BASE, "ENV.TALOS_VERSION", "ENV.TALOS")
    assert len(refused(read_tree, cluster(), root)) == 1


def test_a_node_without_a_patch_is_named_by_its_template(root: Path) -> None:
    """A node of the inventory that the tree does not know."""
    nodes = [node.model_dump() for node in cluster().nodes]
    extra = {**nodes[1], "name": "a-3", "address": "192.0.2.13", "mac": "02:00:00:00:00:03"}
    assert (
        "nodes/a-3.yaml.j2: the template is missing"
        in told(refused(read_tree, cluster(nodes=[*nodes, extra]), root))[0]
    )


@pytest.mark.parametrize(("name", "part"), [("system/gone", "no install.yaml"), ("media/plex", "is suspended")])
def test_critical_apps_must_be_apps_that_flux_reconciles(root: Path, name: str, part: str) -> None:
    """The bootstrap would wait for them until the deadline."""
    write(root, {f"{TREE}/apps/media/plex/install.yaml": kustomization("plex", "media", suspend="true")})
    (line,) = told(refused(read_tree, cluster(critical_apps=[name]), root))
    assert line.startswith(f"inventory/alpha.yaml: critical_apps names {name}")
    assert part in line


@pytest.mark.parametrize("where", ["kubernetes/gone", f"{BASE}"])
def test_a_tree_that_is_no_folder(root: Path, where: str) -> None:
    """The inventory's `tree` and --root are what can be wrong."""
    (line,) = told(refused(read_tree, cluster(tree=where), root))
    assert "is not a folder" in line


def test_reading_writes_nothing(root: Path) -> None:
    """A run leaves the repository as it was."""
    before = sorted(path for path in root.rglob("*"))
    read_tree(cluster(), root)
    assert sorted(path for path in root.rglob("*")) == before


def test_the_sample_uses_every_text_of_the_samples(root: Path) -> None:
    """The edits above edit what is read."""
    for path, text in ((BASE, MACHINE_CONFIG), (RESOURCES_FILE, RESOURCES), (TALOSCONFIG_FILE, TALOSCONFIG)):
        assert (root / path).read_text() == text
    assert {NODE, APPS, CRDS} <= set(FILES.values())


@pytest.mark.parametrize("name", ["main", "staging"])
def test_the_real_trees_are_right(name: str) -> None:
    """Both trees are read without a problem, with their nodes, their own vault, and the order of the releases."""
    inventory: Cluster = load_cluster(name, ROOT)
    tree = read_tree(inventory, ROOT)
    assert set(tree.configs) == {node.name for node in inventory.nodes}
    assert {reference.vault for reference in tree.references} == {inventory.secrets.vault}
    order = ["cilium", "coredns", "spegel", "cert-manager", "flux-operator", "flux-instance"]
    assert [release.name for release in tree.releases if release.name in order] == order
    assert {"cilium", "coredns", "cert-manager"} <= {app.name for app in tree.apps}
    places = [place for found in tree.references.values() for place in found]
    for path, line in (place.rsplit(":", 1) for place in places):
        assert "op://" in (ROOT / path).read_text().splitlines()[int(line) - 1]


def test_main_has_volumes_that_are_filled_from_backups() -> None:
    """Rule 14 speaks of them, so they must be seen."""
    tree = read_tree(load_cluster("main", ROOT), ROOT)
    assert [volume for app in tree.apps for volume in app.volumes]
