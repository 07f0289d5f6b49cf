# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by quickstart.sh and test.sh: installing Debian packages from lists, and the release build.
# shellcheck shell=bash

PACKAGING=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname "$PACKAGING")

# Without a UTF-8 locale Qt warns at every start.
case "${LC_ALL:-${LC_CTYPE:-${LANG:-}}}" in
  *[Uu][Tt][Ff]*) ;;
  *) export LC_ALL=C.UTF-8 ;;
esac

say() { printf '\n== %s\n' "$*"; }

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# listed FILE…: the package names of the lists, without comments, each once.
listed() { sed -e 's/#.*//' "$@" | tr -s ' \t' '\n' | sed '/^$/d' | LC_ALL=C sort -u; }

# missing PACKAGE…: those that are not installed.
missing() {
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p') || true
  LC_ALL=C comm -23 <(printf '%s\n' "$@") <(LC_ALL=C sort -u <<<"$installed")
}

# install_packages FILE…: what the lists name and is not there yet. Asks the network only when something is missing.
install_packages() {
  local wanted lacking
  mapfile -t wanted < <(listed "$@")
  command -v dpkg-query >/dev/null || fail "This is not a Debian system: no dpkg-query." \
    "Install the counterparts of these Debian 12 packages, then run cmake by hand (see CONTRIBUTING.md):" "  ${wanted[*]}"
  mapfile -t lacking < <(missing "${wanted[@]}")
  ((${#lacking[@]})) || return 0

  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "Packages are missing, and neither root nor sudo is at hand. Have these two lines run as root:" \
      "  apt-get update" "  apt-get install --no-install-recommends ${lacking[*]}"
    as_root=(sudo)
  fi
  say "Installing ${#lacking[@]} Debian packages: ${lacking[*]}"
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${lacking[@]}"
}

# A system on which somebody chose another BLAS keeps it; training is then slow, so say so.
check_blas() {
  local blas
  blas=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p | sed -n 's/.*libblas\.so\.3 .*=> //p' | head -n 1)
  case "$(readlink -f "$blas")" in
    *openblas* | *mkl* | *blis* | *atlas*) ;;
    *) say "Warning: libblas.so.3 is ${blas:-missing}, not OpenBLAS: training will be many times slower." \
      "Choose another with: update-alternatives --config libblas.so.3-$(gcc -print-multiarch 2>/dev/null || echo "$(uname -m)-linux-gnu")" ;;
  esac
}

# check_texts FILE: container images often tell dpkg to leave manuals and documentation out; then there is no text to read.
check_texts() {
  local packages excluded
  mapfile -t packages < <(listed "$1")
  excluded=$(dpkg --verify "${packages[@]}" 2>/dev/null | sed -n 's/^missing *//p' | head -n 1) || true
  [[ -z $excluded ]] || fail "Files of the sample texts were left out when their packages were installed, e.g. $excluded" \
    "Remove the path-exclude lines from /etc/dpkg/dpkg.cfg.d/, then, as root:" "  apt-get install --reinstall ${packages[*]}"
}

# As many compilers as there are cores, and no more than fit into memory: a file with LibTorch's headers takes about 1.5 GB.
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
  ((memory < 1)) && memory=1
  echo $((cores < memory ? cores : memory))
}

# build TESTS [TARGET…]: the release preset into build/release. TESTS: ON or OFF; with them the configuration asks for
# packages that only tests need.
build() {
  cd "$ROOT" || return
  local tests=$1
  shift
  cmake --preset release -DPANTOGRAPH_TESTS="$tests" >"$ROOT/.configure.log" 2>&1 || {
    cat "$ROOT/.configure.log" >&2
    rm -f "$ROOT/.configure.log"
    fail "The configuration failed; see above."
  }
  rm -f "$ROOT/.configure.log"
  local targets=()
  (($#)) && targets=(--target "$@")
  cmake --build --preset release --parallel "$(jobs)" "${targets[@]}"
}
