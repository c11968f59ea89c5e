"""A checkout, its bare repository, and the lab's Git server on loopback with a web CA of its own."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lab.services.git_repository import GitRepository
from lab.services.git_server import GitServer
from lab.supervisor.web_ca import WebCa

SERVED = "example-homelab/homelab"


def run(at: Path, *words: str, env: Mapping[str, str] | None = None) -> str:
    """git, without the settings of whoever runs the tests. Raises CalledProcessError."""
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    own |= {
        f"GIT_{role}_{what}": "someone@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    argv = ["git", "-C", str(at), *words]
    environment = {**os.environ, **own, **(env or {})}
    ran = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout.strip()


async def elsewhere(at: Path, *words: str, env: Mapping[str, str] | None = None) -> str:
    """As `run`, while the loop serves."""
    return await asyncio.to_thread(run, at, *words, env=env)


class GitPlace:
    """Everything below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "checkout"
        self.root.mkdir()
        run(self.root, "init", "-q", "-b", "work")
        self.first = self.commit("a.yaml")
        self.repository = GitRepository(folder / "data" / "homelab.git", self.root, "main")
        self.ca = folder / "ca.crt"
        certificate = WebCa(self.ca, folder / "leaves").leaf(["localhost"], ["127.0.0.1"])
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.server = GitServer(certificate, {SERVED: self.repository.folder}, address="127.0.0.1", port=port)
        self.url = f"https://localhost:{port}/{SERVED}"
        self.trusting = {"GIT_SSL_CAINFO": str(self.ca)}

    def commit(self, name: str) -> str:
        (self.root / name).write_text(f"{name}\n")
        run(self.root, "add", "-A")
        run(self.root, "commit", "-q", "-m", f"Add {name}")
        return run(self.root, "rev-parse", "HEAD")
