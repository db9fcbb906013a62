"""Wires the stacks of every environment into one cdktf app.

Importing this module imports cdktf: ``bindings.prepare()`` has to come first.
"""

from __future__ import annotations

import errno
import json
import os
import re
from typing import TYPE_CHECKING

from cdktf import App

from settings.state import S3State
from stacks.access import AccessStack
from stacks.database import DatabaseStack
from stacks.environment_stack import REQUIRED_TERRAFORM
from stacks.monitoring import MonitoringStack
from stacks.network import NetworkStack
from stacks.state import StateStack

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from settings.loaded import Loaded


def synthesize(environments: Iterable[Loaded], outdir: Path) -> None:
    """Write every environment's stacks below ``outdir``."""
    # cdktf's validations would run `terraform version` for terraform_data and for the cloud backend, which
    # synthesis must not need (hashicorp/terraform-cdk, validate-binary-version.ts); the stacks declare the
    # version in required_version, and Terraform itself checks the rest.
    app = App(outdir=str(outdir), stack_traces=False, skip_validation=True)
    for loaded in environments:
        add_stacks(app, loaded)
    try:
        app.synth()
    except RuntimeError as error:
        raise _system_error(error, outdir) from error
    _mend_hcl(outdir)


def add_stacks(app: App, loaded: Loaded) -> None:
    """Add the stacks of one environment, upstream ones first."""
    environment = loaded.environment
    if isinstance(environment.state, S3State) and environment.state.manage_bucket:
        StateStack(app, loaded=loaded, state=environment.state)
    created = environment.network.create
    network = NetworkStack(app, loaded=loaded, network=created) if created else None
    databases = [
        DatabaseStack(app, loaded=loaded.as_only(generation), generation=generation, network=network)
        for generation in loaded.generations
    ]
    admitted = [database for database in databases if database.generation.admitted]
    access = (
        AccessStack(app, loaded=loaded.serving, access=environment.access, databases=admitted, network=network)
        if environment.access
        else None
    )
    if environment.monitoring.enabled:
        MonitoringStack(app, loaded=loaded.serving, databases=admitted, access=access)


def _system_error(error: RuntimeError, outdir: Path) -> Exception:
    """Return what the kernel could not write as the OSError that Python would have raised."""
    found = re.match(r"Error: (E[A-Z0-9]+): ", str(error))
    number = getattr(errno, found[1], None) if found else None
    return OSError(number, os.strerror(number), str(outdir)) if number else error


def _mend_hcl(outdir: Path) -> None:
    """Write out what ``cdktf synth --hcl`` mangles (cdktf 0.21, lib/hcl/render.js).

    It renders a text by its keys, and leaves the quotes of JSON as they are where the text has a reference. Our
    references have no quotes of their own.
    """
    for code in outdir.glob("stacks/*/cdk.tf"):
        text = code.read_text()
        text = text.replace('  0 = "required_version"', f'  required_version = "{REQUIRED_TERRAFORM}"')
        text = re.sub(r'(?<= = ")\{".*\}(?="$)', lambda found: found[0].replace('"', r"\""), text, flags=re.MULTILINE)
        # A text in a table that begins with a quote or a brace stands there bare: patterns of events and of log lines.
        bare = r'^pattern = (?!"\{|"\$\{|""$)(.+)$'
        text = re.sub(bare, lambda found: f"pattern = {json.dumps(found[1])}", text, flags=re.MULTILINE)
        code.write_text(text)
