"""preflight: everything that can be known before the first effect. All problems at once, and no trace in the estate."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.gate import Gate
from bootstrap.memory import Memory
from bootstrap.step import Attempt, Step
from bootstrap.verdict import Holds, Never, NotYet, Verdict
from estate.workstation import Destruction
from steps.findings import Finding, Findings, gathered
from steps.site import Site
from steps.survey_destruction import destructions
from steps.survey_machines import survey_machines
from steps.survey_reach import survey_reach
from steps.survey_workstation import survey_git, survey_kubeconfig, survey_time, survey_tools


def preflight(site: Site, needs: tuple[str, ...] = ()) -> Step:
    """The first step. Its act asks for everything that this run would destroy, on one screen (rule 7)."""
    return Step(
        name="preflight",
        summary="Tools, secrets, Git, time and machines are as this run needs them, and what it destroys is agreed to.",
        needs=needs,
        gate=Gate("nothing stands against this run", lambda memory: _observe(site, memory), stability_s=0.0),
        act=lambda attempt: _ask(site, attempt),
        deadline_s=300.0,
        expected_s=5.0,
        guarded=True,
    )


async def _observe(site: Site, memory: Memory) -> Verdict:
    findings = await survey(site)
    if findings.final:
        return _all_problems(findings)
    if findings.waiting:
        return NotYet("; ".join(f.sentence for f in findings.waiting), underway=True)
    asked = [item for item in await destructions(site, memory) if item.key not in memory.consents]
    if asked:
        return NotYet("to be agreed to first: " + "; ".join(item.sentence for item in asked))
    return Holds({"checked": len(findings.passed), "notes": list(findings.passed)})


async def survey(site: Site) -> Findings:
    """Look at everything. Never raises for a problem of the world: problems are what it returns."""
    checks = {
        "tools": survey_tools,
        "time": survey_time,
        "git": survey_git,
        "network": survey_reach,
        "secrets": _survey_secrets,
    }
    found = await asyncio.gather(*(_answered(site, subject, check) for subject, check in checks.items()))
    findings = gathered(finding for findings in found for finding in findings)
    if any(finding.subject == "secrets" for finding in (*findings.final, *findings.waiting)):
        # without credentials, ours and foreign machines look alike
        unseen = Finding.wait("machines", "the machines were not looked at: that takes the cluster's credentials")
        return gathered((*findings.all, unseen))
    kubeconfig = await _answered(site, "kubeconfig", survey_kubeconfig)
    return gathered((*findings.all, *kubeconfig, *await _answered(site, "machines", survey_machines)))


async def _answered(
    site: Site, subject: str, check: Callable[[Site], Awaitable[Sequence[Finding]]]
) -> Sequence[Finding]:
    try:
        return await check(site)
    except Transient as error:
        return [Finding.wait(subject, error.sentence)]
    except Permanent as error:
        refused = isinstance(error, Refused)
        return [Finding.problem(subject, error.sentence, error.next_action, refused=refused)]


async def _survey_secrets(site: Site) -> list[Finding]:
    complaint = await site.estate.secrets.check()
    if complaint:
        return [Finding.problem("secrets", complaint, "sign in to the secrets source, then run again")]
    await site.identity()
    await site.talosconfig()
    return [Finding.note("secrets", f"{len(site.tree.references)} references resolved")]


def _all_problems(findings: Findings) -> Never:
    sentences = [f"{f.sentence} -> {f.next_action}" for f in findings.final]
    sentences += [f"{f.sentence} (may pass by itself)" for f in findings.waiting]
    count = len(sentences)
    return Never(
        f"{count} problem{'s' if count > 1 else ''} before the first step:\n  - " + "\n  - ".join(sentences),
        "mend what is listed, then run the same command again; nothing was touched",
        refused=any(finding.refused for finding in findings.final),
    )


async def _ask(site: Site, attempt: Attempt) -> str:
    items = await destructions(site, attempt.memory)
    if not items:
        return "nothing is destroyed any more"
    if not await _agreed(site, items):
        raise Refused(
            "the operator did not agree to what this run destroys", "nothing was touched; run again to be asked"
        )
    attempt.consent(frozenset(item.key for item in items))
    return f"agreed to: {'; '.join(item.sentence for item in items)}"


async def _agreed(site: Site, items: Sequence[Destruction]) -> bool:
    """Raises Refused with what would be destroyed when the operator may not be asked: no screen has listed it then."""
    try:
        return await site.estate.workstation.confirm(site.cluster.name, items)
    except Refused as refused:
        what = "; ".join(item.sentence for item in items)
        raise Refused(f"{what}; {refused.sentence}", refused.next_action) from refused
