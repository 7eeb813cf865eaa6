#!/usr/bin/env bash
# moto_server: the AWS API with state, signatures and IAM on this machine, for the tests of the AWS connector. Without it they fail.
set -euo pipefail
command -v moto_server >/dev/null && exit 0
python3 -m pip install --quiet 'moto[server]==5.2.1' || echo "cloud: moto_server cannot be installed (pip install 'moto[server]==5.2.1'); the AWS tests will fail." >&2
