"""Machine configs of a control plane of three, with new CAs: ECDSA, as Talos makes them."""

from __future__ import annotations

import functools
from base64 import b64encode
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from lab.machine_config import MachineConfig, Pki

ADDRESSES = {"k8s-1": "10.11.0.11", "k8s-2": "10.11.0.12", "k8s-3": "10.11.0.13"}
VIP = "10.11.0.10"
SERVICE = "10.43.0.1"
ENDPOINT = "main.k8s.internal"
RANGES = ("10.11.0.0/16", "10.42.0.0/16", "10.43.0.0/16")
SECRETBOX = b64encode(b"0123456789abcdef0123456789abcdef").decode()
POD_SECURITY: dict[str, object] = {
    "apiVersion": "pod-security.admission.config.k8s.io/v1",
    "kind": "PodSecurityConfiguration",
    "defaults": {"enforce": "baseline", "enforce-version": "latest"},
    "exemptions": {"namespaces": ["kube-system"]},
}


@functools.cache
def ca(name: str, kind: str = "ec") -> Pki:
    """A new CA, the same for all machines of one process. kind: ec or rsa."""
    key = _key(kind)
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)])
    now = datetime.now(UTC)
    crt = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Pki(crt.public_bytes(Encoding.PEM).decode(), _pem(key))


def control_plane(node: str, vip: str = VIP) -> MachineConfig:
    """As the tree of main renders it."""
    return MachineConfig(
        text="",
        control_plane=True,
        hostname=node,
        address=ADDRESSES[node],
        vip=vip,
        cluster_name="main",
        cluster_id="id",
        endpoint=f"https://{ENDPOINT}:6443",
        machine_ca=ca("talos"),
        kubernetes_ca=ca("kubernetes"),
        etcd_ca=ca("etcd"),
        aggregator_ca=ca("aggregator"),
        service_account_key=ca("service-account", "rsa").key,
        machine_token="",
        cert_sans=(),
        api_cert_sans=("127.0.0.1", vip, ENDPOINT),
        api_args={"enable-aggregator-routing": "true"},
        controller_manager_args={"bind-address": "0.0.0.0"},
        scheduler_args={"bind-address": "0.0.0.0"},
        etcd_args={"listen-metrics-urls": "http://0.0.0.0:2381"},
        secretbox_secret=SECRETBOX,
        pod_security=POD_SECURITY,
        cni="none",
        pod_subnets=("10.42.0.0/16",),
        service_subnets=("10.43.0.0/16",),
        node_labels={},
        schedulable_control_planes=False,
        talos_version="v1.11.5",
        kubernetes_version="v1.34.4",
    )


def _key(kind: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
