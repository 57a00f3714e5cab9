"""Operators keep webhooks by command, see what became of pushes, and repeat them."""

import base64
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from standardwebhooks import WebhookVerificationError

from newsletter.config import SecretKey
from tests.conftest import SECRET
from tests.people import People, later
from tests.receivers import Hooks, Receiver

Run = Callable[..., Result]
ADA = "ada@example.org"


@pytest.fixture
def run(service: Flask) -> Run:
    """`flask webhooks ...`"""
    return lambda *arguments: service.test_cli_runner().invoke(args=["webhooks", *arguments])


def made(run: Run, receiver: Receiver, *options: str) -> tuple[str, str]:
    """The id and the secret of a new webhook."""
    added = run("add", receiver.url, "--newsletter", "nyhedsbrev", *options)
    assert added.exit_code == 0, added.stderr
    webhook_id, secret = added.stdout.splitlines()
    return webhook_id, secret


def test_a_webhook_is_added_and_its_secret_is_the_last_line(
    run: Run, receiver: Receiver, people: People, hooks: Hooks
) -> None:
    webhook_id, secret = made(run, receiver)
    people.subscribe(ADA)
    hooks.push()

    assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"))) <= 64
    assert receiver.requests[0].verify(secret)["data"]["contact"]["email"] == ADA
    listed = run("list").stdout
    assert webhook_id in listed
    assert "enabled" in listed
    assert "0 waiting" in listed
    assert secret not in listed


def test_a_target_that_is_not_permitted_is_told_on_standard_error(run: Run) -> None:
    refused = run("add", "http://10.0.0.1/hook", "--newsletter", "nyhedsbrev")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "url: " in refused.stderr
    assert "NEWSLETTER_PRIVATE_TARGETS" in refused.stderr
    assert run("list").stdout == ""


def test_kinds_and_payload_are_chosen_when_it_is_added(
    run: Run, receiver: Receiver, people: People, hooks: Hooks
) -> None:
    made(run, receiver, "--kind", "unsubscribed", "--kind", "erased", "--kind", "unsubscribed", "--payload", "thin")
    people.subscribe(ADA)
    people.leave(ADA)
    hooks.push()

    assert "  unsubscribed,erased  " in run("list").stdout
    [request] = receiver.requests
    assert request.type == "contact.unsubscribed"
    assert request.email is None


def test_a_rotated_secret_is_the_last_line_and_the_old_one_overlaps(
    run: Run, receiver: Receiver, people: People, hooks: Hooks
) -> None:
    webhook_id, old = made(run, receiver)

    new = run("rotate", webhook_id, "--overlap", "2").stdout.splitlines()[-1]
    people.subscribe(ADA)
    hooks.push()

    assert receiver.requests[0].verify(new) == receiver.requests[0].verify(old)


def test_a_rotation_without_overlap_ends_the_old_secret_at_once(
    run: Run, receiver: Receiver, people: People, hooks: Hooks
) -> None:
    webhook_id, _ = made(run, receiver)

    run("rotate", webhook_id, "--overlap", "0")
    people.subscribe(ADA)
    hooks.push()

    assert len(receiver.requests[0].headers["webhook-signature"].split()) == 1


def test_a_secret_that_has_ended_is_forgotten_with_the_next_rotation(
    run: Run, receiver: Receiver, contents: Callable[[], dict[str, list[str]]]
) -> None:
    webhook_id, _ = made(run, receiver)

    for _ in range(3):
        run("rotate", webhook_id, "--overlap", "0")

    assert len(contents()["webhook_secrets"]) == 2


@pytest.mark.parametrize("overlaps", [("1", "24"), ("24", "1")])
def test_no_later_rotation_lets_an_old_secret_sign_for_longer_than_was_said(
    run: Run, receiver: Receiver, people: People, hooks: Hooks, overlaps: tuple[str, str]
) -> None:
    webhook_id, oldest = made(run, receiver)
    for overlap in overlaps:
        run("rotate", webhook_id, "--overlap", overlap)

    with later(hours=2):
        people.subscribe(ADA)
        hooks.push()
        with pytest.raises(WebhookVerificationError):
            receiver.requests[0].verify(oldest)


def test_a_test_is_sent_and_its_outcome_is_told(run: Run, receiver: Receiver, hooks: Hooks) -> None:
    webhook_id, _ = made(run, receiver)

    push_id = run("test", webhook_id).stdout.strip()
    hooks.push()

    [line] = run("deliveries", webhook_id).stdout.splitlines()
    assert line.startswith(push_id)
    assert "delivered" in line
    assert "204" in line
    assert run("deliveries", webhook_id, "--state", "dead").stdout == ""


def test_a_disabled_webhook_rests_until_it_is_enabled(
    run: Run, receiver: Receiver, people: People, hooks: Hooks
) -> None:
    webhook_id, _ = made(run, receiver)
    assert run("disable", webhook_id).exit_code == 0
    people.subscribe(ADA)
    hooks.push()
    assert receiver.requests == []

    assert run("enable", webhook_id).exit_code == 0
    hooks.push()

    assert len(receiver.requests) == 1


def test_pushes_are_replayed_one_by_one_by_range_or_all_that_are_dead(
    run: Run, receiver: Receiver, people: People, hooks: Hooks
) -> None:
    webhook_id, _ = made(run, receiver)
    people.subscribe(ADA)
    hooks.push()
    sent = receiver.requests[0].id

    assert sent in run("replay", webhook_id, "--delivery", sent).stdout
    hooks.push()
    assert run("replay", webhook_id, "--after", "0-0").exit_code == 0
    hooks.push()
    assert "0 are sent again" in run("replay", webhook_id, "--dead").stdout

    assert [request.id for request in receiver.requests] == [sent] * 3


@pytest.mark.parametrize(
    "options",
    [(), ("--dead", "--after", "0-0"), ("--until", "1-1"), ("--dead", "--delivery", "x"), ("--dead", "--until", "")],
)
def test_a_replay_has_to_say_what(run: Run, receiver: Receiver, options: tuple[str, ...]) -> None:
    webhook_id, _ = made(run, receiver)

    assert run("replay", webhook_id, *options).exit_code == 2


def test_a_webhook_that_is_not_there_is_told_on_standard_error(run: Run, receiver: Receiver) -> None:
    webhook_id, _ = made(run, receiver)
    assert run("remove", webhook_id).exit_code == 0

    for command in ("remove", "enable", "disable", "rotate", "test", "deliveries"):
        for unknown in (webhook_id, "x'; --", "\x00"):
            refused = run(command, unknown)
            assert (refused.exit_code, refused.stdout) == (1, "")
            assert "no webhook with that id" in refused.stderr


def test_the_doctor_tells_of_a_receiver_in_trouble(
    service: Flask, run: Run, receiver: Receiver, people: People, hooks: Hooks
) -> None:
    webhook_id, _ = made(run, receiver)
    receiver.answer(410)
    people.subscribe(ADA)
    hooks.push()

    line = next(line for line in examined(service) if "webhooks:" in line)

    assert line.startswith("warn")
    assert webhook_id in line


def test_the_doctor_is_content_when_pushes_arrive(service: Flask, run: Run, receiver: Receiver) -> None:
    made(run, receiver)

    assert [line for line in examined(service) if "webhooks:" in line] == ["ok    webhooks: 1 of 1 work."]


def examined(service: Flask) -> list[str]:
    return service.test_cli_runner().invoke(args=["doctor"]).stdout.splitlines()


def test_no_worker_starts_without_the_key_that_a_webhooks_secret_is_made_of(
    make_app: Callable[..., Flask], run: Run, receiver: Receiver
) -> None:
    """PRODUCT 4.12"""
    webhook_id, _ = made(run, receiver)
    newer = SecretKey(secret="a newer secret that nobody else has either")
    with make_app(secret_keys=(newer,)).app_context() as context:
        refused = context.app.test_cli_runner().invoke(args=["worker", "--once"])
        assert refused.exit_code == 1
        assert "webhooks" in str(refused.exception) + refused.stderr

    both = make_app(secret_keys=(newer, SECRET))
    with both.app_context():
        rotated = both.test_cli_runner().invoke(args=["webhooks", "rotate", webhook_id, "--overlap", "1"])
        assert rotated.exit_code == 0
    with later(hours=2), make_app(secret_keys=(newer,)).app_context() as context:
        assert context.app.test_cli_runner().invoke(args=["worker", "--once"]).exit_code == 0


def test_the_webhooks_of_a_key_that_is_revoked_go_on_and_are_named(
    service: Flask, hooks: Hooks, receiver: Receiver, run: Run
) -> None:
    theirs, disabled = (hooks.add(receiver)["id"] for _ in range(2))
    run("disable", disabled)
    made(run, receiver)
    [key_id] = {key.partition("_")[2][:24] for key in hooks.headers["Authorization"].split()[1:]}

    said = service.test_cli_runner().invoke(args=["keys", "revoke", key_id]).stdout

    assert said.splitlines()[1:] == [f"{theirs}, a webhook that it made, goes on to {receiver.url}"]
    assert hooks.get("/webhooks").status_code == 401
    assert theirs in run("list").stdout
