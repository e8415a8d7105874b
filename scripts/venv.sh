#!/bin/sh
# Makes .venv and installs what this project needs into it; does nothing when that is done already.
#
# Done over from scratch when a lock, the Python or the place of the checkout changed, or when the
# last attempt did not finish; only the project itself is installed anew when pyproject.toml changed.
set -eu
cd "$(dirname "$0")/.."

venv=.venv
stamp=$venv/upfront-stamp

# The stamp: the PYTHON that was asked for (empty: any), what the environment is made from, and
# last what the project was installed from.
asked=$(sed -n 1p "$stamp" 2>/dev/null) || asked=
[ -z "${PYTHON:-}" ] || asked=$PYTHON

# The checkout's absolute path is part of it: the programs in bin/ carry it, so an environment in a
# checkout that was moved or copied does not work.
fingerprint() {
    echo "$asked"
    echo "$PWD"
    cksum requirements/build.lock requirements/dev.lock scripts/venv.sh scripts/durable.sh
}
project() { cksum pyproject.toml; }

# A Python that was updated or removed leaves links in .venv that lead nowhere.
if [ -f "$stamp" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    made=$(sed '$d' "$stamp")
    installed=$(sed -n '$p' "$stamp")
else
    made= installed=
fi
[ "$made" = "$(fingerprint)" ] && [ "$installed" = "$(project)" ] && exit 0

# --quiet twice: errors and nothing else. Only ready-made packages: nothing but durable-rules may
# need a toolchain, or run its own build here.
install() {
    "$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --retries 8 \
        --timeout 60 --no-input "$@"
}

if [ "$made" != "$(fingerprint)" ]; then
    . scripts/python.sh
    # A Python that was asked for once is kept, as long as it is there.
    [ -n "${PYTHON:-}" ] || ! fit_python "$asked" > /dev/null || PYTHON=$asked
    asked=${PYTHON:-}
    python=$(find_python)
    sh scripts/toolchain.sh "$python"

    echo "setting up $venv with $("$python" --version): a minute or two, once" >&2
    rm -rf "$venv"
    "$python" -m venv "$venv"
    install --require-hashes --only-binary :all: -r requirements/build.lock
    sh scripts/durable.sh "$venv" requirements/dev.lock
    install --require-hashes --only-binary :all: -r requirements/dev.lock
fi

# No build isolation: built with what build.lock pins, not with whatever is the newest that day.
rm -f "$stamp"
install --no-deps --no-build-isolation --editable .
{ fingerprint; project; } > "$stamp.part"
mv "$stamp.part" "$stamp"
