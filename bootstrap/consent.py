"""Consent to destruction: given by a flag, asked for, or refused unasked (rule 7). Pure."""

from __future__ import annotations

from enum import StrEnum

from bootstrap.errors import Refused


class Consent(StrEnum):
    GIVEN = "given"
    ASK = "ask"


def refuse_another(cluster: str, yes_destroy: str) -> None:
    """Raises Refused when --yes-destroy names another cluster than `cluster`, whether or not anything is destroyed."""
    if yes_destroy and yes_destroy != cluster:
        raise Refused(
            f"--yes-destroy names {yes_destroy}, this run is about {cluster}",
            "see which cluster you mean, then run again",
        )


def consent(cluster: str, *, protected: bool, yes_destroy: str, terminal: bool) -> Consent:
    """Whether destruction on `cluster` is agreed to already, or its name must still be typed.

    yes_destroy: what --yes-destroy said, "" without it. An unprotected cluster takes the flag or the typed name; a
    protected one takes both, and a terminal. Raises Refused with what is missing.
    """
    refuse_another(cluster, yes_destroy)
    if protected and not (terminal and yes_destroy):
        raise Refused(
            f"{cluster} is protected: to destroy something there takes --yes-destroy {cluster} and a terminal",
            f"run it by hand on a terminal, with --yes-destroy {cluster}, and type the name when asked",
        )
    if protected:
        return Consent.ASK
    if yes_destroy:
        return Consent.GIVEN
    if not terminal:
        raise Refused(
            f"something of {cluster} would be destroyed, and there is no terminal to ask on",
            f"run it on a terminal, or with --yes-destroy {cluster}",
        )
    return Consent.ASK
