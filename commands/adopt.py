"""``main.py adopt``."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from commands.common import ENVS, INVALID, Envs, today
from operations.adoption import environment_file, running, source
from operations.adoption.found import UnreadableError
from reading import loader
from settings import tiers

if TYPE_CHECKING:
    from findings.finding import Located
    from operations.adoption.environment_file import Draft
    from operations.adoption.running import Running

Environment = Annotated[str, typer.Argument(help="Name of the environment file to write.")]
Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--from",
        help="A Terraform state, terraform show -json, JSON of aws rds describe-…, or a folder of these; may be given "
        "several times. aws:<identifier> asks AWS itself, reading only.",
    ),
]
Cluster = Annotated[str | None, typer.Option(help="Identifier of the cluster, where there are several.")]
Tier = Annotated[str, typer.Option(help=f"One of {', '.join(tiers.TIERS)}.")]
Project = Annotated[str | None, typer.Option(help="The project's name.", show_default="from the cluster's identifier")]


def adopt(
    environment: Environment,
    *,
    sources: Sources = None,
    cluster: Cluster = None,
    tier: Tier = "production",
    project: Project = None,
    envs: Envs = ENVS,
) -> None:
    """Write the environment file of a cluster that runs already, whoever made it.

    The file holds what differs from its tier. What it cannot take over is listed, with the reason and what can be
    done. If nothing can be written, the exit code is 2. Nothing is changed anywhere.

    Example: python main.py adopt acme --from terraform.tfstate
    """
    target = envs / f"{environment}.yaml"
    if tier not in tiers.TIERS:
        _refuse([f"--tier: {tier!r} is not one of {', '.join(tiers.TIERS)}"])
    if not loader.NAME.fullmatch(environment):
        _refuse([f"{environment!r} cannot be an environment's name: up to 30 lower-case letters, digits, hyphens"])
    if target.exists():
        _refuse([f"{envs.name}/{target.name}: exists already; remove it, or choose another name"])
    asked = next((each.removeprefix(source.LIVE) for each in sources or () if each.startswith(source.LIVE)), None)
    files = [Path(each) for each in sources or () if not each.startswith(source.LIVE)]
    if not sources:
        _refuse([f"--from is missing: {source.WANTED}, or {source.LIVE}<identifier> to ask AWS itself"])
    try:
        chosen = running.choose(source.read(files, asked), cluster or asked)
    except UnreadableError as error:
        _refuse([str(error)])
    hindrances = running.hindrances(chosen)
    if hindrances:
        _refuse([f"{chosen.identifier} cannot be adopted:", *(f"  {left}" for left in hindrances)])
    named = project or _project(chosen.identifier, environment)
    made, remaining = _settled(chosen, environment, tier, named, envs)
    if remaining:
        _refuse(
            [f"{chosen.identifier} cannot be adopted as it is:", *(f"  {one.key}: {one.message}" for one in remaining)]
        )
    target.write_text(made.text, encoding="utf-8")
    typer.echo(f"{envs.name}/{target.name} is written for cluster {chosen.identifier}")
    _report(made, chosen, environment)


def _settled(chosen: Running, environment: str, tier: str, project: str, envs: Path) -> tuple[Draft, list[Located]]:
    """Return a file that checks, without the parameters that do not, and the errors that remain."""
    dropped: dict[str, str] = {}
    with_windows = False
    while True:
        made = environment_file.draft(
            chosen, environment=environment, tier=tier, project=project, with_windows=with_windows
        )
        parameters = made.data["database"].get("parameters", {})
        for name, message in dropped.items():
            made.leave(f"parameter {name} = {parameters.pop(name)}", message, "decide whether its default will do")
        if not parameters:
            made.data["database"].pop("parameters", None)
        errors = _errors(made.text, environment, envs)
        wrong = {
            one.key.removeprefix("database.parameters."): one.message
            for one in errors
            if one.key.startswith("database.parameters.")
        }
        of_windows = [one for one in errors if one.rule == "maintenance-windows"]
        if wrong:
            dropped |= wrong
        elif of_windows and not with_windows:
            with_windows = True
        else:
            return made, errors


def _errors(text: str, environment: str, envs: Path) -> list[Located]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / envs.name
        place.mkdir()
        (place / f"{environment}.yaml").write_text(text, encoding="utf-8")
        return loader.inspect(place, [environment], today=today()).errors


def _project(identifier: str, environment: str) -> str:
    """Return what is left of the identifier without the environment's name, or all of it."""
    shorter = identifier.removesuffix(f"-{environment}")
    return re.sub(r"[^a-z0-9-]", "", shorter)[:20].strip("-") or "database"


def _report(made: Draft, chosen: Running, environment: str) -> None:
    if made.left:
        typer.echo("What it does not take over:")
        for left in made.left:
            typer.echo(f"  {left}")
    typer.echo("Next:")
    typer.echo(f"  read it, say where the state shall be, and run: .venv/bin/python main.py check {environment}")
    typer.echo(
        f"  make plan ENV={environment} STACK=database: it has to import, and to destroy and replace nothing; until it "
        "is applied, the imported state would let a destroy take the backups along, so deploy nothing in between"
    )
    forgotten = [one.address for one in chosen.found.resources if one.address and _taken(one.attributes, chosen, made)]
    if forgotten:
        typer.echo("  then let the old configuration forget what is managed here, before it plans again:")
        for address in forgotten:
            typer.echo(f"    terraform state rm '{address}'")


def _taken(attributes: dict[str, object], chosen: Running, made: Draft) -> bool:
    identifiers = {one.attributes["identifier"] for one in chosen.instances}
    if "engine" in attributes and "cluster_identifier" in attributes:
        own = attributes.get("identifier")
        return own in identifiers if own else attributes["cluster_identifier"] == chosen.identifier
    name = attributes.get("name")
    if name and name == made.data.get("names", {}).get("subnet_group") and "subnet_ids" in attributes:
        return True
    taken = {
        chosen.log_groups[kind]["name"]
        for kind in made.data["adopt"].get("log_groups", ())
        if kind in chosen.log_groups
    }
    return name in taken


def _refuse(lines: list[str]) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    typer.echo("nothing was written", err=True)
    raise typer.Exit(INVALID)
