"""`flask contacts` for somebody who gets several newsletters, which have fields and purposes of their own."""

from collections.abc import Callable

from click.testing import Result

from newsletter import catalog, privacy
from tests.conftest import EXAMPLE, Contents
from tests.people import People
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


def test_a_newsletter_that_waits_for_confirmation_is_given_up_by_phone_beside_one_that_is_received(
    contacts: Callable[..., Result], people: People
) -> None:
    """PRODUCT 4.6."""
    people.subscribe(ADA, slug="webshop")
    people.ask(ADA)

    given_up = contacts("unsubscribe", ADA, *WHO, "--newsletter", "nyhedsbrev")

    assert (given_up.exit_code, "Signups that waited, deleted: 1" in given_up.stdout) == (0, True)
    assert privacy.asked_for(ADA) == []
    assert [(one["newsletter"], one["status"]) for one in documents()] == [("webshop", "subscribed")]
    assert contacts("unsubscribe", ADA, *WHO, "--newsletter", "nyhedsbrev").exit_code == 1
    people.ask(ADA, topic="events")
    both = ("--newsletter", "nyhedsbrev", "--newsletter", "webshop")
    assert contacts("unsubscribe", ADA, *WHO, *both).exit_code == 0
    assert privacy.asked_for(ADA) == []
    assert [one["status"] for one in documents()] == ["unsubscribed"]
