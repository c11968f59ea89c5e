"""A bare repository of the lab: what Flux finds at the inventory's URL, by the operator's own commits."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_DEADLINE_S = 120.0


class GitFailed(Exception):
    """git ended with an error; the text is what it said."""


@dataclass(frozen=True, slots=True)
class GitRepository:
    """folder: the bare repository. root: the operator's checkout, only read. branch: the one that Flux follows."""

    folder: Path
    root: Path
    branch: str

    async def publish(self, commit: str = "HEAD") -> str:
        """Let the branch be this commit of the checkout, made at first use. Returns its full name. Raises GitFailed."""
        if not (self.folder / "HEAD").exists():
            await self._create()
        found = await _git(self.root, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
        # hooks and settings of the operator are not for this push
        await _git(
            self.root, "-c", "core.hooksPath=/dev/null", "-c", "push.gpgSign=false", "-c", "push.recurseSubmodules=no",
            "push", "--quiet", "--force", "--no-verify", str(self.folder), f"{found}:refs/heads/{self.branch}",
        )  # fmt: skip
        return found

    async def _create(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        await _git(self.folder, "init", "--quiet", "--bare", "--template=", f"--initial-branch={self.branch}", ".")
        await _git(self.folder, "config", "receive.shallowUpdate", "true")  # a checkout of CI may be shallow
        await _git(self.folder, "config", "gc.auto", "0")
        await _git(self.folder, "config", "uploadpack.allowAnySHA1InWant", "true")  # as the large hosts do


def url_path(url: str) -> str:
    """The path of a repository's URL as it is served, without slashes around it and without .git.

    Raises ValueError for a URL that is not https: the lab speaks nothing else.
    """
    parts = urlsplit(url)
    if parts.scheme != "https":
        raise ValueError(f"the lab serves Git over https only, and the inventory's git.url is {url}")
    return parts.path.strip("/").removesuffix(".git")


async def _git(folder: Path, *words: str) -> str:
    """What git prints. Raises GitFailed."""
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"LC_ALL": "C"}
    process = await asyncio.create_subprocess_exec(
        "git", "-C", str(folder), *words, env=env,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_DEADLINE_S):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise GitFailed(f"git {words[0]} in {folder}: {err.decode(errors='replace').strip() or process.returncode}")
    return out.decode().strip()
