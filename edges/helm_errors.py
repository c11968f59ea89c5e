"""What helm and helmfile say when they fail, as our taxonomy. The exit code is always 1: only words tell.

The words are those of Helm 3.20 and 4.3 (helm.sh/helm, pkg/action, pkg/kube, pkg/registry), helmfile 1.8 and the API
server, seen in captured runs of both and in the threads that are named. First match wins; what is not listed is
permanent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bootstrap.errors import Permanent, Refused, Transient

_AGAIN = "then run the same command again"
_STDERR = re.compile(r"^STDERR:\n(?P<said>.*?)(?:\n\nCOMBINED OUTPUT:|\Z)", re.S | re.M)
_MANAGER = re.compile(r'conflicts? with "(?P<manager>[^"]+)"')
_TAIL = 900


@dataclass(frozen=True, slots=True)
class Known:
    """words: what they say, in lower case, any of them. sentence: what is true. next_action: "" means transient."""

    words: tuple[str, ...]
    sentence: str
    next_action: str = ""
    refused: bool = False
    delay_s: float | None = None


KNOWN = (
    # An unfinished revision of a killed run (helm/helm#10599, #8987): `repair` clears it before the next attempt.
    Known(("another operation (install/upgrade/rollback) is in progress",), "a revision of it was left unfinished"),
    # ---- admission: a webhook that does not answer yet (cert-manager/cert-manager#2908); one that says no is final
    Known(("failed calling webhook", "failed to call webhook"), "an admission webhook does not answer yet"),
    Known(
        ("denied the request",),
        "an admission webhook refuses what the chart applies",
        f"mend the release's values, {_AGAIN}",
    ),
    # ---- the API server. Another CA first: it comes inside of "cluster unreachable".
    Known(
        ("x509: certificate signed by unknown authority", "x509: certificate is valid for"),
        "what answers has another CA than expected",
        "see whether the endpoint, or the registry's name, leads where it should",
        refused=True,
    ),
    Known(
        ("the server has asked for the client to provide credentials", "you must be logged in to the server"),
        "the API does not accept the kubeconfig's credentials",
        f"delete the kubeconfig, so that the next run fetches it anew, {_AGAIN}",
        refused=True,
    ),
    Known(
        (
            "kubernetes cluster unreachable", "unable to connect to the server", "unable to handle the request",
            "apiserver not ready", "etcdserver:", "client connection lost", "http2: server sent goaway",
            "unexpected eof", "the object has been modified",
        ),
        "the API does not answer now",
    ),
    # ---- the registry. Its refusals before its silences: all of them name the pull.
    Known(
        ("toomanyrequests", "429", "too many requests", "rate limit"),
        "the registry has limited this address for now",
        delay_s=60.0,
    ),
    Known(
        ("response status code 401", "response status code 403", "denied: requested access", "failed to authorize"),
        "the registry does not let us have the chart",
        f"correct the chart's name in the helmfile, or make it public, {_AGAIN}",
    ),
    Known(
        ("response status code 404", "manifest unknown", "name unknown", ": not found"),
        "the registry has no such chart, or not in that version",
        f"correct chart and version in the helmfile, {_AGAIN}",
    ),
    Known(
        ('failed to perform "fetchreference"', 'failed to perform "fetch"', "failed to do request", "failed to copy",
         "no such host", "tls handshake timeout", "i/o timeout", "connection reset by peer", "connection refused",
         "network is unreachable", "no route to host", "response status code 5", "bad gateway", "temporary failure"),
        "the registry or the API could not be reached",
    ),
    # ---- the chart and its values
    Known(
        ("execution error at", "parse error at", "yaml parse error", "error calling", "nil pointer evaluating",
         "don't meet the specifications of the schema", "error converting yaml", "cannot unmarshal", "function \"",
         "error unmarshaling", "failed to render"),
        "the chart cannot be rendered with these values",
        f"mend the values of the release, {_AGAIN}",
    ),
    Known(
        ("values file matching", "no such file or directory"),
        "a file that the helmfile names is not there",
        f"correct the path in the helmfile, {_AGAIN}",
    ),
    Known(
        ("chart requires kubeversion", "incompatible with kubernetes"),
        "the chart does not support this version of Kubernetes",
        f"choose a version of the chart that does, {_AGAIN}",
    ),
    Known(
        ("repo charts not found", "no repo named", "chart not found", "chart.yaml file is missing",
         "chart metadata is missing"),
        "there is no such chart",
        f"correct the chart in the helmfile, {_AGAIN}",
    ),
    # Helm 4 takes plugins only (helm/helm#31340)
    Known(
        ("--post-renderer",),
        "the helmfile has a post-renderer that this version of Helm does not take",
        f"remove postRenderer from the helmfile, {_AGAIN}",
    ),
    Known(
        ("no releases found that matches specified selector", "unable to find release"),
        "the helmfile has no such release",
        f"correct the release's name or namespace in the helmfile, {_AGAIN}",
    ),
    # ---- what is in the cluster
    # CRDs are applied and served before; a new kind can take the API server a moment to list (kubernetes discovery)
    Known(("no matches for kind", "ensure crds are installed first"), "the API does not serve a kind of the chart yet"),
    Known(
        ("exists and cannot be imported into the current release",),
        "an object of it is there already and is not this release's",
        f"set `takeOwnership: true` for the release in the helmfile if it is to take the object over, {_AGAIN}",
    ),
    Known(
        ("field is immutable", "updates to statefulset spec for fields other than"),
        "an object is there whose fixed fields differ",
        "see what the object holds; deleting it lets the next run make it anew",
    ),
    Known(
        ("is forbidden",),
        "the API forbids what the chart applies",
        f"see which policy or quota of the namespace stands against it, {_AGAIN}",
    ),
    Known(
        ("timed out waiting for the condition", "context deadline exceeded", "client rate limiter wait returned"),
        "a hook of the chart, or the API, took too long",
    ),
    Known(
        ("backofflimitexceeded", "pre-install hooks failed", "post-install hooks failed", "pre-upgrade hooks failed",
         "post-upgrade hooks failed"),
        "a hook of the chart failed",
        f"see the logs of the hook's job, mend what they say, {_AGAIN}",
    ),
    Known(
        ("has no deployed releases",),
        "no revision of it was ever deployed",
        f"see `helm history`; remove what is left of the release by hand, {_AGAIN}",
    ),
)  # fmt: skip


def said_by_helm(stderr: str) -> str:
    """helm's own words out of helmfile's report of the whole command."""
    match = _STDERR.search(stderr)
    text = match["said"] if match else stderr
    lines = (line.strip().removeprefix("Error: ") for line in text.splitlines())
    return " ".join(dict.fromkeys(line for line in lines if line)).rstrip("]")[-_TAIL:]


def understood(stderr: str, release: str) -> Transient | Permanent:
    """The error for what was said (already redacted) about a release."""
    said = said_by_helm(stderr)
    plain = said.lower()
    if namespace := re.search(r'namespaces "([^"]+)" not found', said):
        return Permanent(
            f"release {release}: its namespace {namespace[1]} does not exist",
            f"add it to the tree's bootstrap/resources.yaml.j2, {_AGAIN}",
        )
    if managers := dict.fromkeys(match["manager"] for match in _MANAGER.finditer(said)):
        who = ", ".join(managers)
        return Permanent(
            f"release {release}: a field that it sets belongs to {who}: {said}",
            f"let {who} bring it there, or give the field up in the place that {who} reads, {_AGAIN}",
        )
    known = next((known for known in KNOWN if any(words in plain for words in known.words)), None)
    if known is None:
        return Permanent(
            f"release {release}: helm failed in a way that Firstlight does not know: {said or 'it said nothing'}",
            f"try the same by hand with `helmfile sync`, mend what it says, {_AGAIN}",
        )
    sentence = f"release {release}: {known.sentence}: {said}"
    if not known.next_action:
        return Transient(sentence, known.delay_s)
    return (Refused if known.refused else Permanent)(sentence, known.next_action)
