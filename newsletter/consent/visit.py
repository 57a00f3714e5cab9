"""The circumstances of an act: from where it was done."""

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Who stood before us: the client's address, as seen or as told by a server with a key."""

    ip: str | None
    told_by: str | None = None

    @property
    def values(self) -> dict[str, str | None]:
        """As evidence keeps it: whole, and shortened for the time when the whole one is removed (A2.12)."""
        return {"ip": self.ip, "ip_network": shortened(self.ip) if self.ip else None}


def shortened(ip: str) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one."""
    if ":" in ip:
        return str(ipaddress.IPv6Network((ip, 48), strict=False))
    return f"{ip.rpartition('.')[0]}.0/24"
