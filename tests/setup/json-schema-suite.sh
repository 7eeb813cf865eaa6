#!/usr/bin/env bash
# Brings the official JSON-Schema-Test-Suite (MIT) at a pinned commit into tests/.cache, which git ignores. No package ships its draft2020-12 tests, so it comes from
# its repository. JSON_SCHEMA_TEST_SUITE may name a local clone. Without either the suite's tests are skipped and say so.
set -euo pipefail
cd "$(dirname "$0")/../.."
commit=44401e0c046704b476ec9d2e2fccdaee618f259d
target=tests/.cache/json-schema-suite
[ -d "$target/draft2020-12" ] && exit 0
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
git init -q --bare "$work/repo"
if ! timeout 60 git -C "$work/repo" fetch -q --depth 1 "${JSON_SCHEMA_TEST_SUITE:-https://github.com/json-schema-org/JSON-Schema-Test-Suite.git}" "$commit" 2>/dev/null; then
  echo "json-schema-suite: cannot be reached; its tests will be skipped. Set JSON_SCHEMA_TEST_SUITE to a local clone." >&2
  exit 0
fi
mkdir -p "$work/tree" "$target"
git -C "$work/repo" archive FETCH_HEAD tests/draft2020-12 LICENSE | tar x -C "$work/tree"
mv "$work/tree/LICENSE" "$target/LICENSE"
mv "$work/tree/tests/draft2020-12" "$target/draft2020-12"
