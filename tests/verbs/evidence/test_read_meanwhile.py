"""Evidence that is read while somebody acts is of one moment. SQLite's readers see one moment anyway."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import Result
from flask import Flask
from werkzeug.test import TestResponse

from newsletter import access, clock, feed, subscriptions
from newsletter.access import Scope
from newsletter.changes import ChangeKind
from newsletter.consent import Act
from newsletter.privacy.erasure import Order, wipe
from newsletter.subscriptions import Cause, Channel, Deed
from tests.people import People
from tests.verbs.evidence.chains import ADA
from tests.verbs.evidence.holding import holding
from tests.waiting import wait_for

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
BY_STAFF = Cause(channel=Channel.STAFF)


def test_who_acts_during_a_check_does_not_seem_to_have_forged_anything(service: Flask, people: People) -> None:
    people.subscribe(ADA)
    contact_id = feed.contacts_of(ADA)[0].id
    facts = {"language": "da", "topics": ["events"]}
    deed = Deed(act=Act.RECTIFIED, kind=ChangeKind.UPDATED, cause=BY_STAFF, facts=facts)

    def verify() -> Result:
        return service.test_cli_runner().invoke(args=["evidence", "verify", "--all"])

    with ThreadPoolExecutor(1) as pool:
        with holding("subscriptions") as session:
            verified = pool.submit(verify)
            wait_for(1)
            contact = subscriptions.locked(session, contact_id)
            contact.rectify(fields={"first_name": "Ada"}, language="da", topics=["events"], at=clock.now())
            subscriptions.record(session, contact, deed)

        assert verified.result().exit_code == 0, verified.result().output


def test_the_proof_of_somebody_erased_meanwhile_is_not_read_without_its_scope(service: Flask, people: People) -> None:
    """A7.5"""
    people.subscribe(ADA)
    contact = feed.contacts_of(ADA)[0].id
    key = access.create("tool", [Scope.EVIDENCE_READ, Scope.CONTACTS_READ], [], None)

    def get(what: str) -> TestResponse:
        client = service.test_client(use_cookies=False)
        return client.get(f"/api/v1/contacts/{contact}/{what}", headers={"Authorization": f"Bearer {key}"})

    with ThreadPoolExecutor(2) as pool:
        with holding("evidence") as session:
            answers = [pool.submit(get, what) for what in ("evidence", "export")]
            wait_for(2)
            subscriptions.person_lock(session, ADA)
            wipe(session, ADA, Order(cause=BY_STAFF, never_again=False))

        acts = [[act["act"] for act in answer.result().get_json()["evidence"]] for answer in answers]
        assert acts == [["signed_up", "letter_sent", "confirmed"]] * 2
