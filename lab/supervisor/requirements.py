"""What the machine must give for a private internet; said in plain words when it does not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from bootstrap.errors import Permanent
from lab.namespace import own_processes, private_internet

PACKAGES = {
    "unshare": "util-linux", "nsenter": "util-linux", "setpriv": "util-linux", "mount": "mount", "ip": "iproute2",
}  # fmt: skip
_TRY_S = 20.0


class NoPrivateInternet(Permanent):
    """This machine cannot hold a lab."""


def require_private_internet(ranges: Sequence[str]) -> None:
    """Raises NoPrivateInternet: not Linux, a program is missing, or namespaces are not allowed."""
    if not sys.platform.startswith("linux"):
        raise NoPrivateInternet("the lab needs Linux's namespaces", "run it in a Linux virtual machine")
    if missing := [name for name in PACKAGES if shutil.which(name) is None]:
        packages = " ".join(sorted({PACKAGES[name] for name in missing}))
        raise NoPrivateInternet(
            f"the lab needs {', '.join(missing)}, which are not on PATH",
            f"install them (Debian: apt install {packages})",
        )
    if said := _tried(ranges):
        raise NoPrivateInternet(f"this machine gives no private network: {said}", _remedy())


def _tried(ranges: Sequence[str]) -> str:
    """What stands against it; "" when a private internet was made, and ended."""
    try:
        argv = private_internet(own_processes(("true",)), ranges)
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_TRY_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else done.stderr.strip() or f"exit code {done.returncode}"


def _remedy() -> str:
    if os.geteuid() == 0:
        return "give this container the right to make namespaces (docker run --privileged), or use a virtual machine"
    return (
        "allow user namespaces (sysctl user.max_user_namespaces above 0; on Debian kernel.unprivileged_userns_clone=1; "
        "on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0), or run it as root"
    )
