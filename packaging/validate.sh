#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Checks what the package brings to a desktop (desktop entry, AppStream metadata, MIME type, icon, manual page) with the
# freedesktop tools, and the set-up scripts: syntax, package lists, and what they say to somebody without root.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
id=org.pantograph.Pantograph
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
bad() { echo "FAIL: $*" >&2; failures=$((failures + 1)); }

for tool in desktop-file-validate appstreamcli xmllint update-mime-database; do
  command -v "$tool" >/dev/null || bad "$tool is not installed (packaging/test-packages.txt)"
done

desktop-file-validate "$here/desktop/$id.desktop" || bad "desktop entry"
appstreamcli validate --no-net --no-color "$here/desktop/$id.metainfo.xml" || bad "AppStream metadata"
xmllint --noout "$here/desktop/$id.mime.xml" "$here/../resources/icons/$id.svg" || bad "XML is not well-formed"

# The MIME type as a desktop sees it, from a database made of this one file.
mkdir -p "$work/mime/packages"
cp "$here/desktop/$id.mime.xml" "$work/mime/packages/$id.xml"
update-mime-database "$work/mime" 2>"$work/mime.log" || bad "update-mime-database: $(cat "$work/mime.log")"
grep -qx '50:application/x-pantograph:\*\.pantograph' "$work/mime/globs2" || bad "*.pantograph is not application/x-pantograph"

# The names must agree: the entry opens the MIME type, AppStream points at the entry, the icon has the entry's name.
grep -qx 'MimeType=application/x-pantograph;' "$here/desktop/$id.desktop" || bad "the desktop entry does not open projects"
grep -q "<launchable type=\"desktop-id\">$id.desktop</launchable>" "$here/desktop/$id.metainfo.xml" || bad "launchable"
grep -qx "Icon=$id" "$here/desktop/$id.desktop" || bad "icon"
version=$(sed -n 's/^project(Pantograph VERSION \([0-9.]*\).*/\1/p' "$here/../CMakeLists.txt")
grep -q "<release version=\"$version\"" "$here/desktop/$id.metainfo.xml" || bad "AppStream has no release $version"
grep -q "^## \[*$version" "$here/../CHANGELOG.md" || bad "the changelog has no entry for $version"

for script in "$here"/*.sh "$here/../.ci/run"; do
  bash -n "$script" || bad "syntax of $script"
done
for list in "$here"/*-packages.txt "$here/sample-texts.txt"; do
  [[ -e $list ]] || { bad "$list is missing"; continue; }
  sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list" | grep -Evx '[a-z0-9][a-z0-9.+-]+[[:space:]]*' && bad "no package name in $list"
done
"$here/quickstart.sh" --help | grep -q '^Usage:' || bad "quickstart.sh --help"
"$here/quickstart.sh" --no-such-option >/dev/null 2>&1 && bad "quickstart.sh takes an unknown option"

# Somebody without root and sudo is told the command, and nothing is tried. As root this needs another user.
mkdir "$work/bin"
for tool in bash dirname sed tr sort comm dpkg-query cat env nproc awk; do ln -s "$(command -v "$tool")" "$work/bin/"; done
echo pantograph-no-such-package >"$work/list.txt"
cp "$here/common.sh" "$work/"  # the other user may not be allowed to read where this one lies
chmod -R a+rX "$work"
other=()
((EUID)) || other=(setpriv --reuid=65534 --regid=65534 --clear-groups)
# shellcheck disable=SC2016  # the inner shell expands it
if "${other[@]}" env PATH="$work/bin" bash -euo pipefail -c 'source "$1"; install_packages "$2"' bash "$work/common.sh" "$work/list.txt" 2>"$work/said"; then
  bad "install_packages went on without a package"
fi
grep -q 'apt-get install --no-install-recommends pantograph-no-such-package' "$work/said" || bad "without root: $(cat "$work/said")"

if ((failures)); then
  echo "$failures checks failed" >&2
  exit 1
fi
echo "all checks passed"
