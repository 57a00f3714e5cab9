"""Many at the same moment: threads that start together, each with an app context and so a session of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import TypeVar

from flask import Flask

T = TypeVar("T")


@dataclass
class Crowd:
    app: Flask

    def do(self, *deeds: Callable[[], T]) -> list[T]:
        """Do all of these at once; what each gave, in their order. The first that failed, fails here."""
        together = Barrier(len(deeds))

        def do_one(deed: Callable[[], T]) -> T:
            with self.app.app_context():
                together.wait()
                return deed()

        with ThreadPoolExecutor(len(deeds)) as pool:
            doing = [pool.submit(do_one, deed) for deed in deeds]
        return [done.result() for done in doing]
