"""Automations in words: triggers, steps, settings, runs."""
