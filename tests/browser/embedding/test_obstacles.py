"""The form by one line of script when something is in its way: nobody is left without one (PRODUCT 5.1)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.embedding.site import FORBIDDING, THANKS, fill
from tests.browser.house import House


def test_without_script_the_line_is_a_link_to_the_hosted_page(
    open_browser: Opener, put: Callable[..., str], address: str
) -> None:
    page = open_browser(java_script_enabled=False)
    page.goto(put("line"))
    page.get_by_role("link", name="Sign up for “Konica Minolta newsletter”").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Konica Minolta newsletter")


@pytest.mark.parametrize("way", ["line", "plain", "frame"])
def test_a_page_that_is_read_from_right_to_left_is_no_wider_for_the_form(
    house: House, page: Page, offered: Callable[[str], str], way: str
) -> None:
    turned = "<script>document.documentElement.dir = 'rtl'</script>"
    page.goto(house.site.put("/rtl", f"{turned}<main><h1>أخبار</h1>{offered(way)}</main>"))

    form = page.locator("iframe, form")
    expect(form).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    if way != "frame":
        assert form.evaluate("one => getComputedStyle(one).direction") == "ltr"


@pytest.mark.parametrize("allowed", ["script-src {0}", "connect-src {0}"])
def test_where_the_site_allows_too_little_the_link_stays(
    house: House, page: Page, offered: Callable[[str], str], allowed: str
) -> None:
    policy = f"{FORBIDDING}; {allowed.format(house.url)}"
    page.goto(house.site.put("/strict", offered("line"), Content_Security_Policy=policy))

    expect(page.get_by_role("link", name="Sign up for")).to_be_visible()
    expect(page.locator("form")).to_have_count(0)


def test_a_site_that_trusts_no_markup_from_scripts_has_the_form_as_well(
    house: House, page: Page, offered: Callable[[str], str], address: str
) -> None:
    """The lines that /embed names are all that a policy needs."""
    policy = f"{FORBIDDING}; require-trusted-types-for 'script'; trusted-types 'none'; {offered('line-policy')}"
    named = {"Content_Security_Policy": policy.replace("\n", " ")}
    page.goto(house.site.put("/trusting", offered("line"), **named))
    fill(page, address)
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_role("status")).to_contain_text(THANKS)


@pytest.mark.parametrize(
    "meddling",
    [
        "Array.prototype.toJSON = function () { return `[${this.map(JSON.stringify)}]` }",  # as Prototype.js 1.6 does
        "Object.prototype.each = Array.prototype.each = () => {}",
        "HTMLFormElement.prototype.submit = () => {}",
    ],
)
def test_what_a_site_has_done_to_the_language_stands_in_nobodys_way(
    page: Page, put: Callable[..., str], address: str, meddling: str
) -> None:
    page.add_init_script(meddling)
    page.goto(put("line"))
    fill(page, address)
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_role("status")).to_contain_text(THANKS)


@pytest.mark.parametrize("field", ['name="js" id="guard"', 'name="js"', 'name="email"'])
def test_a_field_that_a_site_has_put_into_every_form_is_not_sent(
    page: Page, put: Callable[..., str], address: str, field: str
) -> None:
    """As guards against robots do, and managers of passwords."""
    page.goto(put("line"))
    markup = f'<input type="hidden" {field} value="1">'
    page.locator("form").evaluate("(form, markup) => form.insertAdjacentHTML('beforeend', markup)", markup)
    fill(page, address)
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_role("status")).to_contain_text(THANKS)


def test_what_has_no_field_that_could_tell_it_the_hosted_page_tells(
    page: Page, put: Callable[..., str], address: str
) -> None:
    """A topic that was taken away while the page stood open."""
    page.goto(put("line"))
    fill(page, address)
    page.locator("[name=topic]").last.check()
    page.locator("[name=topic]").last.evaluate("box => { box.value = 'gone' }")
    page.get_by_role("button", name="Sign up").click()

    expect(page.get_by_role("link", name="Topics: ")).to_be_visible()
    expect(page.get_by_label("E-mail address", exact=True)).to_have_value(address)


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
