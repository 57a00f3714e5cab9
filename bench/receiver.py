"""A receiver of webhooks that takes pushes and drops them, so bare that whoever pushes is what is measured.

    python -m bench.receiver PORT

Told to end, it prints as JSON how many pushes it took, the seconds between the first and the last, and when each
withdrawal came, on the clock that all processes of a machine share.
"""

import asyncio
import json
import re
import sys
import time

from bench.listening import until_told

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
LEFT = re.compile(rb'"type": "contact\.unsubscribed".*?"id": "(\w+)"')
TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"


class Taken:
    def __init__(self) -> None:
        self.count, self.first, self.last = 0, 0.0, 0.0
        self.left: dict[str, float] = {}

    def one(self, request: bytes) -> None:
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.count += 1
        if left := LEFT.search(request):
            self.left[left[1].decode()] = self.last


class Conversation(asyncio.Protocol):
    def __init__(self, taken: Taken) -> None:
        self.taken, self.held = taken, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.held += data
        end = self.held.find(b"\r\n\r\n")
        length = LENGTH.search(self.held, 0, end + 2) if end > 0 else None
        if length and len(self.held) >= end + 4 + int(length[1]):
            self.taken.one(self.held)
            self.held = b""
            self.transport.write(TAKEN)


async def main(port: int) -> None:
    taken = Taken()
    await until_told(port, lambda: Conversation(taken))
    print(json.dumps({"count": taken.count, "seconds": taken.last - taken.first, "left": taken.left}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
