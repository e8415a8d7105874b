#!/bin/sh
# Writes requirements/*.lock anew: every package pinned with its hashes, for Python 3.11 and later
# on Linux and macOS, and no address of where they come from.
#
#   scripts/lock.sh             keeps the versions that still fit, adds and removes what changed
#   scripts/lock.sh --upgrade   takes the newest of everything
set -eu
cd "$(dirname "$0")/.."

. scripts/python.sh
python=$(find_python)

# In its own environment: a lock that does not install must not stop the making of a better one.
tool=.venv-lock
[ -x "$tool/bin/uv" ] || {
    rm -rf "$tool"
    "$python" -m venv "$tool"
    if [ -f requirements/locker.lock ]; then
        "$tool/bin/python" -m pip install -qq --require-hashes -r requirements/locker.lock
    else
        "$tool/bin/python" -m pip install -qq -r requirements/locker.in
    fi
}

compile() {
    out=$1
    shift
    "$tool/bin/uv" pip compile --quiet --no-config --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
        $upgrade "$@" --output-file "$out"
    echo "wrote $out"
}

upgrade=
[ "${1:-}" = --upgrade ] && upgrade=--upgrade

compile requirements/locker.lock requirements/locker.in
compile requirements/build.lock requirements/build.in
# `run` is cut out of `dev`, so that what is tested is what is run.
compile requirements/dev.lock pyproject.toml --extra dev
compile requirements/run.lock pyproject.toml --constraint requirements/dev.lock
