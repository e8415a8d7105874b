# Sourced by the other scripts: which Python to use.

# Prints the interpreter to use: $PYTHON if set, else the one that most people's tests ran on, else
# any that is new enough. A name on PATH may be a shim that does not start, so each is asked rather
# than looked up.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        fit_python "$PYTHON" && return 0
        echo "error: PYTHON=$PYTHON is not a Python 3.11 or newer" >&2
        return 1
    fi
    for candidate in python3.11 python3.12 python3.13 python3 python; do
        fit_python "$candidate" && return 0
    done
    cat >&2 <<'END'
error: no Python 3.11 or newer on PATH
  Debian, Ubuntu: apt-get install python3 python3-venv python3-dev
  Fedora:         dnf install python3 python3-devel
  macOS:          brew install python@3.13
or name one you have: make demo PYTHON=/path/to/python3.13
END
    return 1
}

# Prints where the interpreter really is, if it starts and is new enough.
fit_python() {
    "$1" - 2>/dev/null <<'END'
import sys
if sys.version_info < (3, 11) or sys.implementation.name != "cpython":
    sys.exit(1)
print(sys.executable)
END
}
