"""A Corefile as the lab's CoreDNS can run it: all servers listen at the pod's address, and the API is a kubeconfig's.

Source: coredns.io/plugins: bind, health, ready, prometheus and kubernetes.
"""

from __future__ import annotations

import re
from pathlib import Path

_SERVER = re.compile(r"^\S.*\{\s*$")
_LISTENERS = {"health": "8080", "ready": "8181", "prometheus": "9153"}


def corefile(text: str, address: str, kubeconfig: Path) -> str:
    """The same servers and plugins, at `address`."""
    lines = [written for line in text.splitlines() for written in _line(line, address, kubeconfig)]
    return "\n".join(lines) + "\n"


def _line(line: str, address: str, kubeconfig: Path) -> list[str]:
    if _SERVER.match(line):
        return [line, f"    bind {address}"]
    words = line.split()
    if not words:
        return [line]
    if words[0] in _LISTENERS:
        return [_listener(words, address)]
    if words[0] == "kubernetes":
        opening = line.rstrip()
        inner = f"        kubeconfig {kubeconfig}"
        return [opening, inner] if opening.endswith("{") else [f"{opening} {{", inner, "    }"]
    if words[0] == "bind":
        return []
    return [line]


def _listener(words: list[str], address: str) -> str:
    port = next((word.rpartition(":")[2] for word in words[1:] if ":" in word), _LISTENERS[words[0]])
    return f"    {words[0]} {address}:{port}" + (" {" if words[-1] == "{" else "")
