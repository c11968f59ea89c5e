"""What Git holds in the simulated world: a commit, and the apps that Flux finds in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from inventory.model import Cluster
from tree.tree import Tree


@dataclass(slots=True)
class FluxApp:
    """One Kustomization below apps/. key: namespace/name. depends_on: keys."""

    key: str
    path: str
    depends_on: list[str]
    releases: list[str]
    volumes: list[str]
    suspended: bool = False

    @property
    def namespace(self) -> str:
        return self.key.partition("/")[0]


@dataclass(slots=True)
class Repository:
    """commit: HEAD, pushed. older: commits before it, newest last. dirty, unreachable: for preflight.

    references: all op:// references of the tree and the inventory, as text: what the vault has.
    """

    url: str
    branch: str
    commit: str
    references: list[str]
    apps: list[FluxApp] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    dirty: list[str] = field(default_factory=list)
    unreachable: str = ""
    pushed: bool = True


def repository_of(cluster: Cluster, tree: Tree) -> Repository:
    """The tree as if it were committed and pushed: its digest is the commit."""
    identity = cluster.identity
    references = {str(reference) for reference in tree.references}
    references |= {identity.cluster_id, identity.talos_ca, identity.kubernetes_ca}
    apps = [
        FluxApp(
            f"{app.namespace}/{app.name}",
            app.path,
            list(app.depends_on),
            list(app.releases),
            list(app.volumes),
            app.suspended,
        )
        for app in tree.apps
    ]
    return Repository(cluster.git.url, cluster.git.branch, commit_of(tree), sorted(references), apps)


def commit_of(tree: Tree) -> str:
    """Forty hex digits, as a commit has."""
    return (tree.digest + "0" * 40)[:40]
