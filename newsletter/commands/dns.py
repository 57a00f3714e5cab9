"""What the world's mail servers will look up about our senders: SPF, DKIM and DMARC (B5).

Nothing found here is a failure. Which selector signs, and whether the relay signs with a domain of its own, cannot
be seen from outside; and a machine that may not ask the DNS can still send through a relay that may.
"""

from collections.abc import Iterator

from dns.exception import DNSException
from dns.rdatatype import RdataType
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

from newsletter import catalog, config
from newsletter.commands.finding import Finding, ok, warn

PATIENCE = 3.0  # seconds for each question


def senders() -> Iterator[Finding]:
    newsletters = catalog.current().newsletters.values()
    domains = sorted({domain_of(one.sender.address) for one in newsletters if not one.retired})
    returning = config.current().inbound_address
    try:
        resolver = patient()
        for domain in domains:
            yield from about(resolver, domain)
        if returning and domain_of(returning) not in domains:
            yield from about_envelopes(resolver, domain_of(returning))
    except DNSException as error:
        yield warn(f"The DNS could not be asked about {', '.join(domains)}: {type(error).__name__}.")


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def patient() -> Resolver:
    resolver = Resolver()
    resolver.lifetime = resolver.timeout = PATIENCE
    return resolver


def about(resolver: Resolver, domain: str) -> Iterator[Finding]:
    policies = spf(resolver, domain)
    found = {
        "SPF": policies > 0,
        "DKIM": exists(resolver, f"_domainkey.{domain}"),
        "DMARC": any(has_dmarc(resolver, name) for name in upwards(domain)),
    }
    missing = [name for name, there in found.items() if not there]
    if missing:
        yield warn(f"The DNS has no {', '.join(missing)} for {domain}: its letters may be taken for spam.")
    if policies > 1:
        yield too_many(policies, domain)
    elif not missing:
        yield ok(f"The DNS has SPF, DKIM keys and DMARC for {domain}.")


def about_envelopes(resolver: Resolver, domain: str) -> Iterator[Finding]:
    """SPF is asked about the envelope's sender; where letters come back to us, that is no sender of the catalogue's."""
    policies = spf(resolver, domain)
    if not policies:
        yield warn(f"The DNS has no SPF for {domain}, in whose name letters travel: they may be taken for spam.")
    elif policies > 1:
        yield too_many(policies, domain)


def spf(resolver: Resolver, domain: str) -> int:
    return sum(text.startswith("v=spf1") for text in texts(resolver, domain))


def too_many(policies: int, domain: str) -> Finding:
    return warn(f"The DNS has {policies} SPF records for {domain}, which count as none: make one of them.")


def upwards(domain: str) -> Iterator[str]:
    """A domain and those it belongs to: the organisation's DMARC record holds for its subdomains (RFC 7489 6.6.3)."""
    while "." in domain:
        yield domain
        domain = domain.partition(".")[2]


def has_dmarc(resolver: Resolver, domain: str) -> bool:
    return any(text.startswith("v=DMARC1") for text in texts(resolver, f"_dmarc.{domain}"))


def texts(resolver: Resolver, name: str) -> list[str]:
    try:
        answer = resolver.resolve(name, RdataType.TXT)
    except (NXDOMAIN, NoAnswer):
        return []
    return [b"".join(record.strings).decode("ascii", "replace") for record in answer]


def exists(resolver: Resolver, name: str) -> bool:
    """A name that only has others below it answers with nothing; one that is not there says so."""
    try:
        resolver.resolve(name, RdataType.TXT, raise_on_no_answer=False)
    except NXDOMAIN:
        return False
    return True
