"""Releases on a real API server, by real helmfile and both generations of helm."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bootstrap.errors import Permanent, Transient
from bootstrap.secret import Secret
from edges import process_tree
from edges.command import Ran
from edges.helm_charts import HelmCharts
from edges.helmfile import Helmfile
from edges.process_tree import Tree
from edges.shell import Shell
from estate.charts import ReleaseStatus
from estate.kubernetes import Kind, ObjectRef
from tests.edges.helm_api import Api, api_server
from tests.edges.tools import program
from tree.release import Release

pytestmark = pytest.mark.xdist_group("helm edge")
HELMFILE = "kubernetes/test/bootstrap/helmfile.d/01-apps.yaml"
CONFIG_MAP = "/api/v1/namespaces/default/configmaps/"
HOOK = "/api/v1/namespaces/default/pods/hook"
DEMO = Release("demo", "default", "../../../../charts/demo", "1.0.0", ("other",), HELMFILE, 1)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with api_server(tmp_path_factory.mktemp("api")) as found:
        yield found


@dataclass(frozen=True)
class Scene:
    """A repository with one chart, and how helm is called in it."""

    root: Path
    shell: Shell
    api: Api
    helm: str
    ran: list[Ran]

    def run(self, play: Callable[[HelmCharts], Awaitable[object]]) -> None:
        """Connect, play, and close."""

        async def whole() -> None:
            helm = Helmfile(
                self.shell, self.root, helm=self.helm, helmfile=program("helmfile"), kubectl=program("kubectl")
            )
            charts = await helm.connect(Secret(self.api.kubeconfig))
            try:
                async with asyncio.timeout(90):
                    await play(charts)
            finally:
                charts.close()

        asyncio.run(whole())

    def chart(self, version: str, value: str, *, hook: bool = False, definition: bool = False) -> Release:
        """Write the chart in a version, and say the release of it. hook: with one that never ends."""
        templates = self.root / "charts" / "demo" / "templates"
        crds = self.root / "charts" / "demo" / "crds"
        for folder in (templates, crds):
            folder.mkdir(parents=True, exist_ok=True)
        (templates.parent / "Chart.yaml").write_text(f"apiVersion: v2\nname: demo\nversion: {version}\n")
        (templates / "map.yaml").write_text(_config_map("demo", value))
        (templates / "role.yaml").write_text(_cluster_role())
        (templates / "hook.yaml").write_text(_hook() if hook else "")
        if definition:
            (crds / "definition.yaml").write_text(_definition())
        return replace(DEMO, version=version)

    def value(self, name: str = "demo") -> str | None:
        found = self.api.get(CONFIG_MAP + name)
        return found["data"]["value"] if found else None


@pytest.fixture(params=["helm", "helm4"])
def scene(api: Api, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    helm = program(request.param)
    root = tmp_path / "root"
    (root / HELMFILE).parent.mkdir(parents=True)
    (root / HELMFILE).write_text(_helmfile())
    ran: list[Ran] = []
    scene = Scene(root, Shell(tmp_path / "state", log=ran.append), api, helm, ran)
    yield scene
    for secret in api.get("/api/v1/namespaces/default/secrets")["items"]:
        api.delete(f"/api/v1/namespaces/default/secrets/{secret['metadata']['name']}")
    for path in (CONFIG_MAP + "demo", CONFIG_MAP + "extra", HOOK):
        if api.get(path):
            api.delete(path)
    if api.get("/apis/rbac.authorization.k8s.io/v1/clusterroles/demo"):
        api.delete("/apis/rbac.authorization.k8s.io/v1/clusterroles/demo")


def test_a_release_is_installed_without_what_it_needs_and_synced_again_without_a_change(scene: Scene) -> None:
    """Only the selected release is installed; its objects are known, each in its namespace or in none."""
    release = scene.chart("1.0.0", "first")

    async def play(charts: HelmCharts) -> None:
        assert await charts.status(release) == ReleaseStatus()
        await charts.sync(release)
        first = await charts.status(release)
        assert (first.status, first.version, first.revision) == ("deployed", "1.0.0", 1)
        assert set(first.applied) == {
            ObjectRef(Kind("v1", "ConfigMap"), "demo", "default"),
            ObjectRef(Kind("rbac.authorization.k8s.io/v1", "ClusterRole"), "demo", None),
        }
        uid = scene.api.get(CONFIG_MAP + "demo")["metadata"]["uid"]
        await charts.sync(release)
        assert (await charts.status(release)).status == "deployed"
        assert scene.api.get(CONFIG_MAP + "demo")["metadata"]["uid"] == uid

    scene.run(play)
    assert scene.value("extra") is None


def test_a_release_is_upgraded_and_never_lowered(scene: Scene) -> None:
    """A lower version in the helmfile is refused before helm is called, and what runs stays."""
    first, second = scene.chart("1.0.0", "first"), replace(DEMO, version="1.10.0")

    async def play(charts: HelmCharts) -> None:
        await charts.sync(first)
        scene.chart("1.10.0", "second")
        await charts.sync(second)
        assert (await charts.status(second)).version == "1.10.0"
        with pytest.raises(Permanent, match=r"1\.10\.0, newer than the helmfile's 1\.9\.0"):
            await charts.sync(scene.chart("1.9.0", "third"))

    scene.run(play)
    assert scene.value() == "second"


@pytest.mark.parametrize("before", [False, True])
def test_a_sync_killed_in_the_middle_is_repaired_and_synced_again(scene: Scene, before: bool) -> None:
    """Its record alone is taken away: no object is deleted or made anew, and the next sync adopts what there is."""

    async def play(charts: HelmCharts) -> None:
        if before:
            await charts.sync(scene.chart("1.0.0", "first"))
        release = scene.chart("1.1.0", "second", hook=True)
        pending = await _killed_in_the_middle(scene, charts, release)
        assert pending.status == ("pending-upgrade" if before else "pending-install")
        with pytest.raises(Transient, match="unfinished"):
            await charts.sync(release)
        uid = scene.api.get(CONFIG_MAP + "demo")["metadata"]["uid"]
        assert await charts.repair(release) == f"forgot revision {pending.revision} of demo, which was {pending.status}"
        assert (await charts.status(release)).status == ("deployed" if before else "")
        assert await charts.repair(release) == "release demo needed no repair"
        await charts.sync(scene.chart("1.1.0", "third"))
        assert (await charts.status(release)).status == "deployed"
        assert scene.api.get(CONFIG_MAP + "demo")["metadata"]["uid"] == uid

    scene.run(play)
    assert scene.value() == "third"


async def _killed_in_the_middle(scene: Scene, charts: HelmCharts, release: Release) -> ReleaseStatus:
    """The release as a sync leaves it whose processes are killed once its hook runs."""
    syncing = asyncio.create_task(charts.sync(release))
    await _until(lambda: syncing.done() or scene.api.get(HOOK))
    for path in scene.shell.state_dir.glob("command-*.json"):
        record = json.loads(path.read_text())
        for pid in process_tree.members(Tree(record["command"][0], own_session=True, mark=record["mark"])):
            os.kill(pid, signal.SIGKILL)
    with suppress(Permanent, Transient):
        await syncing
    return await charts.status(release)


async def _until(true: Callable[[], object]) -> None:
    """The scene as a whole bounds it."""
    while not true():  # noqa: ASYNC110 - what becomes true is other programs'
        await asyncio.sleep(0.1)


def test_cancelling_ends_helmfile_and_helm_at_once(scene: Scene) -> None:
    """After Ctrl-C no process of the sync is left, and no record of one."""
    release = scene.chart("1.1.0", "second", hook=True)

    async def play(charts: HelmCharts) -> None:
        syncing = asyncio.create_task(charts.sync(release))
        await _until(lambda: syncing.done() or scene.api.get(HOOK))
        record = next(scene.shell.state_dir.glob("command-*.json"))
        known = json.loads(record.read_text())
        tree = Tree(known["command"][0], own_session=True, mark=known["mark"])
        syncing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await syncing
        assert process_tree.members(tree) == []
        assert not list(scene.shell.state_dir.glob("command-*.json"))

    scene.run(play)


def test_only_the_definitions_of_a_chart_are_kept(scene: Scene) -> None:
    """Rendering needs no cluster and gives the CustomResourceDefinitions alone."""
    release = scene.chart("1.0.0", "first", definition=True)

    async def play(charts: HelmCharts) -> None:
        assert [each["metadata"]["name"] for each in await charts.crds(release)] == ["demos.example.com"]

    scene.run(play)
    assert scene.value() is None


def test_changes_are_told_when_the_record_changes(scene: Scene) -> None:
    """A watcher hears at once that it stands, and again when the release is synced; it ends when it is closed."""
    release = scene.chart("1.0.0", "first")

    async def play(charts: HelmCharts) -> None:
        stands, heard = asyncio.Event(), asyncio.Event()

        async def listen() -> None:
            async for _ in charts.changes(release):
                (heard if stands.is_set() else stands).set()

        listening = asyncio.create_task(listen())
        await stands.wait()
        await _until(lambda: list(scene.shell.state_dir.glob("command-*.json")))
        while not heard.is_set():  # the watch may stand a moment later than its process
            await charts.sync(release)
            await asyncio.sleep(0.5)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        assert not list(scene.shell.state_dir.glob("command-*.json"))

    scene.run(play)


def test_secrets_of_the_kubeconfig_are_in_no_log_argument_or_file(scene: Scene) -> None:
    """Nothing of it is left when the connection is closed, and helm keeps its own things in the run's folder."""
    release = scene.chart("1.0.0", "first")
    scene.run(lambda charts: charts.sync(release))
    assert scene.ran
    assert scene.api.token not in repr(scene.ran)
    files = [path for path in scene.shell.state_dir.rglob("*") if path.is_file()]
    assert not [path for path in files if scene.api.token.encode() in path.read_bytes()]
    assert not list(scene.shell.state_dir.glob("private-*"))


def test_charts_that_a_killed_run_pulled_are_removed(scene: Scene) -> None:
    """Half a chart would be taken for a whole one; those of a run that lives are left alone."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    kept = scene.shell.state_dir / "helm"
    for pid in (gone.pid, os.getpid()):
        (kept / f"charts-{pid}").mkdir(parents=True)

    async def nothing(_: HelmCharts) -> None: ...

    scene.run(nothing)
    assert [path.name for path in kept.iterdir()] == [f"charts-{os.getpid()}"]


def test_an_api_that_does_not_answer_is_transient(scene: Scene) -> None:
    """Status and sync say so in a sentence that names the release."""
    release = scene.chart("1.0.0", "first")
    away = replace(
        scene, api=replace(scene.api, kubeconfig=scene.api.kubeconfig.replace(scene.api.url, "https://127.0.0.1:1"))
    )

    async def play(charts: HelmCharts) -> None:
        for call in (charts.status(release), charts.sync(release)):
            with pytest.raises(Transient, match="release demo: the API does not answer now"):
                await call

    away.run(play)


def _helmfile() -> str:
    return """---
helmDefaults:
  cleanupOnFail: true
  createNamespace: false
  timeout: 120
  wait: false
releases:
  - name: other
    namespace: default
    chart: ../../../../charts/nowhere
  - name: demo
    namespace: default
    chart: ../../../../charts/demo
    needs: [default/other]
"""


def _config_map(name: str, value: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  value: {value}\n"


def _cluster_role() -> str:
    return "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: demo\nrules: []\n"


def _hook() -> str:
    return """apiVersion: v1
kind: Pod
metadata:
  name: hook
  annotations:
    helm.sh/hook: post-install,post-upgrade
spec:
  restartPolicy: Never
  containers: [{name: hook, image: never}]
"""


def _definition() -> str:
    return """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: demos.example.com
spec:
  group: example.com
  names: {kind: Demo, plural: demos}
  scope: Namespaced
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
"""
