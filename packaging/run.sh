#!/usr/bin/env bash
# Installs what is missing and starts PersonaDesk. `bash packaging/run.sh --help` says how.

if [ -z "${BASH_VERSION:-}" ]; then exec bash "$0" "$@"; fi
set -u -o pipefail
# shellcheck source=packaging/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

usage() {
    cat <<'END'
Usage: bash packaging/run.sh [--no-desktop] [--data-dir DIR] [COMMAND ...]

Installs what is missing and starts PersonaDesk: its window where there is a
display, a conversation in the terminal where there is none, and where there is
neither, a tour that draws the windows into pictures.

  --no-desktop     leave the applications menu as it is
  --data-dir DIR   keep personas and conversations in DIR
  --help           show this
  COMMAND ...      goes to personadesk as it is, for example: doctor
END
}

desktop=yes
options=()
while [ $# -gt 0 ]; do
    case $1 in
        --no-desktop) desktop=no ;;
        --data-dir)
            if [ $# -lt 2 ]; then stop "--data-dir needs a folder." "For example: bash packaging/run.sh --data-dir ~/personas"; fi
            options+=("$1" "$2")
            shift
            ;;
        --data-dir=*) options+=("$1") ;;
        -h | --help)
            usage
            exit 0
            ;;
        --)
            shift
            break
            ;;
        *) break ;;
    esac
    shift
done

trap 'say ""; say "Stopped. Run the same command again: it goes on from here."; exit 130' INT TERM HUP
prepare runtime
program=$venv/bin/personadesk

start='command'
if [ $# -eq 0 ]; then choose_start; fi
case $start-${1:-} in
    window-* | tour-* | command-tour) need_libraries window ;;
    terminal-* | command-chat) need_libraries model ;;
    *) need_libraries nothing ;;
esac
want_voice
if [ "$desktop" = yes ]; then install_desktop_entry; fi
trap - INT TERM HUP

case $start in
    window)
        say "Starting PersonaDesk."
        set --
        ;;
    terminal)
        say "No display was found, so the conversation is here in the terminal."
        set -- chat
        ;;
    tour)
        pictures=$(mktemp -d "${TMPDIR:-/tmp}/personadesk-tour.XXXXXX") ||
            stop "No folder for the pictures could be made in ${TMPDIR:-/tmp}." "Free some disk space and run the same command again."
        say "There is no display and no terminal here, so PersonaDesk draws its windows into pictures. This takes a minute."
        if ! QT_QPA_PLATFORM=offscreen "$program" tour --out "$pictures"; then
            stop "The tour did not come to its end." "This says more: bash packaging/run.sh doctor"
        fi
        say "The pictures are in $pictures."
        exit 0
        ;;
esac
exec "$program" ${options[@]+"${options[@]}"} "$@"
