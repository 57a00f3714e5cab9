"""Reading bodies: only listed content types, bounded in size, depth and fields, nothing said twice (C19)."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from typing import IO, Any, cast
from urllib.parse import parse_qs

from flask import Request, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.local import LocalProxy
from werkzeug.wsgi import LimitedStream

from newsletter.errors import BodyMalformed, BodyTooLarge, FieldsInvalid, MediaTypeUnsupported

LARGEST = 16 * 1024  # bytes
DEEPEST = 8  # levels of JSON
MOST_FIELDS = 100
URLENCODED = "application/x-www-form-urlencoded"
ANSWERS = ["text/html", "application/json", "application/problem+json"]
FORMS = (URLENCODED, "multipart/form-data")


class WholeForms(FormDataParser):
    """Of a form whose length nobody stated, werkzeug would read what fits and forget the rest without a word."""

    def parse(self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Any = None) -> Any:
        if content_length is None and isinstance(stream, LimitedStream):
            stream.limit += 1
            body = stream.read()
            if len(body) == stream.limit:
                raise BodyTooLarge
            stream = BytesIO(body)
        return super().parse(stream, mimetype, content_length, options)


class WholeRequest(Request):
    """A request whose form is all that was posted."""

    form_data_parser_class = WholeForms

    def make_form_data_parser(self) -> FormDataParser:
        self.refuse_encoded()
        return super().make_form_data_parser()

    def refuse_encoded(self) -> None:
        """What is squeezed is never read as if it were plain (RFC 9110 15.5.16)."""
        if self.environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
            raise MediaTypeUnsupported("Send it without a Content-Encoding.")


def request_itself() -> WholeRequest:
    """The request that is being answered: Flask's proxy looks for it anew whenever it is asked for anything."""
    return cast("LocalProxy[WholeRequest]", request)._get_current_object()


def is_json() -> bool:
    return request.mimetype == "application/json"


def is_form() -> bool:
    return request.mimetype in FORMS


def prefers_json() -> bool:
    """Whether the answer should be JSON: what was posted is, or the client asks for it rather than for a page."""
    return is_json() or ("Accept" in request.headers and accepted().best_match(ANSWERS, "text/html") != "text/html")


def accepted() -> MIMEAccept:
    """What the client accepts, without parameters: `application/json; charset=utf-8` means JSON, too."""
    told = request.accept_mimetypes
    if not any(";" in name for name, _ in told):
        return told
    return MIMEAccept([(name.partition(";")[0].strip(), quality) for name, quality in told])


def read_json() -> dict[str, Any]:
    """The body's JSON object. Raises MediaTypeUnsupported, BodyTooLarge or BodyMalformed."""
    if not is_json():
        raise MediaTypeUnsupported
    try:
        found = json.loads(raw().decode("utf-8-sig"), object_pairs_hook=once, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise BodyMalformed from error
    if not isinstance(found, dict) or depth(found) > DEEPEST:
        raise BodyMalformed
    return found


def raw() -> bytes:
    """The body as it came, up to the request's limit, which a blueprint may set for its own.

    Of a body whose length nobody stated, werkzeug would hand over what fits and forget the rest without a word.
    Raises MediaTypeUnsupported or BodyTooLarge.
    """
    here = request_itself()
    here.refuse_encoded()
    most = here.max_content_length or LARGEST
    if (here.content_length or 0) > most:
        raise BodyTooLarge
    here.max_content_length = most + 1
    body = here.get_data(cache=True)
    here.max_content_length = most
    if len(body) > most:
        raise BodyTooLarge
    return body


def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def refuse(_constant: str) -> None:
    raise ValueError("not a number that JSON knows")


def depth(value: Any) -> int:
    """How many levels; counted without recursion, because the sender chose how deep."""
    levels, here = 0, [value]
    while here:
        levels += 1
        nested = [
            inner.values() if isinstance(inner, dict) else inner for inner in here if isinstance(inner, dict | list)
        ]
        here = [one for group in nested for one in group]
        if levels > DEEPEST:
            break
    return levels


def read_form(repeatable: Mapping[str, str]) -> dict[str, Any]:
    """The form's fields. `repeatable` names those that may come several times, and what the list is called.

    Raises MediaTypeUnsupported, BodyTooLarge, BodyMalformed, or FieldsInvalid for a field that came twice.
    """
    if not is_form():
        raise MediaTypeUnsupported
    fields = form_fields()
    if len(fields) > MOST_FIELDS:
        raise BodyMalformed
    twice = [name for name, values in fields.items() if len(values) > 1 and name not in repeatable]
    read = {repeatable.get(name, name): values if name in repeatable else values[0] for name, values in fields.items()}
    if twice:
        raise FieldsInvalid(dict.fromkeys(twice, ["This was sent twice."]), read)
    return read


def form_fields() -> Mapping[str, list[str]]:
    return pairs(raw()) if request.mimetype == URLENCODED else parts()


def pairs(body: bytes) -> Mapping[str, list[str]]:
    """In UTF-8; else in windows-1252, which old pages send without saying so."""
    for charset in ("utf-8", "windows-1252"):
        with suppress(UnicodeDecodeError):
            return parse_qs(body.decode(charset), keep_blank_values=True, encoding=charset, errors="strict")
    raise BodyMalformed


def parts() -> Mapping[str, list[str]]:
    """Of a form that could have sent files. Ours have none, and a name for each field."""
    try:
        fields = request.form
    except RequestEntityTooLarge as error:
        raise BodyTooLarge from error
    found = dict(fields.lists())
    if request.files or not all(isinstance(name, str) for name in found):
        raise BodyMalformed
    return found
