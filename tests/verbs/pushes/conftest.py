"""A webhook, and a worker that pushes to it."""

import pytest
from flask import Flask

from newsletter.feed.webhooks import Webhook
from tests.verbs.pushes.lane import Worker, made


@pytest.fixture
def webhook(service: Flask) -> Webhook:
    return made()


@pytest.fixture
def worker(webhook: Webhook) -> Worker:
    return Worker(webhook.id)
