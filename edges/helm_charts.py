"""Releases of one cluster by helmfile and helm, one by one, never waiting for what they start."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from bootstrap.errors import Permanent, Transient
from bootstrap.secret import Secret
from edges import workers
from edges.command import Completed, DeadlinePassed
from edges.field_mask import secrets_in
from edges.helm_errors import understood
from edges.helm_output import definitions, metadata, references
from edges.long_command import lines
from edges.private_text import PrivateText, alive
from edges.shell import Shell
from estate.charts import ReleaseStatus
from estate.kubernetes import Manifest, ObjectRef
from steps.versions import older
from tree.release import Release

_CALL_S = 60.0
_RENDER_S = 300.0
_SYNC_S = 900.0
"""Nothing waits for what is installed, but a chart's hooks are waited for, as long as the helmfile's `timeout` says."""
_PARSE_S = 60.0
_REOPEN_S = 2.0
_PENDING = "pending-install, pending-upgrade, pending-rollback"


@dataclass(frozen=True, slots=True)
class Programs:
    """The commands by name or path. helm: version 3 or 4. kubectl: takes away the record of an unfinished revision."""

    helm: str = "helm"
    helmfile: str = "helmfile"
    kubectl: str = "kubectl"


class HelmCharts:
    """root: of the repository, which helmfile paths are relative to. The kubeconfig can be read by the programs as
    long as this object lives; the operator's own helm folders and caches are not used."""

    def __init__(self, shell: Shell, root: Path, kubeconfig: Secret, programs: Programs) -> None:
        self._shell, self._root, self._programs = shell, root, programs
        self._kubeconfig = PrivateText(kubeconfig, shell.state_dir)
        self._secrets = secrets_in(kubeconfig.reveal())
        self._environment = _environment(shell.state_dir / "helm") | {"KUBECONFIG": self._kubeconfig.path}
        self._applied: dict[tuple[str, str], _Applied] = {}

    def close(self) -> None:
        """The kubeconfig is not readable any more."""
        self._kubeconfig.close()

    async def crds(self, release: Release) -> tuple[Manifest, ...]:
        argv = (*self._helmfile(release), "template", "--include-crds", "--skip-tests", "--skip-deps")
        rendered = await self._must(argv, release, _RENDER_S)
        return await workers.run(definitions, rendered, timeout_s=_PARSE_S)

    async def status(self, release: Release) -> ReleaseStatus:
        said = await self._run((*self._get("metadata", release), "--output", "json"), release, _CALL_S)
        if said.exit_code != 0 and "release: not found" in said.stderr:
            return ReleaseStatus()
        found = metadata(_succeeded(said, release).raw.reveal())
        return replace(found, applied=await self._objects(release, found, said.raw))

    async def sync(self, release: Release) -> None:
        """`helmfile sync` and never `apply`, which needs a plugin. Without its needs: they are steps of their own."""
        status = await self.status(release)
        if older(release.version, status.version):
            raise Permanent(
                f"release {release.name} is {status.version}, newer than the helmfile's {release.version}",
                "a version is never lowered: bring the helmfile up to what runs",
            )
        await self._must((*self._helmfile(release), "sync", "--skip-deps"), release, _SYNC_S)

    async def repair(self, release: Release) -> str:
        """Forget the unfinished revision: its record is deleted, and nothing else is touched.

        A rollback would apply the earlier revision's objects again and restart what has been upgraded already; an
        uninstall would take the network away when it is Cilium's. Helm's own upgrade needs neither: without the
        record, the last finished revision is what it compares with, and objects of the forgotten one carry this
        release's labels and are adopted (helm/helm, pkg/action/validate.go).
        """
        status = await self.status(release)
        if not status.status.startswith("pending-"):
            return f"release {release.name} needed no repair"
        which = f"owner=helm,name={release.name},version={status.revision},status in ({_PENDING})"
        kubectl = (self._programs.kubectl, "--namespace", release.namespace, "delete", "secret", "--selector", which)
        await self._must(kubectl, release, _CALL_S)
        return f"forgot revision {status.revision} of {release.name}, which was {status.status}"

    async def changes(self, release: Release) -> AsyncIterator[object]:
        """Follows the records that Helm keeps of the release as Secrets."""
        argv = (
            self._programs.kubectl, "--namespace", release.namespace, "get", "secrets",
            "--selector", f"owner=helm,name={release.name}", "--watch-only", "--output", "name",
        )  # fmt: skip
        while True:
            yield None
            async with aclosing(lines(self._shell, argv, self._environment)) as changed:
                async for _ in changed:
                    yield None
            await asyncio.sleep(_REOPEN_S)

    async def _objects(self, release: Release, status: ReleaseStatus, record: Secret) -> tuple[ObjectRef, ...]:
        """Of the revision's manifest, which never changes: it is asked for once."""
        key = (release.namespace, release.name)
        known = self._applied.get(key)
        if known is None or known.record != record:
            argv = (*self._get("manifest", release), "--revision", str(status.revision))
            manifest = await self._must(argv, release, _CALL_S)
            found = await workers.run(references, manifest, release.namespace, timeout_s=_PARSE_S)
            known = self._applied[key] = _Applied(record, found)
        return known.objects

    def _get(self, what: str, release: Release) -> tuple[str, ...]:
        return (self._programs.helm, "get", what, release.name, "--namespace", release.namespace)

    def _helmfile(self, release: Release) -> tuple[str, ...]:
        return (
            self._programs.helmfile, "--helm-binary", self._programs.helm, "--no-color",
            "--file", str(self._root / release.helmfile),
            "--selector", f"name={release.name},namespace={release.namespace}",
        )  # fmt: skip

    async def _must(self, argv: tuple[str, ...], release: Release, deadline_s: float) -> str:
        return _succeeded(await self._run(argv, release, deadline_s), release).raw.reveal()

    async def _run(self, argv: tuple[str, ...], release: Release, deadline_s: float) -> Completed:
        """Manifests may hold secrets: what is printed to stdout is not shown in the run's log."""
        try:
            return await self._shell.run(
                argv,
                deadline_s=deadline_s,
                env=self._environment,
                redact=self._secrets,
                cwd=self._root,
                secret_stdout=True,
            )
        except DeadlinePassed:
            raise Transient(
                f"release {release.name}: {Path(argv[0]).name} did not end within {deadline_s:g} s"
            ) from None


@dataclass(frozen=True, slots=True)
class _Applied:
    """record: the metadata of the revision that the objects are of."""

    record: Secret
    objects: tuple[ObjectRef, ...] = field(repr=False)


def _succeeded(said: Completed, release: Release) -> Completed:
    if said.exit_code != 0:
        raise understood(said.stderr, release.name)
    return said


def _environment(folder: Path) -> dict[str, Secret | str]:
    """Folders of our own for all that helm, helmfile and kubectl keep, and no look for newer versions of them."""
    return {
        "HELM_CACHE_HOME": str(folder / "cache"),
        "HELM_CONFIG_HOME": str(folder / "config"),
        "HELM_DATA_HOME": str(folder / "data"),
        "HELM_PLUGINS": str(folder / "plugins"),
        "HELMFILE_CACHE_HOME": str(_pulled(folder)),
        "HELMFILE_UPGRADE_NOTICE_DISABLED": "true",
        "KUBECACHEDIR": str(folder / "kube"),
    }


def _pulled(folder: Path) -> Path:
    """Where charts are pulled to, for this process alone: of a pull that was killed half a chart would be left, which
    helmfile takes for a whole one. Those of processes that are gone are removed."""
    for earlier in folder.glob("charts-*"):
        owner = earlier.name.removeprefix("charts-")
        if owner.isdigit() and not alive(int(owner)):
            shutil.rmtree(earlier, ignore_errors=True)
    return folder / f"charts-{os.getpid()}"
