"""Answers of the machine interface: documents that were finished before, put together as text."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from newsletter.links import base_url

JSON, CSV = "application/json", "text/csv"
WHOLE_CSV = f"{CSV}; charset=utf-8; header=present"


def document(text: str, status: int = 200) -> Response:
    return Response(text, status, mimetype=JSON)


def of(value: Any, status: int = 200) -> Response:
    return document(text(value), status)


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def items(documents: Iterable[str]) -> Response:
    return document(f'{{"items": [{",".join(documents)}]}}')


def page(documents: Iterable[str], headers: Mapping[str, str], parameter: str, cursor: str | None) -> Response:
    """A page, and where the next one is: `cursor` goes into that parameter, and is None on the last page."""
    joined = ",".join(documents)
    answer = document(f'{{"items": [{joined}], "next": {json.dumps(cursor)}}}')
    answer.headers.extend(headers)
    if cursor is not None:
        answer.headers["Link"] = f'<{again(parameter, cursor)}>; rel="next"'
    return conditional(answer, f"{joined} {cursor is None}".encode())


def conditional(answer: Response, content: bytes | None = None) -> Response:
    """304 and nothing else for a reader who has it already. The tag is weak: with gzip it names other bytes.

    `content` is what a page's tag goes by. Where the next page begins is told anew each time and is no news: an
    earlier cursor only repeats.
    """
    tag = hashlib.sha256(answer.get_data() if content is None else content).hexdigest()[:32]
    answer.set_etag(tag, weak=True)
    answer.make_conditional(request)
    return answer


def again(parameter: str, cursor: str) -> str:
    """This request with another cursor, on the configured base and never on a Host header."""
    asked = urlencode({**request.args.to_dict(), parameter: cursor})
    return f"{base_url()}{request.path}?{asked}"
