"""People who read and write over HTTP the whole time, and remember what they were told."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request: when it began, how long it took (seconds), what it was, the status."""

    begin: float
    took: float
    what: str
    status: int


@dataclass
class Share:
    """The records that one writer alone changes: what the site has confirmed of each. None: in the bin."""

    ids: list[int]
    confirmed: dict[int, dict[str, str] | None] = field(default_factory=dict)
    doubtful: set[int] = field(default_factory=set)


class Client(threading.Thread):
    """Sends one request after the other over one connection, with a pause between them, until it is stopped."""

    def __init__(self, port: int, headers: Mapping[str, str], seed: int, pause_s: float) -> None:
        super().__init__(daemon=True)
        self.calls: list[Call] = []
        self.troubles: list[str] = []
        self.chance = random.Random(seed)
        self._port, self._headers, self._pause_s = port, dict(headers), pause_s
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.wait(self._pause_s * self.chance.uniform(0.5, 1.5)):
            self.once()

    def once(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        self._stopping.set()

    def send(self, what: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Status (0: the connection broke) and the answer."""
        data = json.dumps(body).encode() if body is not None else b""
        begin = time.time()
        try:
            self._connection.request(method, path, body=data, headers=self._headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            self.troubles.append(f"{what}: {error!r}")
            return 0, None
        self.calls.append(Call(begin, time.time() - begin, what, response.status))
        if response.status >= 400:
            self.troubles.append(f"{what}: {response.status} {content[:300]!r}")
        return response.status, json.loads(content) if content else None


class Reader(Client):
    """Lists and single records, by turns."""

    def __init__(self, port: int, headers: Mapping[str, str], seed: int, highest: int, pause_s: float = 0.02) -> None:
        super().__init__(port, headers, seed, pause_s)
        self._highest = highest

    def once(self) -> None:
        if self.chance.random() < 0.5:
            self.send("record", "GET", f"/api/v1/records/bench.lead/{self.chance.randint(1, self._highest)}")
        else:
            self.send("list", "GET", "/api/v1/records/bench.lead?limit=25&sort=-id")


class Writer(Client):
    """Changes the field that is being converted and others, makes records and throws them away."""

    def __init__(self, port: int, headers: Mapping[str, str], seed: int, ids: Iterable[int], pause_s: float = 0.05) -> None:
        super().__init__(port, headers, seed, pause_s)
        self.share = Share(list(ids))

    def once(self) -> None:
        kind = self.chance.random()
        share = self.share
        if kind < 0.15:
            values = {"name": f"new {self.chance.random()}", "code": str(self.chance.randrange(10**6))}
            status, answer = self.send("create", "POST", "/api/v1/records/bench.lead", values)
            if status == 201:
                share.ids.append(answer["id"])
                share.confirmed[answer["id"]] = values
            return
        identity = self.chance.choice(share.ids)
        if kind < 0.2:
            status, _ = self.send("delete", "DELETE", f"/api/v1/records/bench.lead/{identity}")
            if status == 204 or status == 200:
                share.confirmed[identity] = None
                share.ids.remove(identity)
            return
        name = self.chance.choice(("code", "code", "city"))
        value = str(self.chance.randrange(10**6))
        status, _ = self.send("patch", "PATCH", f"/api/v1/records/bench.lead/{identity}", {name: value})
        if status == 200:
            known = share.confirmed.setdefault(identity, {})
            assert known is not None
            known[name] = value
        elif status == 0:
            share.doubtful.add(identity)


@dataclass
class Summary:
    """The calls of a stretch of time. Times in milliseconds; errors by status, 404 being a record that a writer has thrown away."""

    calls: int
    p50: float
    p99: float
    longest: float
    errors: str


def summary(clients: Iterable[Client], begin: float, end: float) -> Summary:
    """Of the calls that were under way between two moments."""
    calls = [call for each in clients for call in list(each.calls) if call.begin < end and call.begin + call.took > begin]
    times = sorted(call.took * 1000 for call in calls) or [0.0]
    counted = Counter(call.status for call in calls if call.status >= 400)
    errors = ", ".join(f"{status} ×{count}" for status, count in sorted(counted.items())) or "none"
    return Summary(len(calls), times[len(times) // 2], times[int(len(times) * 0.99)], times[-1], errors)
