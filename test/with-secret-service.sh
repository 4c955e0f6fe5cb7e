#!/usr/bin/env bash
# with-secret-service.sh CMD… runs CMD with a private session bus and an unlocked, throw-away Secret Service.
# Needs dbus and gnome-keyring. Works as root, without a session bus, a display or systemd.
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir -m 700 "$home/run" "$home/home"
export HOME="$home/home" XDG_RUNTIME_DIR="$home/run" XDG_DATA_HOME="$home/home/.local/share"
export XDG_CONFIG_HOME="$home/home/.config" XDG_CACHE_HOME="$home/home/.cache"
unset DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS GNOME_KEYRING_CONTROL
dbus-run-session -- bash -euc '
  printf %s for-tests-only | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
  for _ in $(seq 100); do
    dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets/collection/login \
      org.freedesktop.DBus.Properties.Get string:org.freedesktop.Secret.Collection string:Locked 2>/dev/null |
      grep -q "boolean false" && exec "$@"
    sleep 0.1
  done
  echo "the secret service did not come up unlocked" >&2
  exit 97' bash "$@"
