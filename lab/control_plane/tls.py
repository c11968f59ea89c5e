"""How the lab itself speaks to its components: as the administrator whose certificate lies on the machine's disk."""

from __future__ import annotations

import ssl

import httpx

from lab.control_plane.disk import Disk


def etcd_client(url: str, disk: Disk, timeout_s: float = 5.0) -> httpx.AsyncClient:
    """Of one etcd member."""
    return _client(url, _context(disk, "etcd-ca.crt", "etcd-admin"), timeout_s)


def kubernetes_client(disk: Disk, timeout_s: float = 5.0) -> httpx.AsyncClient:
    """Of the Kubernetes components of one machine."""
    return _client("", _context(disk, "ca.crt", "admin"), timeout_s)


def _context(disk: Disk, ca: str, pair: str) -> ssl.SSLContext:
    files = disk.kubernetes
    context = ssl.create_default_context(cafile=str(files / ca))
    context.load_cert_chain(files / f"{pair}.crt", files / f"{pair}.key")
    return context


def _client(url: str, context: ssl.SSLContext, timeout_s: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, verify=context, timeout=timeout_s, trust_env=False)
