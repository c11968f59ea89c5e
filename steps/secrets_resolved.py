"""secrets_resolved: every reference has a value, and the PKI among them has the shape of one."""

from __future__ import annotations

import base64
import binascii
import json

from bootstrap.gate import Gate
from bootstrap.memory import Memory
from bootstrap.step import Step
from bootstrap.verdict import Holds, Never, Verdict
from steps.site import Site

CONNECT_CREDENTIALS = "CREDENTIALS_JSON_BASE64"


def secrets_resolved(site: Site, needs: tuple[str, ...]) -> Step:
    """Nothing is applied before all secrets are at hand: a half-configured cluster is worse than none."""
    return Step(
        name="secrets_resolved",
        summary="Every secret that the templates refer to is in memory, fetched once, and the PKI is whole.",
        needs=needs,
        gate=Gate("every reference has a value", lambda memory: _observe(site, memory), stability_s=0.0),
        deadline_s=300.0,
        expected_s=3.0,
        guarded=True,
    )


async def _observe(site: Site, _: Memory) -> Verdict:
    values = await site.secrets()
    empty = sorted(str(reference) for reference, value in values.items() if not value.reveal().strip())
    if empty:
        # an empty text renders to a config that Talos takes and that cannot work, e.g. one without etcd CA
        return Never(f"these secrets are empty: {', '.join(empty)}", "fill them in the vault, then run again")
    identity = await site.identity()
    wrong = [
        str(ref)
        for ref, value in values.items()
        if ref.field.upper() == CONNECT_CREDENTIALS and not _is_document(value.reveal())
    ]
    if wrong:
        # 1Password Connect decodes the value of its Secret once more (1Password/connect-helm-charts#114)
        return Never(
            f"{', '.join(wrong)} is not base64 of a JSON document",
            "store the output of: base64 -w0 1password-credentials.json",
        )
    return Holds({"references": len(values), "kubernetes_ca": identity.ca_fingerprint[:16]})


def _is_document(value: str) -> bool:
    try:
        return isinstance(json.loads(base64.b64decode(value, validate=True)), dict)
    except (binascii.Error, ValueError):
        return False
