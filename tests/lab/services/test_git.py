"""The lab's Git server: real git clones from it over https, and gets the operator's own commits."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from edges.git_cli import GitCli
from edges.shell import Shell
from lab.services.git_repository import GitFailed, GitRepository, url_path
from tests.lab.services.git_place import GitPlace, elsewhere, run


@pytest.fixture
def place(tmp_path: Path) -> GitPlace:
    return GitPlace(tmp_path)


def serving(place: GitPlace, work: Coroutine[Any, Any, None]) -> None:
    """Publish HEAD, serve, do the work, stop."""

    async def main() -> None:
        await place.repository.publish()
        await place.server.start()
        try:
            await work
        finally:
            await place.server.stop()

    asyncio.run(asyncio.wait_for(main(), 100))


async def remote_head(place: GitPlace, branch: str = "main") -> str:
    listed = await elsewhere(place.folder, "ls-remote", place.url, f"refs/heads/{branch}", env=place.trusting)
    return listed.split("\t")[0]


@pytest.mark.parametrize("ending", ["", ".git"])
@pytest.mark.parametrize("protocol", ["0", "2"])
def test_a_clone_has_the_operators_commit(place: GitPlace, ending: str, protocol: str) -> None:
    """By both forms of the URL and both protocols, on the inventory's branch whatever the checkout's is called."""

    async def work() -> None:
        settings = ["-c", f"protocol.version={protocol}", "clone", "-q", "--branch", "main"]
        await elsewhere(place.folder, *settings, f"{place.url}{ending}", "clone", env=place.trusting)
        assert run(place.folder / "clone", "rev-parse", "HEAD") == place.first

    serving(place, work())


def test_a_shallow_clone_of_a_commit_by_name(place: GitPlace) -> None:
    """As source-controller takes one."""
    place.commit("b.yaml")

    async def work() -> None:
        await elsewhere(place.folder, "init", "-q", "clone")
        clone = place.folder / "clone"
        await elsewhere(clone, "fetch", "-q", "--depth=1", place.url, place.first, env=place.trusting)
        assert run(clone, "rev-parse", "FETCH_HEAD") == place.first

    serving(place, work())


def test_a_large_answer_and_a_large_question_arrive_whole(place: GitPlace) -> None:
    """A megabyte that cannot be packed, and a negotiation that git sends packed and in pieces."""
    (place.root / "large").write_bytes(b"".join(n.to_bytes(4, "big") * 2 for n in range(0, 2**32, 2**32 // 130_000)))
    for n in range(60):
        run(place.root, "commit", "-q", "--allow-empty", "-m", str(n))
    large = place.commit("b.yaml")

    async def work() -> None:
        await elsewhere(place.folder, "clone", "-q", "--branch", "main", place.url, "clone", env=place.trusting)
        clone = place.folder / "clone"
        assert (clone / "large").read_bytes() == (place.root / "large").read_bytes()
        for n in range(200):
            run(clone, "update-ref", f"refs/heads/x{n}", run(clone, "commit-tree", "-m", str(n), f"{large}^{{tree}}"))
        place.commit("c.yaml")
        newest = await place.repository.publish()
        packed = ["-c", "protocol.version=0", "fetch", "-q", "origin", "main"]
        await elsewhere(clone, *packed, env=place.trusting)
        assert run(clone, "rev-parse", "FETCH_HEAD") == newest

    serving(place, work())


def test_many_clone_at_once(place: GitPlace) -> None:
    """More than are served at once."""

    async def work() -> None:
        clones = [f"clone{n}" for n in range(20)]
        options = ["clone", "-q", "--branch", "main", place.url]
        await asyncio.gather(*(elsewhere(place.folder, *options, name, env=place.trusting) for name in clones))
        assert {run(place.folder / name, "rev-parse", "HEAD") for name in clones} == {place.first}

    serving(place, work())


def test_publishing_moves_the_branch(place: GitPlace) -> None:
    """To a newer commit, and back to an older one; the checkout is left as it is."""

    async def work() -> None:
        assert await remote_head(place) == place.first
        second = place.commit("b.yaml")
        before = run(place.root, "for-each-ref")
        assert await place.repository.publish() == second
        assert await remote_head(place) == second
        assert await place.repository.publish(place.first) == place.first
        assert await remote_head(place) == place.first
        assert run(place.root, "for-each-ref") == before

    serving(place, work())


def test_the_operators_hooks_are_not_run(place: GitPlace) -> None:
    """A pre-push hook that refuses is not asked."""
    hook = place.root / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert asyncio.run(place.repository.publish()) == place.first


def test_a_shallow_checkout_can_be_published(place: GitPlace) -> None:
    """As CI has one."""
    second = place.commit("b.yaml")
    run(place.folder, "clone", "-q", "--depth=1", place.root.as_uri(), "shallow")
    repository = GitRepository(place.folder / "other.git", place.folder / "shallow", "main")
    assert asyncio.run(repository.publish()) == second


def test_what_is_no_commit_is_said(place: GitPlace) -> None:
    """By git's own words."""
    with pytest.raises(GitFailed, match="rev-parse"):
        asyncio.run(place.repository.publish("nothing"))


def test_git_can_be_down_and_up_again(place: GitPlace) -> None:
    """The fault: nobody answers; afterwards all is as before."""

    async def work() -> None:
        await place.server.stop()
        with pytest.raises(subprocess.CalledProcessError):
            await remote_head(place)
        await place.server.start()
        assert await remote_head(place) == place.first

    serving(place, work())


def test_nobody_can_push(place: GitPlace) -> None:
    """It is for reading, and knows nothing but what it was given."""

    async def work() -> None:
        place.commit("b.yaml")
        with pytest.raises(subprocess.CalledProcessError) as caught:
            await elsewhere(place.root, "push", place.url, "HEAD:main", env=place.trusting)
        assert "403" in caught.value.stderr
        for path in ("nothing", "../checkout/.git"):
            with pytest.raises(subprocess.CalledProcessError) as caught:
                await elsewhere(place.folder, "ls-remote", f"{place.url}/../{path}", env=place.trusting)
        assert await remote_head(place) == place.first

    serving(place, work())


def test_its_certificate_is_the_labs(place: GitPlace) -> None:
    """Without the lab's CA nobody trusts it."""

    async def work() -> None:
        with pytest.raises(subprocess.CalledProcessError) as caught:
            await elsewhere(place.folder, "ls-remote", place.url)
        assert "certificate" in caught.value.stderr

    serving(place, work())


def test_the_git_edge_reads_it(place: GitPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trusting what SSL_CERT_FILE names; a commit that is not published is not pushed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(place.ca))
    git = GitCli(Shell(place.folder / "state"), place.root)

    async def work() -> None:
        found = await git.state(".", place.url, "main")
        assert (found.remote_commit, found.pushed, found.remote_error) == (place.first, True, "")
        place.commit("b.yaml")
        assert not (await git.state(".", place.url, "main")).pushed

    serving(place, work())


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://github.com/example-homelab/homelab", "example-homelab/homelab"),
        ("https://github.com/example-homelab/homelab.git", "example-homelab/homelab"),
        ("https://git.example.org/a/b/c/", "a/b/c"),
    ],
)
def test_the_path_of_a_url(url: str, path: str) -> None:
    """As it is served."""
    assert url_path(url) == path


def test_only_https_is_served() -> None:
    """Said at the lab's start."""
    with pytest.raises(ValueError, match="https only"):
        url_path("ssh://git@github.com/example-homelab/homelab")
