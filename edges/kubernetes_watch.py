"""One kind watched, as a blocking stream of "something may have changed"."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from bootstrap.errors import Permanent, Transient
from edges.kubernetes_call import Call
from estate.kubernetes import Kind

if TYPE_CHECKING:
    from edges.kubernetes_session import Session


class Watch:
    """An edges.workers.Stream: lists, then watches, and goes on where it was when the server ends a watch in peace.

    Ends when the kind is not served, or when only a new list can help (410, an error inside of the stream, a watch that
    brought nothing). Raises Transient while the API is away, and Permanent. `close` ends it from any thread.
    """

    def __init__(self, session: Session, kind: Kind) -> None:
        self._session, self._kind, self._call = session, kind, Call()

    def close(self) -> None:
        self._call.end()

    def __iter__(self) -> Iterator[object]:
        self._call.begin()
        try:
            yield from self._events()
        except (Transient, Permanent):
            if not self._call.ended:
                raise
        finally:
            self._call.finish()

    def _events(self) -> Iterator[object]:
        version = self._session.version_now(self._kind) or ""
        while version and not self._call.ended:
            yield self._kind  # also what changed before the list was made, or while nobody watched
            version = yield from self._after(version)

    def _after(self, version: str) -> Generator[object, None, str]:
        """Events after a resourceVersion. Returns the version to go on from, "" when a new list is needed."""
        last = ""
        for event in self._session.watch(self._kind, version):
            if event["type"] == "ERROR":
                return ""
            last = str(event["object"]["metadata"]["resourceVersion"])
            if event["type"] != "BOOKMARK":
                yield self._kind
        return last
