"""Every page in every state that a person can bring it into: what the browser tests look at, and the gallery shows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from playwright.sync_api import Page

from newsletter import links
from newsletter.links import Purpose
from tests.browser.house import House
from tests.people import Forms, later

NUMBER = count(1)
STALE = "0123456789abcdef"
"""The id of no wording."""


@dataclass(frozen=True)
class View:
    """A page's name, and the steps of a browser that lead to it."""

    name: str
    steps: Callable[[Page], object]


@dataclass(frozen=True)
class Guest:
    """Somebody whom nobody else's view concerns."""

    house: House
    language: str
    slug: str
    address: str

    @classmethod
    def new(cls, house: House, language: str, slug: str = "nyhedsbrev") -> "Guest":
        return cls(house, language, slug, f"ada.{next(NUMBER)}@gmail.com")

    def ask(self, **more: str) -> "Guest":
        """Asks, some time ago by the limits' count."""
        name = {"first_name": "Ada", "last_name": "Lovelace"} if self.slug == "nyhedsbrev" else {}
        people = self.house.people
        people.ask(self.address, slug=self.slug, language=self.language, tracking=True, **{**name, **more})
        return self

    def subscribe(self) -> "Guest":
        self.ask()
        self.house.people.confirm(self.address)
        return self

    def leave(self) -> "Guest":
        self.house.people.leave(self.address)
        return self

    def link(self, purpose: str = "confirm") -> str:
        return self.house.inbox.link(self.address, purpose)

    @property
    def manage(self) -> str:
        """The other long-lived link, which the newsletters themselves carry."""
        with self.house.app.app_context():
            contact_id = links.read(Purpose.UNSUBSCRIBE, self.way_out.rpartition("/")[2])
            return f"/manage/{links.sign(Purpose.MANAGE, contact_id)}"

    def me(self) -> str:
        """A fresh link, asked for and read from the mail."""
        self.house.people.client.post("/manage", data={"email": self.address})
        return self.link("me")

    @property
    def way_out(self) -> str:
        return self.house.people.unsubscribe_link(self.address)

    def opens(self, purpose: str = "confirm") -> Callable[[Page], object]:
        path = self.link(purpose)
        return lambda page: page.goto(path)

    def presses(self, path: str, form: str, *boxes: str) -> Callable[[Page], object]:
        def steps(page: Page) -> None:
            page.goto(path)
            for box in boxes:
                page.locator(box).check()
            press(page, f"#{form} button")

        return steps


def press(page: Page, button: str) -> None:
    """Press, and wait for the page that comes of it."""
    with page.expect_navigation():
        page.locator(button).click()


def goes(path: str) -> Callable[[Page], object]:
    return lambda page: page.goto(path)


def open_views(house: House, language: str) -> Iterator[View]:
    """What needs nobody."""
    yield View("index", goes("/"))
    yield View("privacy", goes("/privacy"))
    yield View("dead-link", goes("/confirm/x"))
    yield View("error-405", goes("/newsletters/nyhedsbrev/signups"))
    yield View("ask", goes("/manage"))
    yield View("ask-errors", posts("/manage", "document.querySelector('form').noValidate = true", email="nonsense@"))
    yield View("asked", posts("/manage", "1", email="nobody@example.org"))
    yield View("embed", goes(f"/newsletters/nyhedsbrev/embed?language={language}"))
    yield View("signup-frame", goes(f"/newsletters/nyhedsbrev?language={language}&frame=1"))
    yield View("inbox-frame", goes(f"/newsletters/nyhedsbrev/inbox?language={language}&frame=1"))
    yield View("inbox", goes(f"/newsletters/nyhedsbrev/inbox?language={language}"))
    yield View("inbox-webmail", goes(f"/newsletters/nyhedsbrev/inbox?language={language}&mail=gmail"))


def views_of_asking(house: House, language: str) -> Iterator[View]:
    form = f"/newsletters/nyhedsbrev?language={language}"
    yield View("signup", goes(form))
    yield View("signup-errors", posts(form, "document.querySelector('form').noValidate = true", email="nonsense@"))
    stale = f"document.querySelector('#consent').value = '{STALE}'"
    yield View("signup-stale-wording", posts(form, stale, email="ada@example.org", first_name="Ada"))
    yield View("signup-webshop", goes(f"/newsletters/webshop?language={language}"))


def posts(path: str, script: str, **fields: str) -> Callable[[Page], object]:
    """Fill in a form that somebody has tampered with, and send it."""

    def steps(page: Page) -> None:
        page.goto(path)
        page.evaluate(script)
        for name, value in fields.items():
            page.locator(f"[name={name}]").fill(value)
        if "first_name" in fields:
            page.locator("#consent").check()
        press(page, "main form button")

    return steps


def views_of_a_signup(house: House, language: str) -> Iterator[View]:
    waiting = Guest.new(house, language).ask()
    yield View("confirm", waiting.opens())
    yield View("confirm-again", asks_again(waiting))
    yield View("cancel", waiting.opens("cancel"))
    confirming = Guest.new(house, language).ask()
    yield View("confirmed", confirming.presses(confirming.link(), "confirm"))
    more = Guest.new(house, language)
    more.ask(topic="events")
    house.people.confirm(more.address)
    with later(minutes=11):
        yield View("confirm-addition", more.ask(topic="products").opens())
    for name, boxes in {"cancelled": [], "cancelled-never-again": ["#never_again"]}.items():
        unwilling = Guest.new(house, language).ask()
        yield View(name, unwilling.presses(unwilling.link("cancel"), "cancel", *boxes))


def asks_again(guest: Guest) -> Callable[[Page], object]:
    """Presses after an hour and more: the page comes again."""
    path = guest.link()

    def steps(page: Page) -> None:
        page.goto(path)
        with later(minutes=61):
            press(page, "#confirm button")

    return steps


def views_of_a_subscription(house: House, language: str) -> Iterator[View]:
    ada = Guest.new(house, language).subscribe()
    yield View("unsubscribe", goes(ada.way_out))
    yield View("cancel-confirmed", ada.opens("cancel"))
    both = Guest.new(house, language).subscribe()
    Guest(house, language, "webshop", both.address).subscribe()
    yield View("unsubscribe-several", goes(both.way_out))
    grace = Guest.new(house, language).subscribe()
    yield View("unsubscribed", grace.presses(grace.way_out, "unsubscribe"))
    gone = Guest.new(house, language).subscribe().leave()
    yield View("left", gone.opens())
    yield View("cancel-left", gone.opens("cancel"))


def views_of_oneself(house: House, language: str) -> Iterator[View]:
    ada = Guest.new(house, language).subscribe()
    Guest(house, language, "webshop", ada.address).subscribe()
    yield View("manage", goes(ada.manage))
    yield View("manage-asked", ada.presses(ada.manage, "ask"))
    fewer = Guest.new(house, language).subscribe()
    yield View("manage-saved", fewer.presses(fewer.manage, "topics", "#topics input[type=checkbox] >> nth=0"))
    grace = Guest.new(house, language).subscribe()
    Guest(house, language, "webshop", grace.address).subscribe()
    yield View("me", goes(grace.me()))
    gone = Guest.new(house, language).subscribe().leave()
    yield View("me-left", goes(gone.me()))
    joan = Guest.new(house, language).subscribe()
    own = joan.me()
    yield View("me-erase", goes(f"{own}/erase"))
    yield View("me-restricted", joan.presses(own, "restrict"))
    yield View("erased", joan.presses(f"{own}/erase", "erase", "#never_again"))


def views_of_another_address(house: House, language: str) -> Iterator[View]:
    ada = Guest.new(house, language).subscribe()
    own, new = ada.me(), f"newer.{ada.address}"
    yield View("me-address-error", types_address(own, ada.address))
    yield View("me-address-asked", types_address(own, f"new.{ada.address}"))
    form = Forms(house.people.client.get(own).text).forms["address"]["fields"]
    house.people.client.post(own, data={**form, "email": new})
    confirm, stop = house.inbox.link(new), ada.link("cancel")
    yield View("move", goes(confirm))
    yield View("move-stop", goes(stop))
    yield View("move-deny", goes(house.inbox.link(new, "cancel")))
    yield View("moved", ada.presses(confirm, "confirm"))
    yield View("moved-stopped", ada.presses(stop, "cancel"))


def types_address(path: str, address: str) -> Callable[[Page], object]:
    def steps(page: Page) -> None:
        page.goto(path)
        page.locator("#email").fill(address)
        press(page, "#address button")

    return steps


GROUPS = (
    open_views,
    views_of_asking,
    views_of_a_signup,
    views_of_a_subscription,
    views_of_oneself,
    views_of_another_address,
)


def views(house: House, language: str) -> Iterator[View]:
    for group in GROUPS:
        yield from group(house, language)
