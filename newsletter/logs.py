"""JSON lines on standard error. No token, address or IP ever gets into one (D2.2)."""

import base64
import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from contextvars import ContextVar
from functools import partial
from types import MappingProxyType
from typing import Any

import structlog
from structlog.typing import WrappedLogger

CHATTY = ("alembic.runtime.plugins", "asyncssh", "fontTools")
"""Libraries that tell of every step they take, beside the one line that a command is asked for."""
NO_REQUEST: Mapping[str, str] = MappingProxyType({})
REQUEST: ContextVar[Mapping[str, str]] = ContextVar("request", default=NO_REQUEST)
"""The ids of the request that is being answered, for every line that it causes."""
LINK = re.compile(r"(/(?:confirm|cancel|unsubscribe|manage|me)/)[^\s/?#\"'>]+")
SECRET = re.compile(r"\b(nlk_|whsec_)[\w+/=-]+|[0-9a-f]{6}[0-9a-v]{24}\.[\w-]+")
"""API keys, secrets of webhooks, tokens of links: a server may quote a header, or a path that lacks its slash."""
SIGNED = re.compile(r"(?<![\w.-])[\w.-]*\.[\w-]{43}(?![\w-])")
"""Whatever else we sign: what a page's form carries, and what a browser is known by."""
WITHIN = r"[^\s@\"'<>=:,;()]"
ADDRESS = re.compile(rf"(?<!{WITHIN}){WITHIN}+(?:@|%40){WITHIN}+")
"""Looked for from its beginning only, or a long line of a stranger's would take a second."""
IPV4 = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
IPV6 = re.compile(r"(?<![\w:])(?:(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}|[0-9a-fA-F:]*::[0-9a-fA-F:]*)(?![\w:])")
QUOTED = re.compile(r"^(DETAIL|CONTEXT|ZUSAMMENHANG):.*$", re.MULTILINE)
"""Where PostgreSQL quotes the row or text that it did not take: people's names stand there, and look like any word."""
Brief = Callable[[BaseException], str | None]
"""What an exception comes to, where its trace would say no more."""


def configure(level: str, brief: Brief = lambda _error: None) -> None:
    """Send structlog and the standard library's loggers down one road, as JSON, to standard error.

    An exception that `brief` has words for is told in these, without its trace.
    """
    shared: list[Any] = [
        of_the_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        partial(in_brief, brief),
        structlog.processors.format_exc_info,
        without_personal_data,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    renderer = structlog.processors.JSONRenderer()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))


def get(name: str) -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger


def of_the_request(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {**REQUEST.get(), **event}


def in_brief(
    brief: Brief, _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    error = sys.exception() if event.get("exc_info") is True else None
    said = brief(error) if error else None
    if said:
        del event["exc_info"]
        event.update(error=type(error).__name__, said=said)
    return event


def without_personal_data(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The last resort: a library's message may quote what our own never would."""
    for name, value in event.items():
        if isinstance(value, str) and name != "timestamp":
            event[name] = masked(value)
    return event


def masked(line: str) -> str:
    line = QUOTED.sub(r"\1: ***", line)
    line = SIGNED.sub("***", SECRET.sub("***", LINK.sub(r"\1***", line)))
    line = ADDRESS.sub("***@***", line)
    return IPV6.sub("*:*", IPV4.sub("*.*.*.*", line))


def without(line: str, *secrets: str) -> str:
    """A server may quote what it was told: as it is, or in base64, in which it goes over the line."""
    for secret in secrets:
        for form in (base64.b64encode(secret.encode()).decode(), secret):
            line = line.replace(form, "***")
    return line
