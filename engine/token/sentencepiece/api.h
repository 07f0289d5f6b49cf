// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine asks of SentencePiece, as a table of functions over plain data. Debian's libsentencepiece exports a
// private copy of Protocol Buffers, and LibTorch brings another version of the same symbols: in one name space the two
// crash before main. So SentencePiece lives in a module of its own that is loaded into a scope of its own, and only
// this table crosses.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pantograph::token {

inline constexpr std::uint32_t kSentencePieceApi = 2;  ///< changes with this header

struct SentencePieceModel;  ///< known to the module only

struct SentencePieceApi {
  using Ids = void (*)(void* context, const int* ids, std::size_t count);
  using Text = void (*)(void* context, const char* text, std::size_t size);

  std::uint32_t version;
  /// Null when the bytes are no model.
  SentencePieceModel* (*open)(const char* bytes, std::size_t size);
  void (*close)(SentencePieceModel* model);
  int (*vocabulary)(const SentencePieceModel* model);
  int (*begin_id)(const SentencePieceModel* model);                  ///< -1: none
  int (*end_id)(const SentencePieceModel* model);                    ///< -1: none
  int (*id_of)(const SentencePieceModel* model, const char* piece);  ///< the unknown's id when there is no such piece
  bool (*is_unknown)(const SentencePieceModel* model, int id);
  bool (*is_control)(const SentencePieceModel* model, int id);
  bool (*is_byte)(const SentencePieceModel* model, int id);
  /// One call of `give` with the whole result, or false and the message. Thread-safe.
  bool (*encode)(const SentencePieceModel* model, const char* text, std::size_t size, void* context, Ids give,
                 Text failure);
  bool (*decode)(const SentencePieceModel* model, const int* ids, std::size_t count, void* context, Text give,
                 Text failure);
};

extern "C" {
using SentencePieceEntry = const SentencePieceApi* (*)();
}
#define PANTOGRAPH_SENTENCEPIECE_ENTRY pantograph_sentencepiece_v1

}  // namespace pantograph::token
