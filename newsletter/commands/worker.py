"""`flask worker`: sends letters, pushes changes, deletes what nobody confirmed, forgets what has passed its term."""

import math
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import click
from flask.cli import with_appcontext

from newsletter import catalog, changes, clock, feed, feedback, jobs, journal, logs, outbox, privacy, selfservice
from newsletter.commands.refusing import Command
from newsletter.commands.start import connectors_or_exit, refuse_lost_keys, refuse_older_schema, the_app
from newsletter.commands.stopping import at_last, cut_short, part, stop_on_signal
from newsletter.consent import Anchoring
from newsletter.db import transaction, wipe_log
from newsletter.feed import connectors
from newsletter.feed.webhooks import pushing
from newsletter.memory import spare_collections

IDLE = 0.5  # seconds between two looks at an empty outbox
EXPIRE_EVERY = 30.0  # seconds
ANCHOR_EVERY = 300.0  # seconds between two looks whether the day has its anchor
JOURNAL_EVERY = 20.0  # seconds; a minute is promised
FORGET_EVERY = 600.0  # seconds
WIPE_EVERY = 30.0  # seconds that a file may show what its tables no longer hold
PROBE_EVERY = 60.0  # seconds between two looks whether a test mail is due
BRING_EVERY = 300.0  # seconds
PACE = {"signups": EXPIRE_EVERY, "unused": 3600.0}
"""Seconds between two looks of rules that are more pressing than the others, or look at everybody."""
ONCE = math.inf
AGAIN = 60.0  # seconds
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
    with cut_short(courier), beside(RENEW_EVERY, courier.renew, "claims not renewed"):
        if once:
            do_all_that_is_due(courier, runners, stop)
        else:
            journaling = beside(JOURNAL_EVERY, write_journal, "journal not written")
            with pushing.pushing(the_app()), connectors.running(the_app(), runners), journaling:
                run_until_told(courier, stop)
            at_last(write_journal, "journal not written")  # a restore may follow


@click.command(cls=Command)
@click.option("--after-restore", is_flag=True, help="First do again what the journal tells of the time since.")
@click.option("--despite-gaps", is_flag=True, help="Even where the journal lacks entries.")
@click.option("--end-unused", "allowed", multiple=True, metavar="SLUG", help="End unused consents, however many.")
@with_appcontext
def purge(after_restore: bool, despite_gaps: bool, allowed: tuple[str, ...]) -> None:
    """Delete now what is past its deadline or term."""
    for slug in allowed:
        catalog.current().newsletter(slug)
    if despite_gaps and not after_restore:
        raise click.UsageError("--despite-gaps goes with --after-restore.")
    if after_restore:
        catch_up(despite_gaps)
    for rule, done in forget(allowed).items():
        click.echo(f"{rule}: {done}")


def catch_up(despite_gaps: bool) -> None:
    """A restored database learns who has left since, and works again (A7.10). Its journal says at once what is lost."""
    done = privacy.redo(despite_gaps=despite_gaps)
    write_journal()
    click.echo(f"done again: {told(done)}" if done else "done again: nothing")


def told(done: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in sorted(done.items()))


def realign_feed() -> int:
    """A database that was restored into another server goes on where its feed's readers are (PRODUCT 4.13)."""
    with transaction() as session:
        changes.realign(session)
        return 0


def bring_forward() -> int:
    """What a clock that was far ahead has put off is due now (G2)."""
    return outbox.bring_forward() + feed.bring_forward()


def do_all_that_is_due(courier: outbox.Courier, runners: Sequence[connectors.Runner], stop: threading.Event) -> None:
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


def probe() -> int:
    """Not even a test mail leaves from there."""
    return 0 if journal.is_restored() else feedback.send_probe()


def anchor(anchoring: Anchoring) -> int:
    """A page of the day's anchor (PRODUCT 4.8). A restored database first learns what it has missed."""
    return 0 if journal.is_restored() else anchoring.step()


def anchor_all() -> None:
    anchoring = Anchoring()
    while anchor(anchoring):
        pass


def write_journal() -> int:
    total = 0
    while done := journal.write():
        total += done
    return total


class Rule:
    """One rule of retention, a batch at a time; noted as done when there is nothing left for it to do."""

    def __init__(self, name: str, step: Callable[[], int]) -> None:
        self.name, self.step, self.total = name, step, 0

    def __call__(self) -> int:
        done = self.step()
        self.total += done
        if done < privacy.BATCH:
            jobs.record(self.name, self.total)
            self.total = 0
        return done


def rules(allowed: Collection[str] = ()) -> Iterator[Rule]:
    """Every rule; of the newsletters `allowed`, what nobody uses ends however much that is."""
    steps: Mapping[str, Callable[[], int]] = {**privacy.RULES, "unused": partial(privacy.end_unused, allowed)}
    return (Rule(name, step) for name, step in steps.items())


def forget(allowed: Collection[str] = ()) -> dict[str, int]:
    done = {rule.name: all_of(rule) for rule in rules(allowed)}
    wipe_log()
    return done


def all_of(rule: Rule) -> int:
    total = done = rule()
    while done >= privacy.BATCH:
        done = rule()
        total += done
    return total


def run_until_told(courier: outbox.Courier, stop: threading.Event) -> None:
    """Beside the letters, each duty at its own pace. A fault, the database's or ours, is logged and waited out."""
    forgetting = [Duty(PACE.get(rule.name, FORGET_EVERY), rule) for rule in rules()]
    duties = [
        Duty(ONCE, realign_feed),
        Duty(ONCE, write_journal),
        Duty(PROBE_EVERY, probe),
        Duty(BRING_EVERY, bring_forward),
        Duty(ANCHOR_EVERY, partial(anchor, Anchoring())),
        *forgetting,
        Duty(WIPE_EVERY, wipe_log),
    ]
    log.info("worker started", worker=courier.name)
    while not stop.is_set():
        try:
            handled = deliver(courier)
            for duty in duties:
                duty.do_if_due()
            stop.wait(0 if handled else IDLE)
        except Exception:
            log.exception("fault")
            courier.spare_others()
            stop.wait(AFTER_FAULT)
    part(courier)
    log.info("worker stopped", worker=courier.name)


class Duty:
    """Something to be done every so many seconds, on a clock that nobody sets."""

    def __init__(self, every: float, step: Callable[[], int]) -> None:
        self.every, self.step = every, step
        self.next = clock.monotonic()

    def do_if_due(self) -> None:
        """One step. After a full batch the next is due at once, when the letters have had their turn.

        A step that fails waits its time, too, so that those behind it are not kept from theirs; of one that is to be
        done once that is a minute.
        """
        if clock.monotonic() >= self.next:
            self.next = clock.monotonic() + (AGAIN if self.every == ONCE else self.every)
            is_full = self.step() >= privacy.BATCH
            self.next = clock.monotonic() + (0 if is_full else self.every)


@contextmanager
def beside(every: float, step: Callable[[], object], trouble: str) -> Iterator[None]:
    """Within the block, do this every so many seconds in a thread of its own, however long a relay takes to answer.

    Whatever goes wrong is logged, and tried again in its turn: nobody would notice that the thread had ended.
    """
    app = the_app()
    done = threading.Event()

    def run() -> None:
        while not done.wait(every):
            with app.app_context():
                try:
                    step()
                except Exception:
                    log.exception(trouble)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
