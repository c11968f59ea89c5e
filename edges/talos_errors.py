"""What talosctl says when it fails, as our taxonomy. It ends with exit code 1 for everything: only its words tell.

The words are those of Talos 1.11 (siderolabs/talos: internal/app/machined/internal/server/v1alpha1, internal/app/
maintenance, pkg/grpc/middleware/authz), of grpc-go ("rpc error: code = C desc = D") and of Go's crypto/x509 and
crypto/tls. First match wins; what is not listed is permanent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bootstrap.errors import Permanent, Refused, Transient

_AGAIN = "then run the same command again"
_CODE = re.compile(r"rpc error: code = (\w+)")
_WRAPPING = re.compile(
    r"(rpc error: code = \w+ desc = |error [\w ]+: |connection error: desc = |^\s*\* |1 error occurred:)", re.M
)
_TAIL = 600


@dataclass(frozen=True, slots=True)
class Known:
    """words: what it says, in lower case, any of them. codes: gRPC codes that it must carry, () for any.

    sentence: what is true. next_action: "" means transient. refused: a guard's no. delay_s: seconds to wait.
    """

    words: tuple[str, ...]
    sentence: str
    next_action: str = ""
    codes: tuple[str, ...] = ()
    refused: bool = False
    delay_s: float | None = None


FOREIGN = Known(
    # The client does not trust the machine. It comes with code Unavailable, as every failed handshake does, so it
    # stands before the network's errors. In maintenance mode the certificate is self-signed and says the same.
    (
        "certificate signed by unknown authority", "certificate is not trusted", "x509: certificate is valid for",
        "failed to verify certificate",
    ),
    "the machine trusts another CA than the vault's: it belongs to another cluster, or to none yet",
    "see what stands at that address; if it is to be taken over, reset it by hand first",
    refused=True,
)  # fmt: skip
UNKNOWN_TO_IT = Known(
    # The machine does not trust the client (crypto/tls alerts 42, 48, 116).
    ("tls: unknown certificate authority", "tls: bad certificate", "tls: certificate required"),
    "the machine does not accept the vault's client certificate: its CA is another one",
    "see what stands at that address, and whether the vault's Talos CA was replaced",
    refused=True,
)
ABSENT = Known(
    # Nobody listens, or the way there is broken; apid restarts between maintenance mode and the installed system.
    (
        "connection refused", "no route to host", "network is unreachable", "i/o timeout", "connection reset",
        "error reading from server: eof", "broken pipe", "handshake deadline", "host is down", "transport is closing",
        "use of closed network connection", "goaway", "error while dialing", "no such host",
    ),
    "it does not answer",
)  # fmt: skip

KNOWN = (
    FOREIGN,
    UNKNOWN_TO_IT,
    # A fingerprint that was pinned at the last look (siderolabs/crypto, x509.MatchSPKIFingerprints).
    Known(
        ("doesn't match the provided fingerprints",),
        "it was restarted since the last look, or is another machine: it is looked at again before anything is applied",
    ),
    # ---- Bootstrap (v1alpha1_server.go, Bootstrap)
    Known(
        ("etcd data directory is not empty",),
        "its etcd data directory is not empty: it is asked for its members, nothing is taken for granted",
    ),
    Known(("bootstrap is not available yet",), "it is not ready to begin etcd yet: its container runtime comes up"),
    Known(("bootstrap is not allowed during unattended install",), "it still installs Talos"),
    Known(
        ("time is not in sync yet",),
        "its clock is not in sync yet: it must reach the time servers of its machine config",
        delay_s=5.0,
    ),
    Known(
        ("etcd is not configured",),
        "its machine config has no etcd CA: it was rendered like a worker's",
        f"mend the template of the machine config, {_AGAIN}",
    ),
    # checkControlplane, and Bootstrap's own check of the machine type
    Known(
        ("only available on control plane nodes", "can only be performed on a control plane node",
         "is only available on control plane", "can't be generated on worker nodes"),
        "only a control plane can do that, and it is a worker",
        f"correct its role in the inventory, {_AGAIN}",
    ),
    Known(("machine type is not set",), "it has no machine config yet"),
    # ---- ApplyConfiguration
    Known(
        ("specified install disk does not exist", "no disk matched", "failed to find disk", "no matching disks"),
        "no disk of it is the install disk of its machine config",
        f"compare `talosctl get disks` with the inventory's install_disk, {_AGAIN}",
    ),
    Known(
        ("unknown keys found during decoding", "not registered"),
        "the Talos that it booted does not know all of its machine config: it is older than the config",
        "boot the installer image of the inventory's Talos version",
    ),
    Known(
        (
            "configuration validation failed", "failed to parse config", "error decoding",
            "doesn't contain v1alpha1 config",
        ),
        "it refuses the machine config",
        f"mend the template of the machine config, {_AGAIN}",
    ),
    Known(("is not supported in maintenance mode",), "it is in maintenance mode, which does not know that call"),
    Known(
        ("not implemented in maintenance mode", "api is not implemented in", "unknown service", "unknown method"),
        "it is in maintenance mode, or its Talos is too old to know that call",
    ),
    # ---- what it holds back from everybody while a sequence runs (v1alpha1_controller.go)
    Known(("locked", "sequence is already in progress"), "it is in the middle of another change"),
    # ---- authorization (authz.ErrNotAuthorized)
    Known(
        ("not authorized",),
        "the vault's client certificate has not the role that this call needs (os:admin)",
        f"give the talosconfig template a certificate with os:admin, {_AGAIN}",
        codes=("PermissionDenied",),
    ),
    Known(
        ("certificate has expired or is not yet valid",),
        "a certificate has run out, or one of the clocks is wrong",
        "compare the clocks of this computer and of the machine; renew the talosconfig if it has run out",
    ),
    # ---- etcd behind the API (pkg/etcd): no member to ask, or one that has no leader
    Known(
        (
            "failed to create etcd client", "error building etcd client", "no leader", "etcdserver:",
            "failed to query etcd",
        ),
        "its etcd does not answer yet",
    ),
    ABSENT,
    Known(("context deadline exceeded", "context canceled"), "it took too long to answer"),
)  # fmt: skip

_TRANSIENT_CODES = ("Unavailable", "DeadlineExceeded", "Canceled", "Aborted", "ResourceExhausted")
"""As grpc-go's documentation of codes says of them: the call may succeed when it is made again."""


def code_of(stderr: str) -> str:
    """The first gRPC code that is named, e.g. "Unavailable"; "" for none."""
    match = _CODE.search(stderr)
    return match[1] if match else ""


def is_about(known: Known, stderr: str) -> bool:
    """Whether talosctl's words are that entry's."""
    plain = stderr.lower()
    return any(words in plain for words in known.words) and (not known.codes or code_of(stderr) in known.codes)


def understood(stderr: str, where: str) -> Transient | Permanent:
    """The error for what talosctl said (already masked) of the machine `where`."""
    said = plainly(stderr)
    known = next((known for known in KNOWN if is_about(known, stderr)), None)
    if known is not None:
        sentence = f"{where}: {known.sentence} ({said})" if said else f"{where}: {known.sentence}"
        if not known.next_action:
            return Transient(sentence, known.delay_s)
        return (Refused if known.refused else Permanent)(sentence, known.next_action)
    if code_of(stderr) in _TRANSIENT_CODES:
        return Transient(f"{where} did not answer the call: {said}")
    return Permanent(
        f"{where} answered in a way that Firstlight does not know: {said or 'it said nothing'}",
        f"see `talosctl dmesg` and `talosctl service` of that machine, mend what they say, {_AGAIN}",
    )


def plainly(stderr: str) -> str:
    """What was said, on one line, without the wrapping that every call adds."""
    lines = (line.strip() for line in _WRAPPING.sub("", stderr).splitlines())
    kept = [line for line in lines if line and not line.startswith(("WARNING: ", "Usage:", "Flags:"))]
    return " ".join(dict.fromkeys(kept)).replace('"', "'")[:_TAIL]
