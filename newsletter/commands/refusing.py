"""Commands meet refusals too: a sentence on standard error, and exit code 1."""

from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DatabaseError, InterfaceError

from newsletter.errors import FieldsInvalid, NewsletterError


class Group(AppGroup):
    """A noun whose commands let refusals travel."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FieldsInvalid as refusal:
            raise click.ClickException("\n".join(sentences(refusal))) from refusal
        except NewsletterError as refusal:
            raise click.ClickException(str(refusal)) from refusal
        except (DatabaseError, InterfaceError) as error:
            raise click.ClickException("The database cannot be used; `flask doctor` tells why.") from error


def sentences(refusal: FieldsInvalid) -> list[str]:
    return [f"{field}: {sentence}" for field, found in refusal.errors.items() for sentence in found]


def harmless(text: str) -> str:
    """What others wrote, without what would steer a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
