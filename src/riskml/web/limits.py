"""How often something may be asked for by those who are not signed in."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_ADDRESSES = 10_000
"""Of how many addresses it is known when they asked: the last ones."""


@dataclass
class _Bucket:
    """What is left of a number for each minute, that fills again as time goes on."""

    left: float
    at: float

    def take(self, each_minute: int, now: float) -> bool:
        self.left = min(float(each_minute), self.left + (now - self.at) * each_minute / 60)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass
class Limits:
    """So many for each minute from one address, and as many at once.

    Examples
    --------
    >>> limits = Limits(each_minute=2, clock=lambda: 0.0)
    >>> [limits.take(one) for one in ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2")]
    [True, True, False, True]
    """

    each_minute: int
    clock: Callable[[], float] = time.monotonic
    _addresses: OrderedDict[str, _Bucket] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, address: str = "") -> bool:
        """Whether an address, or anyone where none is given, may ask once more; it has then."""
        now, key = self.clock(), _network(address)
        with self._lock:
            own = self._addresses.pop(key, None) or _Bucket(self.each_minute, now)
            self._addresses[key] = own
            while len(self._addresses) > MOST_ADDRESSES:
                self._addresses.popitem(last=False)
            return own.take(self.each_minute, now)


def _network(address: str) -> str:
    """What counts as one address: of IPv6 the half that a provider gives to one customer.

    >>> _network("2001:db8::1") == _network("2001:db8::ffff"), _network("192.0.2.1")
    (True, '192.0.2.1')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:45]
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
