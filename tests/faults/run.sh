#!/usr/bin/env bash
# The long form: a fault at every changing system call of a run, 500 kills at any moment, a disk that is full after
# every megabyte, and two runs at once. Takes an hour and more. It prints how far it is, and at its end the numbers.
# Usage: bash tests/faults/run.sh [WHICH ...]   of: cut_short killed full_disk two_at_once dry_run (all by default)
set -eu -o pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.."
export QT_QPA_PLATFORM=offscreen PERSONADESK_FAULTS=long
unset PYTHONDONTWRITEBYTECODE
if [ $# = 0 ]; then set -- cut_short killed full_disk two_at_once dry_run; fi
report=$(mktemp "${TMPDIR:-/tmp}/personadesk-faults.XXXXXX")
code=0
for which in "$@"; do
    .venv/bin/python -m pytest "tests/faults/test_$which.py" --no-cov -q -s --timeout=36000 -p no:cacheprovider |
        tee -a "$report" || code=1
done
printf '\nTried:\n'
grep '^== ' "$report" || true
grep -E '^(FAILED|ERROR|SKIPPED)' "$report" || true
rm -f -- "$report"
exit "$code"
