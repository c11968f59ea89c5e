"""A PostgreSQL image made from Debian's packages, for where no image can be pulled."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from filelock import FileLock

SUITE = "bookworm"
PACKAGES = "postgresql"
_LEFT_OUT = (
    "./var/cache/apt", "./var/lib/apt/lists", "./usr/share/doc", "./usr/share/man", "./usr/share/locale",
    "./var/lib/postgresql", "./dev", "./proc", "./sys",
)  # fmt: skip

ENTRY = """#!/bin/sh
# Takes the same POSTGRES_* variables as the image that one pulls.
set -eu
export PATH="$(echo /usr/lib/postgresql/*/bin):$PATH" PGDATA=/var/lib/postgresql/data
mkdir -p /run/postgresql "$PGDATA"
chown -R postgres /run/postgresql /var/lib/postgresql
echo "$POSTGRES_PASSWORD" > /run/password
chown postgres /run/password
setpriv --reuid postgres --regid postgres --clear-groups initdb --username "$POSTGRES_USER" --pwfile /run/password \\
  --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 > /dev/null
rm /run/password
echo "CREATE DATABASE \\"$POSTGRES_DB\\";" | setpriv --reuid postgres --regid postgres --clear-groups \\
  postgres --single -D "$PGDATA" postgres > /dev/null
echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
exec setpriv --reuid postgres --regid postgres --clear-groups "$@"
"""


def tag() -> str:
    """The image's name; it changes with the recipe."""
    recipe = "\n".join((SUITE, PACKAGES, ENTRY, *_LEFT_OUT))
    return f"firstlight-test/postgresql:{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


def missing() -> str:
    """What keeps this machine from building it; "" when nothing does, or when it was built before."""
    if _tarball().exists():
        return ""
    if os.geteuid() != 0:
        return "root (to build a PostgreSQL image) or a registry"
    return "" if shutil.which("debootstrap") else "debootstrap or a registry"


def built() -> Path:
    """The image's file system as one tar file, built at first use (about a minute) and kept in the user's cache.

    Raises RuntimeError with the end of debootstrap's output.
    """
    kept = _tarball()
    kept.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
                _build(Path(folder), kept)
    return kept


def _tarball() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "firstlight" / "test-images" / f"postgresql-{tag().partition(':')[2]}.tar"


def _build(folder: Path, kept: Path) -> None:
    root, fresh = folder / "root", folder / "image.tar"
    _run(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root), *_mirror()])
    entry = root / "usr/local/bin/start-postgresql"
    entry.write_text(ENTRY)
    entry.chmod(0o755)
    _run(["tar", "-C", str(root), *(f"--exclude={path}" for path in _LEFT_OUT), "-cf", str(fresh), "."])
    fresh.rename(kept)


def _mirror() -> list[str]:
    """The mirror that this machine's apt uses; debootstrap's own choice where that is not told."""
    wanted = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", f"Codename: {SUITE}"]
    try:
        answer = subprocess.run(wanted, capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return []
    return answer.stdout.split()[:1]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {(done.stdout + done.stderr)[-600:]}")
