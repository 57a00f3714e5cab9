"""The form by one line of script, on a company's own site under the policy that /embed names (PRODUCT 5.1)."""

from collections.abc import Callable
from urllib.parse import parse_qs

from playwright.sync_api import Page, Request, expect

from tests.browser.embedding.site import REFERRERS, THANKS, confirmed, fill
from tests.browser.house import House, document


@REFERRERS
def test_one_line_becomes_the_form_and_says_what_happened(
    house: House, page: Page, put: Callable[..., str], address: str, referrer: str
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(put("line", **({"Referrer_Policy": referrer} if referrer else {})))
    fill(page, address)
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_role("status")).to_contain_text(THANKS)
    expect(page.get_by_role("status")).to_be_focused()
    assert page.url == f"{house.site.url}/line"
    assert complaints == []
    confirmed(house, page, address)


def test_what_the_script_sends_carries_its_age_and_the_page_it_stands_on(
    house: House, page: Page, put: Callable[..., str], address: str
) -> None:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))
    page.goto(f"{put('line')}?campaign=x#here")
    fill(page, address)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("status")).to_contain_text(THANKS)

    posted = next(request for request in sent if request.method == "POST")
    body = parse_qs(posted.post_data or "")
    assert body["source"] == [f"{house.site.url}/line"]
    assert body["rendered"]
    assert body["topic"] == ["events"]
    assert "cookie" not in {name for request in sent for name in request.headers}


def test_the_script_names_what_is_wrong_and_keeps_what_was_entered(
    page: Page, put: Callable[..., str], address: str
) -> None:
    """F3, F4."""
    page.goto(put("line"))
    page.get_by_label("E-mail address", exact=True).fill("grace@")
    page.get_by_role("button", name="Sign up").click()

    field = page.get_by_label("E-mail address", exact=True)
    expect(page.get_by_role("alert")).to_have_text("Please check what you entered")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("Enter one e-mail address, like name@example.org.")
    expect(field).to_be_focused()
    expect(page.get_by_text("Tick the box to receive the newsletter.")).to_be_visible()

    fill(page, address)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("status")).to_contain_text(THANKS)


def test_what_only_the_service_can_tell_is_said_in_place_too(page: Page, put: Callable[..., str]) -> None:
    page.goto(put("line"))
    fill(page, "=grace@example.org")
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_label("E-mail address", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Enter one e-mail address, like name@example.org.")).to_be_visible()
    expect(page.get_by_label("First name (optional)")).to_have_value("Grace")

    fill(page, "postmaster@example.org")
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_text("This address belongs to a role, not to a person.")).to_be_visible()


def test_the_script_can_be_told_the_newsletter_and_finds_the_pages_language(
    house: House, page: Page, address: str
) -> None:
    script = f'<script src="{house.url}/embed.js" data-newsletter="nyhedsbrev"></script>'
    page.goto(house.site.put("/told", f"<script>document.documentElement.lang = 'DA-dk'</script>{script}"))

    expect(page.get_by_role("button", name="Tilmeld")).to_be_visible()


def test_forms_on_one_page_are_strangers(house: House, page: Page) -> None:
    """Also the same form in the head and at the foot of a page: each label and each mistake belongs to its own."""
    scripts = [
        f'<div><script src="{house.url}/embed.js" data-newsletter="{one}"></script></div>'
        for one in ("nyhedsbrev", "webshop", "nyhedsbrev", "nyhedsbrev")
    ]
    page.goto(house.site.put("/several", "".join(scripts)))

    expect(page.locator("form")).to_have_count(4)
    ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids)) > 10
    last = page.locator("form").last
    last.get_by_role("button", name="Sign up").click()
    expect(page.locator("[aria-invalid]")).to_have_count(2)
    expect(last.get_by_label("E-mail address", exact=True)).to_have_accessible_description(
        "Enter one e-mail address, like name@example.org."
    )
    last.get_by_text("Invitations to events, fairs and webinars", exact=True).click()
    assert page.locator("form input:checked").count() == last.locator("input:checked").count() == 1


def test_a_field_may_be_called_as_something_of_the_form_itself(house: House, page: Page, address: str) -> None:
    usual = document(house.site)
    fields = "".join(
        f'\n[[newsletters.nyhedsbrev.fields]]\nname = "{name}"\nlabels = {{ da = "x", de = "x", en = "{name}" }}\n'
        for name in ("action", "children", "elements")
    )
    house.apply(usual + fields)
    page.goto(house.site.put("/named", f'<script src="{house.url}/embed.js" data-newsletter="nyhedsbrev"></script>'))
    page.get_by_label("E-mail address", exact=True).fill(address)
    page.get_by_label("children (optional)").fill("two")
    page.get_by_role("checkbox", name="may send me").check()
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_role("status")).to_contain_text(THANKS)
    house.apply(usual)
