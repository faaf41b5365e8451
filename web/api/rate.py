"""How fast one person or key may call. Counted in this process only: it protects the site, it bills nobody."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from werkzeug.exceptions import TooManyRequests

_REMEMBERED = 10_000


@dataclass
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """A bucket of `burst` calls that refills with `per_second` calls."""

    def __init__(self, per_second: float, burst: float) -> None:
        self.per_second = per_second
        self.burst = burst
        self._buckets: OrderedDict[object, _Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, who: object) -> None:
        """One call. Raises TooManyRequests with Retry-After when the bucket is empty."""
        now = time.monotonic()
        with self._lock:
            bucket = self._buckets.get(who)
            if bucket is None:
                bucket = self._buckets[who] = _Bucket(self.burst, now)
                if len(self._buckets) > _REMEMBERED:
                    self._buckets.popitem(last=False)
            bucket.tokens = min(self.burst, bucket.tokens + (now - bucket.at) * self.per_second)
            bucket.at = now
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return
            wait = (1 - bucket.tokens) / self.per_second
        raise TooManyRequests(retry_after=max(1, math.ceil(wait)))
