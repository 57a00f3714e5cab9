"""`flask worker`: sends letters, pushes changes, deletes what nobody confirmed, forgets what has passed its term."""

from collections.abc import Callable, Sequence
from functools import partial
from threading import Event

import click
from flask.cli import with_appcontext

from newsletter import journal, logs, outbox, selfservice
from newsletter.beside import beside
from newsletter.commands.duties import (
    FORGET_EVERY,
    anchor_all,
    bring_forward,
    duties,
    look_through_mail,
    probe,
    realign_feed,
    write_journal,
)
from newsletter.commands.refusing import Command
from newsletter.commands.rules import forget
from newsletter.commands.start import connectors_or_exit, refuse_lost_keys, refuse_older_schema, the_app
from newsletter.commands.stopping import at_last, cut_short, part, stop_on_signal
from newsletter.feed import connectors
from newsletter.feed.webhooks import pushing
from newsletter.memory import spare_collections

IDLE = 0.5  # seconds between two looks at an empty outbox
JOURNAL_EVERY = 20.0  # seconds; a minute is promised
RENEW_EVERY = 10.0  # seconds; a lease lasts 40
AFTER_FAULT = 2.0  # seconds until a worker that lost its database, or met a fault of ours, tries again

log = logs.get("worker")


@click.command(cls=Command)
@click.option("--once", is_flag=True, help="Do all that is due, then end.")
@with_appcontext
def worker(once: bool) -> None:
    """Send, push, delete: until told to stop."""
    refuse_older_schema()
    refuse_lost_keys()
    stop = stop_on_signal()
    runners = connectors_or_exit()
    courier = outbox.Courier(selfservice.Author(), stop)
    spare_collections()
    app, renewing = the_app(), partial(every, RENEW_EVERY, courier.renew, "claims not renewed")
    with cut_short(courier), beside(app, renewing):
        if once:
            do_all_that_is_due(courier, runners, stop)
        else:
            journaling = partial(every, JOURNAL_EVERY, write_journal, "journal not written")
            looking = partial(every, FORGET_EVERY, look_through_mail, "mail not looked through")
            with pushing.pushing(app), connectors.running(app, runners), beside(app, journaling, looking):
                run_until_told(courier, stop)
            at_last(write_journal, "journal not written")  # a restore may follow


def do_all_that_is_due(courier: outbox.Courier, runners: Sequence[connectors.Runner], stop: Event) -> None:
    try:
        realign_feed()
        bring_forward()
        while not stop.is_set() and deliver(courier):
            pass
        probe()
        forget()  # what it ends the tools have to be told, too
        pushing.push_due(the_app(), stop)
        connectors.run_once(the_app(), runners, stop)
        anchor_all()
        write_journal()
    finally:
        courier.close()


def deliver(courier: outbox.Courier) -> int:
    """Nobody is mailed from a database that does not know yet who has left since its backup."""
    return 0 if journal.is_restored() else courier.deliver_due()


def run_until_told(courier: outbox.Courier, stop: Event) -> None:
    """Beside the letters, each duty at its own pace. A fault, the database's or ours, is logged and waited out."""
    todo = duties()
    log.info("worker started", worker=courier.name)
    while not stop.is_set():
        try:
            handled = deliver(courier)
            for duty in todo:
                duty.do_if_due()
            stop.wait(0 if handled else IDLE)
        except Exception:
            log.exception("fault")
            courier.spare_others()
            stop.wait(AFTER_FAULT)
    part(courier)
    log.info("worker stopped", worker=courier.name)


def every(seconds: float, step: Callable[[], object], trouble: str, over: Event) -> None:
    """Do this every so many seconds, in a thread of its own, however long a relay takes to answer.

    Whatever goes wrong is logged, and tried again in its turn: nobody would notice that the thread had ended.
    """
    while not over.wait(seconds):
        try:
            step()
        except Exception:
            log.exception(trouble)
