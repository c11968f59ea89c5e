"""What runs in a lab knows of the outside: next to nothing, and no credential. Pure but for the mapping given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lab.place import LabPlace

SIGN = "FIRSTLIGHT_LAB"
"""Names the cluster whose lab a command says to be in. It proves nothing: namespaces are compared."""
_KEPT = ("LANG", "TZ", "USER", "LOGNAME", "PYTHONDONTWRITEBYTECODE")
_DROPPED = frozenset(
    {
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
        "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO",
        "KUBECONFIG", "TALOSCONFIG",
    }
)  # fmt: skip
_DROPPED_BEGINNINGS = ("XDG_", "OP_", "HELM_")


def of_programs(place: LabPlace, outside: Mapping[str, str]) -> dict[str, str]:
    """The environment of the lab's own processes."""
    return {name: outside[name] for name in _KEPT if name in outside} | _own(place, outside)


def of_operators(place: LabPlace, cluster: str, state: Path, outside: Mapping[str, str]) -> dict[str, str]:
    """The environment of an operator's command inside: the operator's, without proxies, credentials and settings that
    lead outside. state: the folder of all state, which stays where it is.
    """
    kept = {name: value for name, value in outside.items() if not _leads_outside(name)}
    return kept | _own(place, outside) | {"FIRSTLIGHT_STATE": str(state), SIGN: cluster}


def _own(place: LabPlace, outside: Mapping[str, str]) -> dict[str, str]:
    path = outside.get("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin").split(":")
    first = str(place.programs)
    return {
        "PATH": ":".join([first, *(folder for folder in path if folder != first)]),
        "HOME": str(place.home),
        "TMPDIR": str(place.temporary),
        "SSL_CERT_FILE": str(place.ca),
    }


def _leads_outside(name: str) -> bool:
    return name in _DROPPED or name.startswith(_DROPPED_BEGINNINGS)
