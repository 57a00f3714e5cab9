"""`flask letters`: the operator's hand on the outbox (PRODUCT 4.3)."""

from collections.abc import Iterator
from pathlib import Path

import click

from newsletter import clock, outbox
from newsletter.commands import previews
from newsletter.commands.refusing import Group, harmless
from newsletter.outbox import Standing

group = Group("letters", help="Hold letters back, let them go, try again.")


@group.command()
@click.option("--reason", default="by hand", metavar="TEXT", help="Why, for whoever asks `flask letters status`.")
def pause(reason: str) -> None:
    """Let no letter leave until `flask letters resume`. Sign-ups go on; their letters wait."""
    outbox.pause(reason)
    click.echo("No letter leaves until `flask letters resume`.")


@group.command()
def resume() -> None:
    """Let letters leave again, whether you or the relay's trouble had paused them."""
    outbox.resume()
    click.echo("Letters leave again.")


@group.command()
@click.option("--refused", is_flag=True, help="Those that were refused for good, instead of those that wait.")
def retry(refused: bool) -> None:
    """Try again now what waits for its next attempt. What a limit holds back stays held back."""
    number = outbox.retry_refused() if refused else outbox.retry()
    click.echo(f"Letters due now: {number}.")


@group.command()
def status() -> None:
    """Tell whether letters leave, and how many are where."""
    for line in described(outbox.standing()):
        click.echo(line)


@group.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def preview(folder: Path) -> None:
    """Write every letter of every newsletter in every language into FOLDER, to be looked at. Nothing is sent."""
    try:
        click.echo(f"{previews.write(folder)} letters are in {folder}.")
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be written: {error.strerror}.") from error


def described(standing: Standing) -> Iterator[str]:
    yield pause_told(standing)
    for state in outbox.State:
        yield f"{state}: {standing.letters.get(state, 0)}"
    if standing.oldest_due:
        yield f"The oldest letter that is due waits since {clock.iso(standing.oldest_due)}."


def pause_told(standing: Standing) -> str:
    if standing.paused_at is None:
        return "Letters leave."
    ends = f"tried again at {clock.iso(standing.probe_at)}" if standing.probe_at else "until `flask letters resume`"
    return f"Paused since {clock.iso(standing.paused_at)}, {ends}: {harmless(standing.reason or '')}"
