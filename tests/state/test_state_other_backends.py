"""The same refusals with PostgreSQL, over TLS, and with an HTTP service, by the synthesized backend blocks."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.harness import PATIENCE
from tests.servers import certificates, http_state, postgres
from tests.state import workplace
from tests.state.workplace import Workplace
from tests.synthesis.variants import variants

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.long

STACK = "test-database"

RESOURCES = ["terraform_data.cluster", "terraform_data.instance"]


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the connection string of a PostgreSQL that takes connections over TLS only."""
    authority = certificates.authority(tmp_path_factory.mktemp("authority"))
    with postgres.running(certificate=authority.server()) as server:
        yield (
            f"postgres://{postgres.SUPERUSER}:{postgres.PASSWORD}@localhost:{server.port}/postgres"
            f"?sslmode=verify-full&sslrootcert={authority.certificate}"
        )


def two_checkouts(root: Path, state: dict[str, str], **variables: str) -> tuple[Workplace, Workplace]:
    """Return two checkouts of one stack with a backend, initialized; an apply in the first one waits."""
    stack = variants(test={"state": state}).stack(STACK)
    assert list(stack["terraform"]["backend"]) == [state["backend"]]
    first, second = Workplace(root / "first", variables), Workplace(root / "second", variables)
    first.put(STACK, stack, "cluster", waiting="instance")
    second.put(STACK, stack, "cluster", "instance")
    first.run(STACK, "init")
    second.run(STACK, "init")
    return first, second


def test_postgresql_refuses_a_second_apply_and_knows_the_holder(connection: str, tmp_path: Path) -> None:
    first, second = two_checkouts(tmp_path, {"backend": "pg"}, PG_CONN_STR=connection)
    with first.applying(STACK) as apply:
        told = []
        for _ in range(2):
            refused = second.run(STACK, "apply", "-auto-approve", succeeds=False)
            assert refused.returncode == 1
            assert "Error acquiring the state lock" in refused.stderr
            assert "Already locked" in refused.stderr
            told += re.findall(r"ID: +(\S+)", refused.stderr)
        # It prints its own lock, not the holder's.
        assert told[0] != told[1]
        known = second.documented("PostgreSQL as backend")
        assert known.returncode == 0, known.stderr
        assert re.search(rf"\| {postgres.SUPERUSER} +\| 127\.0\.0\.1 ", known.stdout)
        first.go.touch()
        assert apply.wait(PATIENCE) == 0
    assert second.resources(STACK) == RESOURCES
    assert second.run(STACK, "plan", "-detailed-exitcode").returncode == 0


def test_postgresqls_lock_goes_with_a_killed_apply(connection: str, tmp_path: Path) -> None:
    first, second = two_checkouts(tmp_path, {"backend": "pg"}, PG_CONN_STR=connection)
    second.run(STACK, "destroy", "-auto-approve")
    with first.applying(STACK) as apply:
        os.killpg(apply.pid, signal.SIGKILL)
        apply.wait(PATIENCE)
    second.run(STACK, "apply", "-auto-approve", f"-lock-timeout={PATIENCE}s")
    assert second.resources(STACK) == RESOURCES


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (("@localhost", "@127.0.0.2"), "127.0.0.2"),
        (("sslmode=verify-full", "sslmode=disable"), "no encryption|pg_hba"),
    ],
)
def test_postgresql_is_reached_only_as_it_proves_itself(
    change: tuple[str, str], error: str, connection: str, tmp_path: Path
) -> None:
    place = Workplace(tmp_path, {"PG_CONN_STR": connection.replace(*change)})
    place.put(STACK, variants(test={"state": {"backend": "pg"}}).stack(STACK), "cluster")
    refused = place.run(STACK, "init", succeeds=False)
    assert refused.returncode == 1
    assert re.search(error, refused.stderr)


def test_postgresql_keeps_environments_apart(connection: str, tmp_path: Path) -> None:
    output = variants(blue={"state": {"backend": "pg"}}, green={"state": {"backend": "pg"}})
    place = Workplace(tmp_path, {"PG_CONN_STR": connection})
    for environment in ("blue", "green"):
        stack = f"{environment}-database"
        place.put(stack, output.stack(stack), environment)
        place.run(stack, "init")
        place.run(stack, "apply", "-auto-approve")
    for environment in ("blue", "green"):
        assert place.resources(f"{environment}-database") == [f"terraform_data.{environment}"]


def test_http_refuses_a_second_apply_and_a_killed_ones_lock_is_cleared(tmp_path: Path) -> None:
    with http_state.running() as service:
        credentials = {"TF_HTTP_USERNAME": http_state.USER, "TF_HTTP_PASSWORD": http_state.PASSWORD}
        state = {"backend": "http", "address": f"{service.address}/states"}
        first, second = two_checkouts(tmp_path, state, **credentials)
        path = "/states/experimentation/test/database"
        with first.applying(STACK) as apply:
            refused = second.run(STACK, "apply", "-auto-approve", succeeds=False)
            assert refused.returncode == 1
            told = dict(re.findall(r"(ID|Who|Operation): +(\S+)", refused.stderr))
            assert told["Operation"] == "OperationTypeApply"
            assert f'"Who":"{told["Who"]}"'.encode() in service.locks[path]
            os.killpg(apply.pid, signal.SIGKILL)
            apply.wait(PATIENCE)
        assert [*service.locks] == [path]
        cleared = second.documented("An apply was killed", STACK=f"cdktf.out/stacks/{STACK}", ID=told["ID"])
        assert cleared.returncode == 0, cleared.stderr
        second.run(STACK, "apply", "-auto-approve")
        assert second.resources(STACK) == RESOURCES
        assert ([*service.states], service.locks) == ([path], {})


def test_http_without_its_password_is_refused(tmp_path: Path) -> None:
    with http_state.running() as service:
        place = Workplace(tmp_path)
        state = {"backend": "http", "address": f"{service.address}/states"}
        place.put(STACK, variants(test={"state": state}).stack(STACK), "cluster")
        refused = place.run(STACK, "init", succeeds=False)
        assert refused.returncode == 1
        assert "HTTP remote state endpoint requires auth" in refused.stderr


@pytest.mark.long
def test_a_state_moves_to_hcp_terraform_by_init_alone(tmp_path: Path) -> None:
    place = Workplace(tmp_path, {"TF_CLI_CONFIG_FILE": "/dev/null"})
    place.put(STACK, variants(test={"state": {"backend": "local"}}).stack(STACK), "cluster")
    place.run(STACK, "init")
    place.run(STACK, "apply", "-auto-approve")
    # A host at which nothing answers: what is refused before that, and what is begun, is Terraform's own.
    cloud = {"backend": "cloud", "organization": "acme", "hostname": "localhost:1"}
    place.put(STACK, variants(test={"state": cloud}).stack(STACK), "cluster")
    for option in ("-migrate-state", "-force-copy"):
        refused = place.run(STACK, "init", option, succeeds=False)
        assert f"The {option} option is for migration between state backends only" in refused.stderr
    begun = place.documented("To HCP Terraform", STACK=f"cdktf.out/stacks/{STACK}")
    assert 'Migrating from backend "local" to HCP Terraform.' in begun.stdout


def test_a_state_that_terraform_does_not_move_is_pulled_and_pushed(tmp_path: Path) -> None:
    with http_state.running() as service:
        place = Workplace(tmp_path, {"TF_HTTP_USERNAME": http_state.USER, "TF_HTTP_PASSWORD": http_state.PASSWORD})
        state = {"backend": "http", "address": f"{service.address}/states"}
        place.put(STACK, variants(test={"state": state}).stack(STACK), "cluster")
        place.run(STACK, "init")
        place.run(STACK, "apply", "-auto-approve")
        folder = {"STACK": f"cdktf.out/stacks/{STACK}"}
        pulled = place.documented("Away from HCP Terraform: before `state:` is changed", **folder)
        assert pulled.returncode == 0, pulled.stderr
        place.put(STACK, variants(test={"state": {"backend": "local"}}).stack(STACK), "cluster")
        pushed = place.documented("Away from HCP Terraform: after `make synth`", **folder)
        assert pushed.returncode == 0, pushed.stdout + pushed.stderr
        assert place.resources(STACK) == ["terraform_data.cluster"]


def test_every_command_of_the_document_is_run_by_a_test() -> None:
    code = "".join(file.read_text() for file in workplace.DOCUMENT.parents[1].glob("tests/state/test_*.py"))
    run = set(re.findall(r'\.documented\("([^"]+)"', code))
    assert run == set(workplace.commands())
    assert "```sh" in workplace.DOCUMENT.read_text()
