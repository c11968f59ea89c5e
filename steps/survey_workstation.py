"""Preflight of the operator's computer: tools, time, credential files, and the Git repository that Flux will read."""

from __future__ import annotations

from bootstrap.errors import Permanent
from steps.findings import Finding
from steps.identity import kubeconfig_fingerprint
from steps.site import Site

LARGEST_CLOCK_OFFSET_S = 30.0
"""Certificates that are made now must be valid on every machine now."""


async def survey_tools(site: Site) -> list[Finding]:
    """Every tool that is missing or does not fit."""
    tools = await site.estate.workstation.tools()
    wrong = [
        Finding.problem(
            "tools",
            f"{tool.name} is {tool.version or 'not installed'}, wanted {tool.wanted}",
            f"install {tool.name} {tool.wanted}",
        )
        for tool in tools
        if not tool.fits
    ]
    return wrong or [Finding.note("tools", f"{len(tools)} tools fit" if tools else "no tool is needed")]


async def survey_time(site: Site) -> list[Finding]:
    """Whether this computer's clock is right."""
    offset = await site.estate.workstation.clock_offset_s()
    if offset is None:
        return [Finding.note("time", "no time server could be asked; the clock is taken as it is")]
    if abs(offset) > LARGEST_CLOCK_OFFSET_S:
        return [
            Finding.problem("time", f"this computer's clock is {offset:+.0f} s off", "set the clock, then run again")
        ]
    return [Finding.note("time", f"the clock is {offset:+.1f} s off")]


async def survey_kubeconfig(site: Site) -> list[Finding]:
    """Whether the inventory's path has the kubeconfig of another cluster: it may be the only one, and is not replaced.
    What carries no CA at all is nobody's, and is fetched anew."""
    path = site.cluster.files.kubeconfig
    found = await site.estate.workstation.read_private(path)
    try:
        carries = kubeconfig_fingerprint(found) if found is not None else ""
    except Permanent:
        return []
    if carries in ("", (await site.identity()).ca_fingerprint):
        return []
    return [
        Finding.problem(
            "kubeconfig",
            f"the kubeconfig at {path} carries another CA than the vault's",
            "it is of another cluster, or of an earlier PKI: move it away, the run fetches this cluster's own",
            refused=True,
        )
    ]


async def survey_git(site: Site) -> list[Finding]:
    """What is bootstrapped must be what Flux will find: committed, and pushed to the branch that it reads."""
    git, tree = site.cluster.git, site.tree.path
    state = await site.estate.git.state(tree, git.url, git.branch)
    found: list[Finding] = []
    if state.dirty:
        some = ", ".join(state.dirty[:3]) + (" ..." if len(state.dirty) > 3 else "")
        found.append(Finding.problem("git", f"{tree} has uncommitted changes: {some}", "commit and push them"))
    if state.remote_error:
        found.append(
            Finding.problem("git", f"{git.url} cannot be read: {state.remote_error}", "see that Flux can read it")
        )
    elif not state.pushed:
        found.append(
            Finding.problem(
                "git", f"commit {state.commit[:12]} is not on {git.branch} of {git.url}", "push it, or pull"
            )
        )
    return found or [Finding.note("git", f"{git.branch} of {git.url} has commit {state.commit[:12]}")]
