"""What each of thousands of services would make for itself, made once: some quarter of a short test's time.

A service in production lives for weeks, and compiles its routes, statements and catalogue, and reads the authorities
that it trusts, once anyhow. As much again on SQLite would be waiting for the disk.
"""

import os
import ssl
from functools import lru_cache
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from newsletter import db
from newsletter.catalog import check, parts_in_use, unasked_purposes
from newsletter.outgoing import connections

STATEMENTS = 3_000  # that are kept; what they refer to is kept with them
CATALOGUES = 30


def share_what_is_compiled() -> None:
    share_statements()
    share_routes()
    share_catalogues()
    share_authorities()


def share_statements() -> None:
    """One store for all engines, in whose keys a dialect stands for a kind of database: it stood for one engine."""
    db.db._engine_options["execution_options"] = {"compiled_cache": LRUCache(STATEMENTS)}
    DefaultDialect.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
    DefaultDialect.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign]


def share_routes() -> None:
    """What a route's text means is the same in every service. What builds its URLs is bound to the rule that has it."""
    compile_alone = Rule.compile
    known: dict[tuple[object, ...], tuple[dict[str, Any], dict[str, Any]]] = {}

    def compile_once(rule: Rule) -> None:
        key = (rule.rule, rule.subdomain, rule.merge_slashes, repr(rule.defaults))
        if key not in known:
            compile_alone(rule)
            parts = {name: rule.__dict__[name] for name in ("_parts", "_trace", "_converters", "arguments")}
            known[key] = parts, {name: rule.__dict__[name].__func__ for name in ("_build", "_build_unknown")}
        parts, builders = known[key]
        rule.__dict__ |= {**parts, **{name: build.__get__(rule) for name, build in builders.items()}}

    Rule.compile = compile_once  # type: ignore[method-assign]


def share_catalogues() -> None:
    """A catalogue cannot be changed once it has been read, and nearly every test applies the example."""
    check.parsed = lru_cache(CATALOGUES)(check.parsed)
    parts, asked_about = parts_in_use.parts, lru_cache(CATALOGUES)(unasked_purposes.asked_about_always)
    parts_in_use.parts = lru_cache(CATALOGUES)(lambda document: tuple(parts(document)))
    unasked_purposes.asked_about_always = lambda applied: asked_about(tuple(applied))


def share_authorities() -> None:
    """Reading the system's takes longer than most of what is asked of a tool. A test with others names their file."""
    make = connections.encryption
    made: dict[str | None, ssl.SSLContext] = {}

    def make_once() -> ssl.SSLContext:
        file = os.environ.get("SSL_CERT_FILE")
        if file not in made:
            made[file] = make()
        return made[file]

    connections.encryption = make_once


def spare_the_disk(app: Flask) -> None:
    """Only a power cut would show what is not on it yet. The tests' PostgreSQL does not wait for it, either."""
    with app.app_context():
        if not db.is_postgresql():
            event.listen(db.db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
