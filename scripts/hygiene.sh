#!/bin/sh
# Fails when a tracked file names a package registry's host or a place on the machine it was written
# on: packages are named, never addressed, and paths are relative to the checkout.
#
# Each pattern has a bracket in it, so that this file does not match itself.
set -eu
cd "$(dirname "$0")/.."

git rev-parse --is-inside-work-tree >/dev/null 2>&1 || exit 0 # an unpacked archive tracks nothing

hosts='p[y]pi\.(org|io)|pypi\.python[.]org|python[h]osted\.org|deb\.debian[.]org|security\.debian[.]org|archive\.ubuntu[.]com|npm[j]s\.(org|com)|crates[.]io|conda\.anaconda[.]org|proxy\.golang[.]org|maven\.org[/]|hub\.docker[.]com'
options='--(extra-)?index[-]url|--find[-]links|--trusted[-]host'
places='(^|[^A-Za-z0-9_./-])/(roo[t]|wor[k]|hom[e]/[a-z]|User[s]/[A-Za-z]|tm[p]/w)(/|[^A-Za-z0-9_-]|$)|\.librar[y]/'

found=0
report() {
    if git grep -n -I -E -e "$2" -- . ':(exclude)LICENSE' >&2; then
        echo "error: the lines above name $1" >&2
        found=1
    fi
}
report "a package registry" "$hosts"
report "where packages come from (pip's own settings say that)" "$options"
report "a place on somebody's machine (write it relative to the checkout)" "$places"
exit $found
