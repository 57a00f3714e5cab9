"""Threads of ours live as long as a block does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from flask import Flask

Deed = Callable[[Event], None]
"""What a thread does until it is told that the block is over."""


@contextmanager
def beside(app: Flask, *deeds: Deed) -> Iterator[None]:
    """Do each of these beside whatever the block does, with the app at hand. When it ends, they are waited for."""
    over = Event()

    def do(deed: Deed) -> None:
        with app.app_context():
            deed(over)

    threads = [Thread(target=do, args=(deed,), daemon=True) for deed in deeds]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
