// SPDX-License-Identifier: GPL-3.0-or-later
// Encoding word by word, for models in which that gives what encoding the whole gives. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "token/model_file.h"
#include "token/unigram.h"

namespace pantograph::token {

/// Of a model that keeps the text, falls back to bytes, and has no piece with a space behind another character.
class WordModel {
 public:
  /// Appends the ids of a text.
  using Encode = std::function<void(std::string_view text, std::vector<std::int32_t>& out)>;
  /// Null where words have to be encoded with what surrounds them. `library` encodes a text of pairs (bpe) as a whole.
  static std::unique_ptr<WordModel> of(ModelFile file, Encode library);

  const Unigram* unigram() const { return unigram_ ? &*unigram_ : nullptr; }
  const Encode& library() const { return library_; }

 private:
  WordModel(ModelFile file, Encode library);
  ModelFile file_;
  std::optional<Unigram> unigram_;
  Encode library_;
};

/// Encodes on one thread, and remembers the ids of short words.
class WordEncoder {
 public:
  enum class Memory { none, words };
  WordEncoder(const WordModel& model, Memory memory);

  /// Appends the ids of a text without line ends and without kSpaceSymbol; false, and nothing, where it is no UTF-8.
  bool encode(std::string_view text, std::vector<std::int32_t>& out);

 private:
  static constexpr std::size_t kLongest = 23;  // bytes of a word that is remembered
  static constexpr std::size_t kMostIds = 8;
  struct Key {
    std::uint64_t parts[3] = {};  // the bytes, zeros, the length
    bool operator==(const Key&) const = default;
  };
  struct alignas(64) Entry {
    Key key;  // of length 0: empty
    float bound = 0;
    std::uint32_t count = 0;
    std::int32_t ids[kMostIds];
  };
  static Key key_of(std::string_view word);
  static std::size_t place_of(const Key& key);
  double encode_new(std::string_view word, float& sum, std::vector<std::int32_t>& out);

  const WordModel& model_;
  std::vector<Entry> entries_;
  std::string spelled_;
  std::vector<Unigram::Node> nodes_;
};

}  // namespace pantograph::token
