"""The site's settings, for the web package; see runtime.settings."""

from __future__ import annotations

from runtime.settings import Settings, SettingsError, load_settings

__all__ = ["Settings", "SettingsError", "load_settings"]
