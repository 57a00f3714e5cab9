"""Why, and by whom: what staff say of each act and each reading. It is kept, so nothing is no answer."""

import click


def said(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("may not be empty.")
    value.encode()  # what is not UTF-8 cannot be kept, and fails here before anything is done
    return value


because = click.option(
    "--reason", required=True, callback=said, metavar="TEXT", help="Why: it is kept with what you do."
)
by = click.option(
    "--actor", required=True, callback=said, metavar="NAME", help="Who you are: it is kept with what you do."
)
