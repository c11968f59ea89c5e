"""What an API server says when it cannot, and how connections fail: every entry of the table, and the unknown."""

from __future__ import annotations

import json
import socket
import ssl
from typing import Any

import pytest
from urllib3.exceptions import IncompleteRead, MaxRetryError, ProtocolError, ReadTimeoutError

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from edges.kubernetes_errors import KNOWN, entry, explained, names, understood, unreachable
from estate.kubernetes import Conflict, Kind, ObjectRef

SERVER = "https://10.11.0.10:6443"
REF = ObjectRef(Kind("v1", "ConfigMap"), "one", "default")
WEBHOOK = (
    'Internal error occurred: failed calling webhook "webhook.cert-manager.io": failed to call webhook: Post '
    '"https://cert-manager-webhook.cert-manager.svc:443/validate?timeout=30s": x509: certificate signed by unknown'
)
ANSWERS: list[tuple[int, str, type[Exception], str]] = [
    (500, WEBHOOK, Transient, "the webhook webhook.cert-manager.io cannot be asked yet"),
    (400, 'admission webhook "policy.example" denied the request: no', Permanent, "policy.example denies it"),
    (500, "failed to create typed patch object (default/x): .specc: field not declared", Permanent, "fit the schema"),
    (403, 'configmaps "x" is forbidden: unable to create new content in namespace a because it is being terminated',
     Transient, "namespace is being deleted"),
    (403, 'pods "x" is forbidden: violates PodSecurity "baseline:latest": privileged', Permanent, "pod-security level"),
    (403, "exceeded quota: small, requested: pods=1", Permanent, "quota"),
    (403, "not yet ready to handle request", Transient, "our rights yet"),
    (401, "Unauthorized", Permanent, "does not accept our credentials"),
    (403, 'nodes is forbidden: User "x" cannot list resource "nodes"', Permanent, "does not allow it"),
    (404, 'namespaces "nowhere" not found', Permanent, "namespace is not there"),
    (404, "the server could not find the requested resource", Permanent, "does not know"),
    (409, "the object has been modified; please apply your changes to the latest version", Transient, "someone else"),
    (410, "too old resource version: 1 (9)", Transient, "too old"),
    (408, "", Transient, "took too long"),
    (413, "Request entity too large: limit is 3145728", Permanent, "larger than"),
    (400, "error decoding patch", Permanent, "does not accept it"),
    (415, "the body of the request was in an unknown format", Permanent, "does not accept it"),
    (422, 'ConfigMap "x" is invalid: metadata.labels', Permanent, "does not accept it"),
    (429, "too many requests", Transient, "less often"),
    (500, "etcdserver: leader changed", Transient, "not well"),
    (502, "Bad Gateway", Transient, "not well"),
    (503, "apiserver is shutting down", Transient, "not well"),
    (504, "Timeout: request did not complete within the allotted timeout", Transient, "not well"),
    (418, "short and stout", Permanent, "not known: short and stout"),
    (302, "", Permanent, "answered 302 in a way that is not known: no word"),
]  # fmt: skip


def status_of(code: int, message: str, **more: Any) -> dict[str, Any]:
    return {"kind": "Status", "code": code, "message": message, **more}


@pytest.mark.parametrize(("status", "message", "kind", "words"), ANSWERS, ids=lambda each: str(each)[:30])
def test_answers_become_our_taxonomy(status: int, message: str, kind: type[Exception], words: str) -> None:
    """One sentence that says what was to be done and what is true; what cannot heal has a next action."""
    error = understood(status, status_of(status, message), "apply ConfigMap default/one")
    assert type(error) is kind
    assert words in error.sentence
    assert "apply ConfigMap default/one" in error.sentence
    if isinstance(error, Permanent):
        assert error.next_action


def test_every_entry_of_the_table_is_met_by_an_answer() -> None:
    """An entry that nothing reaches stands behind a wider one, or is spelled wrong."""
    met = {id(entry(status, message)) for status, message, *_ in ANSWERS}
    assert [each.means for each in KNOWN if id(each) not in met] == []


@pytest.mark.parametrize(
    ("header", "details", "delay"),
    [("7", {}, 7.0), ("", {"retryAfterSeconds": 3}, 3.0), ("7", {"retryAfterSeconds": 3}, 7.0), ("", {}, None),
     ("Wed, 21 Oct 2026 07:28:00 GMT", {}, None)],
)  # fmt: skip
def test_a_wait_that_the_server_asks_for_is_kept(header: str, details: dict[str, int], delay: float | None) -> None:
    """By the header, else by the Status object."""
    error = understood(429, status_of(429, "slow down", details=details), "list Pods", header)
    assert isinstance(error, Transient)
    assert error.delay_s == delay


def test_a_conflict_names_the_managers() -> None:
    """Of a server-side apply; another 409 is none."""
    causes = [
        {"reason": "FieldManagerConflict", "message": 'conflict with "kustomize-controller" using v1', "field": ".a"},
        {"reason": "FieldManagerConflict", "message": 'conflict with "helm-controller" with subresource "x"'},
        {"reason": "FieldManagerConflict", "message": 'conflict with "kustomize-controller" using v1', "field": ".b"},
    ]
    error = understood(409, status_of(409, "Apply failed", details={"causes": causes}), "apply it", ref=REF)
    assert isinstance(error, Conflict)
    assert error.manager == "helm-controller, kustomize-controller"
    assert not isinstance(understood(409, status_of(409, "AlreadyExists"), "apply it", ref=REF), Conflict)


def test_an_answer_that_quotes_a_secret_is_redacted() -> None:
    """In the spelling that it was sent in, and in base64."""
    error = understood(422, status_of(422, 'Invalid value: "canary-4711" Y2FuYXJ5LTQ3MTE='), "apply it",
                       secrets=[Secret("canary-4711")])  # fmt: skip
    assert "canary" not in error.sentence
    assert "Y2FuYXJ5" not in error.sentence


class Answered(Exception):
    """As the client raises for an HTTP status."""

    def __init__(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        super().__init__("with everything that was sent")
        self.status, self.body, self.headers = status, body, headers


@pytest.mark.parametrize(
    ("body", "words"),
    [(json.dumps(status_of(403, "no entry")), "no entry"), (b'{"message": "no entry"}', "no entry"),
     ("404 page not found", "404 page not found"), ("[1]", "[1]"), (None, "does not allow it")],
)  # fmt: skip
def test_bodies_of_any_shape_are_understood(body: object, words: str) -> None:
    """A Status object, a proxy's plain text, nothing."""
    error = explained(Answered(403, body), "read it", SERVER)
    assert isinstance(error, Permanent)
    assert words in error.sentence
    assert "everything that was sent" not in error.sentence


def test_retry_after_comes_from_the_headers() -> None:
    """As the client hands them over."""
    error = explained(Answered(429, "{}", {"Retry-After": "5"}), "read it", SERVER)
    assert isinstance(error, Transient)
    assert error.delay_s == 5.0


def verification(code: int, message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, f"certificate verify failed: {message}")
    error.verify_code, error.verify_message = code, message
    return error


def caused(outer: BaseException, inner: BaseException) -> BaseException:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), Transient, "refuses the connection"),
        (ConnectionResetError(104, "reset"), Transient, "ended the connection"),
        (BrokenPipeError(32, "pipe"), Transient, "ended the connection"),
        (ssl.SSLEOFError(8, "EOF occurred"), Transient, "ended the connection"),
        (TimeoutError("timed out"), Transient, "does not answer in time"),
        (ReadTimeoutError(None, "/", "Read timed out."), Transient, "does not answer in time"),  # type: ignore[arg-type]
        (ProtocolError("broken", ConnectionResetError(104, "reset")), Transient, "ended the connection"),
        (IncompleteRead(1, 2), Transient, "ended the connection"),
        (OSError(113, "No route to host"), Transient, "No route to host"),
        (OSError(101, "Network is unreachable"), Transient, "Network is unreachable"),
        (ProtocolError("odd"), Transient, "failed: odd"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), Transient, "has no address"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), Permanent, "has no address"),
        (verification(19, "self-signed certificate in certificate chain"), Refused, "another CA than the vault's"),
        (verification(20, "unable to get local issuer certificate"), Refused, "another CA than the vault's"),
        (verification(7, "certificate signature failure"), Refused, "another CA than the vault's"),
        (verification(10, "certificate has expired"), Permanent, "not valid at this time"),
        (verification(9, "certificate is not yet valid"), Permanent, "not valid at this time"),
        (verification(62, "Hostname mismatch"), Permanent, "for other names"),
        (verification(64, "IP address mismatch"), Permanent, "for other names"),
        (ssl.SSLError(1, "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert"), Permanent, "does not accept our certificate"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), Permanent, "does not speak TLS"),
        (ssl.SSLError(1, "[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC]"), Transient, "broke"),
    ],
    ids=lambda each: repr(each)[:40],
)
def test_broken_connections_become_our_taxonomy(error: Exception, kind: type[Exception], words: str) -> None:
    """By themselves, and wrapped as the HTTP client and the official client wrap them."""
    wrapped = caused(Exception("status 0"), MaxRetryError(None, "/", error))  # type: ignore[arg-type]
    for each in (error, wrapped):
        found = unreachable(each, "list Pods", SERVER)
        assert type(found) is kind
        assert words in found.sentence


def test_anything_else_is_permanent() -> None:
    """A defect, or an answer that is no JSON: it is named, and not waited for."""
    found = unreachable(ValueError("what is this"), "list Pods", SERVER)
    assert type(found) is Permanent
    assert "unexpected ValueError" in found.sentence


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [(500, "[+]ping ok\n[-]etcd failed: reason withheld\n[-]poststarthook/rbac failed: not finished\nreadyz check",
      "not ready: etcd, poststarthook/rbac"),
     (401, "Unauthorized\n", "answers 401: Unauthorized"), (503, "", "answers 503: nothing")],
)  # fmt: skip
def test_what_readyz_says(status: int, body: str, said: str) -> None:
    """The checks that fail by name, else the answer itself."""
    assert names(status, body) == said
