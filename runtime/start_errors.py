"""Why a site or a command cannot start. Each message is one sentence for the person at the terminal, without traceback."""

from __future__ import annotations


class CannotStart(Exception):
    """Base: shown as one line; the exit code is 2."""


class SettingsError(CannotStart):
    """A setting is wrong."""


class AlreadyRunning(CannotStart):
    """Another site holds the data folder."""


class PostgresUnavailable(CannotStart):
    """The database cannot be started or reached."""


class PortInUse(CannotStart):
    """The site's port cannot be had."""
