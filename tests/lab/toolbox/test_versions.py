"""Which versions fit, and how programs say theirs."""

from __future__ import annotations

import pytest

from lab.toolbox.catalog import TOOLS
from lab.toolbox.on_path import fits, said_version


@pytest.mark.parametrize(
    ("said", "wanted", "fit"),
    [
        ("v1.34.4", "1.34.4", True),
        ("1.34.9", "1.34.4", True),
        ("v1.34", "1.34.4", True),
        ("v3.20.0+gb7a8b7d", "3.20.2", True),
        ("v1.34.2+k3s1", "1.34.4", True),
        ("v1.33.4", "1.34.4", False),
        ("v2.34.4", "1.34.4", False),
        ("v1.3.4", "1.34.4", False),
        ("v1.32.4-dispatcher", "1.34.4", False),
        ("v1.34.4-dispatcher", "1.34.4", False),
        ("v1.34.0-rc.1", "1.34.4", False),
        ("v3.1.2+unknown", "3.1.2", True),
        ("", "1.34.4", False),
        ("latest", "1.34.4", False),
    ],
)
def test_a_version_fits_when_it_is_a_plain_release_of_the_same_minor(said: str, wanted: str, fit: bool) -> None:
    """Patches differ freely; another minor, a pre-release and a vendor's own are not taken."""
    assert fits(said, wanted) is fit


SAID = {
    "talosctl": "Client:\n\tTag:         v1.11.5\n\tSHA:         bc34de6e\n\tOS/Arch:     linux/amd64\n",
    "helm": "v3.20.2+g65d8d8f\n",
    "helm4": "v4.3.1\n",
    "helmfile": "helmfile version 1.8.0\n",
    "kubectl": '{\n  "clientVersion": {\n    "gitVersion": "v1.34.4",\n    "gitCommit": "x"\n  }\n}\n',
    "etcd": "etcd Version: 3.6.16\nGit SHA: 8d3c3f6\nGo Version: go1.26.8\n",
    "etcdutl": "etcdutl version: 3.6.16\nAPI version: 3.6\n",
    "kube-apiserver": "Kubernetes v1.34.4\n",
    "kube-controller-manager": "Kubernetes v1.34.4\n",
    "kube-scheduler": "Kubernetes v1.34.4\n",
    "kwok": "kwok version v0.7.0 go1.26.8 (linux/amd64)\n",
    "registry": "/usr/bin/registry github.com/distribution/distribution/v3 v3.1.2\n",
    "coredns": "CoreDNS-1.14.3\nlinux/amd64, go1.26.8, \n",
}
"""What the programs print, as it was seen."""

PROBED = {b.name: (tool, b) for tool in TOOLS for b in tool.binaries if b.probe is not None}


def test_every_program_that_a_user_may_have_is_known_by_what_it_prints() -> None:
    """The table of this file covers each program that is asked."""
    assert set(SAID) == set(PROBED)


@pytest.mark.parametrize("name", SAID)
def test_the_version_is_read_from_what_the_program_prints(name: str) -> None:
    """Each program's own words give a version that fits the catalog's."""
    tool, binary = PROBED[name]
    assert binary.probe is not None
    assert fits(said_version(SAID[name], binary.probe), tool.version)


@pytest.mark.parametrize("name", SAID)
def test_words_of_another_kind_give_no_version(name: str) -> None:
    """A program that complains is not taken for one that fits."""
    probe = PROBED[name][1].probe
    assert probe is not None
    assert not fits(said_version("error: unknown flag\nUsage: it [command]\n", probe), PROBED[name][0].version)
