#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds everything and runs the whole test suite, without a display and, once everything is
# installed, without a network. Arguments go to ctest: packaging/test.sh -R measure
set -euo pipefail

# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

install_packages "$PACKAGING"/{build,run,test}-packages.txt "$PACKAGING/sample-texts.txt"
check_blas
say "Building"
build ON
say "Testing"
export QT_QPA_PLATFORM=offscreen
ctest --test-dir "$ROOT/build/release" --output-on-failure "$@"
