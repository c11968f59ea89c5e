"""Bad input, as commands: the place, what was expected and what to do, an exit code, no traceback, nothing written."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands.desk import LONGEST_S, MAIN, REPOSITORY, Desk, typed

Break = Callable[[Path], object]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Another repository of this layout, to be broken."""
    folder = tmp_path / "repository"
    shutil.copytree(
        REPOSITORY / "inventory", folder / "inventory", ignore=shutil.ignore_patterns("*.py", "__pycache__")
    )
    shutil.copytree(REPOSITORY / "kubernetes", folder / "kubernetes")
    shutil.copy(REPOSITORY / ".minijinja.toml", folder)
    return folder


def _replaced(file: str, old: str, new: str) -> Break:
    def apply(root: Path) -> None:
        text = (root / file).read_text()
        assert old in text
        (root / file).write_text(text.replace(old, new, 1))

    return apply


def _appended(file: str, text: str) -> Break:
    return lambda root: (root / file).write_text((root / file).read_text() + text)


INVENTORY, RESOURCES = "inventory/main.yaml", "kubernetes/main/bootstrap/resources.yaml.j2"
SEED = "op://homelab-main/cluster-secrets/SECRET_DOMAIN"
FILES: dict[str, tuple[Break, tuple[str, ...]]] = {
    "broken YAML": (_appended(INVENTORY, "nodes: [\n"), (INVENTORY + ":", "expected")),
    "unknown key": (_replaced(INVENTORY, "protected:", "protcted:"), (f"{INVENTORY}:5", "protcted", "protected")),
    "duplicate address": (_replaced(INVENTORY, "10.11.0.12", "10.11.0.11"), (INVENTORY, "10.11.0.11", "expected")),
    "overlap": (
        _replaced("inventory/staging.yaml", "kubernetes/staging", "kubernetes/main"),
        (f"{INVENTORY}:6", "inventory/staging.yaml", "kubernetes/main"),
    ),
    "missing template": (
        lambda root: (root / "kubernetes/main/talos/nodes/k8s-3.yaml.j2").unlink(),
        ("kubernetes/main/talos/nodes/k8s-3.yaml.j2", "expected"),
    ),
    "undefined variable": (_appended(RESOURCES, "\nname: '#{ nowhere }#'\n"), (f"{RESOURCES}:", "nowhere", "expected")),
    "wrong reference": (
        _replaced(RESOURCES, SEED, "op://homelab-main/SECRET_DOMAIN"),
        (f"{RESOURCES}:", "op://homelab-main/SECRET_DOMAIN", "op://vault/item/"),
    ),
    "no repository": (lambda root: shutil.rmtree(root / "inventory"), ("--root", "inventory", "expected")),
    "no tree": (lambda root: shutil.rmtree(root / "kubernetes"), ("kubernetes/main", "expected")),
}  # fmt: skip
"""Name -> how the repository is broken, what the error must name."""


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_is_named_with_its_line(desk: Desk, root: Path, name: str) -> None:
    """Exit code 1, file and line, what was expected; no state folder is made."""
    breaks, words = FILES[name]
    breaks(root)
    ended = desk.run("bootstrap", *MAIN, "--root", str(root))
    assert (ended.code, ended.out) == (1, ""), ended.end_of_it
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    assert [word for word in words if word not in ended.err] == [], ended.err
    assert not desk.state.exists()


CONTROL_PLANE = ("--without", "k8s-1", "--without", "k8s-2")
FLAGS: dict[str, tuple[tuple[str, ...], int, tuple[str, ...]]] = {
    "no cluster": (("--estate", "rehearsal"), 1, ("--cluster", "no cluster was named", "inventory/")),
    "unknown cluster": (("--cluster", "mian", "--estate", "rehearsal"), 1, ("'mian'", "main, staging", "did you mean")),
    "no estate": (("--cluster", "main"), 1, ("--estate", "no estate was named", "expected lab or rehearsal")),
    "real": (("--cluster", "main", "--estate", "real"), 1, ("--estate", "'real' is not there yet", "rehearsal")),
    "lab's journal": (
        ("--cluster", "main", "--estate", "lab", "--journal", "postgresql://me:SECRET@127.0.0.1:9/base"),
        1, ("--journal", "the lab", "a file's path"),
    ),
    "unknown estate": (("--cluster", "main", "--estate", "moon"), 1, ("--estate", "'moon'", "rehearsal")),
    "unknown steps and node": (
        (*MAIN, *(word for flag in ("--only", "--from", "--until", "--skip") for word in (flag, "cillium")),
         "--accept", "cillium=tired", "--node", "k8s-9"),
        1,
        ("--only: ", "--from: ", "--until: ", "--skip: ", "--accept: ", "--node: ", "near it: cilium", "k8s-6"),
    ),
    "no reason": ((*MAIN, "--accept", "cilium"), 1, ("--accept", "no reason", "STEP=REASON")),
    "blank reason": ((*MAIN, "--accept", "cilium= "), 1, ("--accept", "no reason", "STEP=REASON")),
    "guarded": ((*MAIN, "--accept", "etcd_bootstrapped=sure"), 1, ("--accept", "etcd_bootstrapped guards")),
    "without": ((*MAIN, "--without", "k8s-9"), 1, ("--without", "'k8s-9'", "k8s-1", "did you mean")),
    "quorum": ((*MAIN, *CONTROL_PLANE), 3, ("1 of 3 control planes", "needs 2", "next:")),
    "drift": ((*MAIN, "--apply-drift", "k8s-9"), 1, ("--apply-drift", "'k8s-9'", "k8s-1")),
    "take back": ((*MAIN, "--take-back", "cillium"), 1, ("--take-back", "'cillium'", "cilium")),
    "format": ((*MAIN, "--format", "xml"), 1, ("--format", "'xml'", "text or json")),
    "numbers": ((*MAIN, "--seed", "x", "--deadline", "0"), 1, ("--seed", "--deadline", "whole number", "more than 0")),
    "pace": ((*MAIN, "--pace", "inf"), 1, ("--pace", "'inf'", "max")),
    "consent to another": ((*MAIN, "--yes-destroy", "staging"), 3, ("names staging", "about main", "next:")),
    "drift of an absent": (
        (*MAIN, "--without", "k8s-5", "--apply-drift", "k8s-5"), 1, ("--apply-drift: 'k8s-5'", "--without", "expected"),
    ),
    "accept what is skipped": (
        (*MAIN, "--skip", "cert_manager", "--accept", "flux_instance=later"), 1, ("'flux_instance'", "--skip"),
    ),
    "accept what is not selected": (
        (*MAIN, "--until", "cilium", "--accept", "spegel=later"), 1, ("--accept: 'spegel'", "not selected", "expected"),
    ),
    "journal": ((*MAIN, "--journal", "mysql://host/base"), 1, ("mysql", "next:", "postgresql://")),
    "journal in a word": ((*MAIN, "--journal", "SECRET"), 1, ("--journal", "postgresql://", "slash", ".sqlite")),
    "silent journal": ((*MAIN, "--journal", "postgresql://me:SECRET@127.0.0.1:9/base"), 1, ("127.0.0.1:9", "next:")),
    "no journal": ((*MAIN, "--quarantine-journal"), 1, ("no journal", "leave --quarantine-journal out")),
}  # fmt: skip
"""Name -> what is typed after `bootstrap`, the exit code, what the error must name."""


@pytest.mark.parametrize("name", FLAGS)
def test_a_wrong_flag_is_named_with_what_was_expected(desk: Desk, name: str) -> None:
    """The exit code of the table, the flag, what it takes; no traceback, no password, no state folder."""
    flags, code, words = FLAGS[name]
    ended = desk.run("bootstrap", *flags)
    assert (ended.code, ended.out) == (code, ""), ended.end_of_it
    assert ended.err.startswith("error: ")
    assert "Traceback" not in ended.err
    assert "SECRET" not in ended.err
    assert [word for word in words if word not in ended.err] == [], ended.err
    assert not desk.state.exists()


def test_a_word_as_journal_makes_no_file(desk: Desk, tmp_path: Path) -> None:
    """Typed where the inventory is elsewhere: no command leaves a file of that name in the working directory."""
    here = replace(desk, root=tmp_path)
    shutil.copy(REPOSITORY / "tasks.py", tmp_path)
    environ = {**here.environ, "PYTHONPATH": str(REPOSITORY)}
    flags = (*MAIN, "--root", str(REPOSITORY), "--pace", "max", "--until", "preflight")
    for journal, made in (("word", []), ("word.sqlite", ["word.sqlite"])):
        done = subprocess.run(
            typed("bootstrap", *flags, "--journal", journal),
            cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=LONGEST_S, check=False,
        )  # fmt: skip
        assert done.returncode == (0 if made else 1), done.stderr
        assert [path.name for path in tmp_path.glob("word*")] == made


OTHERS: dict[str, tuple[str, ...]] = {
    "plan: unknown step": ("plan", *MAIN, "--only", "cillium"),
    "plan: no estate": ("plan", "--cluster", "main"),
    "status: no cluster": ("status", "--estate", "rehearsal"),
    "status: format": ("status", *MAIN, "--format", "xml"),
    "doctor: estate": ("doctor", "--cluster", "main", "--estate", "real"),
    "report: unknown run": ("report", *MAIN, "--run", "yesterday"),
    "report: no estate": ("report", "--cluster", "main"),
    "render: nothing": ("render", "--cluster", "main"),
    "render: unknown node": ("render", "--cluster", "main", "--node", "k8s-9"),
    "render: unknown template": ("render", "--cluster", "main", "--template", "x"),
    "render: no cluster": ("render", "--node", "k8s-1"),
    "rehearse: no cluster": ("rehearse",),
    "rehearse: seeds": ("rehearse", "--cluster", "main", "--seeds", "abc"),
    "rehearse: no seeds": ("rehearse", "--cluster", "main", "--seeds", "0"),
    "rehearse: fewer seeds": ("rehearse", "--cluster", "main", "--seeds=-3"),
    "rehearse: seed": ("rehearse", "--cluster", "main", "--seed", "1.5"),
    "rehearse: format": ("rehearse", "--cluster", "main", "--seeds", "1", "--format", "xml"),
    "dry run: unknown step": ("bootstrap", *MAIN, "--dry-run", "--only", "cillium"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_commands_are_as_strict(desk: Desk, name: str) -> None:
    """Exit code 1 and one clear error; nothing on stdout, nothing written."""
    ended = desk.run(*OTHERS[name])
    assert (ended.code, ended.out) == (1, ""), ended.end_of_it
    assert ended.err.startswith("error: ")
    assert "expected" in ended.err or "near it" in ended.err
    assert "Traceback" not in ended.err
    assert not desk.state.exists()


@pytest.mark.parametrize("words", [("rehearse",), ("render", "--node", "k8s-1")], ids=lambda words: words[0])
def test_no_cluster_is_said_in_the_same_words_by_every_command(desk: Desk, words: tuple[str, ...]) -> None:
    """As `bootstrap` says it: not a cluster without a name, and not invoke's own error."""
    assert desk.run(*words).err.startswith("error: --cluster: no cluster was named")


def test_all_that_is_wrong_with_the_worlds_is_said_at_once(desk: Desk) -> None:
    """--seed and --seeds are both named, each with what it takes."""
    said = desk.run("rehearse", "--cluster", "main", "--seed", "x", "--seeds", "0").err
    assert [word for word in ("--seed: 'x'", "--seeds: '0'", "from 1 to") if word not in said] == []


TYPED = {
    "--clutser": ("bootstrap", "--clutser", "main"),
    "bootstrop": ("bootstrop",),
    "cluster": ("status", "--cluster"),
}


@pytest.mark.parametrize("name", TYPED)
def test_what_is_no_command_or_flag_is_one_line(desk: Desk, name: str) -> None:
    """Typing errors that end before a command begins."""
    ended = desk.run(*TYPED[name])
    assert (ended.code, ended.out) == (1, "")
    assert len(ended.err.splitlines()) == 1
    assert name in ended.err
