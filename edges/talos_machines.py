"""The machines of a cluster through talosctl: one node a call, never anything of the operator's own talosconfig."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from bootstrap.errors import Permanent, Refused, Transient
from bootstrap.secret import Secret
from edges import talos_tables as tables
from edges.command import Completed
from edges.field_mask import masked, secrets_in
from edges.private_text import PrivateText
from edges.talos_call import Calls, succeeded
from edges.talos_errors import understood
from edges.talos_look import Looks, where
from edges.talos_probe import Answer, authority
from edges.talos_resources import SERVICES, spec_of
from edges.talos_watch import Watches
from estate.machines import Etcd, Machine, State
from inventory.model import Node

_NO_CONFIG = "does not have a config yet"
_SUMMARY = ("Dry run summary:", "Config diff:", "(skipped in dry-run).")


class TalosMachines:
    """talosconfig: our credentials; it is readable for talosctl as long as this object lives. Nothing is dialled at
    making it. Raises Permanent when the talosconfig has no CA."""

    def __init__(self, calls: Calls, talosconfig: Secret) -> None:
        self._calls = calls
        trust = authority(talosconfig)
        self._talosconfig = PrivateText(talosconfig, calls.shell.state_dir)
        self._looks = Looks(calls, self._talosconfig.path, trust)
        self._watches = Watches(self._looks)
        self._clusters = tables.Clusters()

    def close(self) -> None:
        """The credentials are not readable any more."""
        self._talosconfig.close()

    async def look(self, node: Node) -> Machine:
        return await self._looks.look(node)

    def changes(self, nodes: Sequence[Node]) -> AsyncIterator[object]:
        return self._watches.changes(nodes)

    async def difference(self, node: Node, config: Secret) -> str:
        """As the machine itself sees it, by a dry run. A machine without a config has one sentence."""
        answer = await self._answer(node)
        said = await self._apply(node, config, answer, ("--dry-run",))
        if _NO_CONFIG in said.stderr:
            return f"{where(node)} has no machine config yet: all of it is new"
        return _diff(said.stderr)

    async def apply(self, node: Node, config: Secret) -> None:
        await self._apply(node, config, await self._answer(node), ())

    async def bootstrap_etcd(self, node: Node) -> None:
        await self._must(node, ("bootstrap", *self._ours(node)))

    async def etcd(self, node: Node) -> Etcd:
        """The members as its own etcd lists them. talosctl has no id of the cluster: one is made up from the members,
        the same for all nodes that show one cluster through this connection."""
        listed = await self._calls.run(("etcd", "members", *self._ours(node)), where=where(node))
        if listed.exit_code != 0:
            return await self._silent(node, understood(listed.stderr, where(node)))
        members = tables.members(listed.stdout)
        status = await self._calls.run(("etcd", "status", *self._ours(node)), where=where(node))
        leader = tables.leader(status.stdout) if status.exit_code == 0 else ""
        return Etcd(bool(members and leader), self._clusters.name(members), members, leader)

    async def _silent(self, node: Node, why: Transient | Permanent) -> Etcd:
        """etcd did not answer: whether because it does not run, the machine itself says (or it does not answer)."""
        if isinstance(why, Refused):
            raise await self._unless_bare(node, why)
        service = await self._looks.get(node, SERVICES, insecure=False)
        etcd = [spec_of(each) for each in service if each.get("metadata", {}).get("id") == "etcd"]
        if isinstance(why, Permanent) and not etcd:
            raise why
        if etcd and etcd[0].get("running") and etcd[0].get("healthy"):
            raise why
        return Etcd(running=False)

    async def kubeconfig(self, node: Node) -> Secret:
        said = await self._must(
            node, ("kubeconfig", "-", "--merge=false", "--force", *self._ours(node)), secret_stdout=True
        )
        if not said.raw.reveal().strip():
            raise Transient(f"{where(node)} handed out an empty kubeconfig")
        return said.raw

    async def _must(self, node: Node, argv: Sequence[str], *, secret_stdout: bool = False) -> Completed:
        try:
            return await self._calls.must(argv, where=where(node), secret_stdout=secret_stdout)
        except Refused as error:
            raise await self._unless_bare(node, error) from None

    async def _unless_bare(self, node: Node, error: Refused) -> Transient | Refused:
        """A machine in maintenance mode shows a certificate that nobody signed, as a stranger does: only a look tells
        them apart."""
        if (await self.look(node)).state is not State.MAINTENANCE:
            return error
        return Transient(f"{where(node)} is in maintenance mode: it has no machine config yet")

    def _ours(self, node: Node) -> tuple[str, ...]:
        return self._looks.access(node, insecure=False)

    async def _answer(self, node: Node) -> Answer:
        answer = await self._looks.answer(node)
        if answer is None:
            raise Transient(f"{where(node)} does not answer")
        return answer

    async def _apply(self, node: Node, config: Secret, answer: Answer, options: tuple[str, ...]) -> Completed:
        """In maintenance mode only to the very boot that was looked at: the machine whose MAC was verified."""
        how = ("--mode", "auto") if answer.trusted else ("--mode", "auto", *self._pinned(node))
        argv = ("apply-config", "--file", "/dev/stdin", *how, *options)
        completed = await self._calls.run(
            (*argv, *self._looks.access(node, insecure=not answer.trusted)),
            where=where(node),
            stdin=config.reveal(),
            secrets=secrets_in(config.reveal()),
            mask=masked,
        )
        return succeeded(completed, where(node))

    def _pinned(self, node: Node) -> tuple[str, ...]:
        boot = self._looks.boots.get(node.name)
        return ("--cert-fingerprint", boot.fingerprint) if boot and boot.fingerprint else ()


def _diff(said: str) -> str:
    """The diff in what a dry run says; "" when it says that there is none (v1alpha1_server.go, generateDiff)."""
    _, found, diff = said.partition("Config diff:")
    if not found:
        raise Permanent(
            f"talosctl's dry run said something other than a diff: {said.strip()[:300]}",
            "its version is not one that Firstlight knows: use the inventory's Talos version of talosctl",
        )
    text = diff.strip("\n")
    return "" if text.strip() in ("", "No changes.") else text
