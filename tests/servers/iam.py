"""IAM database authentication: what stands behind RDS's PAM module, as an LDAP server that PostgreSQL asks.

A password is good if it is a token that IAM would take: signed for this user, host and port with a known key, at most
15 minutes ago. The signature is derived from the token anew, by AWS's published Signature Version 4.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import hmac
import io
import socketserver
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SUCCESS = 0

INVALID_CREDENTIALS = 49

BIND_REQUEST = 0x60

BIND_RESPONSE = 0x61


@dataclass
class Iam:
    """The keys that IAM knows, and whom it has admitted and refused since."""

    keys: dict[str, str]
    port: int = 0
    admitted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def access(self) -> str:
        """The line of pg_hba.conf that has members of rds_iam authenticated here."""
        return f'hostssl all +rds_iam 127.0.0.1/32 ldap ldapserver=127.0.0.1 ldapport={self.port} ldapprefix="uid="\n'

    def authenticates(self, user: str, token: str) -> bool:
        """Whether a token is the user's; either way it is remembered."""
        good = verified(token, user, self.keys)
        (self.admitted if good else self.refused).append(user)
        return good


def verified(token: str, user: str, keys: dict[str, str]) -> bool:
    """Whether a token was signed for a user with one of the keys, and when IAM still takes it."""
    host, _, query = token.partition("/?")
    fields = dict(parse_qsl(query))
    try:
        access_key, day, region, service, ending = fields["X-Amz-Credential"].split("/")
        signed = dt.datetime.strptime(fields["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
        signature = fields.pop("X-Amz-Signature")
        lifetime = dt.timedelta(seconds=int(fields["X-Amz-Expires"]))
    except (KeyError, ValueError):
        return False
    canonical = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in sorted(fields.items()))
    request = f"GET\n/\n{canonical}\nhost:{host}\n\nhost\n{hashlib.sha256(b'').hexdigest()}"
    scope = f"{day}/{region}/rds-db/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{fields['X-Amz-Date']}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{keys.get(access_key, '')}".encode()
    for part in (day, region, "rds-db", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    now = dt.datetime.now(dt.UTC)
    return (
        access_key in keys
        and (service, ending) == ("rds-db", "aws4_request")
        and (fields.get("Action"), fields.get("DBUser")) == ("connect", user)
        and lifetime <= dt.timedelta(minutes=15)
        and signed - dt.timedelta(minutes=5) <= now < signed + lifetime
        and hmac.compare_digest(expected, signature)
    )


@contextlib.contextmanager
def running(keys: dict[str, str]) -> Iterator[Iam]:
    """Yield an IAM that knows these secret access keys by their ids, listening on the loopback address."""
    iam = Iam(keys)

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while message := _element(self.rfile.read):
                number, operation = _split(message[1])[:2]
                if operation[0] != BIND_REQUEST:
                    return
                _, name, password = _split(operation[1])[:3]
                user = name[1].decode().removeprefix("uid=")
                result = SUCCESS if iam.authenticates(user, password[1].decode()) else INVALID_CREDENTIALS
                answer = _encoded(0x0A, bytes([result])) + _encoded(0x04, b"") * 2
                self.wfile.write(_encoded(0x30, _encoded(*number) + _encoded(BIND_RESPONSE, answer)))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        iam.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield iam
        finally:
            server.shutdown()
            thread.join()


def _element(read: Callable[[int], bytes]) -> tuple[int, bytes] | None:
    """Read one element of LDAP's encoding: its tag and its content."""
    head = read(2)
    if len(head) < len("tl"):
        return None
    length = head[1]
    if length & 0x80:
        length = int.from_bytes(read(length & 0x7F), "big")
    return head[0], read(length)


def _split(content: bytes) -> list[tuple[int, bytes]]:
    stream = io.BytesIO(content)
    elements = []
    while element := _element(stream.read):
        elements.append(element)
    return elements


def _encoded(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 0x80 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + content
