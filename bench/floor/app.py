"""The floor's four requests.

POST /signup           one transaction: subscriber, event, letter in the outbox
POST /confirm/<token>  one transaction: the subscriber's status, an event
GET  /export           every subscriber as NDJSON, by the driver's own cursor
GET  /export.csv       the same as CSV, as COPY gives it; on SQLite by the driver's own cursor
"""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from flask import Flask, Response, request
from itsdangerous import BadData
from sqlalchemy import bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite

from bench.floor.store import DATABASE, consent_event, make_engine, outbox, subscriber, tokens

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
TOKEN_AGE = 7 * 24 * 3600  # seconds
BATCH = 2000
BLOCK = 64 * 1024  # bytes
COLUMNS = ("id", "email", "status", "created_at")

app = Flask("floor")
engine = make_engine(os.environ[DATABASE])
dialect = sqlite if engine.dialect.name == "sqlite" else postgresql

# Made once, so that SQLAlchemy finds their compiled form by identity.
ADD_SUBSCRIBER = (
    dialect.insert(subscriber)
    .values(email=bindparam("email"))
    .on_conflict_do_nothing(index_elements=["email"])
    .returning(subscriber.c.id)
)
ADD_EVENT = insert(consent_event).values(subscriber_id=bindparam("sid"), kind=bindparam("kind")).inline()
ADD_LETTER = insert(outbox).values(subscriber_id=bindparam("sid"), kind=bindparam("kind")).inline()
CONFIRM = (
    update(subscriber)
    .where(subscriber.c.id == bindparam("sid"), subscriber.c.status == "pending")
    .values(status="confirmed")
)


@app.get("/hello")
def hello() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/signup")
def signup() -> tuple[dict[str, str], int]:
    email = request.form.get("email", "").strip().lower()
    if len(email) > 254 or not EMAIL.fullmatch(email):
        return {"status": "invalid"}, 422
    with engine.begin() as connection:
        sid = connection.execute(ADD_SUBSCRIBER, {"email": email}).scalar()
        if sid is not None:  # a known address gets the same answer, and no second row
            connection.execute(ADD_EVENT, {"sid": sid, "kind": "requested"})
            connection.execute(ADD_LETTER, {"sid": sid, "kind": "confirm"})
    return {"status": "pending"}, 202


@app.post("/confirm/<token>")
def confirm(token: str) -> tuple[dict[str, str], int]:
    try:
        sid = tokens.loads(token, max_age=TOKEN_AGE)
    except BadData:
        return {"status": "invalid"}, 400
    with engine.begin() as connection:
        if connection.execute(CONFIRM, {"sid": sid}).rowcount:
            connection.execute(ADD_EVENT, {"sid": sid, "kind": "confirmed"})
    return {"status": "confirmed"}, 200


@app.get("/export")
def export() -> Response:
    return Response(lines(), mimetype="application/x-ndjson")


def lines() -> Iterator[bytes]:
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        rows = driver.cursor("export") if engine.dialect.name == "postgresql" else driver.cursor()
        rows.execute(f"SELECT {', '.join(COLUMNS)} FROM subscriber ORDER BY id")  # noqa: S608 - names of our own
        while part := rows.fetchmany(BATCH):
            yield joined(dict(zip(COLUMNS, row, strict=True)) for row in part)
        rows.close()


def joined(rows: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


@app.get("/export.csv")
def export_csv() -> Response:
    return Response(copied() if engine.dialect.name == "postgresql" else sheet(), mimetype="text/csv")


def copied() -> Iterator[bytes]:
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        query = f"COPY (SELECT {', '.join(COLUMNS)} FROM subscriber ORDER BY id) TO STDOUT (FORMAT csv, HEADER)"  # noqa: S608
        with driver.cursor() as rows, rows.copy(query) as data:
            parts, size = [], 0
            for part in data:
                parts.append(part)
                size += len(part)
                if size > BLOCK:
                    yield b"".join(parts)
                    parts, size = [], 0
            yield b"".join(parts)


def sheet() -> Iterator[bytes]:
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        rows = driver.cursor()
        rows.execute(f"SELECT {', '.join(COLUMNS)} FROM subscriber ORDER BY id")  # noqa: S608 - names of our own
        while part := rows.fetchmany(BATCH):
            text = io.StringIO(newline="")
            csv.writer(text).writerows(part)
            yield text.getvalue().encode()
        rows.close()
