"""What the bench's other ends have in common: they listen on a port of this machine until they are told to end."""

import asyncio
import signal
from collections.abc import Callable


async def until_told(port: int, conversation: Callable[[], asyncio.Protocol]) -> None:
    """SIGTERM or SIGINT ends it."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, told.set)
    await loop.create_server(conversation, "127.0.0.1", port)
    await told.wait()
