"""A machine config taken out of its YAML."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import yaml

from lab.machine_config import MachineConfig, Pki

_DEFAULT_KUBERNETES = "v1.34.1"  # of Talos 1.11.5, where a config names no image
_POD_SUBNETS = ("10.244.0.0/16",)
_SERVICE_SUBNETS = ("10.96.0.0/12",)


class BadConfig(Exception):
    """Not a machine config. Its text is one that Talos gives."""


def documents(text: str) -> tuple[dict[str, Any], ...]:
    """The YAML documents of a config. Raises BadConfig."""
    try:
        found = [document for document in yaml.load_all(text, Loader=_LOADER) if document is not None]
    except yaml.YAMLError as error:
        raise BadConfig(f"failed to parse config: yaml: {getattr(error, 'problem', None) or 'not YAML'}") from None
    if not all(isinstance(document, dict) for document in found):
        raise BadConfig("failed to parse config: not a mapping")
    return tuple(found)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def main_document(text: str) -> dict[str, Any]:
    """The v1alpha1 document, which has no kind. Raises BadConfig."""
    for document in documents(text):
        if "kind" not in document and document.get("version") == "v1alpha1":
            return document
    raise BadConfig(
        "the applied machine configuration doesn't contain v1alpha1 config, "
        "did you mean to patch the machine config instead?"
    )


def parsed(text: str) -> MachineConfig:
    """The config as the lab reads it. Raises BadConfig where it has no v1alpha1 document or a value is no base64.

    What is missing is empty here: `lab.talos.validation` says what may not be.
    """
    document = main_document(text)
    machine, cluster = _section(document, "machine"), _section(document, "cluster")
    network, api_server = _section(cluster, "network"), _section(cluster, "apiServer")
    interface = _interface(machine)
    return MachineConfig(
        text=text,
        control_plane=machine.get("type") in ("controlplane", "init"),
        hostname=str(_section(machine, "network").get("hostname", "") or _hostname(text)),
        address=next((str(address).partition("/")[0] for address in interface.get("addresses") or ()), ""),
        vip=str(_section(interface, "vip").get("ip", "")),
        cluster_name=str(cluster.get("clusterName", "")),
        cluster_id=str(cluster.get("id", "")),
        endpoint=str(_section(cluster, "controlPlane").get("endpoint", "")),
        machine_ca=_pki(machine.get("ca")) or Pki(""),
        kubernetes_ca=_pki(cluster.get("ca")) or Pki(""),
        etcd_ca=_pki(_section(cluster, "etcd").get("ca")),
        aggregator_ca=_pki(cluster.get("aggregatorCA")),
        service_account_key=_decoded(_section(cluster, "serviceAccount").get("key", "")),
        machine_token=str(machine.get("token", "")),
        cert_sans=_texts(machine.get("certSANs")),
        api_cert_sans=_texts(api_server.get("certSANs")),
        api_args=_arguments(api_server),
        controller_manager_args=_arguments(_section(cluster, "controllerManager")),
        scheduler_args=_arguments(_section(cluster, "scheduler")),
        etcd_args=_arguments(_section(cluster, "etcd")),
        secretbox_secret=str(cluster.get("secretboxEncryptionSecret", "")),
        pod_security=_pod_security(api_server),
        cni=str(_section(network, "cni").get("name", "flannel")),
        pod_subnets=_texts(network.get("podSubnets")) or _POD_SUBNETS,
        service_subnets=_texts(network.get("serviceSubnets")) or _SERVICE_SUBNETS,
        node_labels={str(key): str(value) for key, value in _section(machine, "nodeLabels").items()},
        schedulable_control_planes=bool(cluster.get("allowSchedulingOnControlPlanes", False)),
        talos_version=image_tag(str(_section(machine, "install").get("image", ""))),
        kubernetes_version=image_tag(str(_section(machine, "kubelet").get("image", ""))) or _DEFAULT_KUBERNETES,
    )


def image_tag(image: str) -> str:
    """The tag of a container image, "" without one."""
    name = image.partition("@")[0].rpartition("/")[2]
    return name.partition(":")[2]


def _section(mapping: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = mapping.get(name)
    return found if isinstance(found, dict) else {}


def _texts(values: object) -> tuple[str, ...]:
    return tuple(str(value) for value in values) if isinstance(values, list) else ()


def _arguments(section: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in _section(section, "extraArgs").items()}


def _interface(machine: Mapping[str, Any]) -> dict[str, Any]:
    interfaces = _section(machine, "network").get("interfaces") or ()
    return next((found for found in interfaces if isinstance(found, dict) and found.get("addresses")), {})


def _hostname(text: str) -> str:
    kinds = (document for document in documents(text) if document.get("kind") == "HostnameConfig")
    return next((str(document.get("hostname", "")) for document in kinds), "")


def _pki(section: object) -> Pki | None:
    if not isinstance(section, dict) or not section.get("crt"):
        return None
    return Pki(_decoded(section["crt"]), _decoded(section.get("key", "")))


def _decoded(value: object) -> str:
    """PEM, which a config holds in base64."""
    try:
        return base64.b64decode(str(value or ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise BadConfig("failed to parse config: illegal base64 data in a certificate or key") from None


def _pod_security(api_server: Mapping[str, Any]) -> dict[str, object] | None:
    plugins = api_server.get("admissionControl") or ()
    return next((plugin.get("configuration") for plugin in plugins if plugin.get("name") == "PodSecurity"), None)
