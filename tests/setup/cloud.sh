#!/usr/bin/env bash
# terraform, and moto_server: the AWS API with state, signatures and IAM on this machine, for the tests of the AWS connector. Without it they fail.
set -euo pipefail
command -v terraform >/dev/null || echo "cloud: terraform is missing; the tests of its connector will fail. It is no package of Debian: see developer.hashicorp.com/terraform/install." >&2
command -v moto_server >/dev/null && exit 0
python3 -m pip install --quiet 'moto[server]==5.2.1' || echo "cloud: moto_server cannot be installed (pip install 'moto[server]==5.2.1'); the AWS tests will fail." >&2
