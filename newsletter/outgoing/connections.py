"""Connections below `requests`, which speaks HTTP: they look where they go, and keep to the deadline."""

import http.client
import socket
import ssl
from collections.abc import Sequence
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from newsletter import targets
from newsletter.config import Network
from newsletter.outgoing.deadlines import Encrypted, left, plain
from newsletter.targets import Place

CONNECT = 5.0  # seconds for each address that a name has
INTERIM = range(102, 200)  # 100 is passed over by the library, and 101 would be the last word in HTTP


def encryption() -> ssl.SSLContext:
    """Certificates are checked with the system's authorities."""
    context = ssl.create_default_context()
    context.sslsocket_class = Encrypted
    return context


class Guarded(HTTPAdapter):
    """Makes connections that look where they go."""

    def __init__(self, private: Sequence[Network], connections: int) -> None:
        self.private = tuple(private)
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **more: Any) -> None:
        self.poolmanager = PoolManager(connections, maxsize=maxsize, block=block, ssl_context=encryption(), **more)
        self.poolmanager.pool_classes_by_scheme = pools(self.private)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context above verifies; the list of authorities that comes with `requests` is not loaded beside it."""


class Final(http.client.HTTPResponse):
    """The answer itself: what a server says before it, like 102 and 103, is none (RFC 9110 15.2)."""

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
            if found[1] not in INTERIM:
                return found
            http.client.parse_headers(self.fp)


def pools(private: Sequence[Network]) -> dict[str, type[HTTPConnectionPool]]:
    class Http(HTTPConnection):
        response_class = Final

        def _new_conn(self) -> socket.socket:
            return connect(Place(host=self.host, port=self.port, is_clear=True), private)

    class Https(HTTPSConnection):
        response_class = Final

        def _new_conn(self) -> socket.socket:
            return connect(Place(host=self.host, port=self.port, is_clear=False), private)

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    return {"http": HttpPool, "https": HttpsPool}


def connect(place: Place, private: Sequence[Network]) -> socket.socket:
    """To the first permitted address that answers; the name is not asked for again (no DNS rebinding)."""
    failed: OSError | None = None
    for address in targets.addresses(place, private, left()):
        try:
            opened = socket.create_connection((str(address), place.port), min(CONNECT, left()))
        except OSError as error:
            failed = error
        else:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return plain(opened)
    raise failed or OSError("no address")
