"""Versions in order, and diffs that would lower one (rule 13). Pure."""

from __future__ import annotations

from itertools import pairwise

import pytest

from steps.versions import lowered, older, same

ASCENDING = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
             "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"]  # fmt: skip
"""The example of semver.org, section 11, and beyond."""


@pytest.mark.parametrize(("low", "high"), list(pairwise(ASCENDING)))
def test_versions_are_ordered_as_semver_says(low: str, high: str) -> None:
    """Numbers by value, pre-releases before their release."""
    assert older(low, high)
    assert not older(high, low)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("v1.21.1", "1.21.1"),
        ("1.19", "1.19.0"),
        ("1", "1.0.0"),
        ("1.2.3+build.5", "1.2.3"),
        ("1.2.3-rc.1+a", "v1.2.3-rc.1+b"),
        ("", "1.2.3"),
        ("1.2.3", ""),
        ("latest", "1.2.3"),
        ("1.x.x", "9.9.9"),
        ("^1.2", "2.0.0"),
        ("1.2.²", "2.0.0"),
        ("1.2.3.4", "9.9.9"),
    ],
)
def test_equal_or_unreadable_versions_are_not_older(one: str, other: str) -> None:
    """A leading v, missing zeros and build data change nothing; what is no version is not compared."""
    assert not older(one, other)
    assert not older(other, one)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("1.20.1", "1.20.1+dbe700f341e7", True),  # helm-controller's, of a chart from an OCIRepository
        ("v1.21.1", "1.21.1+780bb907a514", True),
        ("1.20.1", "1.20.2", False),
        ("1.20.1-rc.1", "1.20.1", False),
        ("latest", "latest", True),
        ("latest", "edge", False),
        ("", "1.20.1", False),
    ],
)
def test_a_version_is_the_same_whatever_was_built_of_it(one: str, other: str, equal: bool) -> None:
    """Build data is no other version (semver.org, section 10); what is no version is compared as text."""
    assert same(one, other) is equal
    assert same(other, one) is equal


DIFF = """--- applied
+++ wanted
@@ -1,4 +1,4 @@
   kubelet:
-    image: ghcr.io/siderolabs/kubelet:{kubelet_runs}
+    image: ghcr.io/siderolabs/kubelet:{kubelet_wanted}
   install:
-    image: factory.talos.dev/metal-installer/37656798@x:{talos_runs}
+    image: "factory.talos.dev/metal-installer/37656798@x:{talos_wanted}"
"""


@pytest.mark.parametrize(
    ("versions", "sentences"),
    [
        (("v1.34.4", "v1.34.4", "v1.11.5", "v1.11.6"), []),
        (("v1.35.0", "v1.34.4", "v1.11.5", "v1.11.5"), ["ghcr.io/siderolabs/kubelet v1.35.0 -> v1.34.4"]),
        (("v1.35.0", "v1.34.4", "v1.12.0", "v1.11.5"), ["kubelet v1.35.0", "metal-installer/37656798@x v1.12.0"]),
        (("v1.34.0", "v1.34.4", "v1.11.5", "v1.12.0"), []),
    ],
)
def test_a_diff_that_lowers_an_image_is_noticed(versions: tuple[str, str, str, str], sentences: list[str]) -> None:
    """The kubelet's image above all: applying it changes what runs, whatever Talos runs."""
    names = ("kubelet_runs", "kubelet_wanted", "talos_runs", "talos_wanted")
    found = lowered(DIFF.format(**dict(zip(names, versions, strict=True))))
    assert len(found) == len(sentences)
    assert all(sentence in text for sentence, text in zip(sentences, found, strict=True))


@pytest.mark.parametrize("diff", ["", "-  hostname: a\n+  hostname: b", "-  image: a/b:v2.0.0", "+  image: a/b:v1.0.0"])
def test_other_differences_lower_nothing(diff: str) -> None:
    """Nor does an image that only comes or only goes."""
    assert lowered(diff) == ()
