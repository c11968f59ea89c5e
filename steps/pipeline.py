"""The pipeline: what is bootstrapped, in which order. This one screen is the whole of it.

A step's needs stand beside it; releases, their needs among each other included, come from the tree's own helmfile.
"""

from __future__ import annotations

from bootstrap.step import Step, step_id
from steps.api import kube_api_ready
from steps.apps import apps_settled, critical_apps_ready, secret_store_ready
from steps.bounds import bounded
from steps.credentials import cluster_identity_pinned, kubeconfig_fetched
from steps.data import data_restored
from steps.definitions import crds_applied
from steps.distinct import distinct
from steps.etcd import etcd_bootstrapped
from steps.etcd_generation import etcd_generation_opened
from steps.flux import root_reconciled, source_synced
from steps.machine_config import machine_config_rendered, node_reachable, talos_config_applied
from steps.network import base, network
from steps.nodes import node_ready, node_registered
from steps.preflight import preflight
from steps.release import release_name, release_ready
from steps.resources import resources_applied
from steps.secrets_resolved import secrets_resolved
from steps.site import Site
from steps.whole import control_plane_holds, nodes_hold


def pipeline(site: Site) -> tuple[Step, ...]:
    """All steps of one cluster, in order. Raises BadInput for limits that name no step, and two steps of one name."""
    control_planes = tuple(step_id("talos_config_applied", node.name) for node in site.control_planes)
    releases = tuple(release_name(release.name) for release in site.tree.releases)
    steps = (
        preflight(site),
        secrets_resolved(site, needs=("preflight",)),
        *(machine_config_rendered(site, node, needs=("secrets_resolved",)) for node in site.nodes),
        *(node_reachable(site, node, needs=("preflight",)) for node in site.nodes),
        etcd_generation_opened(site, needs=("node_reachable", "machine_config_rendered")),
        *(talos_config_applied(site, node, needs=("etcd_generation_opened",)) for node in site.nodes),
        etcd_bootstrapped(site, needs=control_planes),
        kubeconfig_fetched(site, needs=("etcd_bootstrapped",)),
        kube_api_ready(site, needs=("kubeconfig_fetched",)),
        cluster_identity_pinned(site, needs=("kube_api_ready",)),
        resources_applied(site, needs=("cluster_identity_pinned",)),
        crds_applied(site, needs=("cluster_identity_pinned",)),
        *(
            node_registered(site, node, needs=("cluster_identity_pinned", step_id("talos_config_applied", node.name)))
            for node in site.nodes
        ),
        *(release_ready(site, release, needs=base(site.tree.releases, release)) for release in site.tree.releases),
        *(node_ready(site, node, needs=network(site.tree.releases)) for node in site.nodes),
        source_synced(site, needs=releases),
        root_reconciled(site, needs=("source_synced",)),
        secret_store_ready(site, needs=("root_reconciled",)),
        critical_apps_ready(site, needs=("secret_store_ready",)),
        apps_settled(site, needs=("critical_apps_ready",)),
        data_restored(site, needs=("critical_apps_ready",)),
        control_plane_holds(site, needs=("apps_settled", "data_restored")),
        nodes_hold(site, needs=("apps_settled", "data_restored")),
    )
    return bounded(distinct(steps, site.tree.releases), site.cluster.limits, site.cluster.name)
