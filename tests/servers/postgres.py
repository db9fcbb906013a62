"""A real PostgreSQL server, with TLS where a certificate is given.

PostgreSQL refuses to run as root, so tests that run as root start it as the user ``postgres``.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import platform
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import supplies
from tests.guard import guard
from tests.harness import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

INSTALL_POSTGRES = "no initdb on PATH; get it with: apt-get install postgresql"

INSTALL_SERVERS = "no PostgreSQL {} below tests/servers/node_modules; get it with: make servers"

MAJORS = (15, 16, 17, 18)
"""Major versions that package-lock.json in this folder has servers of: minors of which Aurora has releases too."""

PROCESSORS = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
"""Processors by what Python calls them, as npm calls them."""

SUPERUSER = "postgres"

MEMORY = Path("/dev/shm")  # noqa: S108 - what is made there has a name of its own

ROOM = 2 * 1024**3
"""Bytes that have to be free in memory for the servers to be there."""

PASSWORD = "superuser-of-a-test-server"  # noqa: S105 - the server lives as long as its test and on the loopback address


@dataclass(frozen=True)
class ServerCertificate:
    """PEM files that a server shows to its clients."""

    certificate: Path
    key: Path


@dataclass
class PostgresServer:
    """A server in a folder of its own; ``settings`` go into its postgresql.conf."""

    binaries: Path
    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What the server has logged."""
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> None:
        """Start and wait until connections are accepted."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_as_postgres(), str(self.binaries / "postgres"), "-D", str(self.folder / "data"), *self._options()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                start_new_session=True,
            )
        guard().group(self.process.pid)
        deadline = time.monotonic() + PATIENCE
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                message = f"PostgreSQL did not start:\n{self.log[-2000:]}"
                raise RuntimeError(message)
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT is a fast shutdown; SIGQUIT an immediate one, as in a crash."""
        if self.process and self.process.poll() is None:
            os.kill(self._server_id(), how)
            self.process.wait(PATIENCE)
        if self.process:
            guard().ended(self.process.pid)
        self.process = None

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def computed(self, name: str, settings: Mapping[str, str]) -> str:
        """Return what a parameter would come to with some settings; the server must not run."""
        given = [argument for key, value in settings.items() for argument in ("-c", f"{key}={value}")]
        done = subprocess.run(
            [*_as_postgres(), str(self.binaries / "postgres"), "-D", str(self.folder / "data"), "-C", name, *given],
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        return done.stdout.strip()

    def _options(self) -> list[str]:
        options = {"port": str(self.port), **self.settings}
        return [argument for name, value in options.items() for argument in ("-c", f"{name}={value}")]

    def _server_id(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def _ready(self) -> bool:
        status = self.folder / "data" / "postmaster.pid"
        with contextlib.suppress(OSError, IndexError):
            return status.read_text().splitlines()[7].strip() == "ready"
        return False


@contextlib.contextmanager
def running(
    *,
    binaries: Path | None = None,
    certificate: ServerCertificate | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[PostgresServer]:
    """Yield a running server with the superuser SUPERUSER and PASSWORD; over TLS only, where a certificate is given.

    ``binaries`` is the folder with ``initdb`` and ``postgres``; without it, the ones on PATH are taken, and the test
    is skipped where there are none.
    """
    if binaries is None:
        initdb = shutil.which("initdb")
        if initdb is None:
            pytest.skip(INSTALL_POSTGRES)
        binaries = Path(initdb).resolve().parent
    folder = new_folder()
    binaries = _reachable(binaries, folder)
    server = PostgresServer(binaries, folder, free_port(), _settings(folder, certificate) | dict(settings or {}))
    try:
        _initialize(server, certificate)
        server.start()
        yield server
    finally:
        server.stop(signal.SIGQUIT)
        remove(folder)


def new_folder() -> Path:
    """Make a folder that the user ``postgres`` can reach, and that is removed with the run at the latest.

    What pytest gives to tests is closed to other users. Where the system keeps files in memory and has room there, a
    server's are there: nothing of them is to last, and a run has some thirty servers.
    """
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=MEMORY if _has_room(MEMORY) else None))
    guard().folder(folder)
    return folder


def remove(folder: Path) -> None:
    """Remove such a folder."""
    shutil.rmtree(folder)
    guard().removed(folder)


def packaged(major: int) -> Path:
    """Return the folder of binaries of a major version, of this folder's packages; without it the test is skipped."""
    machine = f"{sys.platform}-{PROCESSORS.get(platform.machine().lower(), platform.machine())}"
    binaries = Path(__file__).parent / "node_modules" / f"postgres-{major}-{machine}" / "native" / "bin"
    if not (binaries / "initdb").exists() and supplies.wanted():
        supplies.install("servers")
    if not (binaries / "initdb").exists():
        pytest.skip(INSTALL_SERVERS.format(major))
    return binaries


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _settings(folder: Path, certificate: ServerCertificate | None) -> dict[str, str]:
    # Nothing that a test writes has to survive the machine.
    settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
    if certificate:
        settings |= {
            "ssl": "on",
            "ssl_cert_file": str(folder / "server.crt"),
            "ssl_key_file": str(folder / "server.key"),
        }
    return settings


def _initialize(server: PostgresServer, certificate: ServerCertificate | None) -> None:
    if certificate:
        shutil.copy(certificate.certificate, server.folder / "server.crt")
        shutil.copy(certificate.key, server.folder / "server.key")
        (server.folder / "server.key").chmod(0o600)
    (server.folder / "log").touch()
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        for path in (server.folder, *(path for path in server.folder.iterdir() if path.is_file())):
            os.chown(path, account.pw_uid, account.pw_gid)
    template = _template(server.binaries if server.binaries.parent != server.folder / "installed" else None)
    if template is None:
        _initdb(server.binaries, server.folder)
    else:
        copying = [*_as_postgres(), "cp", "-Rp", str(template / "data"), str(server.folder)]
        subprocess.run(copying, env=_environment(), capture_output=True, check=True)
    if certificate:
        access = "hostssl all all 127.0.0.1/32 scram-sha-256\nhostnossl all all all reject\n"
        (server.folder / "data" / "pg_hba.conf").write_text(access)


@functools.cache
def _template(binaries: Path | None) -> Path | None:
    """Return a folder with an initialized ``data`` for these binaries, to be copied: made once for each process."""
    if binaries is None:
        return None
    folder = new_folder()
    atexit.register(remove, folder)
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
    _initdb(binaries, folder)
    return folder


def _initdb(binaries: Path, folder: Path) -> None:
    """Make ``data`` in a folder that belongs to the user who runs the server."""
    subprocess.run(
        [
            *_as_postgres(),
            *("/bin/sh", "-c", 'umask 077; echo "$PASSWORD" > "$1/password"; shift; exec "$@"', "sh", str(folder)),
            str(binaries / "initdb"),
            *("--pgdata", str(folder / "data"), "--wal-segsize", "1"),
            *("--username", SUPERUSER, "--pwfile", str(folder / "password")),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-sync"),
        ],
        env=_environment() | {"PASSWORD": PASSWORD},
        capture_output=True,
        check=True,
    )
    (folder / "password").unlink()


def _as_postgres() -> list[str]:
    if os.getuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def _reachable(binaries: Path, folder: Path) -> Path:
    """Return the binaries, or a copy where the user postgres may not enter their folder, as in a home."""
    try_out = [*_as_postgres(), str(binaries / "postgres"), "--version"]
    if subprocess.run(try_out, env=_environment(), capture_output=True, check=False).returncode == 0:
        return binaries
    shutil.copytree(binaries.parent, folder / "installed", symlinks=True, copy_function=_linked)
    return folder / "installed" / binaries.name


def _linked(source: str, target: str) -> None:
    """Link a file, or copy it to where links cannot reach."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _has_room(folder: Path) -> bool:
    try:
        there = os.statvfs(folder)
    except OSError:
        return False
    return os.access(folder, os.W_OK) and there.f_bavail * there.f_frsize > ROOM


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
