"""What a command has printed and written."""

import json
from typing import Any

from sqlalchemy import select

from newsletter import access, feed
from newsletter.db import reader

ADA = "ada@example.org"
WHO = ("--reason", "asked for it by phone", "--actor", "Grace")


def readings() -> list[str]:
    with reader() as session:
        return list(session.scalars(select(access.Read.what).order_by(access.Read.id)))


def documents() -> list[dict[str, Any]]:
    return [json.loads(contact.document) for contact in feed.contacts_of(ADA)]
