"""Reads whatever was given of a running cluster, each document by its shape."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from operations.adoption import answers, live, terraform_state
from operations.adoption.found import Found, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LIVE = "aws:"
"""Beginning of a source that is AWS itself; the cluster's identifier follows."""

WANTED = (
    "a Terraform state, the output of terraform show -json, or JSON of aws rds describe-db-clusters and its companions "
    "(describe-db-instances, describe-db-subnet-groups, aws ec2 describe-vpcs, aws logs describe-log-groups)"
)


def read(files: Sequence[Path], cluster: str | None) -> Found:
    """Return what the files hold; a folder stands for the JSON files and states in it.

    ``cluster`` is the identifier to ask AWS for where there is no file. Raises UnreadableError.
    """
    found = Found()
    if not files and cluster:
        found.resources.extend(answers.resources(live.answers(cluster)) or ())
    for file in files:
        for each in _expanded(file):
            found.resources.extend(_read(each).resources)
    return found


def _expanded(file: Path) -> list[Path]:
    if not file.is_dir():
        return [file]
    inside = sorted(each for each in file.iterdir() if each.suffix in (".json", ".tfstate"))
    if not inside:
        message = f"{file}: has neither JSON nor a state; give {WANTED}"
        raise UnreadableError(message)
    return inside


def _read(file: Path) -> Found:
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        message = f"{file}: cannot be read: {error.strerror}"
        raise UnreadableError(message) from None
    except ValueError as error:
        message = f"{file}: is not JSON ({error}); give {WANTED}"
        raise UnreadableError(message) from None
    readers = (terraform_state.resources, answers.resources)
    for reader in readers if isinstance(document, dict) else ():
        resources = reader(document)
        if resources is not None:
            return Found(list(resources))
    message = f"{file}: is none of what is understood; give {WANTED}"
    raise UnreadableError(message)
