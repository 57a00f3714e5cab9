"""Why, and by whom: what staff say of each act and each reading. It is kept, so nothing is no answer."""

import click


def said(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("may not be empty.")
    readable(context, parameter, value)
    return value


def readable(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """A terminal of another encoding sends bytes that stand for no characters, and nothing can keep those."""
    try:
        (value or "").encode()
    except UnicodeEncodeError as error:
        raise click.BadParameter("is not in UTF-8.") from error
    return value


because = click.option(
    "--reason", required=True, callback=said, metavar="TEXT", help="Why: it is kept with what you do."
)
by = click.option(
    "--actor", required=True, callback=said, metavar="NAME", help="Who you are: it is kept with what you do."
)
