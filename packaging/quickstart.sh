#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# From a bare Debian 12 to a specialized model: installs what is missing, builds, runs the quickstart project.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: packaging/quickstart.sh [--headless] [FOLDER]

Installs the Debian packages that are missing (as root, or with sudo), builds Pantograph, copies the quickstart project
into FOLDER (default: ~/pantograph-quickstart) unless it is there, and brings it up to date: in the window where a
display is there, else on this terminal. Run it again at any time: what is done already is not done twice.

  --headless   on this terminal even where a display is there
TEXT
}

headless=no
folder="${HOME:-$PWD}/pantograph-quickstart"
for argument in "$@"; do
  case "$argument" in
    -h | --help) usage && exit 0 ;;
    --headless) headless=yes ;;
    -*) usage >&2 && exit 2 ;;
    *) folder=$argument ;;
  esac
done
[[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]] || headless=yes

# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
folder=$(realpath -m "$folder")

install_packages "$PACKAGING"/{build,run}-packages.txt "$PACKAGING/sample-texts.txt"
check_texts "$PACKAGING/sample-texts.txt"
check_blas
say "Building (the first time takes some minutes)"
build OFF pantograph_program

project="$folder/quickstart.pantograph"
mkdir -p "$folder"
[[ -e $project ]] || cp "$ROOT/resources/examples/quickstart.pantograph" "$project"

program="$ROOT/build/release/pantograph"
if [[ $headless == no ]]; then
  say "Opening $project"
  exec "$program" --run "$project"
fi
say "Bringing $project up to date"
"$program" --batch "$project"
say "Done. The report: $folder/quickstart.artifacts/report/report.html"
