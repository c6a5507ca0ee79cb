#!/usr/bin/env bash
# Feeds made-up files to everything that reads strangers' files, for a while each.
# Usage: bash tests/fuzz/run.sh [SECONDS] [card_file|card_json|archive|picture_head|picture ...]
#        600 seconds each, and all of them, by default. What was found is kept in .venv/fuzz/TARGET/found-*
set -eu
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.."
python="$PWD/.venv/bin/python"
[ -x "$python" ] || { echo "There is no .venv yet. Run: bash packaging/test.sh" >&2; exit 1; }
seconds=600
case "${1:-}" in [0-9]*) seconds=$1; shift ;; esac
[ $# -gt 0 ] || set -- card_file card_json archive picture_head picture
tools="$PWD/.venv/fuzz/tools"
# Of its own, so that the environment stays what the pins say.
"$python" -m pip install -q --target "$tools" atheris==3.0.0 2>/dev/null \
    || echo "atheris can't be installed here; hypothesis draws the inputs." >&2
for target in "$@"; do
    echo "== $target"
    mkdir -p ".venv/fuzz/$target"
    PYTHONPATH="$tools${PYTHONPATH:+:$PYTHONPATH}" "$python" -m tests.fuzz.long "$target" "$seconds" ".venv/fuzz/$target"
done
