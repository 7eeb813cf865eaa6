#!/usr/bin/env bash
# Sets up what the tests need and runs them all. Ends with a line "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."
fail() { echo "tests/run.sh: $*" >&2; echo "0 passed, 1 failed"; exit 1; }
command -v dotnet >/dev/null || fail "the .NET SDK is missing; global.json names the version."
for part in tests/setup/*.sh; do
  [ -e "$part" ] || continue
  bash "$part" || fail "$part failed."
done
dotnet build GovernedAgents.sln -c Release -v quiet --nologo || fail "the build failed."
passed=0; failed=0; skipped=0
for project in tests/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  [ -n "$(find "tests/$name" -name '*.cs' -not -path '*/obj/*' -not -path '*/bin/*' -print -quit)" ] || continue
  log=$(mktemp)
  echo "== $name"
  dotnet "tests/$name/bin/Release/net10.0/$name.dll" -noColor >"$log" 2>&1; code=$?
  summary=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' | tail -1)
  read -r total errors bad unrun <<<"$(echo "$summary" | grep -oE '[0-9]+' | tr '\n' ' ')"
  good=$(( ${total:-0} - ${bad:-0} - ${unrun:-0} )); skipped=$((skipped + ${unrun:-0})); bad=$(( ${bad:-0} + ${errors:-0} ))
  # A runner that died, or that failed without naming a test, has failed.
  if [ -z "$summary" ] || { [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; }; then bad=$((bad + 1)); fi
  if [ "$code" -eq 0 ]; then echo "$summary"; else cat "$log"; fi
  passed=$((passed + good)); failed=$((failed + bad))
  rm -f "$log"
done
echo
if [ "$skipped" -gt 0 ]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
