#!/usr/bin/env bash
# Prints every figure of speed and memory, each beside a floor measured in the same run.
# Usage: bash tests/benchmarks/run.sh [startup|window|avatars|library|transcript|commit|migration|cards|speech|chat_store|streaming|hostile|hearing ...]   (all but hearing, which takes a quarter of an hour, by default)
set -eu
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.."
python=.venv/bin/python
[ -x "$python" ] || { echo "There is no .venv yet. Run: bash packaging/test.sh" >&2; exit 1; }
export QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}"
[ $# -gt 0 ] || set -- startup window avatars library transcript commit migration cards speech
for part in "$@"; do
    echo "== $part"
    "$python" -m "tests.benchmarks.$part"
done
