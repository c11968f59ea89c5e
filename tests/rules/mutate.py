"""`python -m tests.rules.mutate [PART]`: break the product in a copy, once for each mutation, and see its test fail.

PART: the number of a rule, or a part of a mutation's words. Exit code 1 when one survived. Nothing here is changed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.rules.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parents[2]
LONGEST_S = 240.0
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache", "*.egg-info")
CAUGHT, SURVIVED, OUTDATED = "caught", "SURVIVED", "OUTDATED (its old text is not there exactly once)"


def main(wanted: str = "") -> int:
    """Print a line a mutation; 1 when a test did not notice one, or when tests fail without any."""
    chosen = [m for m in MUTATIONS if wanted in ("", str(m.rule)) or (not wanted.isdigit() and wanted in m.what)]
    tests = " or ".join(dict.fromkeys(mutation.test for mutation in chosen))
    if outcome(Mutation(0, "nothing is broken", tests, ())) != SURVIVED:
        print("these tests fail although nothing is broken: they prove nothing")
        return 1
    width = max((len(mutation.what) for mutation in chosen), default=0)
    outcomes: list[str] = []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for mutation, found in zip(chosen, pool.map(outcome, chosen), strict=True):
            outcomes.append(found)
            print(f"rule {mutation.rule:2}  {mutation.what:{width}}  {found}", flush=True)
    print(f"{len(chosen)} mutations, {outcomes.count(CAUGHT)} caught")
    return 0 if outcomes.count(CAUGHT) == len(chosen) else 1


def outcome(mutation: Mutation) -> str:
    """What the mutation's tests say to it."""
    with tempfile.TemporaryDirectory(prefix="mutated-") as folder:
        copy = Path(folder) / "repository"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        return _tested(copy, mutation) if _applied(copy, mutation) else OUTDATED


def _applied(copy: Path, mutation: Mutation) -> bool:
    for edit in mutation.edits:
        path = copy / edit.file
        text = path.read_text()
        if text.count(edit.old) != 1:
            return False
        path.write_text(text.replace(edit.old, edit.new))
    return True


def _tested(copy: Path, mutation: Mutation) -> str:
    words = ("-m", "pytest", "tests/rules", "-q", "-x", "-p", "no:cacheprovider", "-k", mutation.test)
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with _group(copy, (sys.executable, *words), environ) as process:
        try:
            said, _ = process.communicate(timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            return CAUGHT  # a wait without an end is noticed, too
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{mutation.what}: pytest ended with {process.returncode}\n{said}")
    return CAUGHT if process.returncode == 1 else SURVIVED


@contextmanager
def _group(copy: Path, argv: tuple[str, ...], environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(argv, cwd=copy, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
