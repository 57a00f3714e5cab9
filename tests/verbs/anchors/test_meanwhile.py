"""Anchors are compared with the evidence of one moment. SQLite's readers see one moment anyway."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from tests.people import later
from tests.verbs.anchors.evidence import Run
from tests.verbs.evidence.holding import holding
from tests.waiting import wait_for

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def test_a_chain_that_is_removed_during_a_check_does_not_seem_to_be_taken_away(
    ada_and_grace: None, service: Flask, run: Run
) -> None:
    with later(days=800), ThreadPoolExecutor(2) as pool:
        with holding("anchor_leaves"):
            verified = pool.submit(run, "verify", "--all")
            wait_for(1)
            assert pool.submit(service.test_cli_runner().invoke, args=["purge"]).result().exit_code == 0

        assert verified.result().exit_code == 0, verified.result().output
