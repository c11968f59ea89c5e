"""A copy of all objects of one kind, kept by list and watch over restarts of the API and expired versions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from lab.contents.api import Api, ApiError, Object

Key = tuple[str, str]
"""Namespace, "" without one, and name."""

_PAUSE_S = 0.5


def key_of(obj: Object) -> Key:
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


class Mirror:
    """path: of the kind's list. changed: called after every change."""

    def __init__(self, api: Api, path: str, changed: Callable[[], None]) -> None:
        self._api = api
        self._path = path
        self._changed = changed
        self._objects: dict[Key, Object] = {}
        self.listed = asyncio.Event()

    def __iter__(self) -> Iterator[Object]:
        return iter(list(self._objects.values()))

    def get(self, name: str, namespace: str = "") -> Object | None:
        return self._objects.get((namespace, name))

    def put(self, obj: Object) -> None:
        """What the API answered to a write: known before the watch tells it."""
        before = self._objects.get(key_of(obj))
        if before is None or _version(before) < _version(obj):
            self._objects[key_of(obj)] = obj
            self._changed()

    async def keep(self) -> None:
        """Runs until cancelled."""
        while True:
            try:
                await self._follow(await self._list())
            except (ApiError, ConnectionError):
                await asyncio.sleep(_PAUSE_S)

    async def _list(self) -> str:
        answer = await self._api.get(self._path)
        kind = {"kind": answer["kind"].removesuffix("List"), "apiVersion": answer["apiVersion"]}
        self._objects = {key_of(item): {**kind, **item} for item in answer["items"]}
        self.listed.set()
        self._changed()
        return str(answer["metadata"]["resourceVersion"])

    async def _follow(self, version: str) -> None:
        while True:
            async for event in self._api.watch(self._path, version):
                if event["type"] == "ERROR":  # 410 among them: list again
                    return
                version = str(event["object"]["metadata"]["resourceVersion"])
                self._take(event)

    def _take(self, event: Object) -> None:
        obj: Object = event["object"]
        if event["type"] == "DELETED":
            self._objects.pop(key_of(obj), None)
        elif event["type"] != "BOOKMARK":
            before = self._objects.get(key_of(obj))
            if before and before["metadata"]["uid"] == obj["metadata"]["uid"] and _version(obj) < _version(before):
                return
            self._objects[key_of(obj)] = obj
        self._changed()


def _version(obj: Object) -> int:
    return int(obj["metadata"]["resourceVersion"])
