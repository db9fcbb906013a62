"""``make try`` says in one sentence what is missing, and leaves nothing behind."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.guard import guard
from tools.emulator import process

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tools.delivery.conftest import Project


def test_without_terraform_it_is_asked_for(project: Project) -> None:
    result = project.make("try", TERRAFORM_BINARY_NAME="no-terraform-of-this-name")
    assert result.returncode != 0
    assert result.stderr.splitlines()[0] == (
        "no-terraform-of-this-name is not on the PATH: install Terraform 1.11 or newer"
    )
    assert not (project.root / ".try").exists()


def test_an_environment_that_does_not_exist_is_answered_with_those_that_do(project: Project) -> None:
    result = project.make("try", "ENV=porD")
    assert result.returncode != 0
    assert result.stderr.splitlines()[0] == (
        "ENV=porD is not an environment; there are dev, prod, staging: make try ENV=dev"
    )


@pytest.mark.parametrize("port", ["http", "65536", "-1"])
def test_what_is_no_port_is_refused(with_terraform: Project, port: str) -> None:
    result = with_terraform.make("try", f"TRY_PORT={port}")
    assert result.returncode != 0
    assert result.stderr.splitlines()[0] == f"TRY_PORT={port} is not a port; allowed are 1 to 65535"


def test_a_port_that_is_taken_is_named(with_terraform: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = with_terraform.make("try", f"TRY_PORT={port}")
    assert result.returncode != 0
    assert f"port {port} of 127.0.0.1 cannot be used" in result.stderr.splitlines()[0]


def test_nothing_to_end_is_no_mistake(project: Project) -> None:
    result = project.make("try-down")
    assert (result.returncode, result.stdout) == (0, "No emulator was running.\n")


@pytest.mark.long
def test_a_port_is_answered_while_the_emulator_runs_and_an_interrupt_says_that_it_does(
    project: Project, tmp_path: Path
) -> None:
    folder = project.root / ".try"
    folder.mkdir()
    guard().recorded(folder / process.RECORD)
    address = process.start(folder)
    try:
        port = int(address.rpartition(":")[2])
        other = project.make("try", f"TRY_PORT={port - 1}", TERRAFORM_BINARY_NAME="true")
        assert other.returncode != 0
        assert other.stderr.splitlines()[0] == (
            f"the emulator is running at {address} already, so TRY_PORT={port - 1} is of no effect: leave it out, or "
            f"begin afresh there by `make try-down try TRY_PORT={port - 1}`"
        )
        (project.root / "envs" / "plain.yaml").write_text(
            "tier: development\nproject: experimentation\nmonitoring: {enabled: false}\n"
            'aws: {account_id: "111111111111", region: eu-west-1}\nnetwork: {create: {cidr: 10.80.0.0/16}}\n'
        )
        interrupting = tmp_path / "terraform"
        interrupting.write_text("#!/bin/sh\nkill -INT $PPID\nsleep 1\n")
        interrupting.chmod(0o755)
        stopped = project.make("try", "ENV=plain", f"TRY_PORT={port}", TERRAFORM_BINARY_NAME=str(interrupting))
        assert stopped.returncode != 0
        said = "`make try` takes up what is missing, `make try-down` ends it."
        assert f"Interrupted; the emulator goes on at {address}: {said}" in stopped.stderr
        assert "Traceback" not in stopped.stderr
        assert project.make("try-down").stdout == "The emulator has ended, and .try is gone.\n"
    finally:
        if folder.exists():
            process.stop(folder)
