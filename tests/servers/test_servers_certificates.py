"""The test authority's certificates do what a client checks: name, authority and date, over real TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.servers import certificates, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLUSTER = "experimentation-dev.cluster-c0ffee.eu-west-1.rds.amazonaws.com"


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> certificates.Authority:
    """Return an authority."""
    return certificates.authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(trusted: certificates.Authority) -> Iterator[postgres.PostgresServer]:
    """Yield a server that shows a certificate for Aurora's kind of name."""
    certificate = trusted.server(names=[CLUSTER, "127.0.0.1"])
    with postgres.running(certificate=certificate) as running:
        yield running


def connect(port: int, root: Path, host: str) -> None:
    """Connect to the loopback address, checking the certificate against a host name."""
    psycopg.connect(
        hostaddr="127.0.0.1",
        host=host,
        port=port,
        user=postgres.SUPERUSER,
        password=postgres.PASSWORD,
        dbname="postgres",
        sslmode="verify-full",
        sslrootcert=str(root),
    ).close()


@pytest.mark.parametrize("host", [CLUSTER, "127.0.0.1"])
def test_a_trusted_name_is_accepted(
    host: str, server: postgres.PostgresServer, trusted: certificates.Authority
) -> None:
    connect(server.port, trusted.certificate, host)


def test_another_name_and_another_authority_are_refused(
    server: postgres.PostgresServer, trusted: certificates.Authority, tmp_path: Path
) -> None:
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        connect(server.port, trusted.certificate, "elsewhere.example.com")
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        connect(server.port, certificates.authority(tmp_path).certificate, CLUSTER)


def test_an_expired_certificate_is_refused(trusted: certificates.Authority) -> None:
    with (
        postgres.running(certificate=trusted.server(names=[CLUSTER], expired=True)) as running,
        pytest.raises(psycopg.OperationalError, match="certificate verify failed"),
    ):
        connect(running.port, trusted.certificate, CLUSTER)
