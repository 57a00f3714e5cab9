"""`flask contacts` for somebody who gets several newsletters, which have fields and purposes of their own."""

from collections.abc import Callable

from click.testing import Result

from newsletter import catalog
from tests.conftest import EXAMPLE, Contents
from tests.purposes import profiling
from tests.verbs.contacts.looking import ADA, WHO, documents

COMPANY = """
[[newsletters.webshop.fields]]
name = "company"
labels = { da = "Firma", de = "Firma", en = "Company" }
max_length = 5
"""


def test_what_one_newsletter_alone_has_is_done_there_and_nothing_is_half_done(
    ada: str, contacts: Callable[..., Result], contents: Callable[[], Contents]
) -> None:
    catalog.apply(EXAMPLE.read_text() + COMPANY + profiling("webshop"))

    righted = contacts("rectify", ADA, *WHO, "--field", "company=KM", "--field", "first_name=Ada")
    withdrawn = contacts("withdraw", ADA, *WHO, "--purpose", "profiling")

    assert (righted.exit_code, withdrawn.exit_code) == (0, 0), righted.stderr + withdrawn.stderr
    [first, second] = documents()
    assert (first["fields"], first["version"]) == ({"first_name": "Ada"}, 2)
    assert second["fields"] == {"company": "KM", "first_name": "Ada"}
    assert second["consents"]["profiling"]["state"] == "denied"
    before = contents()
    for half in (("--field", "company=Konica Minolta"), ("--field", "phone=555"), ("--language", "fr")):
        refused = contacts("rectify", ADA, *WHO, "--field", "first_name=Augusta", *half)
        assert refused.exit_code in (1, 2)
        assert contents() == before
