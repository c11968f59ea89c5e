"""Command lines of the components: what Talos gives, then the machine config's extraArgs, then what the lab fixes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

ADDITIVE = frozenset({"enable-admission-plugins", "feature-gates", "authorization-mode", "controllers"})
"""Flags to whose values extraArgs add, as in Talos."""

_EVERYWHERE = ("0.0.0.0", "[::]")  # noqa: S104 - found in what is given, never bound


def command_line(
    program: str, own: Mapping[str, str], extra: Mapping[str, str], fixed: Mapping[str, str], address: str
) -> tuple[str, ...]:
    """argv. fixed: stand against `extra`: places of files, and addresses.

    "Everywhere" in an extraArg becomes `address`: there, a machine has all addresses to itself; here, its own one.
    """
    flags = dict(own)
    for flag, value in extra.items():
        flags[flag] = _added(flags.get(flag), value) if flag in ADDITIVE else _here(value, address)
    return (program, *_rendered({**flags, **fixed}))


def _added(own: str | None, more: str) -> str:
    return ",".join(dict.fromkeys([*(own.split(",") if own else []), *more.split(",")]))


def _here(value: str, address: str) -> str:
    for everywhere in _EVERYWHERE:
        value = value.replace(everywhere, address)
    return value


def _rendered(flags: Mapping[str, str]) -> Iterable[str]:
    return (f"--{flag}={value}" for flag, value in sorted(flags.items()))
