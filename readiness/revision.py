"""Flux's words for a revision, and the commit in them."""

from __future__ import annotations


def revision_commit(revision: str) -> str:
    """The bare commit (or digest) in any form of a revision, lower case; "" for "".

    "main@sha1:<sha>" since Flux 2.0, "main/<sha>" before, "sha1:<sha>" of a detached HEAD, "<sha>" alone; for OCI
    "latest@sha256:<digest>". Source: fluxcd/pkg, apis/meta and git/revision.go (RFC-0005).
    """
    tail = revision.rpartition("@")[2] if "@" in revision else revision.rpartition("/")[2]
    return tail.rpartition(":")[2].lower()


def same_commit(one: str, other: str) -> bool:
    """Whether two revisions, of whatever form, name the same commit. Nothing equals an empty one."""
    return bool(one and other) and revision_commit(one) == revision_commit(other)


def short(revision: str) -> str:
    """How a sentence names a revision: the first twelve digits of its commit."""
    return revision_commit(revision)[:12] or "no revision"
