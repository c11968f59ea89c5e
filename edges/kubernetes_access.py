"""What a kubeconfig says, read in memory: whom to ask, whom to trust, and with which credentials.

Read by ourselves, as the official loader writes certificates and keys into files in the temporary folder. OpenSSL takes
a client's key by path only: it gets the path of a pipe, so that the key never is a file (rule 5).
"""

from __future__ import annotations

import base64
import binascii
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import yaml

from bootstrap.errors import Permanent, Refused
from bootstrap.secret import Secret
from estate.kubernetes import ClusterIdentity
from steps.identity import fingerprint

_FETCH = "delete the file: the next run fetches it anew"


@dataclass(frozen=True, slots=True)
class Access:
    """server: URL without a trailing slash. server_name: name that its certificate must have, "" for the URL's own.

    ca: DER of the one certificate that is trusted. certificate, key: PEM. token: of a bearer. Either of both is there.
    """

    server: str
    server_name: str
    ca: bytes
    certificate: str
    key: Secret | None
    token: Secret | None


def access_of(kubeconfig: Secret, identity: ClusterIdentity) -> Access:
    """The current context's access. Raises Refused for another CA than the identity's, Permanent for what is no use."""
    document = _document(kubeconfig)
    context = _named(document, "context", str(document.get("current-context") or ""))
    cluster = _named(document, "cluster", str(context.get("cluster", "")))
    user = _named(document, "user", str(context.get("user", "")))
    ca = str(cluster.get("certificate-authority-data") or "")
    if not ca:
        raise Permanent("the kubeconfig carries no CA", _FETCH)
    if fingerprint(ca, "the CA of the kubeconfig") != identity.ca_fingerprint:
        raise Refused(
            "the CA of the kubeconfig is not the vault's for this cluster",
            "it is the kubeconfig of another cluster, or of an earlier PKI: move it away, then run again",
        )
    server = str(cluster.get("server") or "").rstrip("/")
    if not server.startswith("https://"):
        raise Permanent(f"the kubeconfig's server is {server or 'not given'}; expected an https:// address", _FETCH)
    key, token = user.get("client-key-data"), user.get("token")
    certificate = user.get("client-certificate-data")
    if not token and not (key and certificate):
        raise Permanent(
            "the kubeconfig's user has neither a client certificate with its key nor a token",
            f"logins by plugin or by files beside it are not used; {_FETCH}",
        )
    return Access(
        server=server,
        server_name=str(cluster.get("tls-server-name") or ""),
        ca=first_certificate(_decoded(ca)),
        certificate=_decoded(certificate) if key and certificate else "",
        key=Secret(_decoded(key)) if key and certificate else None,
        token=Secret(str(token)) if token else None,
    )


def tls(access: Access) -> ssl.SSLContext:
    """A context that trusts the identity's CA alone: every handshake proves who answers. Raises Permanent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata=access.ca)
    if access.key is not None:
        try:
            with ExitStack() as pipes:
                certificate = pipes.enter_context(_pipe(access.certificate))
                context.load_cert_chain(certificate, pipes.enter_context(_pipe(access.key.reveal())))
        except (ssl.SSLError, OSError):
            failed = True
        else:
            failed = False
        if failed:
            raise Permanent("the client certificate of the kubeconfig and its key cannot be used together", _FETCH)
    return context


def first_certificate(pem: str) -> bytes:
    """DER of the first certificate: the one that the fingerprint is of, and no other of a bundle."""
    begin = pem.index("-----BEGIN CERTIFICATE-----")
    end = "-----END CERTIFICATE-----"
    return ssl.PEM_cert_to_DER_cert(pem[begin : pem.index(end, begin) + len(end)])


@contextmanager
def _pipe(text: str) -> Iterator[str]:
    """A path that can be read once and holds `text`."""
    reading, writing = os.pipe()
    try:
        os.set_blocking(writing, False)  # what does not fit into the pipe is an error, not a hang
        if os.write(writing, text.encode()) != len(text.encode()):
            raise OSError("the text does not fit into a pipe")
        os.close(writing)
        writing = -1
        yield f"/dev/fd/{reading}"
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)


def _document(kubeconfig: Secret) -> Mapping[str, Any]:
    try:
        document = yaml.load(kubeconfig.reveal(), yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):  # their words quote the file
        document = None
    if not isinstance(document, dict):
        raise Permanent("the kubeconfig is no YAML mapping", _FETCH)
    return document


def _named(document: Mapping[str, Any], what: str, name: str) -> Mapping[str, Any]:
    listed = document.get(f"{what}s")
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and entry.get("name") == name and isinstance(entry.get(what), dict):
            return dict(entry[what])
    raise Permanent(f"the kubeconfig has no {what} {name!r}", _FETCH)


def _decoded(value: object) -> str:
    try:
        return base64.b64decode(str(value), validate=True).decode()
    except (binascii.Error, ValueError):
        pass
    raise Permanent("the kubeconfig has certificate data that is not base64 of PEM", _FETCH)
