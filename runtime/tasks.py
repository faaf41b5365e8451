"""Celery tasks. They are wake-ups and carry no facts: what is to be done stands in the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from celery import Celery, shared_task

from runtime.automations.station import current_station

if TYPE_CHECKING:
    from runtime.settings import Settings

WAKE = "formloom.wake"
IMPORT = "formloom.import"


@shared_task(name=WAKE, ignore_result=True)  # type: ignore[untyped-decorator]
def wake() -> None:
    """Somebody has committed something that automations may have to look at."""
    current_station().turn()


@shared_task(name=IMPORT, ignore_result=True)  # type: ignore[untyped-decorator]
def import_records() -> None:
    """Somebody has started an import, or the undoing of one."""
    from runtime.exchange.desk import call_desk  # not needed by those who only send

    call_desk()


def set_senders(settings: Settings) -> None:
    """For processes that only write: their commits wake a worker."""
    from runtime import changes
    from runtime.exchange import wakeup

    changes.set_sender(wake_sender(settings))
    wakeup.set_sender(wake_sender(settings, IMPORT))


def wake_sender(settings: Settings, task: str = WAKE) -> Callable[[], None]:
    """Sends `wake` (or another task) to whichever worker is free; for `set_sender` in processes that only write."""
    made: list[Celery] = []

    def send() -> None:
        from runtime.worker import make_celery

        if not made:
            made.append(make_celery(settings))
        made[0].send_task(task, ignore_result=True, expires=60)

    return send
