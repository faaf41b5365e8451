"""Finding the browser for tests that need one."""

from __future__ import annotations

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_PATH = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def chromium_or_skip() -> str:
    """The path of a Chromium. Without one the test is skipped; in CI (CI=true) it fails instead."""
    found = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None and os.access(MAC_PATH, os.X_OK):
        found = MAC_PATH
    if found is not None:
        return found
    reason = "no Chromium found: install the package chromium, or name one in CHROMIUM"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
