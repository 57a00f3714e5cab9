"""Sign up, confirm, leave, as people do it in a browser."""

from playwright.sync_api import Page, expect

from tests.browser.house import House

ADA = "ada@example.org"


def test_from_the_form_to_goodbye(house: House, page: Page) -> None:
    page.goto("/newsletters/nyhedsbrev")
    page.get_by_label("E-mail address", exact=True).fill(ADA)
    page.locator("#consent").check()
    page.get_by_role("button", name="Sign up").click()
    expect(page).to_have_title("Check your inbox – Konica Minolta newsletter")

    page.goto(house.inbox.link(ADA))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, this is confirmed")

    page.get_by_role("link", name="Unsubscribe").click()
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are unsubscribed")
