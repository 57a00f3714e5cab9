"""How the web processes run: `gunicorn -c gunicorn.conf.py wsgi:app`. The command line wins over this file.

Without `--bind` it listens on 127.0.0.1:8000, or with PORT set on that port of every interface. A new release needs
a restart: HUP reads this file again, and not the code, and a second master by USR2 finds its address taken.
"""

import atexit
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

MASTER = os.getpid()
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - no file of ours there has a fixed name
EVERYBODYS = "newsletter-metrics-"
MINE = f"{EVERYBODYS}{MASTER}-"
NEW = 60.0  # seconds in which a master comes to lock its folder


def folder_of_metrics() -> str:
    """Of this master, also when HUP has this file read again. What workers count is mapped: on a disk that is full, the
    next request that is counted would be the worker's last, and that of every worker after it.
    """
    known = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
    if Path(known).name.startswith(MINE):
        return known
    clear_up()
    folder = tempfile.mkdtemp(prefix=MINE, dir=IN_MEMORY)
    fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX)  # until this master, and all that it forks, are gone
    return folder


def clear_up() -> None:
    """Remove what masters that were killed have left: nobody else empties memory while the machine is up."""
    for folder in Path(IN_MEMORY or tempfile.gettempdir()).glob(f"{EVERYBODYS}*"):
        with suppress(OSError):  # somebody else's, or a living one's
            remove_unlocked(folder)


def remove_unlocked(folder: Path) -> None:
    if time.time() - folder.stat().st_mtime < NEW:
        return
    found = os.open(folder, os.O_DIRECTORY | os.O_NOFOLLOW)  # anybody may put a pipe there, and opening it would wait
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(found)


METRICS = folder_of_metrics()
os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS  # must stand before prometheus_client is imported: it looks then
sys.dont_write_bytecode = True  # as in wsgi.py

from gunicorn.glogging import Logger  # noqa: E402

from newsletter import callers, logs, memory  # noqa: E402

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.config import Config
    from gunicorn.workers.base import Worker

logs.configure("INFO")  # until the settings are read


class JsonLogger(Logger):
    """gunicorn's own lines go the way of ours: as JSON, and masked, because they may quote an address or a path."""

    def setup(self, cfg: "Config") -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


logger_class = JsonLogger
accesslog = None  # the service writes a line of its own for each request, which names no path and no address

# Two processes for two cores, four threads each for as many database connections; more of either cost memory and
# won nothing when measured. Each worker listens for itself: with one shared socket, one worker takes most of it.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = callers.Worker
threads = 4
reuse_port = True
backlog = 2048

port = os.environ.get("PORT")
if not port or not port.isdecimal():  # one that is empty counts as not set, as our own settings do
    bind = "127.0.0.1:8000"

# A worker that is silent for `timeout` is replaced; one that is told to stop may finish what it has begun. A proxy
# keeps its connections for a minute: keeping them longer here, it never sends into one that is just being closed.
timeout = 30
graceful_timeout = 25
keepalive = 75

# No form or link of ours is longer; bodies are bounded by the application.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

forwarded_allow_ips = ""  # whom a forwarding header is believed from is decided in one place, newsletter/visitor.py
control_socket_disable = True  # it would open a socket in the home directory, which a service's user has none of
worker_tmp_dir = IN_MEMORY  # so no disk stalls a heartbeat


def on_starting(server: "Arbiter") -> None:
    """Refuse once, before anything listens, what every worker would run into, and name all of it.

    Another process looks at our settings, so that this one, which only minds the workers, stays as small as it is.
    """
    look = [sys.executable, "-m", "flask", "doctor", "--start"]
    code = subprocess.run(look, check=False, stdout=subprocess.DEVNULL).returncode  # noqa: S603 - our own words
    mistakes = [*mistaken_variables(server), *mistaken_addresses(server)]
    if code < 0:
        mistakes.append(f"Signal {-code} ended what looks first; 9 may be want of memory.")
    if mistakes:
        header = [] if code > 0 else ["The service does not start:"]  # or it has begun the list
        sys.exit("\n".join([*header, *(f"  {mistake}" for mistake in mistakes)]))
    if code:
        sys.exit(1)  # it has said why


def pre_fork(server: "Arbiter", worker: "callers.Worker") -> None:
    """Its place is the lowest that no living worker has."""
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = next(number for number in count() if number not in taken)


def post_fork(_server: "Arbiter", worker: "callers.Worker") -> None:
    """It goes on counting in the files of whoever had its place before. Were they each worker's own, they would be more
    with every one that is replaced, for as long as the master lives.
    """
    values = import_module("prometheus_client.values")  # which the master does without
    values.ValueClass = values.MultiProcessValue(lambda: worker.place)


def post_worker_init(_worker: "Worker") -> None:
    memory.spare_collections()


def mistaken_variables(server: "Arbiter") -> list[str]:
    few = [] if server.cfg.workers else ["WEB_CONCURRENCY: must be 1 or more."]
    return [*few, "PORT: is no number."] if port and not port.isdecimal() else few


def mistaken_addresses(server: "Arbiter") -> list[str]:
    """Workers that listen for themselves would come, fail and be replaced for ever; beside those of another service of
    the same user they would listen, too, and each service would get a part of the visitors.
    """
    if not all(isinstance(address, tuple) for address in server.cfg.address):
        server.cfg.set("reuse_port", False)  # a socket that is a file can only be shared
    places = [address for address in server.cfg.address if isinstance(address, tuple)]
    return [why for place in places if (why := why_taken(place, is_shared=True) or why_still_taken(place))]


def why_still_taken(address: tuple[str, int]) -> str | None:
    """Workers whose master was killed see within a second that they are alone, and let go."""
    for _ in range(12):
        taken = why_taken(address, is_shared=False)
        if not taken:
            return None
        time.sleep(0.25)
    return taken


def why_taken(address: tuple[str, int], *, is_shared: bool) -> str | None:
    with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, is_shared)
        try:
            probe.bind(address)
        except OSError as error:
            return f"{address[0]}:{address[1]}: {error.strerror}."
        except OverflowError:
            return f"{address[1]} is no port."
    return None


@atexit.register
def remove_metrics() -> None:
    """Workers leave through here too, and must leave it to the master."""
    if os.getpid() == MASTER:
        shutil.rmtree(METRICS, ignore_errors=True)
