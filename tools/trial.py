"""Gives an environment on the emulator: ``make try`` brings it up, ``make try-down`` takes it away.

Everything is in ``.try/``: what was synthesized, the states, the emulator's record and log. Neither the user's own
output and states nor any AWS account is touched. ENV names the environment, dev if left out; TRY_PORT the port, a free
one if left out.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from tools.delivery import given, stacks, terraform
from tools.emulator import deployment, process, provider_mirror

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = terraform.ROOT / ".try"

VARIABLES = FOLDER / "environment"
"""What a shell sources to reach the emulator."""

PROVIDER_VERSION = "5.100.0"
"""The release that a mirror is searched for; without a mirror, Terraform downloads the newest that is admitted."""


def say(line: str = "") -> None:
    """Print a line at once."""
    print(line, flush=True)


def up() -> None:
    """Bring the environment up, or what is missing of it, and print how to reach it."""
    environment = given.given("ENV") or "dev"
    os.environ["ENV"] = environment
    selection, executable = stacks.select(), terraform.program()
    address = _emulator()
    _synthesize(environment)
    deployment.lend_archives(terraform.ROOT, FOLDER)
    places = [FOLDER / "cdktf.out" / "stacks" / stack for stack in selection.chosen]
    _build_functions(places)
    variables = _terraform_variables() | deployment.variables(address, deployment.account_id(places[0]))
    for stack in places:
        deployment.keep_state_at_hand(stack, environment)
        say(f"{stack.name}: initializing")
        _initialize(executable, stack, variables)
        say(f"{stack.name}: applying")
        try:
            deployment.applied(executable, stack, variables, say)
        except deployment.FailedError as error:
            message = f"{error}\n{stack.name} could not be applied; `make try-down try` begins afresh"
            raise given.StoppedError(message) from None
    _show(address, places[-1], environment)


def down() -> None:
    """End the emulator, and with it all that was deployed, and remove the folder."""
    ended = FOLDER.is_dir() and process.stop(FOLDER)
    shutil.rmtree(FOLDER, ignore_errors=True)
    say("The emulator has ended, and .try is gone." if ended else "No emulator was running.")


def _emulator() -> str:
    FOLDER.mkdir(exist_ok=True)
    port = given.given("TRY_PORT") or "0"
    if not (port.isdecimal() and int(port) < 2**16):
        message = f"TRY_PORT={port} is not a port; allowed are 1 to 65535"
        raise given.StoppedError(message)
    found = process.address(FOLDER)
    if found and port not in ("0", found.rpartition(":")[2]):
        message = (
            f"the emulator is running at {found} already, so TRY_PORT={port} is of no effect: leave it out, or begin "
            f"afresh there by `make try-down try TRY_PORT={port}`"
        )
        raise given.StoppedError(message)
    if found:
        say(f"The emulator is running at {found}")
        return found
    # What these states describe ended with the emulator that held it.
    shutil.rmtree(FOLDER / "terraform-state", ignore_errors=True)
    try:
        address = process.start(FOLDER, int(port))
    except RuntimeError as error:
        raise given.StoppedError(str(error)) from None
    say(f"The emulator has been started at {address}")
    return address


def shell() -> str:
    """Return the command for a shell of its own, so that no variable of the emulator is left in the user's."""
    return f"""sh -c '. {VARIABLES.relative_to(terraform.ROOT)}; exec "${{SHELL:-sh}}"'"""


def interrupted() -> None:
    """Say what an interrupt leaves running."""
    found = FOLDER.is_dir() and process.address(FOLDER)
    if found:
        said = f"the emulator goes on at {found}: `make try` takes up what is missing, `make try-down` ends it"
        print(f"\nInterrupted; {said}.", file=sys.stderr)


def _synthesize(environment: str) -> None:
    command = [
        sys.executable,
        str(terraform.ROOT / "main.py"),
        "synth",
        environment,
        "--output",
        str(FOLDER / "cdktf.out"),
    ]
    if subprocess.run(command, cwd=terraform.ROOT, check=False).returncode:
        raise SystemExit(1)


def _build_functions(places: Sequence[Path]) -> None:
    try:
        for place in places:
            stacks.require_archives(place)
    except given.StoppedError:
        terraform.run("make", "--no-print-directory", "lambda")


def _terraform_variables() -> dict[str, str]:
    """Return the process environment of Terraform, with the user's own choice of where providers come from."""
    variables = deployment.surroundings()
    chosen = os.environ.get("TF_CLI_CONFIG_FILE", str(Path.home() / ".terraformrc"))
    if Path(chosen).is_file():
        return variables | {"TF_CLI_CONFIG_FILE": chosen}
    configuration = FOLDER / "terraform.rc"
    configuration.write_text(provider_mirror.configuration(provider_mirror.find(PROVIDER_VERSION)))
    return variables | {
        "TF_CLI_CONFIG_FILE": str(configuration),
        **{name: value for name, value in terraform.surroundings().items() if name == "TF_PLUGIN_CACHE_DIR"},
    }


def _initialize(executable: str, stack: Path, variables: dict[str, str]) -> None:
    done = subprocess.run(
        [executable, "init", "-input=false", "-no-color", "-reconfigure"],
        cwd=stack,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise given.StoppedError(done.stderr.strip())


def _show(address: str, stack: Path, environment: str) -> None:
    """Print the connection contract as a consumer reads it, and how to look around."""
    block = deployment.provider(stack)
    account = deployment.account_id(stack)
    variables = deployment.variables(address, account) | {
        "AWS_REGION": block["region"],
        # The AWS command line, version 1, and boto3 know this name alone.
        "AWS_DEFAULT_REGION": block["region"],
    }
    VARIABLES.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()))
    path = f"/{block['default_tags'][0]['tags']['project']}/{environment}/"
    client = boto3.client(
        "ssm",
        endpoint_url=address,
        region_name=block["region"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        config=Config(proxies={}),
    )
    found = {
        parameter["Name"]: parameter["Value"]
        for page in client.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True)
        for parameter in page["Parameters"]
    }
    say(f"\nThe connection contract of {environment}, read from the emulator:\n")
    width = max(map(len, found), default=0)
    for name, value in sorted(found.items()):
        say(f"  {name.ljust(width)}  {value}")
    _show_alarms(address, block["region"], variables)
    _write_pages(environment)
    say(f"\nThe emulator stays at {address}, account {account}, region {block['region']}. To look around:\n")
    say(f"  {shell()}")
    say("  aws rds describe-db-clusters")
    say(f"  terraform -chdir={stack.relative_to(terraform.ROOT)} output")
    say("  exit")
    say("\nThe first line begins a shell in which AWS is the emulator, the last one leaves it again.")
    say("What PostgreSQL itself does is not emulated: no server answers at the endpoints.")
    say("`make try` again applies what you changed; `make try-down` ends it all.")


def _show_alarms(address: str, region: str, variables: dict[str, str]) -> None:
    """Print the alarms that are there, by the state that CloudWatch would show; nothing feeds them here."""
    client = boto3.client(
        "cloudwatch",
        endpoint_url=address,
        region_name=region,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        config=Config(proxies={}),
    )
    pages = client.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    alarms = [alarm for page in pages for alarm in (*page["MetricAlarms"], *page.get("CompositeAlarms", ()))]
    if not alarms:
        return
    say(f"\nIts alarms, {len(alarms)} of them:\n")
    width = max(len(alarm["AlarmName"]) for alarm in alarms)
    for alarm in sorted(alarms, key=lambda alarm: str(alarm["AlarmName"])):
        said = str(alarm.get("AlarmDescription", "")).partition(" What to do")[0]
        say(f"  {alarm['AlarmName'].ljust(width)}  {said}".rstrip())


PAGES = {
    "dashboard.html": ("show", "--dashboard"),
    "runbook.html": ("runbook", "--format", "html"),
    "environment.svg": ("diagram",),
}
"""What is written for a browser: the file, and the command that prints it for an environment."""


def _write_pages(environment: str) -> None:
    say("\nFor a browser:\n")
    for name, (command, *options) in PAGES.items():
        arguments = [sys.executable, str(terraform.ROOT / "main.py"), command, environment, *options]
        # What they warn of was said when the stacks were synthesized.
        done = subprocess.run(arguments, cwd=terraform.ROOT, capture_output=True, check=False)
        if done.returncode:
            raise given.StoppedError(done.stderr.decode(errors="replace").strip())
        (FOLDER / name).write_bytes(done.stdout)
        say(f"  {(FOLDER / name).relative_to(terraform.ROOT)}")


COMMANDS = {"try": up, "try-down": down}


def main() -> None:
    """Run the command that is named by the only argument."""
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:  # noqa: PLR2004 - the program and its argument
        sys.exit(f"usage: python -m tools.trial {'|'.join(COMMANDS)}")
    try:
        COMMANDS[sys.argv[1]]()
    except given.StoppedError as stopped:
        sys.exit(f"{stopped}")
    except KeyboardInterrupt:
        interrupted()
        sys.exit(130)


if __name__ == "__main__":
    main()
