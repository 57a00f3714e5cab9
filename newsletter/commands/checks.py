"""What `flask doctor` looks at of the service itself: settings, database, relay, keys, journal."""

import re
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import delete, func, select, text

from newsletter import catalog, clock, config, journal, keyring, outbox, vitals
from newsletter.catalog import Catalog
from newsletter.commands.finding import Finding, fail, ok, warn
from newsletter.commands.start import lost_keys, sentence
from newsletter.commands.terms_kept import too_short
from newsletter.config import Settings, is_loopback, is_vouched_for
from newsletter.db import db, is_postgresql, reader, transaction
from newsletter.guard import LetterHit

SAFE = ("fsync", "full_page_writes", "synchronous_commit")
"""What a PostgreSQL is told to do that must not lose anything; it is the default."""
LATE = timedelta(minutes=5)
"""A worker writes the journal within a minute of what happened."""
MAY_DO_ANYTHING = text(
    "SELECT rolsuper OR pg_has_role((SELECT relowner FROM pg_class WHERE oid = 'evidence'::regclass), 'USAGE') "
    "FROM pg_roles WHERE rolname = current_user"
)
"""Whether who asks could also take a trigger away: as superuser, or as owner of the tables."""
TRIAL = "trial of writing"
INVENTED = re.compile(r"EXAMPLE|(?<![\w-])example\.(?:com|net|org)\b")
"""How examples/catalog.toml marks what it made up, and the domains that nobody has (RFC 2606 3)."""
SKEW = timedelta(seconds=2)
"""How far this machine's clock may be from the database server's: deadlines are judged by either side's processes."""


def settings() -> Iterator[Finding]:
    found = config.current()
    yield ok(f"The settings are complete; the public URL is {found.public_url}.")
    if found.smtp_url.tls == "none" and not is_loopback(found.smtp_url.host):
        yield warn("NEWSLETTER_SMTP_URL says tls=none: letters and the relay's password travel in clear.")
    if not is_vouched_for(found.database_url):
        yield warn("NEWSLETTER_DATABASE_URL lacks sslmode=verify-full: whoever is between may read all that is kept.")
    yield from inbound(found)
    if unknown := config.unknown():
        yield warn(f"Not settings of this service, perhaps misspelt: {', '.join(unknown)}.")
    if found.only_recipients:
        yield warn("NEWSLETTER_ONLY_RECIPIENTS is set: nobody else is mailed.")


def inbound(found: Settings) -> Iterator[Finding]:
    imap, lmtp = found.inbound_imap, found.inbound_lmtp
    if imap and imap.tls == "none" and not is_loopback(imap.host):
        yield warn("NEWSLETTER_INBOUND_IMAP says tls=none: people's mail and the mailbox's password travel in clear.")
    if not lmtp.path and not is_loopback(lmtp.host):
        yield warn("NEWSLETTER_INBOUND_LMTP listens beyond this machine, and asks nobody who they are.")


def database() -> Iterator[Finding]:
    found, wanted, kind = vitals.revision(), vitals.NEWEST, db.engine.dialect.name
    if not vitals.serves(found):
        yield fail(f"The {kind} database is at schema {found or '-'}, and {wanted} is needed: run `flask db upgrade`.")
    elif found != wanted:
        yield warn(f"The {kind} database is at schema {found}, newer than this release's {wanted}: finish the upgrade.")
    else:
        try_writing()
        yield ok(f"The {kind} database answers, can be written, and is at schema {found}.")
    if is_postgresql() and vitals.is_handed_on():
        yield fail("A pooler hands the database's sessions on between transactions: put it into session mode.")


def try_writing() -> None:
    """A row that every process may write comes and goes: a replica takes none, and neither does a full disk."""
    with transaction() as session:
        session.add(LetterHit(key=TRIAL, at=clock.now()))
        session.flush()
        session.execute(delete(LetterHit).where(LetterHit.key == TRIAL))


def rights() -> Iterator[Finding]:
    """Triggers that guard evidence stop neither a superuser nor the owner of its tables."""
    if not is_postgresql():
        yield ok("A SQLite file has no users of its own.")
        return
    with reader() as session:
        anything = session.scalar(MAY_DO_ANYTHING)
    if anything:
        yield warn("This database user may change tables and triggers: give processes the roles of deploy/roles.sql.")
    else:
        yield ok("This database user may change neither tables nor triggers.")


def durability() -> Iterator[Finding]:
    """Whether what was answered for is on the disk by then."""
    with reader() as session:
        risked = [name for name in SAFE if is_postgresql() and session.scalar(text(f"SHOW {name}")) == "off"]
    if risked:
        yield warn(f"The database server has {' and '.join(risked)} switched off: a crash may take accepted sign-ups.")
    else:
        yield ok("What is committed is on the disk.")


def catalogue() -> Iterator[Finding]:
    yield from (fail(sentence) for _, sentence in too_short(catalog.current()))
    if made_up := invented(catalog.current()):
        yield warn(f"People are told what the example's catalogue made up: {', '.join(made_up)}.")
    newsletters = ", ".join(catalog.current().newsletters)
    yield ok(f"Version {catalog.version()} of the catalogue is in force: {newsletters}.")


def invented(found: Catalog) -> list[str]:
    """Of the imprint and the letters' senders."""
    ours = found.controller
    senders = [address for one in found.newsletters.values() for address in (one.sender.address, one.sender.reply_to)]
    told = dict.fromkeys([*ours.imprint, ours.website, ours.data_protection, *senders])
    return [line for line in told if INVENTED.search(line)]


def relay() -> Iterator[Finding]:
    """No mail is sent: connect, encrypt, log in, leave."""
    target = config.current()
    name = f"{target.smtp_url.host}:{target.smtp_url.port}"
    failed = outbox.try_relay()
    if failed:
        yield fail(f"The relay {name} did not let us in: {failed.code or failed.step} {failed.text.rstrip('.')}.")
    else:
        login = "with" if target.smtp_url.user else "without"
        yield ok(f"The relay {name} let us in, TLS {target.smtp_url.tls}, {login} a login.")
    yield from paused()


def paused() -> Iterator[Finding]:
    standing = outbox.standing()
    if standing.paused_at:
        yield warn(f"The outbox is paused since {clock.iso(standing.paused_at)}; `flask letters status` tells why.")


def server_clock() -> Iterator[Finding]:
    if not is_postgresql():
        yield ok("SQLite has no clock of its own.")
        return
    with reader() as session:
        apart = abs(session.execute(select(func.clock_timestamp())).scalar_one() - clock.now())
    judged = warn if apart > SKEW else ok
    yield judged(f"This machine's clock and the database server's are {apart.total_seconds():.1f} s apart.")


def keys() -> Iterator[Finding]:
    lost = lost_keys()
    if lost:
        yield fail(f"NEWSLETTER_SECRET_KEYS {sentence(lost)}")
    else:
        ring = ", ".join(f"reduce:{key.id}" if key.reduces else key.id for key in keyring.ring())
        yield ok(f"The ring has every key that is still needed: {ring}.")


def forwarding() -> Iterator[Finding]:
    with reader() as session:
        last = vitals.forwarding_ignored_at(session)
    if last:
        yield warn(
            f"A forwarding header from a peer that is not trusted was ignored, last at {clock.iso(last)}: "
            "if the peer is your proxy, NEWSLETTER_TRUSTED_PROXIES must name it."
        )
    else:
        yield ok("No forwarding header had to be ignored within the last day.")


def journal_folder() -> Iterator[Finding]:
    """Whether what must survive the database is written, and this database is the one that it was written from."""
    if not journal.is_kept():
        yield warn("NEWSLETTER_JOURNAL is not set: a restored backup would bring back whoever has left since.")
        return
    try:
        journal.try_writing()
    except OSError as error:
        yield fail(f"The journal cannot be used: {error}.")
    else:
        yield compared_with_journal()


def compared_with_journal() -> Finding:
    waiting = journal.waiting_since()
    if journal.is_restored():
        return fail("The database is older than its journal: run `flask purge --after-restore`.")
    if waiting and clock.now() - waiting > LATE:
        return fail(f"The journal is behind: since {clock.iso(waiting)} something waits to be written.")
    if others := journal.others():
        return warn(
            f"The journal is yet to begin, beside {', '.join(others)}: is that of this database, restored from a "
            "backup that is older than it? back-up-and-restore.md tells what to do."
        )
    return ok(f"The journal in {journal.path()} is written, and the database is as new as it is.")
