"""What the doctor finds in the DNS about a sender's domain (B5)."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from dns import message, rcode, rrset
from dns.resolver import Resolver

from newsletter.commands import dns
from tests.servers import HOST

SENDER = "news.example.org"
OWN, OF_ALL = f"_dmarc.{SENDER}", "_dmarc.example.org"
WHOLE = {
    SENDER: "v=spf1 include:_spf.relay.example -all",
    f"relay._domainkey.{SENDER}": "v=DKIM1; p=",
    OWN: "v=DMARC1; p=none",
}


@contextmanager
def asking(zone: Mapping[str, str]) -> Iterator[Resolver]:
    """A resolver whose server knows these names, each with a text a line, and none besides."""

    class Server(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, to = self.request
            asked = message.from_wire(wire)
            answer, name = message.make_response(asked), asked.question[0].name
            known = name.to_text(omit_final_dot=True)
            if known in zone:
                records = [f'"{text}"' for text in zone[known].splitlines()]
                answer.answer.append(rrset.from_text(name, 60, "IN", "TXT", *records or ['""']))
            elif not any(one.endswith(f".{known}") for one in zone):
                answer.set_rcode(rcode.NXDOMAIN)
            to.sendto(answer.to_wire(), self.client_address)

    with socketserver.ThreadingUDPServer((HOST, 0), Server) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        resolver = Resolver(configure=False)
        resolver.nameservers, resolver.port = [HOST], server.server_address[1]
        yield resolver
        server.shutdown()


@pytest.mark.parametrize(
    ("zone", "missing"),
    [
        (WHOLE, ""),
        ({**WHOLE, SENDER: "site-verification=1"}, "SPF"),
        ({name: text for name, text in WHOLE.items() if "domainkey" not in name}, "DKIM"),
        ({**WHOLE, OWN: "v=spf1 -all"}, "DMARC"),
        ({**WHOLE, OWN: "", OF_ALL: "v=DMARC1; p=reject"}, ""),
        ({}, "SPF, DKIM, DMARC"),
    ],
)
def test_what_a_domain_lacks_is_named(zone: Mapping[str, str], missing: str) -> None:
    """B5.1, B5.2"""
    with asking(zone) as resolver:
        [found] = dns.about(resolver, SENDER)

    assert f"no {missing} for {SENDER}" in found.sentence if missing else found.level == "ok"


def test_two_records_of_spf_are_told_to_be_none() -> None:
    """RFC 7208 4.5: whoever finds two makes an error of it. A relay's own is often put beside that of the office."""
    with asking(
        {**WHOLE, SENDER: "v=spf1 include:_spf.relay.example -all\nsite-verification=1\nv=spf1 mx -all"}
    ) as resolver:
        [found] = dns.about(resolver, SENDER)

    assert found.level == "warn"
    assert "2 SPF records" in found.sentence


@pytest.mark.parametrize(
    ("records", "told"), [("v=spf1 mx -all", ""), ("v=spf1 mx\nv=spf1 a", "2 SPF"), ("x=1", "no SPF")]
)
def test_the_domain_that_letters_come_back_to_needs_spf_of_its_own(records: str, told: str) -> None:
    """B5.1: it is the envelope's sender that SPF is asked about."""
    with asking({"bounces.example.org": records}) as resolver:
        found = list(dns.about_envelopes(resolver, "bounces.example.org"))

    assert [finding.level for finding in found] == ["warn"] * bool(told)
    assert all(f"The DNS has {told}" in finding.sentence for finding in found)
