#!/bin/sh
# Resolve pyproject.toml into the lock files: versions and hashes, no registry addresses, all platforms.
set -eu
cd "$(dirname "$0")/.."
compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-annotate --custom-compile-command "make lock" "$@" pyproject.toml
}
compile --extra build --output-file requirements.lock
# The second holds everything of the first in the same versions.
compile --extra build --extra dev --constraint requirements.lock --output-file requirements-dev.lock
if [ -e package.json ]; then
    sh scripts/node.sh npm install --package-lock-only --no-audit --no-fund
fi
