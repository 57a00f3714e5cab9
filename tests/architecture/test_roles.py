"""What the roles of production may do is said of every table (D4.9)."""

import re

from newsletter.db import Base
from tests.conftest import ROOT

GRANTS = re.compile(r"^GRANT [^;]+?\bON (?!ALL |SCHEMA )([\w,\s]+?)\s+TO ([\w,\s]+);", re.MULTILINE)


def spoken_of(role: str) -> set[str]:
    """The tables of which deploy/roles.sql grants something to a role."""
    found = GRANTS.findall((ROOT / "deploy" / "roles.sql").read_text())
    return {table for tables, roles in found if role in roles for table in re.findall(r"\w+", tables)}


def test_every_table_is_spoken_of_in_the_roles_and_no_other() -> None:
    """What a migration adds has to be decided upon; the worker, which does what staff say, has something of each."""
    tables = {*Base.metadata.tables, "alembic_version"}

    assert spoken_of("newsletter_worker") == tables
    assert spoken_of("newsletter_web") < tables
