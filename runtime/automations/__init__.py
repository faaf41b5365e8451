"""Automations at work: changes are matched to automations, which run step by step, each move in one transaction."""
