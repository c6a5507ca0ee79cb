# The system libraries that Qt and the model's runtime need, the tools the tests want, and how they are installed.
# Sourced by lib.sh.
# shellcheck shell=bash disable=SC2154 # its variables are lib.sh's

# missing_libraries [window|model]: print the file names of system libraries that are needed and not here, one a line.
missing_libraries() {
    local packages qt
    local -a files=()
    packages=$(echo "$venv"/lib/python3.*/site-packages)
    qt=$packages/PySide6
    if [ "$(uname -s)" != Linux ] || ! has ldd; then return 0; fi
    if [ "${1:-model}" = model ]; then files+=("$packages"/xllamacpp/*.so*); fi
    if [ "${1:-window}" = window ]; then
        files+=("$qt"/Qt{Core,Gui,Widgets,Svg,Network,DBus,Multimedia,TextToSpeech}.abi3.so)
        files+=("$qt"/Qt/plugins/platforms/libq{offscreen,xcb,wayland}*.so "$qt"/Qt/plugins/xcbglintegrations/*.so)
        files+=("$qt"/Qt/plugins/wayland-shell-integration/*.so "$qt"/Qt/plugins/multimedia/*.so)
    fi
    ldd "${files[@]}" 2>/dev/null | awk '/=> not found/ { print $1 }' | sort -u
}

# The Debian package of a library file; nothing for one not known here.
debian_package() {
    case $1 in
        libglib-2.0.so.0 | libgthread-2.0.so.0 | libgobject-2.0.so.0 | libgio-2.0.so.0) echo libglib2.0-0 ;;
        libGL.so.1) echo libgl1 ;;
        libGLX.so.0) echo libglx0 ;;
        libOpenGL.so.0) echo libopengl0 ;;
        libEGL.so.1) echo libegl1 ;;
        libbrotlidec.so.1 | libbrotlicommon.so.1) echo libbrotli1 ;;
        libfontconfig.so.1) echo libfontconfig1 ;;
        libfreetype.so.6) echo libfreetype6 ;;
        libxkbcommon.so.0) echo libxkbcommon0 ;;
        libxkbcommon-x11.so.0) echo libxkbcommon-x11-0 ;;
        libdbus-1.so.3) echo libdbus-1-3 ;;
        libpulse.so.0 | libpulse-simple.so.0) echo libpulse0 ;;
        libpulse-mainloop-glib.so.0) echo libpulse-mainloop-glib0 ;;
        libasound.so.2) echo libasound2 ;;
        libX11.so.6) echo libx11-6 ;;
        libX11-xcb.so.1) echo libx11-xcb1 ;;
        libXext.so.6) echo libxext6 ;;
        libXrandr.so.2) echo libxrandr2 ;;
        libSM.so.6) echo libsm6 ;;
        libICE.so.6) echo libice6 ;;
        libxcb.so.1) echo libxcb1 ;;
        libxcb-util.so.1) echo libxcb-util1 ;;
        libxcb-cursor.so.0 | libxcb-icccm.so.4 | libxcb-image.so.0 | libxcb-keysyms.so.1 | libxcb-render-util.so.0 | \
            libxcb-render.so.0 | libxcb-shape.so.0 | libxcb-shm.so.0 | libxcb-sync.so.1 | libxcb-xfixes.so.0 | \
            libxcb-xkb.so.1 | libxcb-randr.so.0 | libxcb-glx.so.0)
            echo "${1/.so./}"
            ;;
        libwayland-*.so.*) echo "${1/.so./}" ;;
        libdrm.so.2) echo libdrm2 ;;
        libgbm.so.1) echo libgbm1 ;;
        libgomp.so.1) echo libgomp1 ;;
        libstdc++.so.6) echo libstdc++6 ;;
        libgcc_s.so.1) echo libgcc-s1 ;;
        libz.so.1) echo zlib1g ;;
    esac
}

# library_command FILE...: the one command that installs these libraries on this system.
library_command() {
    local file package packages="" capabilities=""
    for file in "$@"; do
        package=$(debian_package "$file")
        packages="$packages ${package:-$file}"
        capabilities="$capabilities '$file()(64bit)'"
    done
    # shellcheck disable=SC2086 # one word a package
    packages=$(printf '%s\n' $packages | sort -u | tr '\n' ' ')
    if has apt-get; then
        as_root "apt-get install -y ${packages% }"
    elif has dnf; then
        as_root "dnf install -y$capabilities"
    elif has zypper; then
        as_root "zypper install -y$capabilities"
    fi
}

# Print words with spaces between them, from lines.
in_a_row() {
    tr '\n' ' ' | sed 's/ $//'
}

# need_libraries window|model|nothing: install what is missing where that is allowed, or say how.
# What the given part can't do without ends the start; the rest is worth a line.
need_libraries() {
    local missing packages command file vital=""
    if [ -f "$venv/.system-libraries" ]; then return; fi
    missing=$(missing_libraries)
    if [ -n "$missing" ] && may_use_apt; then
        packages=$(for file in $missing; do debian_package "$file"; done | sort -u)
        if [ -n "$packages" ]; then
            say "Installing system libraries that the window and the model need: $(echo "$packages" | in_a_row)."
            # shellcheck disable=SC2086 # one word a package
            if apt_install $packages; then missing=$(missing_libraries); fi
        fi
    fi
    if [ -z "$missing" ]; then
        # Kept for speed: asking the loader takes half a second. No harm where it can't be written.
        { : >"$venv/.system-libraries"; } 2>/dev/null
        return
    fi
    # shellcheck disable=SC2086 # one word a file
    command=$(library_command $missing)
    if [ -n "$command" ]; then
        command="Run: $command"
    else
        command="Install them with your system's package manager."
    fi
    case $1 in
        window) vital=$missing ;;
        model) vital=$(missing_libraries model) ;;
    esac
    missing=$(echo "$missing" | in_a_row)
    if [ -n "$vital" ]; then
        stop "PersonaDesk needs system libraries that are missing here: $missing." "$command" "Then run this command again."
    fi
    say "The window or the model will need system libraries that are missing here: $missing. $command"
}

strace_command() {
    if has apt-get; then
        as_root apt-get install -y strace
    elif has dnf; then
        as_root dnf install -y strace
    elif has zypper; then
        as_root zypper install -y strace
    elif has pacman; then
        as_root pacman -S strace
    fi
}

# want_strace: install what makes system calls fail in the tests, where that is allowed. They are skipped without it.
want_strace() {
    local command
    if [ "$(uname -s)" != Linux ] || has strace; then return; fi
    if may_use_apt; then
        say "Installing strace, with which some tests make system calls fail."
        if apt_install strace; then return; fi
    fi
    command=$(strace_command)
    say "strace is not here, so the tests that make system calls fail are skipped.${command:+ To have them, run: $command}"
}

# want_sound: install the sound server whose microphone the tests speak into, where that is allowed.
want_sound() {
    local command=""
    if [ "$(uname -s)" != Linux ] || { has pulseaudio && has pactl && has paplay; }; then return; fi
    if may_use_apt; then
        say "Installing pulseaudio, a sound server for the tests' microphone."
        if apt_install pulseaudio pulseaudio-utils; then return; fi
    fi
    if has apt-get; then command=$(as_root apt-get install -y pulseaudio pulseaudio-utils); fi
    say "pulseaudio is not here, so the tests that speak into a microphone are skipped.${command:+ To have them, run: $command}"
}

# want_voice: install the library of the system's voices, where that is allowed. Elsewhere the program says the command.
want_voice() {
    local library
    if [ "$(uname -s)" != Linux ] || [ -f "$venv/.voice-asked" ] || ! may_use_apt; then return 0; fi
    for library in /usr/lib/*/libespeak-ng.so.1 /usr/lib*/libespeak-ng.so.1; do
        if [ -e "$library" ]; then return 0; fi
    done
    say "Installing libespeak-ng1, the system's voices."
    # Asked once: a computer without a network should not wait for this at every start.
    { : >"$venv/.voice-asked"; } 2>/dev/null
    apt_install libespeak-ng1 || return 0
}
