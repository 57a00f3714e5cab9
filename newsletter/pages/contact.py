"""What several pages say of a subscription: the receipt, and that somebody has left."""

from typing import Any

from flask import Response

from newsletter import catalog, links, subscriptions
from newsletter.catalog import Newsletter, Topic, Wording
from newsletter.links import Purpose
from newsletter.pages import form
from newsletter.rendering import base_path, page
from newsletter.signups import Signup
from newsletter.subscriptions import Subscription


def newsletter_of(about: Subscription | Signup) -> Newsletter:
    """Raises NewsletterUnknown; the catalogue cannot lose one that has subscriptions."""
    return catalog.current().newsletter(about.newsletter)


def language_of(about: Subscription | Signup) -> str:
    return newsletter_of(about).language_for(about.language)


def name_of(subscription: Subscription) -> str:
    return newsletter_of(subscription).name_in(subscription.language)


def topics_of(subscription: Subscription) -> list[Topic]:
    """The topics that somebody receives, as far as the catalogue still has them."""
    return [topic for topic in newsletter_of(subscription).topics if topic.id in subscription.topics]


def page_for(about: Subscription | Signup, template: str, status: int = 200, **context: Any) -> Response:
    """A page to whom this belongs: in their language, and in its newsletter's name."""
    newsletter, language = newsletter_of(about), language_of(about)
    name = newsletter.name_in(language)
    return page(template, status, language=language, newsletter=newsletter, name=name, **context)


def receipt(subscription: Subscription) -> Response:
    """What was agreed, in the words that were agreed to, and how to leave (E18)."""
    language = language_of(subscription)
    return page_for(
        subscription,
        "confirmed.html",
        subscription=subscription,
        topic_names=[topic.names[language] for topic in topics_of(subscription)],
        wordings=granted(subscription),
        unsubscribe_url=links.url(Purpose.UNSUBSCRIBE, subscription.unsubscribe_token),
        seal=subscriptions.seal(subscription.id, subscription.confirmed_at, subscription.consents, subscription.topics),
    )


def granted(subscription: Subscription) -> dict[str, Wording]:
    """What was agreed to, in its own words: who has chosen another language since agreed in the former one."""
    return catalog.worded(newsletter_of(subscription), subscription.agreed)


def left(subscription: Subscription, *, template: str = "left.html", everything: bool = False) -> Response:
    """That the person has left, and the form for who wants to return. Nothing is changed by looking."""
    newsletter = newsletter_of(subscription)
    return page(
        template,
        **form.empty(newsletter, language_of(subscription)),
        name=name_of(subscription),
        ended_at=subscription.ended_at,
        signup_url=None if newsletter.retired else signup_url(newsletter, language_of(subscription)),
        all=everything,
    )


def signup_url(newsletter: Newsletter, language: str) -> str:
    return f"{base_path()}/newsletters/{newsletter.slug}?language={language}"
