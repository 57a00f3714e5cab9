"""What docs/privacy says is what the service does (A7.1, A8.9)."""

from newsletter import catalog
from newsletter.catalog.retention import GENERAL
from newsletter.commands.retention import markdown
from tests.conftest import EXAMPLE, ROOT

PRIVACY = ROOT / "docs" / "privacy"


def test_the_retention_table_in_the_documents_is_the_one_that_deletes() -> None:
    page = (PRIVACY / "retention.md").read_text()

    table = markdown(catalog.table(catalog.parse(EXAMPLE.read_text())), "en")

    assert table in page
    for key, row in GENERAL.items():
        assert f"{key} = {row.term.number if row.term else 0}".ljust(28) + f"# at most {row.most}\n" in page
