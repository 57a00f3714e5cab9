"""`flask purge`: deletes now what is past its deadline or term, and catches up after a restore."""

import click
from flask.cli import with_appcontext

from newsletter import catalog, privacy
from newsletter.commands.duties import write_journal
from newsletter.commands.refusing import Command
from newsletter.commands.rules import forget
from newsletter.commands.start import with_every_key


@click.command(cls=Command)
@click.option("--after-restore", is_flag=True, help="First do again what the journal tells of the time since.")
@click.option("--despite-gaps", is_flag=True, help="Even where the journal lacks entries.")
@click.option("--end-unused", "allowed", multiple=True, metavar="SLUG", help="End unused consents, however many.")
@with_appcontext
def purge(after_restore: bool, despite_gaps: bool, allowed: tuple[str, ...]) -> None:
    """Delete now what is past its deadline or term."""
    for slug in allowed:
        catalog.current().newsletter(slug)
    if despite_gaps and not after_restore:
        raise click.UsageError("--despite-gaps goes with --after-restore.")
    if after_restore:
        catch_up(despite_gaps)
    for rule, done in forget(allowed).items():
        click.echo(f"{rule}: {done}")


@with_every_key
def catch_up(despite_gaps: bool) -> None:
    """A restored database learns who has left since, and works again (A7.10). Its journal says at once what is lost."""
    done = privacy.redo(despite_gaps=despite_gaps)
    write_journal()
    counted = ", ".join(f"{number} {kind}" for kind, number in sorted(done.items()))
    click.echo(f"done again: {counted or 'nothing'}")
