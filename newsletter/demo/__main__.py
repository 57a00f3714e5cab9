"""`python -m newsletter.demo`, which is `make run`: everything on this machine, nothing of it for ever.

The last line is the address of a page from where all can be tried. Ctrl-C ends every process and deletes every file.
"""

import os
import secrets
import sys
from contextlib import closing
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, socket
from tempfile import TemporaryDirectory

import click
from sqlalchemy import URL

from newsletter.demo.household import Household, Stopped, Trouble
from newsletter.demo.mailbox import HOST, Mailbox, listening
from newsletter.demo.setup import CATALOG, newsletters, prepare
from newsletter.demo.site import Service, served

PORT = 8000
WORKER = (sys.executable, "-m", "flask", "--app", "wsgi", "worker")
GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--workers", "1", "--graceful-timeout", "3")


def main() -> int:
    """The exit code: 0 when somebody ended it, 1 when something went wrong."""
    try:
        with TemporaryDirectory(prefix="newsletter-demo-") as folder, listening() as mailbox:
            keep_house(Path(folder), mailbox)
    except Trouble as trouble:
        click.echo(f"\nThe demo ends: {trouble}", err=True)
        return 1
    except Stopped:
        click.echo("\nThe demo has ended.", err=True)
    return 0


def keep_house(folder: Path, mailbox: Mailbox) -> None:
    with closing(listener(PORT)) as web:
        household = Household(folder=folder, environment=environment(folder, port_of(web), mailbox.port))
        household.heed_signals()
        try:
            run(household, mailbox, web)
        finally:
            household.end()


def run(household: Household, mailbox: Mailbox, web: socket) -> None:
    """Web and worker start as an operator starts them; only what comes before is done here, because it is faster."""
    click.echo("Starting ...", err=True)
    service = Service(port=port_of(web), key=prepare(household.environment), newsletters=newsletters())
    household.start("flask worker", WORKER)
    household.start("gunicorn", [*GUNICORN, "--bind", f"fd://{web.fileno()}", "wsgi:app"], [web.fileno()])
    web.close()
    household.wait_until(service.is_ready, "gunicorn")
    with served(service, mailbox) as port:
        welcome(service, port)
        household.watch()


def welcome(service: Service, port: int) -> None:
    click.echo("\nThe service runs, with a mailbox for everybody. Ctrl-C ends it and deletes everything.")
    click.echo("The list, as the marketing tool pulls it:\n")
    click.echo(f"  {service.curl(next(iter(service.newsletters)))}\n")
    click.echo(f"Open this page and sign up: http://{HOST}:{port}/")


def listener(preferred: int) -> socket:
    """Bound here and handed on, so that nobody can take the port in between."""
    made = socket()
    made.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    try:
        made.bind((HOST, preferred))
        made.listen()
    except OSError:
        made.close()
        return listener(0)
    return made


def port_of(bound: socket) -> int:
    return int(bound.getsockname()[1])


def environment(folder: Path, port: int, smtp_port: int) -> dict[str, str]:
    """Nothing of the caller's environment: it may hold the settings of a real service."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "NEWSLETTER_DATABASE_URL": URL.create("sqlite", database=f"{folder}/newsletter.sqlite").render_as_string(),
        "NEWSLETTER_SECRET_KEYS": secrets.token_hex(32),
        "NEWSLETTER_PUBLIC_URL": f"http://{HOST}:{port}",
        "NEWSLETTER_CATALOG": str(CATALOG),
        "NEWSLETTER_SMTP_URL": f"smtp://{HOST}:{smtp_port}/?tls=none",
        "NEWSLETTER_LIMIT_SOURCE": "1000/hour",
        "NEWSLETTER_LIMIT_ADDRESS": "100/hour",
    }


if __name__ == "__main__":
    sys.exit(main())
