"""What stands in the finished cluster really works: names, certificates, refusals, secrets, addresses, volumes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from tests.commands.desk import Desk, Ended
from tests.lab.whole.cluster import Object, applied, condition, got, kubectl, refused, until
from tests.lab.whole.homelab import inside

pytestmark = [
    pytest.mark.needs("a private network"),
    pytest.mark.xdist_group("lab"),
    pytest.mark.timeout(1500),
]

SPACE = "probe"
WANTED = """
apiVersion: v1
kind: Namespace
metadata: {name: probe}
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: own, namespace: probe}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: own, namespace: probe}
spec: {secretName: own-tls, dnsNames: [probe.example.org], issuerRef: {name: own}}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: key, namespace: probe}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: onepassword-connect}
  target: {name: key}
  data: [{secretKey: KEY, remoteRef: {key: sonarr, property: API_KEY}}]
---
apiVersion: v1
kind: Service
metadata: {name: front, namespace: probe}
spec: {type: LoadBalancer, ports: [{port: 80}], selector: {app: none}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: probe}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
SHORT = """
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: short, namespace: probe}
spec: {secretName: short-tls, duration: 1m, dnsNames: [probe.example.org], issuerRef: {name: own}}
"""
NO_HOST = """
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: nowhere, namespace: probe}
spec:
  provider:
    onepassword:
      connectHost: ":not a url"
      vaults: {main: 1}
      auth: {secretRef: {connectTokenSecretRef: {name: token, key: token}}}
"""
LOOKUP = """
import json, socket, struct, sys
def asked(name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(20)
        labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
        asked = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, 1, 1)
        sock.sendto(asked, ("10.43.0.10", 53))
        answer = sock.recv(4096)
    code, count = answer[3] & 15, struct.unpack(">H", answer[6:8])[0]
    return [code, socket.inet_ntoa(answer[-4:]) if count == 1 else ""]
print(json.dumps({name: asked(name) for name in sys.argv[1:]}))
"""


@pytest.fixture(scope="module")
def desk(finished: tuple[Desk, Ended], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """With all that these tests ask for applied, and gone again in the end."""
    desk, _ = finished
    applied(desk, WANTED, tmp_path_factory.mktemp("wanted"))
    yield desk
    kubectl(desk, "delete", "namespace", SPACE, "--timeout=120s")


def ready(desk: Desk, kind: str, name: str) -> Object:
    """The object, once it is Ready."""
    until(f"{kind} {name}", lambda: condition(got(desk, "-n", SPACE, kind, name), "Ready") == "True")
    return got(desk, "-n", SPACE, kind, name)


def test_coredns_answers_at_its_cluster_ip(desk: Desk, tmp_path: Path) -> None:
    """A Service's name leads to its address, a name that nobody has to NXDOMAIN."""
    address = got(desk, "-n", "default", "service", "whoami")["spec"]["clusterIP"]
    (tmp_path / "lookup.py").write_text(LOOKUP)
    whoami, nobody = (f"{name}.default.svc.cluster.local" for name in ("whoami", "nobody"))
    said = json.loads(inside(desk, f"python3 {tmp_path}/lookup.py {whoami} {nobody}"))
    assert said == {whoami: [0, address], nobody: [3, ""]}


def test_cert_manager_issues_a_certificate(desk: Desk) -> None:
    """Self-signed, for the name that was asked for."""
    ready(desk, "certificate", "own")
    secret = got(desk, "-n", SPACE, "secret", "own-tls")
    certificate = x509.load_pem_x509_certificate(base64.b64decode(secret["data"]["tls.crt"]))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["probe.example.org"]
    certificate.verify_directly_issued_by(certificate)


def test_webhooks_refuse_what_is_wrong(desk: Desk, tmp_path: Path) -> None:
    """cert-manager's a certificate of a minute, external-secrets' a store at no address; neither is there then."""
    said = refused(desk, SHORT, tmp_path)
    assert 'admission webhook "webhook.cert-manager.io" denied the request' in said
    assert "denied the request" in refused(desk, NO_HOST, tmp_path)
    assert kubectl(desk, "-n", SPACE, "get", "certificate", "short", "--ignore-not-found") == ""


def test_an_external_secret_holds_the_vaults_value(desk: Desk) -> None:
    """Through Connect, as `op read` says it."""
    ready(desk, "externalsecret", "key")
    value = base64.b64decode(got(desk, "-n", SPACE, "secret", "key")["data"]["KEY"]).decode()
    assert value == inside(desk, "op read op://homelab-main/sonarr/API_KEY").strip()
    assert len(value) > 16


def test_a_load_balancer_gets_an_address(desk: Desk) -> None:
    """One of the nodes' network that is no node's."""
    until("an address", lambda: "ingress" in got(desk, "-n", SPACE, "service", "front")["status"]["loadBalancer"])
    [given] = got(desk, "-n", SPACE, "service", "front")["status"]["loadBalancer"]["ingress"]
    nodes = {each["address"] for node in got(desk, "nodes")["items"] for each in node["status"]["addresses"]}
    assert given["ip"].startswith("10.11.")
    assert given["ip"] not in nodes


def test_a_claim_binds(desk: Desk) -> None:
    """By the default class, to a volume of its own and of its size."""
    until("the claim", lambda: got(desk, "-n", SPACE, "pvc", "data")["status"].get("phase") == "Bound")
    claim = got(desk, "-n", SPACE, "pvc", "data")
    volume = got(desk, "pv", claim["spec"]["volumeName"])
    assert claim["spec"]["storageClassName"] == "rook-ceph-block"
    assert (volume["spec"]["claimRef"]["namespace"], volume["spec"]["capacity"]["storage"]) == (SPACE, "1Gi")
