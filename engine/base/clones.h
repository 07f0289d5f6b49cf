// SPDX-License-Identifier: GPL-3.0-or-later
// The one way in which a loop is compiled for several families of processors.
#pragma once

// Three copies of a function for three processor families, the right one picked when the program starts; what it calls
// must be inlined. Sanitizers do not get along with the picking.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define PANTOGRAPH_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PANTOGRAPH_CLONES
#endif
