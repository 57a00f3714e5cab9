"""The form on a company's own site, each way that /embed offers, under the policy that it names (PRODUCT 5.1)."""

import re
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Opener
from tests.browser.house import House

NUMBER = count(1)
FORBIDDING = "default-src 'none'; base-uri 'none'"
"""What a site may allow nothing of, but for what it is told to."""
THANKS = "Check your inbox"


@pytest.fixture
def address() -> str:
    """Somebody new."""
    return f"grace.{next(NUMBER)}@example.org"


@pytest.fixture
def offered(house: House, page: Page) -> Callable[[str], str]:
    """What stands on the embed page under an id, as somebody would copy it."""
    page.goto("/newsletters/nyhedsbrev/embed?language=en")
    return lambda name: page.locator(f"#{name}").inner_text()


@pytest.fixture
def put(house: House, offered: Callable[[str], str]) -> Callable[..., str]:
    """A page of the company's site with one of the ways on it, and with the policy that belongs to it."""

    def put_one(way: str, **headers: str) -> str:
        policy = "; ".join([FORBIDDING, *re.split(r";\n", offered(f"{way}-policy"))])
        named = {"Content_Security_Policy": policy, **headers}
        return house.site.put(f"/{way}", f"<main><h1>News</h1>{offered(way)}</main>", **named)

    return put_one


def fill(form: Page | object, address: str) -> None:
    form.get_by_label("E-mail address", exact=True).fill(address)  # type: ignore[attr-defined]
    form.get_by_label("First name (optional)").fill("Grace")  # type: ignore[attr-defined]
    form.get_by_label("Invitations to events, fairs and webinars", exact=True).check()  # type: ignore[attr-defined]
    form.get_by_role("checkbox", name="may send me").check()  # type: ignore[attr-defined]


def confirmed(house: House, page: Page, address: str) -> None:
    page.goto(f"{house.url}{house.inbox.link(address)}")
    expect(page.get_by_text("Grace", exact=True)).to_be_visible()
    expect(page.locator("dl").get_by_text("Invitations to events, fairs and webinars", exact=True)).to_be_visible()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, this is confirmed")


REFERRERS = pytest.mark.parametrize("referrer", ["", "no-referrer"])


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
    body = posted.post_data_json
    assert body["source"] == f"{house.site.url}/line"
    assert body["rendered"]
    assert body["topics"] == ["events"]
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
    page.goto(house.site.put("/told", f"<script>document.documentElement.lang = 'da-DK'</script>{script}"))

    expect(page.get_by_role("button", name="Tilmeld")).to_be_visible()


def test_two_forms_on_one_page_are_strangers(house: House, page: Page) -> None:
    scripts = [
        f'<script src="{house.url}/embed.js" data-newsletter="{one}"></script>' for one in ("nyhedsbrev", "webshop")
    ]
    page.goto(house.site.put("/two", "".join(scripts)))

    expect(page.locator("form")).to_have_count(2)
    ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids)) > 10


# When something is in the way


def test_without_script_the_line_is_a_link_to_the_hosted_page(
    open_browser: Opener, put: Callable[..., str], address: str
) -> None:
    page = open_browser(java_script_enabled=False)
    page.goto(put("line"))
    page.get_by_role("link", name="Sign up for “Konica Minolta newsletter”").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Konica Minolta newsletter")


@pytest.mark.parametrize("allowed", ["script-src {0}", "connect-src {0}"])
def test_where_the_site_allows_too_little_the_link_stays(
    house: House, page: Page, offered: Callable[[str], str], allowed: str
) -> None:
    policy = f"{FORBIDDING}; {allowed.format(house.url)}"
    page.goto(house.site.put("/strict", offered("line"), Content_Security_Policy=policy))

    expect(page.get_by_role("link", name="Sign up for")).to_be_visible()
    expect(page.locator("form")).to_have_count(0)


def test_what_the_script_cannot_settle_the_hosted_page_explains(
    house: House, page: Page, put: Callable[..., str], address: str
) -> None:
    """A text that was retired while the page stood open: posted again as a form, it comes back prefilled (A1.6)."""
    page.goto(put("line"))
    page.get_by_role("checkbox", name="may send me").evaluate("box => { box.value = '0123456789abcdef' }")
    fill(page, address)
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_text("shows a text that is no longer current")).to_be_visible()
    expect(page.get_by_label("E-mail address", exact=True)).to_have_value(address)
    expect(page.locator("#consent")).not_to_be_checked()


def test_a_foreign_site_gets_the_hosted_page_as_well(house: House, page: Page, address: str) -> None:
    """The script may not read the refusal, so the form goes the way it would without script (PRODUCT 7)."""
    script = f'<script src="{house.url}/embed.js" data-newsletter="nyhedsbrev"></script>'
    house.site.put("/foreign", script)
    page.goto(f"http://127.0.0.1:{house.site.port}/foreign")
    fill(page, address)
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_text("may not sign people up here")).to_be_visible()
    expect(page.get_by_label("E-mail address", exact=True)).to_have_value(address)


def test_without_a_connection_nothing_is_lost(page: Page, put: Callable[..., str], address: str) -> None:
    page.goto(put("line"))
    fill(page, address)
    page.context.set_offline(True)
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_role("alert")).to_contain_text("There is no connection")
    page.context.set_offline(False)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("status")).to_contain_text(THANKS)


# Without script at all


@REFERRERS
@pytest.mark.parametrize("script", [True, False])
def test_the_plain_form_works_under_its_own_policy(
    house: House, open_browser: Opener, put: Callable[..., str], address: str, referrer: str, script: bool
) -> None:
    page = open_browser(java_script_enabled=script)
    page.goto(put("plain", **({"Referrer_Policy": referrer} if referrer else {})))
    trap = page.locator("[name=website]")
    box = trap.bounding_box()
    assert box is not None
    assert box["x"] < -1000
    fill(page, address)
    page.get_by_role("button", name="Sign up").click()

    expect(page).to_have_title("Check your inbox – Konica Minolta newsletter")
    confirmed(house, page, address)


# In a frame


def test_the_frame_is_as_high_as_its_page_and_signs_up(
    house: House, open_browser: Opener, put: Callable[..., str], address: str
) -> None:
    page = open_browser(viewport={"width": 700, "height": 800})
    page.goto(put("frame"))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("button", name="Sign up")).to_be_visible()
    inner = page.frames[1]
    needed = inner.evaluate("document.body.getBoundingClientRect().height")
    expect(page.locator("iframe")).to_have_css("height", re.compile(rf"^{int(needed)}|{int(needed) + 1}"))

    fill(frame, address)
    frame.get_by_role("button", name="Sign up").click()
    expect(frame.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    expect(page.locator("iframe")).not_to_have_css("height", f"{int(needed)}px")
    confirmed(house, page, address)


def test_mistakes_in_the_frame_come_back_in_the_frame(page: Page, put: Callable[..., str], address: str) -> None:
    page.goto(put("frame"))
    frame = page.frame_locator("iframe")
    fill(frame, "=grace@example.org")
    frame.get_by_role("button", name="Sign up").click()

    expect(frame.get_by_role("link", name="E-mail address: Enter one")).to_be_visible()
    expect(frame.get_by_label("First name (optional)")).to_have_value("Grace")


def test_a_foreign_site_cannot_frame_it(house: House, page: Page, offered: Callable[[str], str]) -> None:
    house.site.put("/frame", offered("frame"))
    page.goto(f"http://127.0.0.1:{house.site.port}/frame")

    expect(page.locator("iframe")).to_be_visible()
    assert "newsletter" not in page.frames[1].url.partition("?")[0] or not page.frames[1].locator("form").count()


# A link


def test_the_button_leads_to_the_hosted_page(house: House, page: Page, offered: Callable[[str], str]) -> None:
    style = f"<style>{offered('button-style')}</style>"
    page.goto(house.site.put("/button", f"{style}{offered('button')}"))
    link = page.get_by_role("link", name="Sign up for")
    expect(link).to_have_css("background-color", "rgb(0, 98, 163)")
    link.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Konica Minolta newsletter")
