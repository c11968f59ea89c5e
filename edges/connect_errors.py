"""What a 1Password Connect server answers when it cannot, as our taxonomy.

Statuses as its API reference names them (401, 403, 404); 429 and 5xx come from its sync and from proxies before it.
"""

from __future__ import annotations

from bootstrap.errors import Permanent, Transient

_AGAIN = "then run the same command again"
_NEXT = {
    400: f"correct the reference, or give the ids in it, {_AGAIN}",
    401: f"set OP_CONNECT_TOKEN to a valid token of this Connect server, {_AGAIN}",
    403: f"give the token access to the vault, or set another OP_CONNECT_TOKEN, {_AGAIN}",
    404: f"correct the Connect URL in the inventory (it ends before /v1), {_AGAIN}",
}
_MEANS = {
    400: "does not understand the question",
    401: "refuses the token in OP_CONNECT_TOKEN",
    403: "does not let this token read that",
    404: "does not know",
}


def understood(status: int, what: str, retry_after: str = "") -> Transient | Permanent:
    """The error for an HTTP status. what: the path that was asked for. retry_after: that header, seconds."""
    if status == 429:
        return Transient(f"Connect asks to be asked less often ({what})", delay_s=_seconds(retry_after))
    if status >= 500 or status == 408:
        return Transient(f"Connect answered {status} for {what}: it or its sync is not well", _seconds(retry_after))
    if 300 <= status < 400:
        return Permanent(
            f"Connect's address answers with a redirect ({status}), and a token is not sent on",
            f"write the address that it leads to into the inventory, {_AGAIN}",
        )
    return Permanent(
        f"Connect {_MEANS.get(status, 'refuses')} ({status} for {what})",
        _NEXT.get(status, f"see the Connect server's log, {_AGAIN}"),
    )


def unreachable(said: str) -> Transient | Permanent:
    """The error for a connection that could not be made, or broke."""
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return Permanent(
            f"the certificate of the Connect server is not trusted: {said}",
            f"put its CA into a file and set SSL_CERT_FILE to it, {_AGAIN}",
        )
    return Transient(f"Connect could not be reached: {said}")


def _seconds(retry_after: str) -> float | None:
    """Only the form in seconds; a date is left to the policy's own delay."""
    return float(retry_after) if retry_after.strip().isdigit() else None
