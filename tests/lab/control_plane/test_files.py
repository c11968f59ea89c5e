"""The files of a control plane machine, read back as its components would read them."""

from __future__ import annotations

import ssl
from base64 import b64decode
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.control_plane.certificates import Subject, issue, public_key
from lab.control_plane.disk import Disk
from lab.control_plane.files import admin_kubeconfig, files
from tests.lab.control_plane.configs import ENDPOINT, SECRETBOX, ca, control_plane

CONFIG = control_plane("k8s-1")
FILES = files(CONFIG)


def crt(name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(FILES[name].encode())


def text(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    return "".join(str(attribute.value) for attribute in name.get_attributes_for_oid(oid))


@pytest.mark.parametrize(
    ("file", "issuer", "common_name", "organization"),
    [
        ("etcd-server.crt", "etcd", "k8s-1", ""),
        ("etcd-peer.crt", "etcd", "k8s-1", ""),
        ("etcd-client.crt", "etcd", "kube-apiserver", ""),
        ("apiserver.crt", "kubernetes", "kube-apiserver", "kube-master"),
        ("apiserver-kubelet-client.crt", "kubernetes", "apiserver-kubelet-client", "system:masters"),
        ("front-proxy-client.crt", "aggregator", "front-proxy-client", ""),
        ("admin.crt", "kubernetes", "admin", "system:masters"),
    ],
)
def test_certificates_are_of_the_right_ca_and_for_the_right_one(
    file: str, issuer: str, common_name: str, organization: str
) -> None:
    """Each is signed by its own CA of the machine config, and says who holds it as Talos says it."""
    certificate = crt(file)
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(ca(issuer).crt.encode()))
    assert text(certificate.subject, NameOID.COMMON_NAME) == common_name
    assert text(certificate.subject, NameOID.ORGANIZATION_NAME) == organization


def test_the_api_server_is_known_by_every_name_that_it_is_reached_at() -> None:
    """Node address, VIP, endpoint's name, the Service's address and names, and what certSANs add, each once."""
    alternatives = crt("apiserver.crt").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    names = alternatives.get_values_for_type(x509.DNSName)
    addresses = alternatives.get_values_for_type(x509.IPAddress)
    assert {ENDPOINT, "k8s-1", "kubernetes.default.svc.cluster.local", "kubernetes.default.svc"} <= set(names)
    expected = {"10.11.0.11", "10.11.0.10", "10.43.0.1", "127.0.0.1"}
    assert sorted(addresses) == sorted(map(ip_address, expected))


def test_a_member_of_etcd_serves_and_asks_with_one_certificate() -> None:
    """etcd's JSON gateway asks its own server with the server's certificate."""
    usages = crt("etcd-server.crt").extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH} == set(usages)


@pytest.mark.parametrize(("kind", "expected"), [("ec", ec.EllipticCurvePublicKey), ("rsa", rsa.RSAPublicKey)])
def test_keys_are_of_the_kind_of_the_ca(kind: str, expected: type) -> None:
    """P-256 from an ECDSA CA, RSA from an RSA one."""
    pair = issue(ca("some", kind), Subject("someone"))
    assert isinstance(x509.load_pem_x509_certificate(pair.crt.encode()).public_key(), expected)


def test_the_service_account_key_has_its_public_half_beside_it() -> None:
    """Tokens are signed with the config's key and checked with its public half."""
    assert FILES["service-account.key"] == CONFIG.service_account_key
    assert FILES["service-account.pub"] == public_key(CONFIG.service_account_key)


def test_the_admins_kubeconfig_leads_to_the_endpoint() -> None:
    """Server and CA are the machine config's, and the user is an administrator."""
    said = yaml.safe_load(admin_kubeconfig(CONFIG))
    cluster, user = said["clusters"][0]["cluster"], said["users"][0]["user"]
    assert (cluster["server"], said["current-context"]) == (f"https://{ENDPOINT}:6443", "admin@main")
    assert b64decode(cluster["certificate-authority-data"]).decode() == CONFIG.kubernetes_ca.crt
    holder = x509.load_pem_x509_certificate(b64decode(user["client-certificate-data"])).subject
    assert text(holder, NameOID.ORGANIZATION_NAME) == "system:masters"


def test_components_ask_the_api_server_of_their_own_machine() -> None:
    """Not the VIP: a component needs no other machine."""
    for name in ("controller-manager", "scheduler"):
        said = yaml.safe_load(FILES[f"{name}.kubeconfig"])
        assert said["clusters"][0]["cluster"]["server"] == "https://10.11.0.11:6443"
        holder = x509.load_pem_x509_certificate(b64decode(said["users"][0]["user"]["client-certificate-data"]))
        assert text(holder.subject, NameOID.COMMON_NAME) == f"system:kube-{name}"


def test_secrets_are_encrypted_with_the_configs_key_and_old_ones_are_read() -> None:
    """secretbox writes; what was written without is still read."""
    providers = yaml.safe_load(FILES["encryption.yaml"])["resources"][0]["providers"]
    assert [next(iter(provider)) for provider in providers] == ["secretbox", "identity"]
    assert providers[0]["secretbox"]["keys"][0]["secret"] == SECRETBOX


def test_without_a_secretbox_key_secrets_are_plain() -> None:
    """A config without the secret has no encryption, and no empty key."""
    said = yaml.safe_load(files(replace(CONFIG, secretbox_secret=""))["encryption.yaml"])
    assert said["resources"][0]["providers"] == [{"identity": {}}]


@pytest.mark.parametrize(("pod_security", "plugins"), [(CONFIG.pod_security, ["PodSecurity"]), (None, [])])
def test_admission_is_the_configs(pod_security: dict[str, object] | None, plugins: list[str]) -> None:
    """The PodSecurity configuration is passed on as it is; none is invented."""
    said = yaml.safe_load(files(replace(CONFIG, pod_security=pod_security))["admission.yaml"])
    assert [plugin["name"] for plugin in said["plugins"]] == plugins
    assert [plugin["configuration"] for plugin in said["plugins"]] == [pod_security] * len(plugins)


def test_a_workers_config_is_refused() -> None:
    """The sentence names the machine and what its config lacks."""
    with pytest.raises(ValueError, match=r"k8s-1 .* lacks etcd's or the aggregator's CA"):
        files(replace(CONFIG, etcd_ca=None))


def test_files_are_their_owners_only(tmp_path: Path) -> None:
    """0600 in a folder 0700, also when they are written anew; a pair can be loaded as it lies there."""
    disk = Disk(tmp_path / "k8s-1")
    for _ in range(2):
        disk.write(FILES)
    assert {path.stat().st_mode & 0o777 for path in disk.kubernetes.iterdir()} == {0o600}
    assert disk.kubernetes.stat().st_mode & 0o777 == 0o700
    ssl.create_default_context().load_cert_chain(disk.kubernetes / "admin.crt", disk.kubernetes / "admin.key")


def test_data_is_a_write_ahead_log(tmp_path: Path) -> None:
    """What an etcd that could not start leaves behind is no data; `wipe` leaves neither data nor keys."""
    disk = Disk(tmp_path / "k8s-1")
    disk.write(FILES)
    (disk.etcd / "member" / "wal").mkdir(parents=True)
    assert not disk.etcd_begun
    (disk.etcd / "member" / "wal" / "0.wal").touch()
    assert disk.etcd_begun
    disk.wipe()
    assert (disk.etcd_begun, disk.kubernetes.exists()) == (False, False)
