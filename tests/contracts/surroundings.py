"""Contracts of the ports around the cluster: Git, secrets, the operator's computer."""

from __future__ import annotations

import pytest

from bootstrap.clock import Clock
from bootstrap.errors import Permanent
from bootstrap.secret import Secret
from estate.workstation import Destruction
from steps.site import Site
from tests.contracts.bench import Contract
from tests.contracts.life import ANYWHERE, Span, Stage
from tree.reference import Reference


async def git_says_what_flux_will_find(site: Site, clock: Clock) -> None:
    """A clean, pushed checkout: HEAD is a full commit, and it is the remote's."""
    git = site.cluster.git
    state = await site.estate.git.state(site.tree.path, git.url, git.branch)
    assert len(state.commit) == 40
    assert int(state.commit, 16) >= 0
    assert (state.branch, state.dirty, state.pushed, state.remote_error) == (git.branch, (), True, "")
    assert state.remote_commit == state.commit


async def a_commit_descends_from_itself(site: Site, clock: Clock) -> None:
    """And not from one that nobody knows."""
    git, commit = site.estate.git, await site.commit()
    assert await git.descends(commit, commit)
    assert not await git.descends(commit, "0" * 40)


async def all_secrets_come_at_once(site: Site, clock: Clock) -> None:
    """One value for each reference, as a Secret that does not print."""
    assert await site.estate.secrets.check() == ""
    found = await site.estate.secrets.resolve(frozenset(site.tree.references))
    assert set(found) == set(site.tree.references)
    assert all(value.reveal() and str(value) == "<secret>" for value in found.values())


async def no_references_are_no_question(site: Site, clock: Clock) -> None:
    """Nothing in, nothing out."""
    assert await site.estate.secrets.resolve(frozenset()) == {}


async def missing_secrets_are_all_named(site: Site, clock: Clock) -> None:
    """Permanent, with each reference that has no value."""
    unknown = {Reference(site.cluster.secrets.vault, "no-such-item", "", field) for field in ("one", "two")}
    with pytest.raises(Permanent) as error:
        await site.estate.secrets.resolve(frozenset({*site.tree.references, *unknown}))
    assert all(str(reference) in error.value.sentence for reference in unknown)


async def files_are_written_and_read(site: Site, clock: Clock) -> None:
    """What was written is read again, the last one wins, and what is not there is None."""
    workstation, path = site.estate.workstation, site.cluster.files.kubeconfig
    assert await workstation.read_private(path) is None
    for content in ("one\n", "two: ⟦text⟧\n"):
        await workstation.write_private(path, Secret(content))
        assert await workstation.read_private(path) == Secret(content)


async def the_computer_is_good_enough(site: Site, clock: Clock) -> None:
    """Every tool that the estate needs fits, and the clock is known."""
    assert all(tool.fits for tool in await site.estate.workstation.tools())
    offset = await site.estate.workstation.clock_offset_s()
    assert offset is not None
    assert abs(offset) < 30


async def the_operator_is_asked(site: Site, clock: Clock) -> None:
    """All items at once; this bench's operator agrees."""
    items = [Destruction("install:k8s-1:x:ceph", "k8s-1: overwrites a disk")]
    assert await site.estate.workstation.confirm(site.cluster.name, items) is True


CONTRACTS: dict[Contract, Span] = {
    git_says_what_flux_will_find: ANYWHERE,
    a_commit_descends_from_itself: ANYWHERE,
    all_secrets_come_at_once: ANYWHERE,
    no_references_are_no_question: ANYWHERE,
    missing_secrets_are_all_named: ANYWHERE,
    files_are_written_and_read: Span(Stage.BARE, Stage.TOUCHED),
    the_computer_is_good_enough: ANYWHERE,
    the_operator_is_asked: ANYWHERE,
}
