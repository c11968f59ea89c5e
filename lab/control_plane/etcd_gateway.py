"""One etcd member asked over its JSON gateway: gRPC's calls as POST, 64 bit numbers as strings, bytes as base64.

https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

from lab.control_plane.disk import Disk
from lab.control_plane.tls import etcd_client
from lab.ports import EtcdMember, EtcdStatus


class EtcdGateway:
    """Raises ConnectionError where etcd does not answer or cannot do it now, LookupError for a member that is none."""

    def __init__(self, url: str, disk: Disk) -> None:
        self._url, self._http = url, etcd_client(url, disk)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def healthy(self) -> bool:
        """Whether it has a leader and can read through it."""
        try:
            answer = await self._http.get("/health")
            return answer.status_code == httpx.codes.OK and answer.json().get("health") == "true"
        except (httpx.HTTPError, ValueError):
            return False

    async def members(self) -> tuple[EtcdMember, ...]:
        """As the cluster has agreed; a learner knows them only by itself."""
        answer = await self._call("cluster/member/list", {"linearizable": True})
        return tuple(_member(member) for member in answer["members"])

    async def status(self) -> EtcdStatus:
        return _status(await self._call("maintenance/status", {}))

    async def add_learner(self, peer_url: str) -> tuple[int, tuple[EtcdMember, ...]]:
        """The new member's id, and all members, it included."""
        answer = await self._call("cluster/member/add", {"peerURLs": [peer_url], "isLearner": True})
        return int(answer["member"]["ID"]), tuple(_member(member) for member in answer["members"])

    async def promote(self, id: int) -> None:
        await self._call("cluster/member/promote", {"ID": str(id)})

    async def remove(self, id: int) -> None:
        await self._call("cluster/member/remove", {"ID": str(id)})

    async def snapshot(self) -> AsyncIterator[bytes]:
        """The database in pieces; the last one is its SHA-256, as etcdutl wants it."""
        try:
            async with self._http.stream("POST", f"{self._url}/v3/maintenance/snapshot", json={}) as answer:
                async for line in answer.aiter_lines():
                    piece = json.loads(line)
                    if "result" not in piece:
                        raise ConnectionError(f"etcd at {self._url} broke off its snapshot: {piece.get('error')}")
                    yield b64decode(piece["result"].get("blob", ""))
        except httpx.HTTPError as error:
            raise self._silent(error) from None

    async def _call(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        try:
            answer = await self._http.post(f"/v3/{path}", json=body)
        except httpx.HTTPError as error:
            raise self._silent(error) from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise LookupError(_message(answer))
        if answer.status_code != httpx.codes.OK:
            raise ConnectionError(f"etcd at {self._url} refused {path}: {_message(answer)}")
        said: dict[str, Any] = answer.json()
        return said

    def _silent(self, error: httpx.HTTPError) -> ConnectionError:
        return ConnectionError(f"etcd at {self._url} does not answer: {error or type(error).__name__}")


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError):
        return f"HTTP {answer.status_code}"


def _member(said: Mapping[str, Any]) -> EtcdMember:
    return EtcdMember(
        id=int(said["ID"]),
        name=said.get("name", ""),
        peer_urls=tuple(said.get("peerURLs", ())),
        client_urls=tuple(said.get("clientURLs", ())),
        learner=said.get("isLearner", False),
    )


def _status(said: Mapping[str, Any]) -> EtcdStatus:
    return EtcdStatus(
        cluster_id=int(said["header"]["cluster_id"]),
        member_id=int(said["header"]["member_id"]),
        leader=int(said.get("leader", 0)),
        learner=said.get("isLearner", False),
        version=said["version"],
        db_size=int(said.get("dbSize", 0)),
        db_size_in_use=int(said.get("dbSizeInUse", 0)),
        raft_index=int(said.get("raftIndex", 0)),
        raft_term=int(said.get("raftTerm", 0)),
        raft_applied_index=int(said.get("raftAppliedIndex", 0)),
        errors=tuple(said.get("errors", ())),
    )
