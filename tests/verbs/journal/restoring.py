"""A journal's lines, and a database that is brought back from a backup."""

import json
import re
from pathlib import Path
from typing import Any

from flask import Flask

from newsletter import journal
from newsletter.db import reader
from newsletter.subscriptions import Subscription
from tests.kept import subscriber_id

ADA, GRACE, EDITH, MARY = "ada@example.org", "grace@example.org", "edith@example.org", "mary@example.org"


def lines(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.rglob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines() if line]


def status_of(address: str) -> str:
    with reader() as session:
        return " ".join(contact.status for contact in Subscription.all_of(session, subscriber_id(address)))


def last_done(app: Flask, duty: str = journal.DUTY) -> float | None:
    metrics = app.test_client().get("/metrics").text
    found = re.search(rf'_last_run_timestamp_seconds\{{duty="{duty}"\}} (\S+)', metrics)
    return float(found[1]) if found else None


def contact_of(address: str) -> str:
    with reader() as session:
        return Subscription.all_living(session, subscriber_id(address))[0].id


def subscription_of(contact_id: str) -> Subscription:
    with reader() as session:
        return session.get_one(Subscription, contact_id)
