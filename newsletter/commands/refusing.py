"""Commands meet refusals too: a sentence on standard error, and exit code 1."""

import errno
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DatabaseError, InterfaceError

from newsletter.engine import words_of
from newsletter.errors import FieldsInvalid, NewsletterError


class Group(AppGroup):
    """A noun whose commands let refusals travel."""

    def invoke(self, ctx: click.Context) -> Any:
        with as_sentences():
            return super().invoke(ctx)


class Command(click.Command):
    """A command without a noun that lets refusals travel."""

    def invoke(self, ctx: click.Context) -> Any:
        with as_sentences():
            return super().invoke(ctx)


@contextmanager
def as_sentences() -> Iterator[None]:
    """Whatever is refused within the block, or fails for want of a database, UTF-8 or space, becomes a sentence."""
    try:
        yield
    except FieldsInvalid as refusal:
        raise click.ClickException("\n".join(sentences(refusal))) from refusal
    except NewsletterError as refusal:
        raise click.ClickException(str(refusal)) from refusal
    except UnicodeEncodeError as error:
        raise click.ClickException("What was typed is not UTF-8, or the terminal is not set to it.") from error
    except (DatabaseError, InterfaceError, sqlite3.Error) as error:
        raise click.ClickException(f"{unusable(error)}. `flask doctor` tells more.") from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        give_up_output()
        raise click.ClickException("There is no space left where this writes to.") from error


def give_up_output() -> None:
    """What did not fit would be tried once more at the end, and end with Python's own words and exit code."""
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            sys.stdout.close()


def unusable(error: Exception) -> str:
    return f"The database cannot be used: {words_of(error)}"


def sentences(refusal: FieldsInvalid) -> list[str]:
    return [f"{field}: {sentence}" for field, found in refusal.errors.items() for sentence in found]


def harmless(text: str) -> str:
    """What others wrote, without what would steer a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
