"""The waiting page: look into your inbox. It is the same for everybody, and its address says nothing of the person."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request

from newsletter import catalog, signups, visitor
from newsletter.catalog import Newsletter
from newsletter.errors import CodeWrong, LinkDead
from newsletter.pages import browser, confirmation
from newsletter.refusals import STATUS
from newsletter.rendering import FRAME, base_path, is_framed, leading_to, open_page

blueprint = Blueprint("inbox", __name__, url_prefix="/newsletters/<slug>/inbox")
LONGEST_CODE = 20  # characters, with blanks and dashes


@dataclass(frozen=True, kw_only=True)
class Webmail:
    """Where the people of some domains read their mail. An address may have a hole for whom a letter is from."""

    name: str
    url: str
    domains: frozenset[str]

    def address(self, sender: str) -> str:
        return self.url.format(sender=quote(sender, safe=""))


WEBMAILS = {
    "gmail": Webmail(
        name="Gmail",
        url="https://mail.google.com/mail/u/0/#search/from%3A({sender})+in%3Aanywhere",
        domains=frozenset({"gmail.com", "googlemail.com"}),
    ),
    "outlook": Webmail(
        name="Outlook",
        url="https://outlook.live.com/mail/",
        domains=frozenset(
            {f"{name}.{ending}" for name in ("outlook", "hotmail", "live") for ending in ("com", "dk", "de")}
            | {"msn.com"}
        ),
    ),
    "yahoo": Webmail(
        name="Yahoo",
        url="https://mail.yahoo.com/",
        domains=frozenset({"yahoo.com", "yahoo.de", "yahoo.dk", "ymail.com"}),
    ),
    "icloud": Webmail(
        name="iCloud", url="https://www.icloud.com/mail/", domains=frozenset({"icloud.com", "me.com", "mac.com"})
    ),
    "gmx": Webmail(
        name="GMX", url="https://www.gmx.net/", domains=frozenset({"gmx.de", "gmx.net", "gmx.at", "gmx.ch"})
    ),
    "webde": Webmail(name="WEB.DE", url="https://web.de/", domains=frozenset({"web.de"})),
    "t-online": Webmail(name="T-Online", url="https://email.t-online.de/", domains=frozenset({"t-online.de"})),
    "proton": Webmail(
        name="Proton Mail", url="https://mail.proton.me/", domains=frozenset({"proton.me", "protonmail.com", "pm.me"})
    ),
}
WEBMAIL_OF = {domain: name for name, webmail in WEBMAILS.items() for domain in webmail.domains}
"""Found by the domain as it was typed; nothing is looked up."""


@blueprint.get("")
def show(slug: str) -> Response:
    return waiting(catalog.current().newsletter(slug))


@blueprint.post("")
def create(slug: str) -> Response:
    """The letter's code, typed here. A wrong one is answered alike whether there is any signup or none."""
    newsletter = catalog.current().newsletter(slug)
    if not newsletter.shortcuts.code:
        raise LinkDead
    try:
        confirmed = signups.confirm_by_code(browser.signups(), typed(), visitor.visit(request))
    except CodeWrong as refusal:
        return waiting(newsletter, STATUS[type(refusal)], wrong=str(refusal))
    answer = confirmation.confirmed(confirmed)
    browser.forget_soon(answer)
    return answer


def typed() -> str:
    return request.form.get("code", "")[:LONGEST_CODE]


def waiting(newsletter: Newsletter, status: int = 200, *, wrong: str | None = None) -> Response:
    webmail = WEBMAILS.get(request.args.get("mail", ""))
    language = visitor.language(request, newsletter)
    return open_page(
        "inbox.html",
        status,
        form_targets=leading_to(newsletter.redirects.confirmed) if newsletter.shortcuts.code else (),
        language=language,
        newsletter=newsletter,
        here=query(language, request.args["mail"] if webmail else None, framed=False),
        webmail=webmail,
        wrong=wrong,
        typed=typed() if wrong else "",
    )


def url(newsletter: Newsletter, raw: Mapping[str, Any]) -> str:
    """The waiting page for whoever posted this: the language and a webmail's name are all that it says."""
    domain = str(raw.get("email", "")).rpartition("@")[2].lower()
    language = visitor.language(request, newsletter, raw.get("language"))
    asked = query(language, WEBMAIL_OF.get(domain), framed=is_framed())
    return f"{base_path()}/newsletters/{newsletter.slug}/inbox?{asked}"


@lru_cache(maxsize=100)
def query(language: str, mail: str | None, *, framed: bool) -> str:
    known = {"language": language, "mail": mail, FRAME: "1" if framed else None}
    return urlencode({name: value for name, value in known.items() if value})
