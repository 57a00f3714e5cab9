"""Where files are dropped: a folder of this machine, or one that is reached by SFTP.

A file appears under its name only when it is whole: it is written beside it, and renamed. What cannot be written to its
end is removed at once, so that it does not keep a full disk full; what a dead worker left, by the next one.
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

from newsletter.feed.connectors.tool import Misconfigured, Trouble

PART = ".part"
PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN}

Write = Callable[[bytes], None]


class Place(Protocol):
    """One folder, wherever it is. Its methods raise Trouble and Misconfigured."""

    def check(self) -> None:
        """Whether files can be written there."""

    def writing(self, name: str) -> AbstractContextManager[Write]:
        """Write a file, which has its name when the block has ended well, and is not there when it has not."""

    def names(self) -> list[str]:
        """What lies there."""

    def remove(self, name: str) -> None:
        """Remove a file, if it lies there."""


class Folder:
    """On this machine, or mounted there."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def check(self) -> None:
        with in_our_words():
            if not self.path.is_dir():
                raise Misconfigured(f"{self.path} is no folder")
            if not os.access(self.path, os.W_OK | os.X_OK):
                raise Misconfigured(f"{self.path} may not be written to")

    @contextmanager
    def writing(self, name: str) -> Iterator[Write]:
        part = self.path / f".{name}{PART}"
        with in_our_words():
            try:
                with part.open("wb") as file:
                    yield partial(write_whole, file)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(self.path / name)
            finally:
                part.unlink(missing_ok=True)
            self.sync()

    def sync(self) -> None:
        """The new name outlives a power cut, too."""
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def names(self) -> list[str]:
        with in_our_words():
            return [found.name for found in self.path.iterdir()]

    def remove(self, name: str) -> None:
        with in_our_words():
            (self.path / name).unlink(missing_ok=True)


def write_whole(file: BinaryIO, block: bytes) -> None:
    file.write(block)


@contextmanager
def in_our_words() -> Iterator[None]:
    """The system's refusals as ours: a full disk passes, a folder that is not there does not."""
    try:
        yield
    except OSError as error:
        told = f"the folder: {os.strerror(error.errno or errno.EIO)}"
        if error.errno in PASSING:
            raise Trouble(told) from error
        raise Misconfigured(told) from error
