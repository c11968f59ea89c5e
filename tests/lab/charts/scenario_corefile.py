"""Inside a private internet: the real CoreDNS starts with a Corefile, as it would in a pod.

Arguments: coredns, the Corefile. Ends with 0 once it is healthy and listens for UDP and TCP; else with what it said.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_LIMIT_S = 40.0
_QUERY = bytes.fromhex("0001010000010000000000000a6b756265726e6574657307696e76616c69640000010001")


def main(coredns: str, corefile: str) -> int:
    # the plugin kubernetes takes a pod's own account, and waits for no API before it serves
    subprocess.run(("mount", "-t", "tmpfs", "tmpfs", str(_ACCOUNT.parents[3].resolve())), check=True)
    _ACCOUNT.mkdir(parents=True)
    (_ACCOUNT / "token").write_text("none")
    env = {**os.environ, "KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "1"}
    process = subprocess.Popen((coredns, "-conf", corefile), env=env)
    try:
        end = time.monotonic() + _LIMIT_S
        while process.poll() is None and time.monotonic() < end:
            if _healthy() and _answers_udp() and _listens_tcp():
                return 0
            time.sleep(0.2)
        return process.poll() or 1
    finally:
        process.kill()
        process.wait()


def _healthy() -> bool:
    try:
        with urllib.request.urlopen("http://127.0.0.1:8080/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _answers_udp() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.settimeout(6)
        asked.sendto(_QUERY, ("127.0.0.1", 53))
        try:
            return asked.recv(512)[:2] == _QUERY[:2]
        except OSError:
            return False


def _listens_tcp() -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", 53)) == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
