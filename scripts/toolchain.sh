#!/bin/sh
# Sees to what a fresh machine may lack before packages can be installed for PYTHON: the venv
# module, a C compiler and Python's headers (durable-rules is published as C source).
#
#   scripts/toolchain.sh PYTHON
#
# Installs what is missing where it may (as root, or with a sudo that asks for no password), and
# otherwise says what to install and stops with status 1. UPFRONT_NO_SYSTEM_INSTALL=1 forbids it to
# install anything.
set -eu

python=$1
# The compiler that Python's build tools will call: the one this Python was built with, or CC.
cc=${CC:-$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("CC") or "cc")')}

# Prints what is missing: any of the words `venv`, `compiler`, `headers`.
missing() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null || echo venv
    header=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h
    [ -f "$header" ] || echo headers
    compiles || echo compiler
}

# Whether the compiler can compile and link a program; one without the C library's headers or a
# linker is there, and cannot.
compiles() {
    scratch=$(mktemp -d)
    printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' > "$scratch/try.c"
    # Unquoted on purpose: CC may carry options ("gcc -pthread").
    if $cc -o "$scratch/try" "$scratch/try.c" >/dev/null 2>&1; then works=0; else works=1; fi
    rm -rf "$scratch"
    return $works
}

# Whether PYTHON came with the system, so that the system's packages complete it.
of_the_system() {
    case $("$python" -c 'import sys; print(sys.base_prefix)') in
        /usr) return 0 ;;
        *) return 1 ;;
    esac
}

# Sets `manager` and, for the words given, `packages`, and `installing` to the command without them.
plan() {
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    packages= manager=
    for manager in apt-get dnf zypper pacman apk none; do
        command -v "$manager" >/dev/null 2>&1 && break
    done
    case ${cc%% *} in *clang*) compiler=clang ;; *) compiler=gcc ;; esac
    for need in "$@"; do
        case $manager:$need in
            apt-get:venv) packages="$packages python$version-venv" ;;
            apt-get:compiler) packages="$packages $compiler libc6-dev" ;;
            apt-get:headers) packages="$packages python$version-dev" ;;
            dnf:compiler | zypper:compiler | pacman:compiler) packages="$packages $compiler" ;;
            dnf:headers) packages="$packages python$version-devel" ;;
            zypper:headers) packages="$packages python$(echo "$version" | tr -d .)-devel" ;;
            apk:compiler) packages="$packages $compiler musl-dev" ;;
            apk:headers) packages="$packages python3-dev" ;;
            *:venv) packages="$packages python3" ;;
        esac
    done
    packages=${packages# }
    case $manager in
        apt-get) installing="apt-get install -y --no-install-recommends" ;;
        dnf) installing="dnf install -y" ;;
        zypper) installing="zypper --non-interactive install" ;;
        pacman) installing="pacman -S --noconfirm" ;;
        apk) installing="apk add" ;;
        *) installing= ;;
    esac
}

# Prints the prefix that lets a command change the system; fails where there is none.
privilege() {
    [ -z "${UPFRONT_NO_SYSTEM_INSTALL:-}" ] || return 1
    [ "$(id -u)" -ne 0 ] || return 0
    sudo -n true 2>/dev/null || return 1
    echo "sudo -n"
}

explain() {
    echo "error: $python cannot build what upfront needs; missing: $(echo $*)" >&2
    for need in "$@"; do
        case $need in
            venv) echo "  venv: the modules venv and ensurepip, which make .venv" >&2 ;;
            compiler) echo "  compiler: a C compiler that works (tried: $cc), to build durable-rules" >&2 ;;
            headers) echo "  headers: Python.h of this very Python, to build durable-rules" >&2 ;;
        esac
    done
    if [ -n "${CC:-}" ] && [ "$*" = compiler ]; then
        echo "CC is set to $CC: unset it, or set it to a compiler that works" >&2
    elif [ "$(uname -s)" = Darwin ]; then
        echo "run: xcode-select --install        (and take a Python from python.org or brew)" >&2
    elif [ -n "$packages" ]; then
        echo "run, as root: $installing $packages" >&2
    else
        echo "install them with your system's packages: gcc and Python's development package" >&2
    fi
    of_the_system || case " $* " in
        *" headers "* | *" venv "*)
            echo "or use another Python: make demo PYTHON=/path/to/python3 (this one is not the" \
                "system's, and came without them)" >&2 ;;
    esac
}

needs=$(missing)
[ -n "$needs" ] || exit 0

# The system's packages cannot complete a Python that is not the system's, nor mend a CC that was
# set by hand.
installable=yes
for need in $needs; do
    case $need in
        compiler) [ -z "${CC:-}" ] || installable=no ;;
        *) of_the_system || installable=no ;;
    esac
done

plan $needs
if [ "$installable" = yes ] && [ -n "$packages" ] && prefix=$(privilege); then
    echo "installing what upfront is set up with: $packages" >&2
    log=$(mktemp)
    if [ "$manager" = apt-get ]; then
        # A fresh machine or container has no package lists yet, an old one has stale ones.
        $prefix apt-get update > "$log" 2>&1 || cat "$log" >&2
        export DEBIAN_FRONTEND=noninteractive
    fi
    $prefix $installing $packages > "$log" 2>&1 < /dev/null || cat "$log" >&2
    rm -f "$log"
    needs=$(missing)
    [ -n "$needs" ] || exit 0
    plan $needs
fi
explain $needs
exit 1
