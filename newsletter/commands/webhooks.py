"""`flask webhooks`: where changes are pushed to, and how that goes (PRODUCT 4.10)."""

from collections.abc import Mapping
from typing import Any

import click

from newsletter.changes import ChangeKind
from newsletter.commands.one_of import OneOf
from newsletter.commands.refusing import Group, harmless
from newsletter.feed import webhooks
from newsletter.feed.webhooks import LONGEST_OVERLAP, OVERLAP, Format, Payload, Wanted, Webhook, WebhookState
from newsletter.outbox import PushState

group = Group("webhooks", help="Receivers that every change is pushed to.")
SHOWN = 50  # deliveries


@group.command(name="list")
def show() -> None:
    """Tell of every webhook, and how many pushes wait or were given up. No secret is shown."""
    for webhook in webhooks.all_webhooks():
        click.echo(described(webhook, webhooks.counts(webhook.id)))


@group.command()
@click.argument("url")
@click.option("--newsletter", required=True, metavar="SLUG", help="Whose changes.")
@click.option("--kind", "kinds", multiple=True, type=OneOf(ChangeKind), help="All by default.")
@click.option("--payload", type=OneOf(Payload), default=Payload.FULL)
@click.option("--format", type=OneOf(Format), default=Format.STANDARD)
def add(url: str, newsletter: str, kinds: tuple[ChangeKind, ...], payload: Payload, format: Format) -> None:
    """Push every change from now on to URL. The last line is the secret, shown this once."""
    wanted = Wanted(url=url, newsletter=newsletter, kinds=kinds or None, payload=payload, format=format)
    webhook, secret = webhooks.add(wanted, None)
    click.echo(webhook.id)
    click.echo(secret)


@group.command()
@click.argument("id")
@click.option(
    "--overlap",
    type=click.IntRange(0, LONGEST_OVERLAP),
    default=OVERLAP,
    show_default=True,
    metavar="HOURS",
    help="How long the old secret still signs, too.",
)
def rotate(id: str, overlap: int) -> None:
    """Make a new secret for the webhook ID. It is the last line, shown this once."""
    click.echo(webhooks.rotate(id, overlap))


@group.command(name="test")
@click.argument("id")
def send_test(id: str) -> None:
    """Queue a push of type webhook.test. `flask webhooks deliveries ID` tells what became of it."""
    click.echo(webhooks.send_test(id))


@group.command()
@click.argument("id")
def enable(id: str) -> None:
    """Push to the webhook ID again, from where it stopped: also after the receiver said 410."""
    webhooks.alter(id, {"state": WebhookState.ENABLED.value})
    click.echo(f"{id} is enabled.")


@group.command()
@click.argument("id")
def disable(id: str) -> None:
    """Push nothing to the webhook ID until it is enabled. Nothing is lost meanwhile."""
    webhooks.alter(id, {"state": WebhookState.DISABLED.value})
    click.echo(f"{id} is disabled.")


@group.command()
@click.argument("id")
def remove(id: str) -> None:
    """Remove the webhook ID with its secrets, its deliveries, and what still waits for it."""
    webhooks.remove(id)
    click.echo(f"{id} is removed.")


@group.command()
@click.argument("id")
@click.option("--state", type=OneOf(PushState), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 1000), default=SHOWN, show_default=True)
def deliveries(id: str, state: PushState | None, limit: int) -> None:
    """What became of the newest pushes to the webhook ID, newest first."""
    found = webhooks.deliveries(webhooks.find(id).id, state, None, limit)
    for delivery in found.items:
        click.echo(outcome(delivery))


@group.command()
@click.argument("id")
@click.option("--delivery", metavar="DELIVERY", help="This one.")
@click.option("--dead", is_flag=True, help="All that was given up.")
@click.option("--after", metavar="CURSOR", help="Everything behind this cursor of the changes; 0-0 is the beginning.")
@click.option("--until", metavar="CURSOR", help="Up to this one; with --after.")
def replay(id: str, delivery: str | None, dead: bool, after: str | None, until: str | None) -> None:
    """Send again to the webhook ID: one delivery, all dead ones, or everything after a cursor."""
    if [delivery is not None, dead, after is not None].count(True) != 1 or (until is not None and after is None):
        raise click.UsageError("Name one of --delivery, --dead and --after; --until goes with --after.")
    if delivery is not None:
        webhooks.replay_one(id, delivery)
        click.echo(f"{delivery} is sent again.")
    elif after is not None:
        told = webhooks.replay_range(id, after, until)
        click.echo(f"Everything after {told['after']} until {told['until']} is told again.")
    else:
        click.echo(f"{webhooks.replay_dead(id)} are sent again.")


def described(webhook: Webhook, counted: Mapping[str, int]) -> str:
    return "  ".join(
        [
            webhook.id,
            webhook.newsletter,
            webhook.state,
            ",".join(webhook.kinds or ["all"]),
            webhook.payload,
            *(f"{counted.get(state, 0)} {state}" for state in (PushState.WAITING, PushState.DEAD)),
            harmless(webhook.url),
        ]
    )


def outcome(delivery: Mapping[str, Any]) -> str:
    answered = delivery["status"] or delivery["error"] or "not tried"
    latency = "" if delivery["latency_ms"] is None else f"{delivery['latency_ms']} ms"
    return "  ".join(
        str(part)
        for part in (
            delivery["id"],
            delivery["at"],
            delivery["kind"],
            delivery["contact"] or "-",
            delivery["cursor"] or "-",
            delivery["state"],
            f"attempts {delivery['attempts']}",
            answered,
            latency,
        )
        if part
    )
