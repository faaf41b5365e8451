#!/bin/sh
# Make .venv and install a lock file into it: sh scripts/setup.sh requirements.lock
set -eu
lock=$1
cd "$(dirname "$0")/.."

say() { printf '%s\n' "formloom set-up: $*" >&2; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 && is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    found=$("${PYTHON:-python3}" -c 'import platform; print(platform.python_version())' 2>/dev/null || echo none)
    say "Python 3.11 or newer is needed, found: $found. Install one, or name it: make run PYTHON=/path/to/python3.12"
    exit 1
}

make_environment() {
    python=$(find_python)
    if "$python" -c 'import ensurepip' >/dev/null 2>&1; then
        "$python" -m venv --clear .venv
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --clear --without-pip .venv
        "$python" -m pip --python .venv/bin/python install --quiet pip
    elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing the system package python3-venv, which this Python lacks"
        { apt-get update && apt-get install -y python3-venv; } >/dev/null </dev/null
        "$python" -m venv --clear .venv
    else
        say "this Python cannot make environments; install its package for that (Debian, Ubuntu: apt install python3-venv)"
        exit 1
    fi
    pwd -P >.venv/.location
}

# An environment holds absolute paths: in a checkout that was moved or copied, it has to be made again.
if ! is_new_enough .venv/bin/python || { [ -e .venv/.location ] && [ "$(cat .venv/.location)" != "$(pwd -P)" ]; }; then
    say "making the environment .venv"
    make_environment
fi
pwd -P >.venv/.location

# uv installs in seconds what takes pip a minute; it knows nothing of pip's settings, so they are handed over.
install_with_uv() {
    sed -n '/^uv==/,/[^\\]$/p' "$lock" >.venv/uv.lock
    .venv/bin/python -m pip install --quiet --no-deps --require-hashes -r .venv/uv.lock </dev/null 2>/dev/null || return 1
    index=${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
    if [ -n "$index" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"; fi
    export UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
    .venv/bin/uv pip install --quiet --system-certs --python .venv/bin/python --no-deps --require-hashes -r "$lock" </dev/null
}

say "installing $lock"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1
install_with_uv || .venv/bin/python -m pip install --quiet --no-deps --require-hashes -r "$lock" </dev/null
.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable . </dev/null
