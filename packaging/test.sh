#!/usr/bin/env bash
# Installs what is missing and runs every check. `bash packaging/test.sh --help` says how.

if [ -z "${BASH_VERSION:-}" ]; then exec bash "$0" "$@"; fi
set -u -o pipefail
# shellcheck source=packaging/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

usage() {
    cat <<'END'
Usage: bash packaging/test.sh [--quick] [PYTEST ARGUMENTS ...]

Installs what is missing and runs every check: style, types, the rooms' import
contracts, and the tests with their coverage, as many at once as there are cores.
All of them run; those that failed are named at the end.

  --quick   without the tests that run the real model or the whole program, and without coverage
  --help    show this

Any other argument goes to pytest, and coverage is left out: bash packaging/test.sh tests/storage -x
(one after another and in order: -n 0)
END
}

quick=no
model=
# A worker takes some 400 MB, so their number has a limit.
at_once=(-n logical --maxprocesses 8 --dist worksteal)
pytest_options=(--cov --cov-report=term)
case ${1:-} in
    -h | --help)
        usage
        exit 0
        ;;
    --quick)
        quick=yes
        model=no-model
        shift
        ;;
esac
if [ "$quick" = yes ]; then
    pytest_options=(-m "not embedded_model" --ignore=tests/e2e)
elif [ $# -gt 0 ]; then
    # Part of the tests can't reach the whole's coverage.
    pytest_options=(--no-cov)
fi

trap 'say ""; say "Stopped. Run the same command again."; exit 130' INT TERM HUP
prepare dev $model
if [ "$quick" = no ]; then install_ear; fi
need_libraries window
want_strace
want_sound
want_voice
cd -- "$root" || exit 1
export QT_QPA_PLATFORM=offscreen

failed=""
check() {
    local name=$1
    shift
    say "== $name"
    if ! "$@"; then failed="$failed, $name"; fi
}
tool() {
    local name=$1
    shift
    "$venv/bin/$name" "$@"
}

check "style (ruff check)" tool ruff check .
check "layout (ruff format)" tool ruff format --check .
check "types (mypy)" tool mypy
check "rooms (import-linter)" tool lint-imports
if [ -n "$failed" ]; then say "Failed so far: ${failed#, }"; fi
check "tests (pytest)" "$venv/bin/python" -m pytest "${at_once[@]}" "${pytest_options[@]}" "$@"

if [ -n "$failed" ]; then stop "Failed: ${failed#, }"; fi
