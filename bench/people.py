"""People for benches: known by the product's own verbs, or a million of them by one statement made from such a one."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import flask_migrate
from flask import Flask
from sqlalchemy import Table, select, text, update
from sqlalchemy.orm import Session

from bench.servers import EXAMPLE, ROOT, Store, environment, sink
from newsletter import catalog, clock, commands, guard, links, outbox, selfservice, signups
from newsletter.app import create_app
from newsletter.consent import Visit
from newsletter.db import db, transaction
from newsletter.links import Purpose
from newsletter.outbox import Letter, State
from newsletter.signups import Offer, Press, Signup
from newsletter.signups.asking import rows
from newsletter.subscriptions import Subscriber, Subscription

SLUG = "nyhedsbrev"
SOURCE = "https://www.example.org/nyheder"
NOBODY = Visit(ip="10.0.0.1")
AT_ONCE = 500  # signups that one statement stores
MODEL = "model.person@example.org"
MADE = {"id": "'{}' || CAST(1000000000 + n AS text)", "address": "'person' || n || '@example.org'"}
"""SQL for what stands in the copy of person n where the model has an id or the address."""
COPIES = """
INSERT INTO {table} ({names}) WITH RECURSIVE people(n) AS
    (SELECT 1 UNION ALL SELECT n + 1 FROM people WHERE n < :people)
SELECT {values} FROM people, {table} WHERE {table}.id = :id
"""


@contextmanager
def inside(url: str, smtp_port: int = 1) -> Iterator[Flask]:
    """The service in this process, over that database."""
    os.environ.update({**environment(url, smtp_port), "NEWSLETTER_LOG_LEVEL": "WARNING"})
    app = create_app()
    commands.init_app(app)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def set_up(store: Store) -> str:
    """A database as `flask db upgrade` and `flask catalog apply` leave it."""
    url = store.create()
    with inside(url):
        flask_migrate.upgrade(str(ROOT / "migrations"))
        catalog.apply(EXAMPLE.read_text())
    return url


def submission(address: str, **fields: str) -> signups.Submission:
    """Somebody who wants everything."""
    newsletter = catalog.current().newsletter(SLUG)
    consents = [wording.id for wording in newsletter.wordings_in("da").values()]
    entered = {"email": address, "topics": list(newsletter.topic_ids), "consents": consents, **fields}
    return signups.parse(newsletter, entered, language="da", source=SOURCE, visit=NOBODY)


def ask(addresses: Sequence[str]) -> list[str]:
    """Many signups with their letters, as asking for each would store them; the signups' ids."""
    asked: list[str] = []
    for start in range(0, len(addresses), AT_ONCE):
        found = [rows(submission(address), clock.now()) for address in addresses[start : start + AT_ONCE]]
        together = {model: [row for one in found for row in one[model]] for model in found[0]}
        guard.write_within([], together)
        asked += [row["id"] for row in together[Signup]]
    return asked


def deliver_all() -> None:
    """Let a worker send whatever is due."""
    courier = outbox.Courier(selfservice.Author())
    while courier.deliver_due():
        pass
    courier.close()


def presses(signup_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each signup's link, and the nonce of the page behind it."""
    for start in range(0, len(signup_ids), AT_ONCE):
        with transaction() as session:
            found = session.scalars(select(Signup).where(Signup.id.in_(signup_ids[start : start + AT_ONCE])))
            displayed = {signup.id: Offer.of(signup).displayed for signup in found}
        for signup_id, shown in displayed.items():
            yield links.sign(Purpose.CONFIRM, signup_id), links.nonce(Purpose.CONFIRM, signup_id, shown)


def confirm(signup_ids: Sequence[str]) -> None:
    for token, nonce in presses(signup_ids):
        signups.confirm(token, Press(nonce=nonce, dropped=(), visit=NOBODY))


def with_letters(store: Store, people: int) -> tuple[str, list[str]]:
    """A database of signups whose letters have left, and the signups' ids.

    One letter is really sent; the others are marked the same, because sending them all would take longer than a bench.
    """
    url = set_up(store)
    with sink() as relay, inside(url, relay.port):
        asked = ask([MODEL])
        deliver_all()
        asked += ask([f"person{n}@example.org" for n in range(people - 1)])
        with transaction() as session:
            mark_as_sent(session)
    store.settle(url)
    return url, asked


def mark_as_sent(session: Session) -> None:
    sent = session.scalars(select(Letter).where(Letter.state == State.SENT)).one()
    same = {name: getattr(sent, name) for name in ("version_id", "key_id", "holes", "sha256", "sent_at", "reply")}
    waiting = update(Letter).where(Letter.state == State.WAITING)
    session.execute(waiting.values(state=State.SENT, **same).execution_options(synchronize_session=False))


def fill(url: str, people: int) -> None:
    """So many subscribers, each but for ids and address like one who came through the product's own doors."""
    with sink() as relay, inside(url, relay.port):
        asked = ask([MODEL])
        deliver_all()
        confirm(asked)
        with transaction() as session:
            subscriber = session.scalars(select(Subscriber).where(Subscriber.address == MODEL)).one()
            subscription = Subscription.all_living(session, subscriber.id)[0]
            for entity in (subscriber, subscription):
                copy(session, entity, {subscriber.id: "id", subscription.id: "id", MODEL: "address"}, people)


def copy(session: Session, entity: Subscriber | Subscription, marks: dict[str, str], people: int) -> None:
    """Rows like the entity's, with other ids and addresses wherever these stand in it."""
    table = cast(Table, entity.__table__)
    stored = session.execute(select(table).where(table.c.id == entity.id)).one()._mapping
    values = [replaced(name, str(value), marks) for name, value in stored.items()]
    statement = COPIES.format(table=table.name, names=", ".join(stored.keys()), values=", ".join(values))
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(text(statement), {"people": people, "id": stored["id"]})


def replaced(name: str, value: str, marks: dict[str, str]) -> str:
    """SQL for a column's value in the copy of person n."""
    expression = name
    for mark, kind in marks.items():
        if mark in value:
            expression = f"replace({expression}, '{mark}', {MADE[kind].format(mark[:14])})"
    return expression
