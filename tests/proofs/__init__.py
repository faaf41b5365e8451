"""Proofs that need a real site, many rows and some minutes: `make proof`. They print what they saw."""
