# The entry and the icon in the user's applications menu. Sourced by lib.sh.
# shellcheck shell=bash disable=SC2154 # its variables are lib.sh's

# A path as one argument of an Exec line: quoted by the Desktop Entry Specification, then escaped as any string in it.
exec_argument() {
    printf '"%s"' "$(printf '%s' "$1" | sed -e 's/\\/\\\\\\\\/g' -e 's/["`$]/\\\\&/g' -e 's/%/%%/g')"
}

desktop_entry() {
    cat <<END
[Desktop Entry]
Type=Application
Version=1.4
Name=PersonaDesk
GenericName=AI personas
Comment=A home for AI personas, each with a memory of its own
Exec=$(exec_argument "$venv/bin/personadesk") open %F
TryExec=$(printf '%s' "$venv/bin/personadesk" | sed 's/\\/\\\\/g')
Icon=personadesk
Terminal=false
Categories=Utility;
Keywords=persona;character;chat;AI;assistant;
MimeType=application/x-personadesk-persona;application/x-charx;image/png;image/apng;application/json;
StartupNotify=true
StartupWMClass=personadesk
END
}

# What the files are called that only programs like this one open: the desktop offers PersonaDesk for them.
mime_types() {
    cat <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="application/x-personadesk-persona">
    <comment>PersonaDesk persona</comment>
    <sub-class-of type="application/zip"/>
    <glob pattern="*.persona"/>
  </mime-type>
  <mime-type type="application/x-charx">
    <comment>Character card with assets</comment>
    <sub-class-of type="application/zip"/>
    <glob pattern="*.charx"/>
  </mime-type>
</mime-info>
END
}

# Put the program where the user's menu finds it. Failing at this is worth a line, not the end.
install_desktop_entry() {
    local data=${XDG_DATA_HOME:-${HOME:-}/.local/share}
    local entry=$data/applications/personadesk.desktop icons=$data/icons/hicolor
    local source=$root/resources/icons/personadesk.svg svg=$icons/scalable/apps/personadesk.svg
    [ "$(uname -s)" = Linux ] || return 0
    if [ ! -f "$entry" ] || [ "$(cat "$entry")" != "$(desktop_entry)" ] || ! cmp -s "$source" "$svg"; then
        if ! {
            mkdir -p -- "$data/applications" "${svg%/*}" &&
                cp -- "$source" "$svg.new" && mv -f -- "$svg.new" "$svg" &&
                desktop_entry >"$entry.new" && mv -f -- "$entry.new" "$entry"
        } 2>/dev/null; then
            say "The applications menu was left as it is: $data can't be written."
            return 0
        fi
        if mkdir -p -- "$data/mime/packages" 2>/dev/null; then
            mime_types >"$data/mime/packages/personadesk.xml" 2>/dev/null
            if has update-mime-database; then update-mime-database "$data/mime" 2>/dev/null; fi
        fi
        if has update-desktop-database; then update-desktop-database -q "$data/applications" 2>/dev/null; fi
        say "PersonaDesk is in your applications menu now: next time, start it there."
    fi
    # Some menus draw PNG alone. Without Qt's system libraries there are none yet; the next start draws them.
    if [ "$svg" -nt "$icons/256x256/apps/personadesk.png" ]; then
        "$venv/bin/python" "$root/packaging/render_icon.py" "$svg" "$icons" 48 64 128 256 2>/dev/null
        # Menus look for new icons when the folder's time changes.
        touch -- "$icons" 2>/dev/null
    fi
    return 0
}
