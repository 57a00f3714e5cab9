"""A real Mailman 3 with its REST interface, on a port of its own; nothing of it mails.

It is installed once into a folder of `.venv/`, because it needs an older SQLAlchemy than we do.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.servers import HOST, free_port, run_process

ROOT = Path(__file__).parent.parent
PINNED = ROOT / "requirements-mailman.txt"
PLACE = Path(sys.prefix) / "peers" / "mailman"
RUN = "import sys; from mailman.bin.runner import main; sys.exit(main())"
USER, PASSWORD = "restadmin", "a password for mailman"
CONFIGURED = """
[mailman]
layout: here
site_owner: postmaster@lists.example.org
[paths.here]
var_dir: {folder}
[webservice]
hostname: {host}
port: {port}
admin_user: {user}
admin_pass: {password}
workers: 1
[mta]
incoming: mailman.mta.null.NullMTA
smtp_host: {host}
smtp_port: 1
[database]
url: sqlite:///{folder}/mailman.db
"""


@dataclass(frozen=True)
class Mailman:
    url: str

    def call(self, method: str, path: str, **form: str) -> requests.Response:
        """As its administrator."""
        return requests.request(method, f"{self.url}/3.1{path}", data=form, auth=(USER, PASSWORD), timeout=30)

    def make_list(self, name: str) -> str:
        """A new list, by its id."""
        self.call("POST", "/lists", fqdn_listname=f"{name}@lists.example.org").raise_for_status()
        return f"{name}.lists.example.org"

    def members(self, list_id: str) -> dict[str, str]:
        """Address -> name, of whoever is on the list."""
        found: Mapping[str, Any] = self.call("GET", f"/lists/{list_id}/roster/member").json()
        return {entry["email"]: entry["display_name"] for entry in found.get("entries", [])}

    def written(self) -> set[str]:
        """The mails of its own that wait for a part of it that does not run here."""
        return set(self.call("GET", "/queues/virgin").json()["files"])

    def knows(self, address: str) -> bool:
        return self.call("GET", f"/addresses/{address}").status_code == 200


def runs_here() -> bool:
    """Mailman 3.3.10 needs a module that Python 3.13 has dropped."""
    return sys.version_info < (3, 13)


def install() -> None:
    """As pinned, unless that has been done; two runs at once take turns."""
    PLACE.mkdir(parents=True, exist_ok=True)
    done = PLACE / "done"
    with (PLACE.parent / "mailman.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists() and done.read_text() == PINNED.read_text():
            return
        wanted = ["--target", str(PLACE), "--quiet", "--require-hashes", "-r", str(PINNED)]
        by_uv = subprocess.run([Path(sys.prefix) / "bin" / "uv", "pip", "install", *wanted], check=False)
        if by_uv.returncode:  # uv does not read pip's configuration: it may find nothing where pip does
            subprocess.run([sys.executable, "-m", "pip", "install", *wanted], check=True)
        done.write_text(PINNED.read_text())


@contextmanager
def mailman(folder: Path) -> Iterator[Mailman]:
    """Only the part that speaks REST: it listens within seconds."""
    install()
    port = free_port()
    configured = CONFIGURED.format(folder=folder, host=HOST, port=port, user=USER, password=PASSWORD)
    (folder / "mailman.cfg").write_text(configured)
    env = {**os.environ, "PYTHONPATH": str(PLACE), "PYTHONWARNINGS": "ignore"}
    args = [sys.executable, "-c", RUN, "-C", str(folder / "mailman.cfg"), "--runner=rest:0:1"]
    with run_process(args, env, port=port, cwd=folder):
        running = Mailman(f"http://{HOST}:{port}")
        running.call("POST", "/domains", mail_host="lists.example.org").raise_for_status()
        yield running
