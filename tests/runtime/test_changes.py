from __future__ import annotations

import threading

from runtime.changes import Waker


def test_many_calls_become_few_messages() -> None:
    sent = threading.Semaphore(0)
    messages = []

    def send() -> None:
        messages.append(1)
        sent.release()

    waker = Waker("test-wake")
    waker.send = send
    for _ in range(1_000):
        waker.wake()
    assert sent.acquire(timeout=5)
    waker.wake()
    assert sent.acquire(timeout=5)
    assert len(messages) < 50


def test_a_broker_that_is_away_disturbs_nobody() -> None:
    tried = threading.Semaphore(0)

    def send() -> None:
        tried.release()
        raise ConnectionError("away")

    waker = Waker("test-wake-away")
    waker.wake()  # nobody to send it yet
    waker.send = send
    for _ in range(2):
        waker.wake()
        assert tried.acquire(timeout=5)
