"""The shapes of single values. Each description completes "expected ...": editors show it, problems quote it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints


def _no_number(value: object) -> object:
    """IPv4Address(12) is 0.0.0.12: a bare number must not pass for an address."""
    if isinstance(value, int):
        raise ValueError("a number")
    return value


_NAME = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
_HOST = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"

Flag = Annotated[bool, Field(strict=True, description="true or false")]
Name = Annotated[
    str,
    StringConstraints(pattern=_NAME, max_length=63),
    Field(description="a name of lower-case letters, digits and dashes, at most 63"),
]
Host = Annotated[
    str,
    StringConstraints(pattern=_HOST, max_length=253),
    Field(description="a host's name or address in lower case, e.g. main.k8s.internal"),
]
Label = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9 ._+]*[A-Za-z0-9])?$", max_length=120),
    Field(description="a short text of letters, digits, spaces, and - . _ +"),
]
Vault = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=120),
    Field(description="a vault's name without spaces, e.g. homelab-main"),
]
Address = Annotated[IPv4Address, BeforeValidator(_no_number), Field(description="an IPv4 address, e.g. 10.11.0.11")]
Range = Annotated[
    IPv4Network,
    BeforeValidator(_no_number),
    Field(description="an IPv4 range with its first address, e.g. 10.11.0.0/16"),
]
Addresses = Annotated[
    tuple[Address, ...], Field(min_length=1, description="a list of one or more IPv4 addresses, e.g. [10.11.0.1]")
]
Hosts = Annotated[
    tuple[Host, ...], Field(min_length=1, description="a list of one or more hosts, e.g. [time.cloudflare.com]")
]
Mac = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9a-f]{2}:){5}[0-9a-f]{2}$"),
    Field(description="a MAC address in lower case with colons, e.g. 48:21:0b:5e:a0:01"),
]
Role = Annotated[Literal["control-plane", "worker"], Field(description="control-plane or worker")]
Port = Annotated[int, Field(strict=True, ge=1, le=65_535, description="a port, 1 to 65535")]
Vlan = Annotated[int, Field(strict=True, ge=1, le=4094, description="a VLAN id, 1 to 4094")]
VmId = Annotated[int, Field(strict=True, ge=100, le=999_999_999, description="a Proxmox VMID, 100 to 999999999")]
Version = Annotated[
    str,
    StringConstraints(pattern=r"^v[0-9]+\.[0-9]+\.[0-9]+$"),
    Field(description="a released version, e.g. v1.34.4"),
]
Schematic = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{64}$"),
    Field(description="the 64 hexadecimal digits of an Image Factory schematic"),
]
OpReference = Annotated[
    str,
    StringConstraints(pattern=r"^op://[^/\s]+/[^/\s]+/([^/\s]+/)?[^/\s]+$"),
    Field(description="a 1Password reference, op://vault/item/field or op://vault/item/section/field"),
]
DevicePath = Annotated[
    str,
    StringConstraints(pattern=r"^/dev/[A-Za-z0-9/_.:+-]+$"),
    Field(description="a device, e.g. /dev/nvme0n1"),
]
TreePath = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$"),
    Field(description="a folder relative to the repository's root, e.g. kubernetes/main"),
]
PrivatePath = Annotated[
    str,
    StringConstraints(pattern=r"^~?(/\.?[^/.\s][^/\t\r\n]*)+$"),
    Field(description="an absolute path or one that begins with ~/, e.g. ~/.config/firstlight/main/kubeconfig"),
]
GitUrl = Annotated[
    str,
    StringConstraints(pattern=r"^(https://|ssh://([a-z0-9_-]+@)?)[^/\s@]+/[^\s@]+$"),
    Field(description="https://host/path or ssh://git@host/path, without a password"),
]
WebUrl = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[^/\s@]+(/[^\s@]*)?$"),
    Field(description="a web address without a password, e.g. https://pve.internal:8006"),
]
SecureUrl = Annotated[
    str,
    StringConstraints(pattern=r"^https://[^/\s@]+(/[^\s@]*)?$"),
    Field(description="an https address without a password, e.g. https://pve.internal:8006"),
]
Branch = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._/+-]*$", max_length=200),
    Field(description="a Git branch, e.g. main"),
]
AppName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"),
    Field(description="namespace/name of a Flux Kustomization, e.g. kube-system/cilium"),
]
StepName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]*$"),
    Field(description="a step's name, e.g. etcd_bootstrapped"),
]
Backend = Annotated[Literal["op", "connect"], Field(description="op or connect")]
Seconds = Annotated[
    float,
    Field(strict=True, gt=0, allow_inf_nan=False, description="a finite number of seconds above 0"),
]
Pause = Annotated[
    float,
    Field(strict=True, ge=0, allow_inf_nan=False, description="a finite number of seconds, 0 or more"),
]
Count = Annotated[int, Field(strict=True, ge=1, description="a whole number, 1 or more")]
