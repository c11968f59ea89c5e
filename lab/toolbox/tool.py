"""A tool of the lab, as data: where it comes from, how it is built, what of its module is needed at run time."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Probe:
    """How a program says its own version without dialling anything.

    arguments: after the program. pattern: a regular expression whose only group is the version.
    """

    arguments: tuple[str, ...]
    pattern: str


@dataclass(frozen=True, slots=True)
class Binary:
    """One program. name: what the lab calls it. package: Go's import path of its main package.

    file: its name on disk, which a program may show in its own help ("" is `name`).
    probe: None for a program that nobody has on PATH: it is always built.
    """

    name: str
    package: str
    file: str = ""
    probe: Probe | None = None

    @property
    def on_disk(self) -> str:
        """The file's name, which is also the one that is looked for on PATH."""
        return self.file or self.name


@dataclass(frozen=True, slots=True)
class Tool:
    """What one Go module gives. version: without v, the module's tag. go: the oldest Go that builds it.

    settings: variables of the program that are set when it is linked, as (variable, value).
    material: folders or patterns within the module's folder that are kept beside the programs.
    prepare: empty files that the module's package embeds and its module lacks; built from a copy that has them.
    cold_s: seconds of a build on two cores when nothing is cached.
    """

    name: str
    module: str
    version: str
    binaries: tuple[Binary, ...]
    go: str = "1.26.0"
    settings: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    material: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    cold_s: float = field(default=60.0, repr=False)

    @property
    def title(self) -> str:
        """For sentences."""
        return f"{self.name} {self.version}"
