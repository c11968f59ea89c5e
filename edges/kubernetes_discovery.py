"""Which kinds an API server serves, and at which path.

The client's own discoverers keep their answers in a file in the shared temporary folder, named by the server alone,
which another cluster behind the same address would then be read by. This one keeps them in memory, and asks again for a
kind that it does not know: definitions arrive during a bootstrap.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

from edges.kubernetes_transport import CONNECT_S, READ_S
from estate.kubernetes import Kind


class Discovery:
    """A `discoverer` for kubernetes.dynamic.DynamicClient."""

    def __init__(self, client: Any, cache_file: object = None) -> None:
        self._client = client
        self._known: dict[str, dict[str, Any]] = {}

    def find(self, kind: Kind) -> Any | None:
        """The client's Resource of a kind; None when the API server does not serve it. Asks only when not known."""
        known = self._known.get(kind.api_version, {}).get(kind.kind)
        return known if known is not None else self.asked(kind)

    def asked(self, kind: Kind) -> Any | None:
        """As `find`, by what the API server says now."""
        self._known[kind.api_version] = found = self._fetched(kind.api_version)
        return found.get(kind.kind)

    def forget(self, kind: Kind) -> None:
        """Ask again for this kind at its next use."""
        self._known.pop(kind.api_version, None)

    def _fetched(self, api_version: str) -> dict[str, Any]:
        group, _, version = api_version.rpartition("/")
        prefix = "apis" if group else "api"
        errors = import_module("kubernetes.dynamic.exceptions")
        try:
            answer = self._client.request(
                "GET", f"/{prefix}/{api_version}", serialize=False, _request_timeout=(CONNECT_S, READ_S)
            )
        except errors.NotFoundError:
            return {}
        listed = json.loads(answer.data).get("resources") or []
        resource = import_module("kubernetes.dynamic.resource").Resource
        return {
            each["kind"]: resource(
                prefix=prefix, group=group or None, api_version=version, kind=each["kind"], name=each["name"],
                namespaced=each["namespaced"], verbs=each.get("verbs"), client=self._client,
            )
            for each in listed
            if "/" not in each["name"]
        }  # fmt: skip
