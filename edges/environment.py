"""What a command may know of the operator's environment: an allow-list, so that no credential travels by accident."""

from __future__ import annotations

import os
from collections.abc import Mapping

from bootstrap.secret import Secret

ALLOWED = frozenset(
    {
        "PATH", "HOME", "USER", "LOGNAME", "SHELL",
        "LANG", "LANGUAGE", "TERM", "TZ", "TMPDIR",
        "SSL_CERT_FILE", "SSL_CERT_DIR",  # the lab's own CA, a company's CA
        "SSH_AUTH_SOCK",  # git over ssh
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    }
)  # fmt: skip
ALLOWED_BEGINNINGS = ("LC_", "XDG_")


def allowed(name: str) -> bool:
    """Whether a variable of the operator's environment reaches every command."""
    return name in ALLOWED or name.startswith(ALLOWED_BEGINNINGS)


def environment(extra: Mapping[str, Secret | str]) -> dict[str, str]:
    """The allowed part of the operator's environment, and what the caller adds. Secrets stand in it in the clear."""
    shown = {name: value.reveal() if isinstance(value, Secret) else value for name, value in extra.items()}
    return {name: value for name, value in os.environ.items() if allowed(name)} | shown
