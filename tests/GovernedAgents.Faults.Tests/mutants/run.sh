#!/usr/bin/env bash
# A checker that cannot fail proves nothing: builds copies of the sources with one check removed each, and shows that the tests turn red.
# Usage: run.sh [NAME...]   (all without a name; several minutes each on a slow machine). Exit 0 only if every mutant was noticed.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd); root=$(git -C "$here" rev-parse --show-toplevel)
copy=$(mktemp -d); trap 'rm -rf "$copy"' EXIT
git -C "$root" archive HEAD | tar -x -C "$copy" && cd "$copy" || exit 1
if [ $# -eq 0 ]; then for patch in "$here"/*.patch; do set -- "$@" "$(basename "$patch" .patch)"; done; fi

field() { sed -n "s/^$1: //p" "$2"; }
# Builds one test project and runs one class: 0 green, 1 red (a test failed), 2 neither.
judge() {
  local project="tests/GovernedAgents.$1.Tests" log="$copy/run.log"
  dotnet build "$project" -c Release -v quiet --nologo -p:TreatWarningsAsErrors=false >"$log" 2>&1 || { tail -5 "$log"; return 2; }
  GA_KILLS=${GA_KILLS:-10} dotnet "$project/bin/Release/net10.0/GovernedAgents.$1.Tests.dll" -noColor -class "$2" >"$log" 2>&1; local code=$?
  grep -m3 -A1 '\[FAIL\]' "$log" | sed 's/^ */    /' | cut -c1-220
  if [ $code -eq 0 ]; then grep -qE 'Total: [1-9]' "$log" && return 0; return 2; fi
  grep -q '\[FAIL\]' "$log" && return 1; return 2
}

missed=0; declare -A sound
for name in "$@"; do
  patch="$here/$name.patch"; [ -f "$patch" ] || { echo "There is no mutant '$name'."; exit 1; }
  read -r project class <<<"$(field Test "$patch")"
  # The class must be green on the sources as they are, once.
  if [ -z "${sound[$project$class]:-}" ]; then
    echo "== $project $class, as it is"
    judge "$project" "$class" || { echo "   not green without a mutant: nothing is shown"; exit 1; }
    sound[$project$class]=green
  fi
  echo "== $name ($(field Breaks "$patch")): $(head -1 "$patch")"
  git apply --recount -p1 "$patch" || { echo "   the patch does not fit any more: renew it"; missed=$((missed + 1)); continue; }
  judge "$project" "$class"
  case $? in 1) echo "   red, as it must be" ;; 0) echo "   STILL GREEN"; missed=$((missed + 1)) ;; *) echo "   could not be built or run"; missed=$((missed + 1)) ;; esac
  git apply --recount -p1 -R "$patch"
done
echo; if [ "$missed" -eq 0 ]; then echo "every mutant was noticed ($#)"; else echo "$missed of $# not shown"; exit 1; fi
