"""The one statement of confirming, for PostgreSQL; and the same steps for SQLite.

Whoever deletes the signup's row confirms it. Its deadline has to be the one that the press was found in time for: of a
signup that is held in a dispute, it alone tells that the address's owner has spoken meanwhile (A4.7). Everything that
must happen with it stands behind that deletion: the other signups of the address and newsletter go, but for those held
in a dispute, whose links die; sent letters that are recorded as evidence go, letters still on their way keep the
subscriber's id so that their proof can follow, and the address's counters are cleared, so that what they hold back of
its other newsletters may leave.

Lists go as the words of one text, which the driver need not spell as an array. The server makes an array of it: of
that the planner expects a handful, of JSON a hundred, for which it would read whole tables.

The signups that are gone are an array for another reason: it is read to its end before a letter is touched. Where
somebody else has just written to a letter, the server looks at a join again, and it refuses to in the middle of one
with what deletes.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Update, and_, delete, or_, select, update

from newsletter.guard import LetterHit
from newsletter.one_statement import Gate
from newsletter.outbox import Letter, State
from newsletter.signups.disputes import is_held
from newsletter.signups.signup import Signup

CTES = """
gate AS (
    DELETE FROM signups WHERE id = :id AND deadline = :deadline
        AND (SELECT pg_try_advisory_xact_lock(hashtextextended(:person, 0))) RETURNING id),
others AS (
    DELETE FROM signups WHERE newsletter = :newsletter AND address_key = :address_key AND id <> :id
        AND EXISTS (SELECT FROM gate)
        AND NOT EXISTS (SELECT FROM holds WHERE signup_id = signups.id AND until > :now) RETURNING id),
kept AS (
    UPDATE signups SET deadline = least(deadline, :now) WHERE newsletter = :newsletter AND address_key = :address_key
        AND id <> :id AND EXISTS (SELECT FROM gate)
        AND EXISTS (SELECT FROM holds WHERE signup_id = signups.id AND until > :now) RETURNING id),
gone AS (SELECT id FROM gate UNION ALL SELECT id FROM others),
under_way AS (
    UPDATE letters SET signup_id = NULL, subscriber_id = :subscriber_id, contact_id = :contact_id
    WHERE signup_id = :id AND id <> ALL (string_to_array(:recorded, ' '))
        AND (state = 'sent' OR (state = 'ready' AND claimed_by IS NOT NULL)) AND EXISTS (SELECT FROM gate)),
done AS (
    DELETE FROM letters WHERE signup_id = ANY (ARRAY (SELECT id FROM gone))
        AND (signup_id <> :id OR id = ANY (string_to_array(:recorded, ' '))
            OR NOT (state = 'sent' OR (state = 'ready' AND claimed_by IS NOT NULL)))),
cleared AS (
    DELETE FROM letter_hits WHERE EXISTS (SELECT FROM gate) AND key = ANY (string_to_array(:letter_keys, ' '))),
freed AS (
    UPDATE letters SET due_at = :now WHERE EXISTS (SELECT FROM gate) AND state = 'held' AND claimed_by IS NULL
        AND signup_id = ANY (ARRAY (
            SELECT id FROM signups WHERE address_key = :address_key AND newsletter <> :newsletter
            UNION ALL SELECT id FROM kept)))
"""


def steps(connection: Connection, parameters: Mapping[str, Any]) -> str | None:
    signup_id, recorded = parameters["id"], parameters["recorded"].split()
    alive = and_(Signup.id == signup_id, Signup.deadline == parameters["deadline"])
    gate = connection.execute(delete(Signup).where(alive).returning(Signup.id)).scalar()
    if gate is None:
        return None
    same = and_(Signup.newsletter == parameters["newsletter"], Signup.address_key == parameters["address_key"])
    held, at = is_held(parameters["now"]), parameters["now"]
    others = connection.execute(delete(Signup).where(same, ~held).returning(Signup.id)).scalars().all()
    connection.execute(update(Signup).where(same, held, Signup.deadline > at).values(deadline=at))
    moved = {"signup_id": None, "subscriber_id": parameters["subscriber_id"], "contact_id": parameters["contact_id"]}
    leaving = or_(Letter.state == State.SENT, and_(Letter.state == State.READY, Letter.claimed_by.is_not(None)))
    under_way = and_(Letter.signup_id == signup_id, Letter.id.not_in(recorded), leaving)
    connection.execute(update(Letter).where(under_way).values(moved))
    connection.execute(delete(Letter).where(Letter.signup_id.in_([signup_id, *others])))
    connection.execute(delete(LetterHit).where(LetterHit.key.in_(parameters["letter_keys"].split())))
    connection.execute(freed(parameters["address_key"], parameters["now"]))
    return gate


def freed(address_key: str, at: datetime) -> Update:
    """What an address's limits have held back may leave, now that its counters are cleared."""
    waiting = Letter.signup_id.in_(select(Signup.id).where(Signup.address_key == address_key))
    held = and_(Letter.state == State.HELD, Letter.claimed_by.is_(None), waiting)
    return update(Letter).where(held).values(due_at=at)


CONFIRM = Gate(ctes=CTES, steps=steps, lock="person")
