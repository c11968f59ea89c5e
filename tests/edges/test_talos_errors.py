"""What talosctl says when it fails, and what that means: the words were captured from it, or stand in Talos' source."""

from __future__ import annotations

import pytest

from bootstrap.errors import Permanent, Refused, Transient
from edges.talos_errors import code_of, plainly, understood

WHERE = "k8s-1 (10.11.0.11)"
RPC = "rpc error: code = {} desc = {}\n"
DIALING = 'connection error: desc = "transport: Error while dialing: dial tcp 10.11.0.11:50000: connect: {}"'
HANDSHAKE = 'connection error: desc = "transport: authentication handshake failed: {}"'


def rpc(code: str, said: str, lead: str = "") -> str:
    return lead + RPC.format(code, said)


TRANSIENT = {
    "refused": rpc("Unavailable", DIALING.format("connection refused"), "error getting version: "),
    "no route": rpc("Unavailable", DIALING.format("no route to host")),
    "black hole": rpc("Unavailable", DIALING.format("i/o timeout")),
    "reboot": rpc("Unavailable", "error reading from server: EOF"),
    "too slow": rpc("DeadlineExceeded", "context deadline exceeded"),
    "unavailable in new words": rpc("Unavailable", "the moon is in the way"),
    "runtime": rpc("FailedPrecondition", "bootstrap is not available yet", "error executing bootstrap: "),
    "clock": rpc("FailedPrecondition", "time is not in sync yet", "error executing bootstrap: "),
    "begun": rpc("AlreadyExists", "etcd data directory is not empty", "error executing bootstrap: "),
    "installing": rpc("FailedPrecondition", "bootstrap is not allowed during unattended install"),
    "no config": rpc("Unimplemented", "machine type is not set"),
    "maintenance": rpc("Unimplemented", "API is not implemented in maintenance mode"),
    "locked": rpc("FailedPrecondition", "locked"),
    "no member": rpc("Unknown", "failed to create etcd client: error building etcd client: context deadline exceeded"),
    "no leader": rpc("Unavailable", "etcdserver: no leader"),
    "other boot": rpc("Unavailable", HANDSHAKE.format("leaf peer certificate doesn't match the provided fingerprints")),
}
PERMANENT = {
    "no etcd CA": rpc("InvalidArgument", "etcd is not configured"),
    "worker": rpc("FailedPrecondition", "bootstrap can only be performed on a control plane node"),
    "worker's etcd": rpc("Unimplemented", "member list is only available on control plane nodes"),
    "disk": rpc("InvalidArgument", "configuration validation failed: specified install disk does not exist: /dev/sda"),
    "old image": rpc("Unknown", "failed to parse config: unknown keys found during decoding:\nmachine:\n    a: "),
    "config": rpc("InvalidArgument", "configuration validation failed: 1 error occurred:\n\t* no endpoint"),
    "role": rpc("PermissionDenied", "not authorized"),
    "clock of a certificate": rpc("Unavailable", HANDSHAKE.format("x509: certificate has expired or is not yet valid")),
    "unknown": "panic: runtime error\n",
    "silence": "",
}
REFUSED = {
    "foreign": rpc(
        "Unavailable",
        HANDSHAKE.format("tls: failed to verify certificate: x509: certificate signed by unknown authority"),
    ),
    "foreign to it": rpc("Unavailable", HANDSHAKE.format("remote error: tls: unknown certificate authority")),
    "wants a certificate": rpc(
        "Unavailable",
        'connection error: desc = "error reading server preface: remote error: tls: certificate required"',
    ),
}


@pytest.mark.parametrize("said", TRANSIENT.values(), ids=TRANSIENT)
def test_what_may_heal_is_transient(said: str) -> None:
    """It is tried again, and the sentence names the machine."""
    error = understood(said, WHERE)
    assert isinstance(error, Transient)
    assert error.sentence.startswith(WHERE)


@pytest.mark.parametrize("said", PERMANENT.values(), ids=PERMANENT)
def test_what_needs_the_operator_is_permanent(said: str) -> None:
    """What is not known is, too; all of it says what to do next."""
    error = understood(said, WHERE)
    assert type(error) is Permanent
    assert error.sentence.startswith(WHERE)
    assert error.next_action


@pytest.mark.parametrize("said", REFUSED.values(), ids=REFUSED)
def test_a_machine_of_another_cluster_is_refused(said: str) -> None:
    """A failed handshake has the code of a broken network: it is not taken for one."""
    assert type(understood(said, WHERE)) is Refused


def test_the_clock_is_waited_for() -> None:
    """Talos itself waits five seconds for it: it is asked again not sooner."""
    error = understood(TRANSIENT["clock"], WHERE)
    assert isinstance(error, Transient)
    assert error.delay_s == 5.0


def test_a_sentence_is_one_line_without_the_wrapping() -> None:
    """What was said can be read: no gRPC words, no list marks, no line twice."""
    said = rpc("InvalidArgument", "configuration validation failed: 1 error occurred:\n\t* no endpoint\n\n")
    assert plainly(said) == "configuration validation failed: no endpoint"
    assert code_of(said) == "InvalidArgument"
    assert code_of("panic") == ""
