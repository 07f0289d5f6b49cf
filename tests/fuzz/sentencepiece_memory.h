// SPDX-License-Identifier: GPL-3.0-or-later
// For targets that open SentencePiece models; included once in a program.
#pragma once

// SentencePiece allocates with its own malloc and frees with the sanitizer's delete: the module is loaded into a scope
// of its own (token/sentencepiece/api.h).
extern "C" const char* __asan_default_options() {  // NOLINT: the sanitizer's name
  return "alloc_dealloc_mismatch=0";
}
