"""The supervisor with parts made for the purpose, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, signal, sys, time
from runtime.supervisor import Part, Supervisor

def fails():
    raise ValueError("never starts")

def waits():
    signal.pause()

def ends_itself():
    os.kill(os.getppid(), signal.SIGTERM)
    signal.pause()

supervisor = Supervisor([Part(name, globals()[name]) for name in sys.argv[1:]])
supervisor.tick_s = 0.05
supervisor.listen()
supervisor.run()
print("failed:", supervisor.failed or "none")
"""


def supervise(*parts: str) -> str:
    """Run parts by name until the supervisor ends; returns what it says at its end."""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *parts], cwd=root, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip().splitlines()[-1]


def test_a_part_that_never_starts_ends_the_whole() -> None:
    assert supervise("waits", "fails") == "failed: fails"


def test_a_stop_while_parts_wait_ends_all_of_them() -> None:
    assert supervise("waits", "ends_itself") == "failed: none"
