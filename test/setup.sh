#!/usr/bin/env bash
# Sets up what a fresh clone lacks. `setup.sh packages`: npm's packages and the build. `setup.sh system`: also the system
# parts that some tests use (a Secret Service, Chromium), installed where this user may, and otherwise named.
set -euo pipefail
cd "$(dirname "$0")/.."

packages() {
  # The builder's listing of files is of interest to nobody here; its errors still are.
  export CONSOLA_LEVEL=1
  # npm's own mark of a finished install; older than the lock file means the lock has changed since.
  if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    echo "Installing packages (the database engine is compiled where no ready one can be downloaded: one to two minutes)." >&2
    # Node's own headers, where they came with it, spare the compiler a download.
    local prefix
    prefix=$(node -p 'require("node:path").dirname(require("node:path").dirname(process.execPath))')
    [ ! -f "$prefix/include/node/node_version.h" ] || export npm_config_nodedir="$prefix"
    npm ci --no-audit --no-fund --loglevel=error >&2
  fi
  [ -f dist/main.cjs ] && [ -z "$(find src package.json rolldown.config.js -newer dist/main.cjs -print -quit)" ] || npm run -s build >&2
}

missing_parts() {
  command -v dbus-run-session >/dev/null || echo dbus
  command -v dbus-send >/dev/null || echo dbus-bin
  command -v gnome-keyring-daemon >/dev/null || echo gnome-keyring
  ldconfig -p 2>/dev/null | grep -q 'libsecret-1\.so\.0' || echo libsecret-1-0
  [ -x "${CHROMIUM_PATH:-/usr/bin/chromium}" ] || echo chromium
  command -v openssl >/dev/null || echo openssl
  command -v script >/dev/null || echo bsdutils
}

system() {
  [ "$(uname -s)" = Linux ] || { echo "Not Linux: the suites with a real Secret Service and Chromium are skipped." >&2; return; }
  local parts
  parts=$(missing_parts)
  [ -n "$parts" ] || return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing system parts for the tests:" $parts >&2
    apt-get update -qq >&2
    # shellcheck disable=SC2086 — a list of package names, split on purpose
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $parts >&2
  else
    echo "Missing system parts, and only root on Debian or Ubuntu may install them here:" $parts >&2
    echo "The suites that use them are skipped (with CI=true they fail)." >&2
  fi
}

case "${1:-}" in
  packages) packages ;;
  system) packages; system ;;
  *) echo "usage: setup.sh packages|system" >&2; exit 2 ;;
esac
