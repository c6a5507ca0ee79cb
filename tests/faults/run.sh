#!/usr/bin/env bash
# The long form: a fault at every changing system call of a run. Takes an hour or more.
# Usage: bash tests/faults/run.sh [PLACES]   (all of them by default)
set -eu
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.."
export QT_QPA_PLATFORM=offscreen PERSONADESK_FAULT_PLACES="${1:-all}"
.venv/bin/python -m pytest tests/faults -q --timeout=36000
