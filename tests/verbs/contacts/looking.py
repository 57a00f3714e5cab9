"""What a command has printed and written."""

from sqlalchemy import select

from newsletter import access
from newsletter.db import reader

ADA = "ada@example.org"
WHO = ("--reason", "asked for it by phone", "--actor", "Grace")


def readings() -> list[str]:
    with reader() as session:
        return list(session.scalars(select(access.Read.what).order_by(access.Read.id)))
