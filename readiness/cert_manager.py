"""cert-manager: three Deployments, and a webhook that the API server can trust."""

from __future__ import annotations

from collections.abc import Sequence

from bootstrap.verdict import Holds, NotYet, Verdict
from readiness.fields import Object, mappings, name_of, text
from readiness.sentence import listed
from readiness.verdicts import every
from readiness.workload import deployment

DEPLOYMENTS = ("cert-manager", "cert-manager-cainjector", "cert-manager-webhook")
WEBHOOK = "cert-manager-webhook"


def ready(
    deployments: Sequence[Object],
    webhook: Object | None,
    pods: Sequence[Object] = (),
    events: Sequence[Object] = (),
    now: float | None = None,
) -> Verdict:
    """Holds when controller, CA injector and webhook are Current and the webhook's configuration has its CA.

    deployments: of its namespace. webhook: ValidatingWebhookConfiguration cert-manager-webhook.
    The CA is injected after the Deployments are ready, and without it every call fails with an unknown authority
    (cert-manager/cert-manager#2908). Whether the webhook answers, a server-side dry run tells.
    """
    by_name = {name_of(obj): obj for obj in deployments}
    workloads = (deployment(by_name.get(name), 1, pods, events, now, name=name) for name in DEPLOYMENTS)
    return every(*workloads, _trusted(webhook))


def _trusted(webhook: Object | None) -> Verdict:
    if webhook is None:
        return NotYet(f"ValidatingWebhookConfiguration {WEBHOOK} does not exist")
    hooks = mappings(webhook, "webhooks")
    blind = [text(hook, "name") for hook in hooks if not text(hook, "clientConfig", "caBundle")]
    if blind or not hooks:
        return NotYet(f"{WEBHOOK} has no CA yet: {listed(blind) or 'it lists no webhook'}", underway=True)
    return Holds({"webhook_ca": "injected"})
