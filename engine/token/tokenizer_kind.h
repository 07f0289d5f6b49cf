// SPDX-License-Identifier: GPL-3.0-or-later
// What every kind of tokenizer does behind token::Tokenizer. Private to this room.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pantograph::token {

/// What encoding remembers from one text to the next, on one thread.
class EncodingMemory {
 public:
  virtual ~EncodingMemory() = default;
};

class TokenizerKind {
 public:
  virtual ~TokenizerKind() = default;

  int vocabulary = 0;
  int begin = -1, end = -1;  ///< ids, -1: none

  /// Null where it remembers nothing.
  virtual std::unique_ptr<EncodingMemory> memory() const = 0;
  /// Appends ids. `memory`: null, or what memory() gave. The ids do not depend on it.
  virtual void encode(std::string_view text, EncodingMemory* memory, std::vector<std::int32_t>& out) const = 0;
  /// Appends the text of ids, which are below the vocabulary.
  virtual void decode(const std::int32_t* ids, std::size_t count, std::string& out) const = 0;
};

/// Null where the bytes are no SentencePiece model.
std::unique_ptr<TokenizerKind> open_sentencepiece(std::string_view model);
/// Error(input) naming what is wrong with the model.
std::unique_ptr<TokenizerKind> open_byte_bpe(std::string_view model, const std::string& where);

}  // namespace pantograph::token
