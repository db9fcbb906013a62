"""Fixtures: deployed environments, on servers that live as long as the tests that use them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from database_access.actions import migrate
from tests.functions import arena
from tests.functions import platform as platforms
from tests.functions.platform import (
    KEYS,
    MASTER,
    READER,
    WRITER,
    Platform,
    deployed,
    forget_connections,
    variables_set,
)
from tests.servers import certificates, iam, postgres
from tools.emulator import process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.certificates import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return the authority that the function is told to trust in place of Amazon's."""
    return certificates.authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of an emulated AWS."""
    with process.running(tmp_path_factory.mktemp("aws") / "log") as address:
        yield address


@pytest.fixture(scope="session")
def variables(aws: str, authority: Authority) -> dict[str, str]:
    """Return the environment of a function in Lambda, turned to the servers on this machine."""
    return platforms.variables(aws, authority)


@pytest.fixture(autouse=True)
def environment(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Set these variables for each test of this folder, and for no other."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def signing() -> Iterator[iam.Iam]:
    """Yield an IAM that knows the function's key."""
    with iam.running(KEYS) as running:
        yield running


@pytest.fixture
def fresh(authority: Authority, signing: iam.Iam, environment: None) -> Iterator[Platform]:  # noqa: ARG001
    """Yield an environment after its first deployment, on a server of its own."""
    with postgres.running(certificate=authority.server(names=[WRITER, READER])) as server:
        yield deployed(server, signing)
    forget_connections()


@pytest.fixture(scope="session")
def platform(authority: Authority, signing: iam.Iam, variables: dict[str, str]) -> Iterator[Platform]:
    """Yield a migrated environment, for tests that leave its server and its schema as they are."""
    with postgres.running(certificate=authority.server(names=[WRITER, READER])) as server:
        with variables_set(**variables):
            migrated = deployed(server, signing)
            migrated.succeed("migrate", authenticate="secret")
        yield migrated
    forget_connections()


@pytest.fixture(scope="session")
def battlefield(authority: Authority, signing: iam.Iam, variables: dict[str, str]) -> Iterator[Platform]:
    """Yield a migrated environment, with an application's own user and a table of the master's, to be copied."""
    with postgres.running(certificate=authority.server(names=[WRITER, READER])) as server:
        with variables_set(**variables):
            origin = deployed(server, signing)
            with origin.superuser() as connection:
                connection.execute("CREATE ROLE rds_superuser NOLOGIN")
                connection.execute(f"GRANT rds_superuser TO {MASTER} WITH ADMIN OPTION")
                connection.execute(f"CREATE ROLE {arena.APPLICATION} LOGIN PASSWORD '{arena.PASSWORD}'")
                connection.execute(f"CREATE SCHEMA vault AUTHORIZATION {MASTER}")
                connection.execute(f"CREATE TABLE vault.secrets (); ALTER TABLE vault.secrets OWNER TO {MASTER}")
            origin.succeed("migrate", authenticate="secret")
        forget_connections()
        yield origin
    forget_connections()


@pytest.fixture(scope="module")
def _ground(battlefield: Platform, variables: dict[str, str]) -> Iterator[arena.Arena]:
    with variables_set(**variables), arena.copied(battlefield) as copy:
        yield copy


@pytest.fixture
def ground(_ground: arena.Arena, environment: None) -> Iterator[arena.Arena]:  # noqa: ARG001
    """Yield a copy that a module's tests share: each leaves the schema as it was."""
    yield _ground
    arena.pardoned(_ground)
    forget_connections()


@pytest.fixture
def field(battlefield: Platform, environment: None) -> Iterator[arena.Arena]:  # noqa: ARG001
    """Yield a copy of it for one test."""
    with arena.copied(battlefield) as copy:
        yield copy


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the shipped migrations that the function takes instead."""
    copy = tmp_path / "migrations"
    shutil.copytree(migrate.FOLDER, copy)
    monkeypatch.setattr(migrate, "FOLDER", copy)
    return copy
