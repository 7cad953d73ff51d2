#!/bin/sh
# Embedding Lab @VERSION@ installs itself for one user; no root, nothing outside the prefix.
# This script ends at line @LINES@; the packed program follows.
set -eu

version="@VERSION@"
sum="@SHA256@"
kilobytes=@KILOBYTES@
prefix="${HOME:-/nonexistent}/.local"
action=install

usage() {
    cat <<'END'
Installs Embedding Lab for you alone, below ~/.local, with an entry in the menu.

    sh FILE                  install, or replace an older version
    sh FILE --uninstall      remove it; your workspaces and settings stay
    sh FILE --check          only see whether this file is complete
    --prefix FOLDER          another place than ~/.local: several versions can be there side by side
END
}

say() {
    printf '%s\n' "$1"
    # Started by a double click there is no terminal to read.
    if [ ! -t 1 ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v zenity >/dev/null; then
        zenity --info --no-markup --title="Embedding Lab" --text="$1" || true
    fi
}

fail() {
    printf '%s\n' "$1" >&2
    if [ ! -t 2 ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v zenity >/dev/null; then
        zenity --error --no-markup --title="Embedding Lab" --text="$1" || true
    fi
    exit 1
}

while [ $# -gt 0 ]; do
    case "$1" in
        --prefix) [ $# -gt 1 ] || fail "--prefix needs a folder."; prefix=$2; shift ;;
        --prefix=*) prefix=${1#--prefix=} ;;
        --uninstall) action=uninstall ;;
        --check) action=check ;;
        -h|--help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
case "$prefix" in /*) ;; *) prefix="$(pwd)/$prefix" ;; esac
home="$prefix/lib/embedding-lab"
share="$prefix/share"

refresh() {
    # What a desktop reads from these folders; where the programs lack, it looks by itself.
    update-desktop-database -q "$share/applications" 2>/dev/null || true
    update-mime-database "$share/mime" 2>/dev/null || true
    gtk-update-icon-cache -q -t -f "$share/icons/hicolor" 2>/dev/null || true
}

# Every file and link outside the program's own folder is on this list, and only those are removed.
remove_installed() {
    [ ! -f "$home/installed.txt" ] || while IFS= read -r name; do
        rm -f "$prefix/$name"
        rmdir -p --ignore-fail-on-non-empty "$(dirname "$prefix/$name")" 2>/dev/null || true
    done <"$home/installed.txt"
    rm -rf "$home"
}

uninstall() {
    [ -d "$home" ] || fail "Embedding Lab is not installed in $prefix."
    remove_installed
    refresh
    # Lists of what is there no more, made when this was installed.
    [ -d "$share/mime/packages" ] || rm -rf "$share/mime"
    for list in "$share/applications/mimeinfo.cache" "$share/icons/hicolor/icon-theme.cache"; do
        [ "$(ls -A "$(dirname "$list")" 2>/dev/null)" != "$(basename "$list")" ] || rm -f "$list"
        rmdir -p --ignore-fail-on-non-empty "$(dirname "$list")" 2>/dev/null || true
    done
    rmdir -p --ignore-fail-on-non-empty "$prefix/lib" 2>/dev/null || true
    say "Embedding Lab was removed from $prefix. Your workspaces and settings are still there."
}

payload() {
    tail -n +@NEXT@ "$0"
}

require_complete() {
    command -v zstd >/dev/null ||
        fail "The program zstd is missing. Install it (package zstd), then start again."
    [ "$(payload | sha256sum | cut -d' ' -f1)" = "$sum" ] ||
        fail "This file is damaged or incomplete. Download it again."
}

require_space() {
    mkdir -p "$prefix/lib" 2>/dev/null || fail "The folder $prefix/lib cannot be made. Choose another place with --prefix."
    [ -w "$prefix/lib" ] || fail "The folder $prefix/lib cannot be written. Choose another place with --prefix."
    free=$(df -Pk "$prefix/lib" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$kilobytes" ] ||
        fail "There is too little space in $prefix: $((kilobytes / 1024)) MB are needed, $((free / 1024)) MB are free."
}

install() {
    require_complete
    require_space
    new="$home.new"
    rm -rf "$new"
    trap 'rm -rf "$new"' EXIT
    trap 'exit 130' INT TERM
    mkdir -p "$new"
    payload | zstd -dcq | tar -x --no-same-owner -C "$new" || fail "The program could not be unpacked into $new. What was there before is unchanged."
    remove_installed
    mv "$new/usr/lib/embedding-lab" "$new/program"
    mkdir "$new/program-share"
    for part in applications icons man mime; do
        mv "$new/usr/share/$part" "$new/program-share/"
    done
    rm -rf "$new/usr"
    mv "$new" "$home"
    trap - EXIT
    place_files
    refresh
    say "Embedding Lab $version is installed. It is in the menu; in a terminal: $prefix/bin/embedding-lab"
}

place_files() {
    (cd "$home/program-share" && find . -type f) | sed 's|^\./|share/|' >"$home/installed.txt"
    printf 'bin/embedding-lab\nbin/embedding-lab-app\n' >>"$home/installed.txt"
    while IFS= read -r name; do
        mkdir -p "$(dirname "$prefix/$name")"
        case "$name" in
            bin/*) ln -sf "$home/program/${name#bin/}" "$prefix/$name" ;;
            *) mv -f "$home/program-share/${name#share/}" "$prefix/$name" ;;
        esac
    done <"$home/installed.txt"
    rm -rf "$home/program-share"
    entry="$share/applications/embedding-lab.desktop"
    quoted=$(printf '%s' "$prefix/bin/embedding-lab-app" | sed 's/[\\&|]/\\&/g')
    sed "s|^Exec=embedding-lab-app|Exec=\"$quoted\"|; s|^TryExec=.*|TryExec=$quoted|" "$entry" >"$entry.new"
    mv -f "$entry.new" "$entry"
}

case "$action" in
    install) install ;;
    uninstall) uninstall ;;
    check) require_complete; say "This file is complete: Embedding Lab $version." ;;
esac
exit 0
