#!/usr/bin/env bash
# Brings the official JSON-Schema-Test-Suite (MIT) into tests/.cache, which git ignores, out of the Debian package that carries its draft2020-12 tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=tests/.cache/json-schema-suite
[ -d "$target/draft2020-12" ] && exit 0
package=libtest-json-schema-acceptance-perl
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
(cd "$work" && { apt-get download -qq "$package" 2>/dev/null || { apt-get update -qq && apt-get download -qq "$package"; }; })
dpkg -x "$work"/"$package"_*.deb "$work/tree"
mkdir -p "$target"
cp -r "$work/tree/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance/tests/draft2020-12" "$target/draft2020-12"
