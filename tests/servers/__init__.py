"""Real servers for tests: a PostgreSQL and a mail relay that do as they are told, and processes of our own.

Nothing here is a mock. What a test learns from these, it learns through a socket, as in production.
"""

from tests.servers.fates import Fate, Letter
from tests.servers.pooler import pooler
from tests.servers.postgres import OwnPostgres, Postgres, installed_programs, own_postgres, postgres, spell
from tests.servers.processes import HOST, PATIENCE, Process, free_port, run_process, wait_until
from tests.servers.relay import Relay

__all__ = [
    "HOST",
    "PATIENCE",
    "Fate",
    "Letter",
    "OwnPostgres",
    "Postgres",
    "Process",
    "Relay",
    "free_port",
    "installed_programs",
    "own_postgres",
    "pooler",
    "postgres",
    "run_process",
    "spell",
    "wait_until",
]
