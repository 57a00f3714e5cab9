"""Signups a second, how long the slowest take, and what memory two workers then have."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from urllib.parse import urlencode

from bench.bench import Bench
from bench.floor import store as floor
from bench.load import Load, Target
from bench.machine import Memory, memory
from bench.people import SLUG, SOURCE
from bench.servers import Server, floor_server, newer_floor_server, service
from bench.table import Row, ratio, ratio_of_rounds
from bench.wire import Wire, get, post, text

PATH = f"/newsletters/{SLUG}/signups"
EMAIL = "bench-{n}@example.org"


def measure(bench: Bench) -> list[Row]:
    """The floor in turn with the service, whose form is posted as a browser and as a script would."""
    loads, memories = loaded(bench)
    bare, newer, form, script = loads.values()
    small, large = memories
    return [
        ratio_of_rounds("signups a second, form", bare.rates, form.rates, 1.0),
        ratio_of_rounds("signups a second, JSON", bare.rates, script.rates, 1.0),
        ratio_of_rounds("form, were the floor on our libraries", newer.rates, form.rates, None),
        ratio_of_rounds("JSON, were the floor on our libraries", newer.rates, script.rates, None),
        ratio("signup p99, form, ms", bare.quantile(99), form.quantile(99), 2.0),
        ratio("signup p99, JSON, ms", bare.quantile(99), script.quantile(99), 2.0),
        ratio("memory of 2 workers after it, RSS MiB", small.rss, large.rss, 1.5),
        ratio("memory of 2 workers after it, PSS MiB", small.pss, large.pss, None),
    ]


def loaded(bench: Bench) -> tuple[dict[str, Load], tuple[Memory, Memory]]:
    """Each server with a database of its own; all are up, one at a time has work."""
    with ExitStack() as stack:
        bare = stack.enter_context(on_new(bench, floor_database(bench), floor_server))
        newer = stack.enter_context(on_new(bench, floor_database(bench), newer_floor_server))
        form = stack.enter_context(on_new(bench, bench.store.create(bench.empty), service))
        script = stack.enter_context(on_new(bench, bench.store.create(bench.empty), service))
        targets = {
            "floor": Target(port=bare.port, requests=[floor_request()], expected=b"202"),
            "floor, our libraries": Target(port=newer.port, requests=[floor_request()], expected=b"202"),
            "service, form": Target(port=form.port, requests=[form_request(form)], expected=b"303"),
            "service, JSON": Target(port=script.port, requests=[script_request(script)], expected=b"202"),
        }
        servers = (bare, newer, form, script)
        loads = bench.in_turn(targets, dict(zip(targets, servers, strict=True)))
        return loads, (memory(bare.pid), memory(form.pid))


@contextmanager
def on_new(bench: Bench, url: str, serve: Callable[[str], AbstractContextManager[Server]]) -> Iterator[Server]:
    """A server on a database that lasts as long as it does."""
    bench.store.settle(url)
    with serve(url) as server:
        yield server
    bench.store.drop(url)


def floor_database(bench: Bench) -> str:
    url = bench.store.create()
    floor.set_up(url)
    return url


def floor_request() -> bytes:
    return pattern("/signup", f"email={EMAIL}")


def form_request(server: Server) -> bytes:
    return pattern(PATH, f"email={EMAIL}&{form_of(server)}")


def form_of(server: Server) -> str:
    """All else that the hosted page's form sends, the empty trap and the signed render time included."""
    page = page_of(server)
    fields = [
        ("language", "da"),
        ("rendered", attribute(page, "rendered")),
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("topic", "products"),
        ("topic", "events"),
        *(("consent", wording) for wording in wordings(page)),
        ("source", SOURCE),
        ("website", ""),
    ]
    return urlencode(fields)


def script_request(server: Server) -> bytes:
    """The same as a script of an allowed site posts it."""
    consents = ", ".join(f'"{wording}"' for wording in wordings(page_of(server)))
    body = (
        f'{{"email": "{EMAIL}", "language": "da", "first_name": "Ada", "last_name": "Lovelace", '
        f'"topics": ["products", "events"], "consents": [{consents}], "source": "{SOURCE}", "website": ""}}'
    )
    headers = {"Content-Type": "application/json", "Origin": "https://www.example.org"}
    return pattern(PATH, body, **headers)


def pattern(path: str, body: str, **headers: str) -> bytes:
    """A request with holes. The length is that of the body once they are filled."""
    head = post(path, body.replace("{n}", "n" * 8), **headers, X_Forwarded_For="{ip}").partition(b"\r\n\r\n")[0]
    return head + b"\r\n\r\n" + body.encode()


def page_of(server: Server) -> str:
    wire = Wire(server.port)
    page = text(wire.ask(get(f"/newsletters/{SLUG}?language=da")))
    wire.close()
    return page


def wordings(page: str) -> list[str]:
    return re.findall(r'name="consent" value="([^"]+)"', page)


def attribute(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, page
    return found[1]
