"""The web processes as production starts them."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection

from tests.conftest import ROOT
from tests.servers import HOST, PATIENCE, Process, run_process

GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app")


@contextmanager
def web(environment: Mapping[str, str], port: int, *more: str) -> Iterator[Process]:
    with run_process([*GUNICORN, "--bind", f"{HOST}:{port}", *more], environment, port=port, cwd=ROOT) as process:
        yield process


def get(port: int, path: str) -> str:
    connection = HTTPConnection(HOST, port, timeout=PATIENCE)
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text
