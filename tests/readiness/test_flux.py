"""Flux: every truth table of its conditions that bootstrap meets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from bootstrap.verdict import Verdict
from readiness.flux import artifact_revision, flux_instance, helm_release, kustomization, revision_commit, source
from readiness.revision import same_commit, short
from tests.readiness.cases import Case, assert_said, cases

RULES: Mapping[str, Callable[..., Verdict]] = {
    "flux_instance": flux_instance,
    "helm_release": helm_release,
    "kustomization": kustomization,
    "source": source,
}
SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("case", cases("flux.yaml"))
def test_a_flux_object_is_ready_only_for_what_git_says(case: Case) -> None:
    """Generation, condition, revision, suspension, stall."""
    assert_said(RULES[case.rule](**case.given), case.expect)


@pytest.mark.parametrize(
    "revision",
    [
        SHA,
        SHA.upper(),
        f"main@sha1:{SHA}",
        f"main/{SHA}",
        f"sha1:{SHA}",
        f"refs/heads/main@sha1:{SHA}",
        f"feature/a@b@sha1:{SHA}",
        f"feature/a/{SHA}",
        f"v1.2.3@sha256:{SHA}",
    ],
)
def test_every_form_of_a_revision_names_the_same_commit(revision: str) -> None:
    """Flux changed the form in 2.0; Git gives the bare commit."""
    assert revision_commit(revision) == SHA
    assert same_commit(revision, SHA)


def test_an_empty_revision_is_the_same_as_nothing() -> None:
    """Two sources that have not been fetched do not agree on a commit."""
    assert revision_commit("") == ""
    assert not same_commit("", "")
    assert not same_commit(SHA, "")
    assert not same_commit(f"main@sha1:{SHA}", f"main@sha1:f{SHA[1:]}")


def test_sentences_name_a_commit_by_twelve_digits() -> None:
    """What an operator can compare by eye."""
    assert short(f"main@sha1:{SHA}") == "0123456789ab"
    assert short("") == "no revision"


def test_a_source_without_artifact_offers_no_revision() -> None:
    """Neither does one that does not exist."""
    assert artifact_revision(None) == ""
    assert artifact_revision({"status": {}}) == ""
    assert artifact_revision({"status": {"artifact": {"revision": "main@sha1:abc"}}}) == "main@sha1:abc"
