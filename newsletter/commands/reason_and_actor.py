"""Why, and by whom: what staff say of each act and each reading."""

import os
import pwd
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

from newsletter import access, guard, logs

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def said(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    value.encode()  # what is not UTF-8 cannot be kept, and fails here before anything is done
    if fault := guard.fault_of_word(value):
        raise click.BadParameter(fault)
    return value


def option(
    name: str, metavar: str, help: str, default: str | Callable[[], str] | None = None
) -> Callable[[Decorated], Decorated]:
    """Without a default it has to be given. Click takes even a default of None for one."""
    usual: dict[str, Any] = {"default": default, "show_default": isinstance(default, str)} if default else {}
    return click.option(name, required=not usual, callback=said, metavar=metavar, help=help, **usual)


def note_reading(what: str, rows: int) -> None:
    """Journal what staff have looked up; never an address (D4.3)."""
    access.record(key_id=None, peer=None, what=logs.masked(what), rows=rows)


def account() -> str:
    """Whoever is at this machine, as far as it knows: containers have users that are numbers alone."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


reason_option = partial(option, "--reason", "TEXT")
actor_option = partial(option, "--actor", "NAME")
because = reason_option("Why: it is kept with what you do.")
by = actor_option("Who you are: it is kept with what you do.")
by_account = actor_option("Who you are, if not the account of this machine: it is kept, too.", account)
