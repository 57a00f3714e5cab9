"""Processes of our own: they answer when a block begins, and are gone when it ends."""

import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds; a busy machine starts servers slowly


def free_port() -> int:
    """A port that nobody listens on, from below those that the kernel gives away: it stays free until we use it."""
    while True:
        port = 11_000 + secrets.randbelow(20_000)
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port


def wait_until(ready: Callable[[], bool], what: str, timeout: float = PATIENCE) -> None:
    """Return when it is ready; fail with a sentence when it never is."""
    deadline = time.monotonic() + timeout
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s for {what}")
        time.sleep(0.02)


@dataclass(frozen=True)
class Process:
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    def output(self) -> str:
        """What it has printed until now, both streams in one."""
        return self.log.read_text(errors="replace")

    def listens(self, port: int) -> bool:
        """Whether it answers there. One that has ended never will, so that is an error at once."""
        if self.popen.poll() is not None:
            raise ChildProcessError(f"ended with {self.popen.returncode} before it listened:\n{self.output()}")
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return True
        return False

    def kill(self) -> None:
        """As if somebody had pulled the plug of the whole process group."""
        os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait(PATIENCE)

    def end(self, timeout: float = 10) -> None:
        """Ask it to end, then end what is left of its group, which is its own and so nobody else's."""
        self.popen.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(timeout)
        with suppress(ProcessLookupError):  # raised when nobody is left
            for _ in range(100):
                os.killpg(self.pid, signal.SIGKILL)
                self.popen.poll()
                time.sleep(0.02)


@contextmanager
def last_will(script: str, *words: str) -> Iterator[None]:
    """Should we be killed within the block, a shell that sees us go does what we no longer can."""
    command = ["sh", "-c", f"read -r _ || {{\n{script}\n}}", "sh", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True) as shell:
        try:
            yield
        finally:
            shell.communicate(b"all is well\n")


@contextmanager
def run_process(
    args: Sequence[str | Path], env: Mapping[str, str], port: int | None = None, cwd: Path | None = None
) -> Iterator[Process]:
    """Run a program for the length of the block, from the moment that it answers on its port."""
    with tempfile.TemporaryDirectory(prefix="process-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:
            popen = subprocess.Popen(
                args, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        process = Process(popen, log)
        with last_will('kill -s KILL -- "-$1"', str(popen.pid)):
            try:
                if port is not None:
                    wait_until(lambda: process.listens(port), f"{args[0]} on port {port}")
                yield process
            finally:
                process.end()
