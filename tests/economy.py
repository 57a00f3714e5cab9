"""What each of thousands of services would compile for itself, compiled once: some fifth of a short test's time.

A service in production lives for weeks, and compiles its routes, statements and catalogue once anyhow.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from newsletter import db
from newsletter.catalog import check

STATEMENTS = 3_000  # that are kept; what they refer to is kept with them
CATALOGUES = 30


def share_what_is_compiled() -> None:
    share_statements()
    share_routes()
    share_catalogues()


def share_statements() -> None:
    """One store for all engines, in whose keys a dialect stands for a kind of database: it stood for one engine."""
    db.db._engine_options["execution_options"] = {"compiled_cache": LRUCache(STATEMENTS)}
    DefaultDialect.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
    DefaultDialect.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign]


def share_routes() -> None:
    """What builds a route's URL depends on the route's text alone, and is bound to its rule by whoever asks for it."""
    compile_builder: Callable[[Rule, bool], Any] = Rule._compile_builder
    builders: dict[tuple[object, ...], Any] = {}

    def compile_once(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, *rule._trace, repr(rule.defaults), append_unknown)
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    Rule._compile_builder = compile_once  # type: ignore[method-assign]


def share_catalogues() -> None:
    """A catalogue cannot be changed once it has been read, and nearly every test applies the example."""
    check.parsed = lru_cache(CATALOGUES)(check.parsed)
