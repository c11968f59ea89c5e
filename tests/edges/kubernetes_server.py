"""A real API server with its etcd, for scenarios that run in a private network of their own."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import shutil
import ssl
import subprocess
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ADDRESS = "10.11.0.10"
OTHER_ADDRESS = "10.11.0.11"
RANGES = ("10.11.0.0/16",)
_PATIENCE_S = 150.0


def program(name: str) -> str:
    """Where a tool of the lab is."""
    found = shutil.which(name)
    assert found is not None, f"{name} is not on PATH"
    return found


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA in memory. pem: of its certificate."""

    name: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    made: list[x509.Certificate] = field(default_factory=list)

    @property
    def certificate(self) -> x509.Certificate:
        if not self.made:
            self.made.append(_signed(self.name, "", self.key.public_key(), self.name, self.key, (), authority=True))
        return self.made[0]

    @property
    def pem(self) -> str:
        return _pem(self.certificate)

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def leaf(
        self, name: str, organization: str = "", addresses: tuple[str, ...] = (), days: int = 1
    ) -> tuple[str, str]:
        """PEM of a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = _signed(name, organization, key.public_key(), self.name, self.key, addresses, days=days)
        return _pem(signed), _key(key)

    def kubeconfig(self, server: str) -> str:
        """Of an administrator."""
        certificate, key = self.leaf("admin", "system:masters")
        return kubeconfig(server, self.pem, certificate, key)


def kubeconfig(server: str, ca: str, certificate: str, key: str) -> str:
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in
               {"ca": ca, "certificate": certificate, "key": key}.items()}  # fmt: skip
    document = {
        "apiVersion": "v1", "kind": "Config", "current-context": "admin@lab",
        "clusters": [{"name": "lab", "cluster": {"server": server, "certificate-authority-data": encoded["ca"]}}],
        "users": [{"name": "admin@lab", "user": {
            "client-certificate-data": encoded["certificate"], "client-key-data": encoded["key"]}}],
        "contexts": [{"name": "admin@lab", "context": {"cluster": "lab", "user": "admin@lab"}}],
    }  # fmt: skip
    return yaml.safe_dump(document)


@dataclass(slots=True)
class Server:
    """etcd and one API server; data outlives `kill`."""

    folder: Path
    authority: Authority
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self) -> None:
        """Returns when it is ready."""
        if "etcd" not in self.running:
            self._spawn("etcd", program("etcd"), "--data-dir", str(self.folder / "etcd"), "--unsafe-no-fsync")
        certificate, key = self.authority.leaf("kube-apiserver", addresses=(ADDRESS, OTHER_ADDRESS, "10.96.0.1"))
        files = {"server.crt": certificate, "server.key": key, "ca.crt": self.authority.pem, "sa.key": key}
        for name, text in files.items():
            (self.folder / name).write_text(text)
        at = {name: str(self.folder / name) for name in files}
        self._spawn(
            "api", program("kube-apiserver"), "--etcd-servers=http://127.0.0.1:2379", f"--bind-address={ADDRESS}",
            "--secure-port=6443", f"--tls-cert-file={at['server.crt']}", f"--tls-private-key-file={at['server.key']}",
            f"--client-ca-file={at['ca.crt']}", "--authorization-mode=RBAC", "--service-cluster-ip-range=10.96.0.0/16",
            f"--service-account-key-file={at['sa.key']}", f"--service-account-signing-key-file={at['sa.key']}",
            "--service-account-issuer=https://kubernetes.default.svc", "--disable-admission-plugins=ServiceAccount",
        )  # fmt: skip
        self._until_ready()

    def kill(self) -> None:
        """The API server is gone at once."""
        process = self.running.pop("api")
        process.kill()
        process.wait()

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()

    def _spawn(self, name: str, *argv: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(argv, stdout=log, stderr=log, cwd=self.folder)

    def _until_ready(self) -> None:
        context = ssl.create_default_context(cadata=self.authority.pem)
        context.load_cert_chain(*self._client_files())
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"https://{ADDRESS}:6443/readyz", context=context, timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError((self.folder / "api.log").read_text()[-6000:])

    def _client_files(self) -> tuple[Path, Path]:
        paths = self.folder / "client.crt", self.folder / "client.key"
        for path, text in zip(paths, self.authority.leaf("probe", "system:masters"), strict=True):
            path.write_text(text)
        return paths


def _signed(
    name: str,
    organization: str,
    public: ec.EllipticCurvePublicKey,
    issuer: str,
    by: ec.EllipticCurvePrivateKey,
    addresses: tuple[str, ...],
    authority: bool = False,
    days: int = 1,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    subject += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(subject))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=10))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
    )
    if not authority:
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    if addresses:
        names = [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(by, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key(key: ec.EllipticCurvePrivateKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()
