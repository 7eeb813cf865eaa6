#!/usr/bin/env bash
# Installs Debian's Chromium, which the tests of the web console drive. Quick when it is there.
set -euo pipefail
command -v chromium >/dev/null && exit 0
[ "$(id -u)" -eq 0 ] || { echo "chromium: it is missing and only root can install it: apt-get install chromium" >&2; exit 1; }
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null
command -v chromium >/dev/null
