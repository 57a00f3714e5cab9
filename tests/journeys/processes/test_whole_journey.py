"""Web and worker as they run in production, from the form to the list and out again (PRODUCT 6)."""

import socket
import time
from statistics import median

from tests.conftest import SECRET
from tests.journeys.processes.running import ADA, GRACE, Service, on_postgresql, readers
from tests.servers import HOST, PATIENCE, wait_until


def test_from_the_form_to_the_list_and_out_again(installed: Service) -> None:
    """D3.7: who has not confirmed is in no list."""
    browser = installed.web()
    installed.worker()
    people = installed.people(browser)
    assert installed.command("keys", "list") == (0, "")  # nor a word on standard error
    key = installed.command("keys", "create", "markomi", "--scope", "feed:read")[1].splitlines()[-1]

    def listed() -> list[str]:
        answer = browser.get("/api/v1/newsletters/nyhedsbrev/contacts", {"Authorization": f"Bearer {key}"})
        return [contact["email"] for contact in answer.get_json()["items"]]

    assert people.ask(ADA, first_name="Ada").status_code == 303
    assert people.ask_by_script(GRACE).status_code == 202
    assert listed() == []
    assert people.confirm(ADA).status_code == 200
    assert people.confirm(GRACE).status_code == 200
    assert sorted(listed()) == [ADA, GRACE]
    assert people.leave(ADA).status_code == 200
    assert listed() == [GRACE]


def test_a_letter_reaches_the_relay_within_two_seconds_of_the_signup(installed: Service) -> None:
    people = installed.people(installed.web())
    installed.worker()
    waits = []

    for number, address in enumerate(readers(10), 1):
        assert people.ask(address).status_code == 303
        asked_at = time.monotonic()
        installed.relay.wait_for_letters(number)
        waits.append(time.monotonic() - asked_at)

    assert median(waits) < 2


@on_postgresql
def test_no_line_of_any_process_names_an_address_a_token_or_an_ip(installed: Service) -> None:
    """D1.6, D2.2: nor a key of the ring."""
    browser = installed.web()
    installed.worker()
    people, relay = installed.people(browser), installed.relay
    relay.answer("RCPT", f"550 5.7.1 <{GRACE}>: relaying denied for {HOST}", to=GRACE, times=1)
    relay.answer("RCPT", f"451 4.7.1 <{ADA}>: greylisted, {HOST}", to="greylisted@example.org")

    people.subscribe(ADA)
    confirm, unsubscribe = people.inbox.link(ADA), people.unsubscribe_link(ADA)
    people.leave(ADA)
    for address in ("greylisted@example.org", GRACE, "no address@", "=ada@example.org"):
        people.ask(address)
    for path in (f"{confirm}x", f"/nowhere/{ADA}", f"{unsubscribe}/{ADA}", f"/api/v1/contacts/{ADA}?token={confirm}"):
        browser.get(path)
        browser.post(path, data={"email": ADA, "nonce": confirm})
    with socket.create_connection((HOST, browser.port), timeout=PATIENCE) as raw:
        raw.sendall(f"GET {confirm} HTTP/9\r\nX-Forwarded-For: 203.0.113.7, {ADA}\r\n\r\n".encode())
        raw.recv(100)
    wait_until(lambda: installed.said().count("letter not accepted") >= 2, "the relay's refusals")

    assert private_in(installed, confirm, unsubscribe) == []


def private_in(installed: Service, *links: str) -> list[str]:
    said = installed.said()
    assert said.replace(" ", "").count('"event":"request"') > 5
    tokens = [link.rpartition("/")[2] for link in links]
    signatures = [token.rpartition(".")[2] for token in tokens]
    private = ("@example.org", HOST, "203.0.113.7", SECRET.secret, *tokens, *signatures)
    return [each for each in private if each in said]
