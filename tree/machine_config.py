"""What a rendered machine config must have before it may reach a machine (rule 11).

A config that lacks a value is not refused by Talos: machines were installed from an empty image, and control planes
came up without an etcd CA. The fields are those of
https://docs.siderolabs.com/talos/v1.13/reference/configuration/v1alpha1/config.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from inventory.problem import Problem
from tree import merge

Role = Literal["control-plane", "worker"]

_EVERYWHERE = (
    "machine.token",
    "machine.ca.crt",
    "cluster.id",
    "cluster.secret",
    "cluster.token",
    "cluster.ca.crt",
    "cluster.controlPlane.endpoint",
)
_CONTROL_PLANE = (
    "machine.ca.key",
    "cluster.ca.key",
    "cluster.etcd.ca.crt",
    "cluster.etcd.ca.key",
    "cluster.aggregatorCA.crt",
    "cluster.aggregatorCA.key",
    "cluster.serviceAccount.key",
)
_TYPES = {"control-plane": "controlplane", "worker": "worker"}
# name[:tag][@digest], each of them not empty; the name without an empty part ("metal-installer/:v1.11.5", failure 8).
_IMAGE = re.compile(r"[^\s/:@]+(:\d+(?=/))?(/[^\s/:@]+)*(:[\w][\w.-]*)?(@sha256:[0-9a-f]{64})?")
_FACTORY = re.compile(r"factory\.talos\.dev/(?:[\w-]+/)?(?P<schematic>[^/:]*):(?P<version>.*)")
_REMEDY = "mend the template, or give the variable a value in the inventory"


def problems(
    text: str,
    role: Role,
    *,
    patch: str = "",
    place: str = "machine config",
    cilium: bool = True,
    talos_version: str = "",
) -> tuple[Problem, ...]:
    """All that is wrong with a rendered config, merged with the node's patch, as Problems at `place`.

    cilium: Cilium is a release of the tree, so Talos must bring neither CNI nor proxy, and KubePrism must be there for
    it to reach the API (failure 24). talos_version: the version that is installed, "" for any.
    """
    base, broken = merge.documents(text, place)
    over, broken_too = merge.documents(patch, place)
    if broken or broken_too:
        return (*broken, *broken_too)
    documents = merge.merged(base, over)
    configs = [document for document in documents if "machine" in document]
    if len(configs) != 1:
        what = f"it has {len(configs)} documents with `machine`"
        return (Problem(place, what, "one v1alpha1 config with `machine` and `cluster`"),)
    found = (*_fields(configs[0], role), *_images(documents), *_install(configs[0], talos_version))
    network = _cilium(configs[0], role) if cilium else ()
    return tuple(Problem(place, what, expected, _REMEDY) for what, expected in (*found, *network))


def value(config: Mapping[str, Any], path: str) -> Any:
    """What stands at a dotted path, None where there is nothing."""
    found: Any = config
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


_Wrong = tuple[str, str]
"""What is wrong, and what was expected."""


def _fields(config: Mapping[str, Any], role: Role) -> Iterator[_Wrong]:
    for path in (*_EVERYWHERE, *(_CONTROL_PLANE if role == "control-plane" else ())):
        if not value(config, path) or not isinstance(value(config, path), str):
            yield f"`{path}` of a {role} is empty or missing", "a value, or a reference to one"
    kind = value(config, "machine.type")
    if kind != _TYPES[role]:
        yield f"`machine.type` is {kind!r}", f"{_TYPES[role]!r}, because the inventory says {role}"


def _images(documents: tuple[Any, ...]) -> Iterator[_Wrong]:
    for document in documents:
        for path, image in _each_image(document, ""):
            if not isinstance(image, str) or not _IMAGE.fullmatch(image):
                yield f"`{path}` is {image!r}", "an image reference whose name, tag and digest are not empty"


def _each_image(found: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(found, Mapping):
        for key, below in found.items():
            where = f"{path}.{key}".lstrip(".")
            if key == "image":
                yield where, below
            else:
                yield from _each_image(below, where)
    elif isinstance(found, list):
        for index, below in enumerate(found):
            yield from _each_image(below, f"{path}[{index}]")


def _install(config: Mapping[str, Any], talos_version: str) -> Iterator[_Wrong]:
    image = value(config, "machine.install.image")
    if image is None:
        yield "`machine.install.image` is missing", "the installer's image"
    factory = _FACTORY.fullmatch(str(image))
    if factory and not re.fullmatch(r"[0-9a-f]{64}", factory["schematic"]):
        yield f"the schematic of `machine.install.image` is {factory['schematic']!r}", "64 hexadecimal digits"
    version = str(image).partition("@")[0].rpartition(":")[2]
    if image and talos_version and version != talos_version:
        yield f"`machine.install.image` installs {version!r}", f"{talos_version}, the inventory's talos.version"
    if not value(config, "machine.install.disk") and not value(config, "machine.install.diskSelector"):
        yield "the install disk is not named", "`machine.install.disk` or `diskSelector`, from the inventory"


def _cilium(config: Mapping[str, Any], role: Role) -> Iterator[_Wrong]:
    cni = value(config, "cluster.network.cni.name")
    if cni != "none":
        yield f"`cluster.network.cni.name` is {cni!r}", "'none', because Cilium is a release of this tree"
    if value(config, "machine.features.kubePrism.enabled") is not True:
        yield "KubePrism is off", "`machine.features.kubePrism.enabled: true`, through which Cilium reaches the API"
    if role == "control-plane" and value(config, "cluster.proxy.disabled") is not True:
        yield "kube-proxy is on", "`cluster.proxy.disabled: true`, because Cilium is a release of this tree"
