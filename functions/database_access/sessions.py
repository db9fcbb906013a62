"""A connection whose every answer is awaited for a limited time, and up to a limited size if asked for."""

from __future__ import annotations

import socket
import struct
import time
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from database_access import limits

if TYPE_CHECKING:
    from collections.abc import Generator

    from psycopg.abc import PQGen
    from psycopg.rows import RowFactory

    Row = tuple[Any, ...]

RV = TypeVar("RV")

_BYTES_RECEIVED = 128
"""Where Linux's ``struct tcp_info`` (linux/tcp.h, since 4.1) has the 64 bits of what a socket received."""


class SilentPeer(psycopg.OperationalError):
    """The server acknowledged what it was sent, and did not answer in time."""


class AnswerTooLarge(psycopg.OperationalError):
    """An answer had more bytes than its reader allows."""


class Session(psycopg.Connection[tuple[Any, ...]]):
    """A psycopg connection that is closed where an answer takes longer than ``seconds``, or than is left.

    ``most_bytes`` bounds one answer, as it is on the wire; what was received of a larger one is given up with the
    connection, so that it never fills the memory.
    """

    seconds: float = limits.GRACE_SECONDS
    most_bytes: int | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait as psycopg does, within the limits."""
        seconds = limits.left(self.seconds)
        if timeout is not None and timeout < seconds:
            return super().wait(self._metered(gen), interval, timeout)
        end = time.monotonic() + seconds
        try:
            return super().wait(self._metered(gen), interval, seconds)
        except AnswerTooLarge:
            self.close()
            raise
        except psycopg.OperationalError as error:
            # psycopg's own error for this has no public name. Whatever is late leaves the session in an unknown state.
            if error.sqlstate is not None or self.closed or time.monotonic() < end:
                raise
            self.close()
            message = f"the server did not answer within {seconds:.1f} s"
            raise SilentPeer(message) from error

    def renew(self) -> None:
        """Undo what a caller may have set on this object, as ``CLEAN`` does on the server."""
        rows: RowFactory[Row] = psycopg.rows.tuple_row
        self.row_factory = rows
        self.cursor_factory = psycopg.Cursor
        self.server_cursor_factory = psycopg.ServerCursor
        self.most_bytes = None

    def _metered(self, gen: PQGen[RV]) -> PQGen[RV]:
        return gen if self.most_bytes is None else self._counting(gen, self.most_bytes)

    def _counting(self, gen: Generator[Any, Any, RV], most: int) -> PQGen[RV]:
        begin = _received(self.fileno())
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if _received(self.fileno()) - begin > most:
                    message = f"the answer has more than {most} bytes"
                    raise AnswerTooLarge(message)
                wanted = gen.send(ready)
        except StopIteration as end:
            value: RV = end.value
            return value


def _received(descriptor: int) -> int:
    """Return how many bytes a socket has received; 0 where the system does not count them."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return 0
    with socket.socket(fileno=descriptor) as connected:
        try:
            about = connected.getsockopt(socket.IPPROTO_TCP, option, _BYTES_RECEIVED + 8)
        finally:
            connected.detach()
    return int(struct.unpack_from("=Q", about, _BYTES_RECEIVED)[0]) if len(about) >= _BYTES_RECEIVED + 8 else 0


CLEAN = b"""
SET SESSION AUTHORIZATION DEFAULT; RESET ALL; CLOSE ALL; DEALLOCATE ALL; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES;
SELECT pg_catalog.pg_advisory_unlock_all()
"""
"""What DISCARD ALL does, but for cached plans, in one round trip: DISCARD ALL itself cannot be sent with others."""
