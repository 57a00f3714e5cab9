"""A mail relay that takes letters and drops them, so bare that whoever sends is what is measured.

    python -m bench.sink PORT [EXTENSION...]

EXTENSIONs are what it says to EHLO that it can do. Told to end, it prints when it took each letter, on the clock that
all processes of a machine share.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence

from bench.listening import until_told


class Conversation(asyncio.Protocol):
    """SMTP with just enough manners."""

    ANSWERS = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}

    def __init__(self, taken: list[float], extensions: Sequence[str]) -> None:
        self.taken, self.held, self.in_letter = taken, b"", False
        lines = "".join(f"250-{name}\r\n" for name in ["sink", *extensions])
        self.answers = {**self.ANSWERS, b"EHLO": f"{lines}250 8BITMIME\r\n".encode()}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.held += data
        while True:
            part, found, rest = self.held.partition(b"\r\n.\r\n" if self.in_letter else b"\r\n")
            if not found:
                return
            self.held = rest
            self.hear(part)

    def hear(self, part: bytes) -> None:
        if self.in_letter:
            self.in_letter = False
            self.taken.append(time.monotonic())
            self.transport.write(b"250 2.0.0 taken\r\n")
        else:
            verb = part[:4].upper()
            self.in_letter = verb == b"DATA"
            self.transport.write(self.answers.get(verb, b"250 2.1.0 ok\r\n"))


async def main(port: int, extensions: Sequence[str]) -> None:
    taken: list[float] = []
    await until_told(port, lambda: Conversation(taken, extensions))
    print(json.dumps(taken), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2:]))
