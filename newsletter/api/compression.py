"""Answers in gzip for clients that can read it (RFC 9110 12.5.3): a list of contacts is mostly repetition.

A stream is squeezed block by block, and every block leaves at once: memory stays as flat as without, and a slow
database never keeps back what is ready.
"""

import zlib
from collections.abc import Iterable, Iterator

from flask import Response, request

GZIP = 31  # zlib's way of saying: with gzip's own head and tail
LEAST = 500  # bytes; below, the head costs what squeezing saves
ONCE, STREAMED = 6, 1
"""How hard zlib tries: a page once, a stream as fast as it comes."""


def compressed(answer: Response) -> Response:
    """For every answer of the machine interface, as the last thing that is done to it."""
    answer.vary.add("Accept-Encoding")
    if answer.status_code != 200 or request.accept_encodings.quality("gzip") <= 0:
        return answer
    if answer.is_streamed:
        return squeezed_stream(answer)
    return squeezed_page(answer) if len(answer.get_data()) >= LEAST else answer


def squeezed_page(answer: Response) -> Response:
    squeeze = zlib.compressobj(ONCE, zlib.DEFLATED, GZIP)
    answer.set_data(squeeze.compress(answer.get_data()) + squeeze.flush())
    answer.headers["Content-Encoding"] = "gzip"
    return answer


def squeezed_stream(answer: Response) -> Response:
    """The blocks are closed with the answer, also when nobody reads any of them."""
    blocks = answer.response
    if hasattr(blocks, "close"):
        answer.call_on_close(blocks.close)
    answer.response = squeezed(answer.iter_encoded())
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers.pop("Content-Length", None)
    return answer


def squeezed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    squeeze = zlib.compressobj(STREAMED, zlib.DEFLATED, GZIP)
    for block in blocks:
        yield squeeze.compress(block) + squeeze.flush(zlib.Z_SYNC_FLUSH)
    yield squeeze.flush()
