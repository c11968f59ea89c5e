"""The lab's tools: built from their Go modules into the user's cache, or taken from PATH."""

from lab.toolbox.building import build
from lab.toolbox.linking import link
from lab.toolbox.toolbox import NotBuilt, Toolbox

__all__ = ["NotBuilt", "Toolbox", "build", "link"]
