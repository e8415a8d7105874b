#!/bin/sh
# Builds and installs durable-rules, which is published as C source only, into a virtual environment
# that has what requirements/build.lock pins.
#
#   scripts/durable.sh VENV LOCK
#
# It calls PyEval_CallObject, which Python 3.13 removed, and PyObject_CallObject is what that did.
# Without the definition it fails to compile there or, with an older compiler, compiles and does not
# load; pip would keep such a build in its cache, so the cache is not asked.
set -eu

venv=$1
lock=$2
alone=$venv/durable-rules.lock

awk '/^durable-rules==/ { found = 1 } found { print } found && !/\\$/ { exit }' "$lock" > "$alone"
export CPPFLAGS="${CPPFLAGS:-} -DPyEval_CallObject=PyObject_CallObject"
"$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --retries 8 \
    --timeout 60 --no-input --no-cache-dir --no-build-isolation --no-binary :all: \
    --require-hashes -r "$alone"
"$venv/bin/python" -c 'import durable_rules_engine'
