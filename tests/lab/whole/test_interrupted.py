"""Stopped in the very middle of a release: nothing goes on behind the operator's back, and no release stays pending."""

from __future__ import annotations

import json
import signal

import pytest

from tests.commands.desk import Desk, until
from tests.lab.whole.evidence import journal
from tests.lab.whole.hearing import heard, run, summary
from tests.lab.whole.homelab import inside
from tests.lab.whole.paused import held
from tests.lab.whole.walk import left_by

pytestmark = [
    pytest.mark.needs("a private network"), pytest.mark.xdist_group("lab"), pytest.mark.timeout(2400), pytest.mark.full
]  # fmt: skip


def test_stopped_in_the_middle_of_a_release_the_next_run_repairs_it(own_desk: Desk) -> None:
    """Ctrl-C while helm installs Cilium: exit code 130, and helm is gone with it. kill -9 while it installs
    cert-manager: the next run ends the helm that was left. Both releases were pending; both are deployed in the end."""
    with run(own_desk, "--until", "cert_manager") as running:
        heard(running, "Acting", "cilium")
        with held(own_desk, "cilium"):
            running.tell(signal.SIGINT)
            ended = running.end()
            assert left_by(own_desk) == []
    assert ended.code == 130, ended.end_of_it
    assert summary(ended)["outcome"] == "cancelled"
    assert releases(own_desk)["cilium"] == "pending-install"

    with run(own_desk, "--until", "cert_manager") as running:
        assert "forgot revision 1 of cilium, which was pending-install" in heard(running, "Acted", "cilium")["effect"]
        heard(running, "Acting", "cert_manager")
        with held(own_desk, "cert-manager") as helm:
            running.kill()
            until("helm alone is left", lambda: [line.split()[0] for line in left_by(own_desk)] == [str(helm)])
            ended = own_desk.run("bootstrap", "--cluster", "main", "--estate", "lab", "--until", "cert_manager")
            assert left_by(own_desk) == []
    assert ended.code == 0, ended.end_of_it
    assert "ended what an earlier run had left running: helmfile" in ended.err
    assert "forgot revision 1 of cert-manager, which was pending-install" in _effects(own_desk)
    assert set(releases(own_desk).values()) == {"deployed"}


def releases(desk: Desk) -> dict[str, str]:
    """Status by name, unfinished ones too."""
    listed = json.loads(inside(desk, "helm list --all-namespaces --all --output json"))
    return {each["name"]: each["status"] for each in listed}


def _effects(desk: Desk) -> str:
    return "\n".join(fields["effect"] for kind, fields in journal(desk) if kind == "Acted")
