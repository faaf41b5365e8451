"""Refuse text that must not be in any committed file: registry hosts, machine paths, eval, secrets by mistake."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# Assembled from pieces, so that this file does not hold what it looks for.
EVERYWHERE = {
    "the host of a package registry": re.compile(
        r"https?://[^/\s\"']*\b("
        + "|".join(["py" + r"pi\.org", "pythonhosted" + r"\.org", "npm" + r"js\.(?:org|com)", "npm" + r"mirror\.com"])
        + r")\b"
    ),
    "a path of one machine": re.compile(r"(?<![\w.])/(?:" + "work/" + "(?:main|shared)|" + "ro" + r"ot/(?!\.)|home/[a-z]+/)"),
    "a private key": re.compile("-----BEGIN [A-Z ]*PRIVATE " + "KEY-----"),
}
PYTHON_ONLY = {
    "eval or exec": re.compile(r"(?<![\w.])(?:" + "ev" + "al|" + "ex" + r"ec)\("),
}
TEXT_SUFFIXES = {
    ".py", ".md", ".toml", ".json", ".lock", ".txt", ".sh", ".ts", ".mjs", ".js", ".css", ".html", ".jinja", ".po", ".pot",
    ".yaml", ".yml", ".cfg", ".ini", ".svg", ".csv", "",
}  # fmt: skip


def main() -> int:
    """Print each finding as `file:line: what`; 1 if there are any."""
    files = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, text=True).stdout.split("\0")
    findings = [finding for name in files if name for finding in check(Path(name))]
    print("\n".join(findings) or f"text check: {len(files) - 1} files, nothing forbidden")
    return 1 if findings else 0


def check(path: Path) -> list[str]:
    """Findings of one file."""
    if path.suffix not in TEXT_SUFFIXES or not path.is_file():
        return []
    rules = EVERYWHERE | (PYTHON_ONLY if path.suffix == ".py" else {})
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [
        f"{path}:{number}: holds {what}"
        for number, line in enumerate(lines, 1)
        for what, pattern in rules.items()
        if pattern.search(line)
    ]


if __name__ == "__main__":
    sys.exit(main())
