"""Celery tasks. They are wake-ups and carry no facts: what is to be done stands in the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from celery import Celery, shared_task

from runtime.automations.station import current_station

if TYPE_CHECKING:
    from runtime.settings import Settings

WAKE = "formloom.wake"


@shared_task(name=WAKE, ignore_result=True)  # type: ignore[untyped-decorator]
def wake() -> None:
    """Somebody has committed something that automations may have to look at."""
    current_station().turn()


def wake_sender(settings: Settings) -> Callable[[], None]:
    """Sends `wake` to whichever worker is free; for `runtime.changes.set_sender` in processes that only write."""
    made: list[Celery] = []

    def send() -> None:
        from runtime.worker import make_celery

        if not made:
            made.append(make_celery(settings))
        made[0].send_task(WAKE, ignore_result=True, expires=60)

    return send
