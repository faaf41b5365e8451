"""A process of ours ends when its parent is gone, even when the parent was killed and could tell nobody."""

from __future__ import annotations

import os
import signal
import threading
import time

LOOK_EVERY_S = 0.5
GRACE_S = 15.0


def end_with_parent() -> None:
    """Watch the parent from a thread: when it is gone, end like on SIGTERM, and for certain after GRACE_S."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_EVERY_S)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_S)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
