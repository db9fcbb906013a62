"""Which releases of the AWS provider an environment can be deployed with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import provider_releases

if TYPE_CHECKING:
    from catalog.provider_releases import Flaw
    from settings.model import Environment


def flaws(environment: Environment) -> list[Flaw]:
    """Return what raises the oldest release for this environment."""
    return [flaw for flaw in provider_releases.flaws() if flaw.needs and _says(environment, flaw)]


def constraint(environment: Environment, *, kind: str) -> str:
    """Return the version constraint of a stack of this kind; each setting that raises it is the database's."""
    needed = [flaw.needs for flaw in flaws(environment) if flaw.setting.partition(".")[0] == kind]
    return provider_releases.constraint(needed)


def _says(environment: Environment, flaw: Flaw) -> bool:
    said: object = environment
    for part in flaw.setting.split("."):
        said = getattr(said, part, None)
    return str(said) == flaw.value
