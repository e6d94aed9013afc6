#!/bin/sh
# programs.sh PROGRAM...: install what the tests can use, where this can be done; a test whose program is missing says so itself.
set -u

package() {
    case $1 in
        nft) echo nftables ;;
        ip) echo iproute2 ;;
        *) echo "$1" ;;
    esac
}

install() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        echo "programs.sh: $1 is missing; only root on Debian can have it installed here" >&2
        return
    fi
    if [ -z "${updated:-}" ]; then
        apt-get update -qq >/dev/null 2>&1
        updated=yes
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$(package "$1")" >/dev/null 2>&1 ||
        echo "programs.sh: $1 could not be installed" >&2
}

# from_npm PACKAGE...: into node_modules, all of them at once: a second npm install would remove what the first brought.
from_npm() {
    for name in "$@"; do
        [ -d "node_modules/$name" ] || missing=yes
    done
    [ -n "${missing:-}" ] || return 0
    if command -v npm >/dev/null 2>&1; then
        npm install --no-save --silent --no-audit --no-fund mermaid axe-core pyodide >/dev/null 2>&1 ||
            echo "programs.sh: $* could not be installed" >&2
    else
        echo "programs.sh: $* needs npm, which is missing" >&2
    fi
}

for program in "$@"; do
    case $program in
        mermaid) from_npm mermaid axe-core ;;
        pyodide) from_npm pyodide ;;
        *) command -v "$program" >/dev/null 2>&1 || install "$program" ;;
    esac
done
exit 0
