#!/usr/bin/env bash
# Installs PostgreSQL 15 or newer (its programs only, no running cluster) where there is none. The tests start servers of their own.
set -euo pipefail
for version in /usr/lib/postgresql/*/bin/postgres; do
  [ -x "$version" ] && [ "$(echo "$version" | cut -d/ -f5)" -ge 15 ] && exit 0
done
mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq postgresql >/dev/null
