"""What an API server answers when it cannot, and how a connection to it fails, as our taxonomy. Unknown is permanent.

Statuses and reasons as Kubernetes' API conventions give them ("Response Status Kind"); words as kube-apiserver prints
them (k8s.io/apimachinery pkg/api/errors, k8s.io/apiserver pkg/admission/plugin/webhook/errors).
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from edges.redaction import Redactor
from estate.kubernetes import Conflict, ObjectRef

_AGAIN = "then run the same command again"
_LONGEST = 600
_FETCH = f"delete the kubeconfig so that the next run fetches it anew, {_AGAIN}"


@dataclass(frozen=True, slots=True)
class Known:
    """statuses: HTTP, any when empty. words: any of them, in lower case, any when empty. means: may use what the
    pattern's groups found. next_action: "" means transient."""

    statuses: tuple[int, ...]
    words: tuple[str, ...]
    means: str
    next_action: str


KNOWN = (
    # a webhook that is not up yet, or whose CA was not injected yet: cert-manager#2908
    Known((), ("failed calling webhook",), "the webhook {webhook} cannot be asked yet", ""),
    Known((), ("denied the request",), "the webhook {webhook} denies it", f"correct the manifest, {_AGAIN}"),
    # the schema of server-side apply, which comes as a 500
    Known((), ("failed to create typed patch object", "failed to create manager for existing fields"),
          "the manifest does not fit the schema", f"correct the manifest, {_AGAIN}"),
    # a namespace on its way out takes nothing new, and comes again once it is gone
    Known((403,), ("because it is being terminated",), "its namespace is being deleted", ""),
    Known((403,), ("violates podsecurity",), "the namespace's pod-security level forbids it",
          f"raise the level on the tree's Namespace, or change the pod, {_AGAIN}"),
    Known((403,), ("exceeded quota",), "a quota is used up", f"raise the ResourceQuota, {_AGAIN}"),
    # while the API server starts, its own roles are not there yet
    Known((403,), ("not yet ready to handle request", "rbac.authorization.k8s.io \"", "no rbac policy matched"),
          "the API server does not know our rights yet", ""),
    Known((401,), (), "the API server does not accept our credentials", _FETCH),
    Known((403,), (), "the API server does not allow it", f"use the kubeconfig of an administrator: {_FETCH}"),
    Known((404,), ("namespaces \"",), "its namespace is not there", f"apply the namespace first, {_AGAIN}"),
    Known((404,), (), "the API server does not know what it is about",
          f"apply its CustomResourceDefinition or its namespace first, {_AGAIN}"),
    Known((409,), (), "it was changed by someone else at the same time", ""),
    Known((410,), (), "the list is too old to go on from", ""),
    Known((408, 425), (), "the API server took too long", ""),
    Known((413,), (), "it is larger than the API server takes", f"make the manifest smaller, {_AGAIN}"),
    Known((400, 415, 422), (), "the API server does not accept it", f"correct the manifest, {_AGAIN}"),
    Known((429,), (), "the API server asks to be asked less often", ""),
    # etcd has no leader, the server starts or stops, a proxy in front has nobody behind it
    Known((500, 502, 503, 504), (), "the API server is not well", ""),
)  # fmt: skip
"""First match wins."""

# OpenSSL's X509_V_ERR_*: what is wrong with the certificate that was shown, where the CA may still be the right one
_OUT_OF_TIME = (9, 10)
_OTHER_NAME = (62, 64)


def explained(
    error: Exception, doing: str, server: str, ref: ObjectRef | None = None, secrets: Iterable[Secret] = ()
) -> Transient | Permanent:
    """The error for whatever the client raised. doing: what was to be done, "apply ConfigMap default/one".

    secrets: values that were sent, and that the answer may quote.
    """
    status = getattr(error, "status", None)
    if isinstance(status, int) and status >= 100:
        answer = _answer(getattr(error, "body", None))
        headers = getattr(error, "headers", None) or {}
        return understood(status, answer, doing, str(headers.get("Retry-After", "")), ref, secrets)
    return unreachable(error, doing, server)


def understood(
    status: int,
    answer: Mapping[str, Any],
    doing: str,
    retry_after: str = "",
    ref: ObjectRef | None = None,
    secrets: Iterable[Secret] = (),
) -> Transient | Permanent:
    """The error for an HTTP status. answer: the Status object, or {"message": text}."""
    if ref is not None and (managers := conflicting(answer)):
        return Conflict(ref, ", ".join(managers))
    said = Redactor(secrets).text(str(answer.get("message", "")).strip())[:_LONGEST]
    known = entry(status, said)
    if known is None:
        return Permanent(
            f"could not {doing}: the API server answered {status} in a way that is not known: {said or 'no word'}",
            f"see what stands behind the endpoint, {_AGAIN}",
        )
    means = known.means.format(webhook=_webhook(said))
    sentence = f"could not {doing}: {means} ({status}{f': {said}' if said else ''})"
    if known.next_action:
        return Permanent(sentence, known.next_action)
    return Transient(sentence, _seconds(retry_after, answer))


def entry(status: int, said: str) -> Known | None:
    """The table's entry for an answer."""
    plain = said.lower()
    return next((each for each in KNOWN if _fits(each, status, plain)), None)


def conflicting(answer: Mapping[str, Any]) -> list[str]:
    """Names of the field managers that a server-side apply conflicts with."""
    causes = (answer.get("details") or {}).get("causes") or ()
    said = [str(cause.get("message", "")) for cause in causes if cause.get("reason") == "FieldManagerConflict"]
    return sorted({match[1] for text in said if (match := re.search(r'conflict with "([^"]+)"', text))})


def unreachable(error: BaseException, doing: str, server: str) -> Transient | Permanent:
    """The error for a connection that could not be made, or broke. Raised ones are looked through to their cause."""
    chain = list(_chain(error))
    for each in chain:
        if isinstance(each, ssl.SSLCertVerificationError):
            return _unproved(each, server)
    for each in chain:
        if (why := _why(each)) is not None:
            return Transient(f"could not {doing}: {server} {why}")
        if isinstance(each, socket.gaierror):
            return _nameless(each, doing, server)
    if any(isinstance(each, ssl.SSLError) for each in chain):
        return _broken_tls(chain, doing, server)
    if any(isinstance(each, OSError) or _of_urllib3(each) for each in chain):
        return Transient(f"could not {doing}: the connection to {server} failed: {chain[-1]}")
    return Permanent(
        f"could not {doing}: unexpected {type(error).__name__} from the client of {server}",
        "this is a defect of Firstlight or an answer that it does not know: see the run's log, then report it",
    )


def names(status: int, body: str) -> str:
    """What /readyz says against being ready, in a few words."""
    failed = re.findall(r"^\[-\](\S+) failed", body, re.MULTILINE)
    if failed:
        return f"not ready: {', '.join(failed)}"
    return f"answers {status}: {body.strip()[:120] or 'nothing'}"


def _fits(known: Known, status: int, said: str) -> bool:
    of_status = not known.statuses or status in known.statuses
    return of_status and (not known.words or any(words in said for words in known.words))


def _webhook(said: str) -> str:
    match = re.search(r'webhook "([^"]+)"', said)
    return match[1] if match else "(unnamed)"


def _answer(body: object) -> Mapping[str, Any]:
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"message": text}


def _seconds(retry_after: str, answer: Mapping[str, Any]) -> float | None:
    if retry_after.strip().isdigit():
        return float(retry_after)
    wait = (answer.get("details") or {}).get("retryAfterSeconds")
    return float(wait) if isinstance(wait, int | float) and wait > 0 else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and all that it came from: urllib3 keeps causes as `reason` and in args, the client as context."""
    seen: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        each = todo.pop(0)
        if isinstance(each, BaseException) and not any(each is known for known in seen):
            seen.append(each)
            todo += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
    return iter(seen)


def _unproved(error: ssl.SSLCertVerificationError, server: str) -> Permanent:
    if error.verify_code in _OUT_OF_TIME:
        return Permanent(
            f"the certificate of {server} is not valid at this time: {error.verify_message}",
            f"set this computer's clock and that of the node right, {_AGAIN}",
        )
    if error.verify_code in _OTHER_NAME:
        return Permanent(
            f"the certificate of {server} is for other names: {error.verify_message}",
            f"add the address to the API server's certSANs in the machine config, {_AGAIN}",
        )
    return Refused(
        f"what answers at {server} shows a certificate of another CA than the vault's: {error.verify_message}",
        "see what stands behind the endpoint; nothing was written to it",
    )


def _why(error: BaseException) -> str | None:
    """Why a connection failed that may succeed later; None for everything else."""
    name = type(error).__name__
    if isinstance(error, ConnectionRefusedError):
        return "refuses the connection"
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError | ssl.SSLEOFError):
        return "ended the connection"
    if isinstance(error, TimeoutError) or name in ("ConnectTimeoutError", "ReadTimeoutError"):
        return "does not answer in time"
    if name in ("IncompleteRead", "RemoteDisconnected"):
        return "ended the connection"
    return None


def _nameless(error: socket.gaierror, doing: str, server: str) -> Transient | Permanent:
    sentence = f"could not {doing}: the name in {server} has no address: {error.strerror}"
    if error.errno == socket.EAI_AGAIN:
        return Transient(sentence)
    return Permanent(sentence, f"let the name of the cluster's endpoint resolve on this computer, {_AGAIN}")


def _broken_tls(chain: Iterable[BaseException], doing: str, server: str) -> Transient | Permanent:
    said = next(str(each) for each in chain if isinstance(each, ssl.SSLError))
    if "ALERT" in said.upper():
        return Permanent(f"could not {doing}: {server} does not accept our certificate: {said}", _FETCH)
    if "WRONG_VERSION_NUMBER" in said or "HTTP_REQUEST" in said:
        return Permanent(
            f"could not {doing}: what answers at {server} does not speak TLS: {said}",
            f"see what stands behind the endpoint, {_AGAIN}",
        )
    return Transient(f"could not {doing}: the connection to {server} broke: {said}")


def _of_urllib3(error: BaseException) -> bool:
    return type(error).__module__.startswith("urllib3.")
