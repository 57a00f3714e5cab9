"""On PostgreSQL each kind of process works under a role of its own, which may do what it must and no more (D4.9)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.sql import SQL, Identifier

from newsletter import access
from newsletter.config import SecretKey
from tests import roles
from tests.conftest import EXAMPLE, migrate
from tests.databases import plain
from tests.people import Forms, Inbox, People, Tool, later
from tests.returned import PATTERN
from tests.roles import WEB, WORKER
from tests.servers import OwnPostgres, own_postgres, spell

ADA, EVE, GRACE, HEDY, MARY, VERA = (f"{name}@example.org" for name in ("ada", "eve", "grace", "hedy", "mary", "vera"))
MakeApp = Callable[..., Flask]
OWNER = "newsletter"
PASSWORDS = {"WEB_PASSWORD": "the web's", "WORKER_PASSWORD": "the worker's"}
REFUSED = {
    "ALTER TABLE evidence ADD COLUMN more text": (WEB, WORKER),
    "ALTER TABLE evidence DISABLE TRIGGER ALL": (WEB, WORKER),
    "DROP TRIGGER evidence_never_changes ON evidence": (WEB, WORKER),
    "DROP TABLE evidence": (WEB, WORKER),
    "TRUNCATE evidence, evidence_values": (WEB, WORKER),
    "TRUNCATE letters": (WEB, WORKER),
    "SET session_replication_role = replica": (WEB, WORKER),
    "SET ROLE newsletter": (WEB, WORKER),
    "CREATE TABLE mine (id int)": (WEB, WORKER),
    "CREATE TEMPORARY TABLE mine (id int)": (WEB, WORKER),
    "CREATE OR REPLACE FUNCTION refuse_evidence_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'": (
        WEB,
        WORKER,
    ),
    "DELETE FROM evidence": (WEB, WORKER),
    "DELETE FROM evidence_values": (WEB, WORKER),
    "UPDATE evidence_values SET value = 'somebody else'": (WEB, WORKER),
    "INSERT INTO forgetting VALUES ('a rule'); UPDATE evidence SET at = now()": (WEB, WORKER),
    "INSERT INTO forgetting VALUES ('a rule'); UPDATE evidence_values SET field = 'another'": (WEB, WORKER),
    "INSERT INTO forgetting VALUES ('a rule'); DELETE FROM evidence": (WEB,),
    "INSERT INTO forgetting VALUES ('a rule'); DELETE FROM evidence_values": (WEB,),
    "DELETE FROM removed_chains": (WEB, WORKER),
    "DELETE FROM anchors": (WEB, WORKER),
    "UPDATE wordings SET text = 'something else'": (WEB, WORKER),
    "UPDATE removed_chains SET head = head": (WEB, WORKER),
    "UPDATE locked_proofs SET hash = hash": (WEB, WORKER),
    "DELETE FROM locked_proofs": (WEB,),
    "DELETE FROM letter_versions": (WEB, WORKER),
    "DELETE FROM catalogs": (WEB, WORKER),
    "INSERT INTO catalogs SELECT * FROM catalogs": (WEB,),
    "INSERT INTO api_keys SELECT * FROM api_keys": (WEB,),
    "UPDATE api_keys SET scopes = '[]'": (WEB,),
    "UPDATE changes SET kind = kind": (WEB,),
    "DELETE FROM changes": (WEB,),
    "UPDATE relay SET reason = reason": (WEB,),
    "DELETE FROM holds": (WEB,),
    "SELECT * FROM reads": (WEB,),
    "SELECT * FROM mails_aside": (WEB,),
    "DELETE FROM liftings": (WEB,),
    "UPDATE liftings SET at = at": (WEB,),
}
WIDER = """
    GRANT CREATE ON SCHEMA public TO PUBLIC; GRANT UPDATE ON SEQUENCE changes_id_seq TO PUBLIC;
    ALTER ROLE newsletter_web SUPERUSER; ALTER ROLE newsletter_worker SUPERUSER"""
"""What an older server lets everybody do, and what somebody may have granted since."""
NARROWED = ("SELECT FROM later_made", "CREATE TABLE mine ()", "SELECT setval('changes_id_seq', 1)", "CREATE ROLE me")


@pytest.fixture(scope="module")
def installed() -> Iterator[OwnPostgres]:
    """A server whose database its owner has migrated, with roles given out, and passwords as compose.yaml does."""
    with own_postgres(fsync=False) as server:
        server.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(OWNER)))
        server.execute(SQL("CREATE DATABASE newsletter OWNER {}").format(Identifier(OWNER)))
        migrate(url_of(server, OWNER))
        for _ in range(2):
            roles.give_out(url_of(server, "postgres"))
            roles.give_out(url_of(server, "postgres"), "passwords.sql", **PASSWORDS)
        yield server


def url_of(server: OwnPostgres, role: str) -> str:
    return spell(server.url.set(drivername="postgresql+psycopg", username=role, database="newsletter"))


@pytest.fixture
def database_url(installed: OwnPostgres) -> str:
    """What workers and staff are given."""
    return url_of(installed, WORKER)


@pytest.fixture
def client(service: Flask, installed: OwnPostgres, make_app: MakeApp) -> FlaskClient:
    """A browser before a web process."""
    return web(installed, make_app).test_client(use_cookies=False)


def web(installed: OwnPostgres, make_app: MakeApp, **changes: object) -> Flask:
    return make_app(database_url=url_of(installed, WEB), **changes)


def test_every_process_does_its_work_under_its_role(service: Flask, people: People, inbox: Inbox, tool: Tool) -> None:
    people.subscribe(ADA, tracking=True)
    people.subscribe(GRACE, first_name="Grace")
    assert flask(service, "worker", "--once") == ""
    assert {contact["email"] for contact in tool.read("nyhedsbrev/contacts")} == {ADA, GRACE}

    people.ask(ADA, topic="events")
    people.leave(ADA)
    people.ask(MARY)
    people.press(inbox.link(MARY, "cancel"), "cancel", never_again="yes")
    erase_oneself(people, GRACE)
    assert tool.kinds()[-2:] == ["unsubscribed", "erased"]
    assert '"unsubscribed"' in flask(service, "evidence", "show", ADA, "--format", "json")
    assert "2 checked, all whole." in flask(service, "evidence", "verify", "--all")

    with later(days=900):
        flask(service, "purge")
        assert tool.contact(ADA) == {}
        flask(service, "catalog", "apply", str(EXAMPLE))
    assert "ok    rights: " in flask(service, "doctor")


def test_a_web_process_starts_and_tells_of_itself_under_its_role(
    installed: OwnPostgres, people: People, make_app: MakeApp, tmp_path: Path
) -> None:
    people.subscribe(HEDY)
    forgetful = web(installed, make_app, secret_keys=(SecretKey(secret="a key that signed nothing of this service"),))

    with forgetful.app_context():
        started = forgetful.test_cli_runner().invoke(args=["doctor", "--start"])

    assert "lacks a key that living links" in started.output
    well = web(installed, make_app, inbound_address=PATTERN, journal=str(tmp_path))
    watched = well.test_client()
    assert watched.get("/health/ready").status_code == 200
    assert "newsletter_mails_aside 0.0" in watched.get("/metrics").text
    watched.post("/newsletters/nyhedsbrev/signups", data={}, headers={"X-Forwarded-For": "192.0.2.7"})
    with well.app_context():
        told = flask(well, "doctor")
    assert "FAIL" not in told
    assert "warn  forwarding: " in told


def test_a_user_who_may_do_everything_is_doubted(service: Flask, installed: OwnPostgres, make_app: MakeApp) -> None:
    owner = make_app(database_url=url_of(installed, OWNER))

    with owner.app_context():
        assert "warn  rights: " in flask(owner, "doctor")


def test_a_web_process_prints_anchored_proof_under_its_role(
    service: Flask, client: FlaskClient, people: People, inbox: Inbox
) -> None:
    people.subscribe(VERA)
    with later(days=1):
        flask(service, "worker", "--once")
        headers = {"Authorization": f"Bearer {access.create('court', list(access.Scope), [], None)}"}
        [vera] = client.post("/api/v1/contacts/search", json={"email": VERA}, headers=headers).get_json()["items"]
        proof = client.get(f"/api/v1/contacts/{vera['id']}/evidence", headers=headers).get_json()
        erase_oneself(people, VERA)
        whose = {"email": VERA, "reason": "a claim", "actor": "Grace"}
        [locked] = client.post("/api/v1/evidence/locked", json=whose, headers=headers).get_json()["items"]

    assert [told["anchor"]["holds"] for told in (proof, locked)] == [True, True]


def test_who_returned_can_leave_again_under_the_role_of_the_web_while_a_sign_up_of_theirs_is_held(
    service: Flask, people: People, inbox: Inbox
) -> None:
    people.ask(EVE, topic="events")
    assert inbox.link(EVE)
    flask(service, "signups", "hold", EVE, "--until", "2099-01-31")

    for _ in range(2):
        with later(minutes=11):
            people.subscribe(EVE)
            assert people.leave(EVE).status_code == 200


def flask(service: Flask, *words: str) -> str:
    told = service.test_cli_runner().invoke(args=words)
    assert told.exit_code == 0, told.output
    return told.stdout


def erase_oneself(people: People, address: str) -> None:
    people.client.post("/manage", data={"email": address})
    link = people.inbox.link(address, "me")
    question = Forms(people.client.get(f"{link}/erase").text).forms["erase"]
    assert people.client.post(str(question["action"]), data=question["fields"]).status_code == 200


def test_no_role_goes_past_what_guards_the_tables(installed: OwnPostgres, people: People) -> None:
    people.subscribe(ADA)

    went_past = [
        (role, statement)
        for statement, roles in REFUSED.items()
        for role in roles
        if not refused(url_of(installed, role), statement)
    ]

    assert went_past == []


def refused(url: str, statement: str) -> bool:
    try:
        with psycopg.connect(plain(url)) as connection:
            connection.execute(statement)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.RaiseException):
        return True
    return False


def test_web_and_worker_have_the_passwords_that_the_environment_named(installed: OwnPostgres) -> None:
    with psycopg.connect(plain(url_of(installed, "postgres"))) as connection:
        found = connection.execute("SELECT rolname FROM pg_authid WHERE rolpassword IS NOT NULL ORDER BY 1").fetchall()

    assert found == [(WEB,), (WORKER,)]


def test_a_later_migration_finds_its_processes_served_until_the_roles_are_given_out_again(
    installed: OwnPostgres,
) -> None:
    """Then they may do what stands there and no more."""
    with psycopg.connect(plain(url_of(installed, OWNER)), autocommit=True) as owner:
        owner.execute("CREATE TABLE later_made (id serial PRIMARY KEY)")
    try:
        with psycopg.connect(plain(url_of(installed, WEB))) as web:
            web.execute("INSERT INTO later_made DEFAULT VALUES")
        with psycopg.connect(plain(url_of(installed, "postgres")), autocommit=True) as superuser:
            superuser.execute(WIDER)
        roles.give_out(url_of(installed, "postgres"))
        for statement in NARROWED:
            assert [refused(url_of(installed, role), statement) for role in (WEB, WORKER)] == [True, True]
    finally:
        with psycopg.connect(plain(url_of(installed, OWNER)), autocommit=True) as owner:
            owner.execute("DROP TABLE later_made")
