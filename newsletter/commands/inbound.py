"""`flask inbound`: takes mail that comes back (B4)."""

import imaplib
import sys

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from newsletter import clock, config, letterbox, logs
from newsletter.commands.reason_and_actor import note_reading
from newsletter.commands.refusing import Command, harmless
from newsletter.commands.start import refuse_lost_keys, the_app
from newsletter.commands.stopping import stop_on_signal
from newsletter.config import Settings
from newsletter.db import db, reader
from newsletter.engine import OUTAGES
from newsletter.mailboxes import MailAside

EVERY = 60.0  # seconds between two looks into a mailbox
TROUBLE = (OSError, imaplib.IMAP4.error, letterbox.Trouble, *OUTAGES)
log = logs.get("inbound")


@click.command(cls=Command)
@click.option("--imap", is_flag=True, help="Read the mailbox that NEWSLETTER_INBOUND_IMAP names, instead of listening.")
@click.option("--once", is_flag=True, help="With --imap: look once, then end.")
@click.option("--aside", is_flag=True, help="List the mails that were set aside, and end.")
@click.option("--show", metavar="ID", help="Print one that was set aside, and end. The reading is journaled.")
@with_appcontext
def inbound(imap: bool, once: bool, aside: bool, show: str | None) -> None:
    """Take bounces, complaints and withdrawals by mail: until told to stop."""
    if once and not imap:
        raise click.UsageError("--once goes with --imap.")
    if aside or show is not None:
        print_aside(show)
        return
    settings = config.current()
    if settings.inbound_address is None:
        sys.exit("NEWSLETTER_INBOUND_ADDRESS is not set: no letter asks for anything to come back.")
    refuse_lost_keys()
    if imap:
        collect(settings, once)
    else:
        listen()


def listen() -> None:
    try:
        letterbox.serve(the_app(), lambda: log.info("inbound started"))
    except OSError as error:
        sys.exit(f"The service does not start:\n  NEWSLETTER_INBOUND_LMTP: {error.strerror or error}.")


def collect(settings: Settings, once: bool) -> None:
    """Look into the mailbox every minute. When it cannot be read, that is waited out."""
    if settings.inbound_imap is None:
        sys.exit("NEWSLETTER_INBOUND_IMAP is not set: there is no mailbox to read.")
    collector, stop = letterbox.Collector(settings.inbound_imap), stop_on_signal()
    while not stop.is_set():
        try:
            found = collector.collect()
        except TROUBLE as error:
            log.warning("mailbox not read", error=type(error).__name__, said=str(error))
            if once:
                sys.exit(f"The mailbox could not be read: {harmless(str(error))}")
            found = 0
        db.session.remove()
        if once and not found:
            return
        stop.wait(0 if found else EVERY)


def print_aside(mail_id: str | None) -> None:
    with reader() as session:
        if mail_id is None:
            for found in session.scalars(select(MailAside).order_by(MailAside.id)):
                click.echo(f"{found.id}  {clock.iso(found.at)}  {found.size} bytes  {harmless(found.reason)}")
            return
        mail = session.get(MailAside, mail_id)
    if mail is None:
        sys.exit("There is no such mail.")
    note_reading("flask inbound --show", 1)
    click.echo("\n".join(harmless(line.expandtabs()) for line in mail.raw.decode("utf-8", "replace").splitlines()))
