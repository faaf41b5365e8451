"""Automations for those who look after them: the list, settings, runs, and why something did or did not happen."""
