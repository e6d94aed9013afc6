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

mermaid() {
    [ -d node_modules/mermaid ] && [ -d node_modules/axe-core ] && return
    if command -v npm >/dev/null 2>&1; then
        npm install --no-save --silent --no-audit --no-fund mermaid axe-core >/dev/null 2>&1 || echo "programs.sh: mermaid and axe-core could not be installed" >&2
    else
        echo "programs.sh: mermaid and axe-core need npm, which is missing" >&2
    fi
}

for program in "$@"; do
    case $program in
        mermaid) mermaid ;;
        *) command -v "$program" >/dev/null 2>&1 || install "$program" ;;
    esac
done
exit 0
