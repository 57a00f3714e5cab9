"""SQLite keeps in any column what is of another kind: who writes that into evidence is found as others are (A2.8)."""

import pytest

from newsletter import privacy
from newsletter.subscriptions import Cause, Channel
from tests.people import later
from tests.tampering import tamper
from tests.verbs.anchors.evidence import ADA, GRACE, Run, a_day_s_work

CHANGES = [
    ("evidence SET seq = 'first' WHERE seq = 1", "record 1 is missing"),
    ("evidence SET subscriber_id = x'ff' WHERE act = 'erased'", "is not on record"),
    ("evidence SET hash = x'ff' WHERE seq = 1", "record 2: does not follow from the record before it"),
    ("evidence SET at = 'yesterday' WHERE seq = 3", "record 3: was altered"),
    ("evidence_values SET value = x'ff' WHERE field = 'address'", "record 1: its address was altered"),
    ("evidence_values SET field = x'ff' WHERE field = 'address'", "record 1: its address is gone without a rule"),
    ("locked_proofs SET subscriber_id = x'ff'", "neither a person nor a locked proof leads to it"),
    ("locked_proofs SET hash = x'ff'", "its address does not lead to the locked proof"),
    ("locked_proofs SET until = 'never'", "the term of its locked proof is not the one on record"),
    ("anchors SET at = 'yesterday' WHERE number = 1", "is not the one in the journal"),
    ("anchors SET at = 5 WHERE number = 1", "is not the one in the journal"),
    ("anchors SET size = 'all' WHERE number = 1", "is not the one in the journal"),
    ("anchors SET root = x'ff' WHERE number = 1", "is not the one in the journal"),
    ("anchor_leaves SET seq = 'last' WHERE position = 0", "does not hold: its leaves were changed"),
    ("anchor_leaves SET head = x'ff' WHERE position = 0", "does not hold: its leaves were changed"),
    ("anchor_leaves SET position = 'first' WHERE position = 0", "leaf 0 of the anchors is missing"),
    ("anchor_leaves SET position = x'ff' WHERE position = 2", "leaf 2 of the anchors is missing"),
    ("anchor_leaves SET position = 0.5 WHERE position = 0", "leaf 0 of the anchors is missing"),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("change", "sentence"), CHANGES, ids=[change for change, _ in CHANGES])
def test_what_is_of_another_kind_than_its_column_is_named_and_the_rest_is_checked(
    ada_and_grace: None, run: Run, change: str, sentence: str
) -> None:
    privacy.erase_address(GRACE, Cause(Channel.STAFF))
    with later(days=1):
        a_day_s_work()
        assert run("verify", "--all").exit_code == 0

        tamper(f"UPDATE {change}")

        told = run("verify", "--all")
        assert isinstance(told.exception, SystemExit)
        assert sentence in told.stdout
        assert "2 checked" in told.stdout
        for one in (("show", ADA), ("verify", ADA)):
            assert isinstance(run(*one).exception, SystemExit | None), one
