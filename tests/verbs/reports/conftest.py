"""A tool that reports."""

from dataclasses import replace

import pytest
from flask import Flask

from newsletter.config import Settings
from tests.verbs.reports.reporting import Tool


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A crowd signs up here from one address."""
    return replace(settings, limit_source=())


@pytest.fixture
def tool(service: Flask) -> Tool:
    return Tool(service)
