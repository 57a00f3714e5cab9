"""The worker's pushing: a lane for every webhook, beside the letters and never in their way."""

from contextlib import AbstractContextManager
from functools import partial
from threading import Event, Thread

from flask import Flask

from newsletter import logs
from newsletter.beside import beside
from newsletter.feed.webhooks.lane import Lane
from newsletter.feed.webhooks.turn import enabled

LOOK_EVERY = 1.0  # seconds until a new webhook is noticed

log = logs.get("webhooks")


def pushing(app: Flask) -> AbstractContextManager[None]:
    """Push beside whatever the block does. When it ends, what is on its way is waited for."""
    return beside(app, partial(serve_all, app))


def serve_all(app: Flask, stop: Event) -> None:
    lanes: dict[str, Thread] = {}
    while not stop.is_set():
        try:
            tend(app, lanes, stop)
        except Exception:  # nobody would notice that this thread had ended
            log.exception("fault")
        stop.wait(LOOK_EVERY)
    for thread in lanes.values():
        thread.join()


def tend(app: Flask, lanes: dict[str, Thread], stop: Event) -> None:
    """A lane for every webhook that is enabled and has none, or whose lane has ended. What has ended is let go."""
    for webhook_id in [webhook_id for webhook_id, thread in lanes.items() if not thread.is_alive()]:
        del lanes[webhook_id]
    for webhook_id in enabled():
        if webhook_id not in lanes:
            lanes[webhook_id] = start(Lane(app, webhook_id, stop))


def push_due(app: Flask, stop: Event) -> None:
    """Push all that is due, to every webhook at once, and end."""
    threads = [start(Lane(app, webhook_id, stop), once=True) for webhook_id in enabled()]
    for thread in threads:
        thread.join()


def start(lane: Lane, *, once: bool = False) -> Thread:
    thread = Thread(target=lane.run, kwargs={"once": once}, name=f"lane {lane.webhook_id}", daemon=True)
    thread.start()
    return thread
