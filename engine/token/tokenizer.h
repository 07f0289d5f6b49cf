// SPDX-License-Identifier: GPL-3.0-or-later
// Text to tokens and back, by a SentencePiece model or a byte-level one; training on the generic set.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/control.h"
#include "corpus/import.h"
#include "project/project.h"

namespace pantograph::token {

inline constexpr const char* kTokenizerFile = "tokenizer.model";

class EncodingMemory;
class TokenizerKind;

class Tokenizer {
 public:
  enum class Origin { artifact, given };  ///< made by this program in a folder of its own, or chosen by the user
  /// Error(run) for a damaged artifact, whose remedy is to delete its folder; Error(input) for a user's file that is no
  /// tokenizer's model.
  explicit Tokenizer(const std::filesystem::path& model, Origin origin = Origin::artifact);
  /// Of the bytes of such a file; `named`: what they were taken from, for messages.
  static Tokenizer from_bytes(std::string_view bytes, const std::filesystem::path& named,
                              Origin origin = Origin::artifact);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  int vocabulary() const;
  int begin_id() const;                                                  ///< put before each document
  int end_id() const;                                                    ///< put after each document
  std::vector<std::int32_t> encode(std::string_view text) const;         ///< no begin or end; thread-safe
  std::string decode(const std::int32_t* ids, std::size_t count) const;  ///< leaves begin and end out; thread-safe

  /// Gives what encode() gives, for text after text on one thread, and faster: it remembers words, in 4 MB.
  class Encoder {
   public:
    explicit Encoder(const Tokenizer& tokenizer);  ///< which has to outlive it
    ~Encoder();
    Encoder(Encoder&&) noexcept;
    void encode(std::string_view text, std::vector<std::int32_t>& out);  ///< appends

   private:
    const TokenizerKind& kind_;
    std::unique_ptr<EncodingMemory> memory_;
  };

 private:
  Tokenizer(std::string_view bytes, const std::filesystem::path& named, Origin origin);
  std::unique_ptr<TokenizerKind> kind_;
};

/// Trains on up to spec.sample_bytes of the train splits of `generic` (document folders), drawn evenly with the seed,
/// `threads` threads (0: all cores), byte fallback; or copies spec.model. Writes `model` (atomic). Error(input) when
/// there is too little text for the vocabulary.
void train_tokenizer(const project::TokenizerSpec& spec, const std::filesystem::path& project_folder,
                     const std::vector<std::filesystem::path>& generic, std::uint64_t seed,
                     const std::filesystem::path& model, const TaskContext& task, int threads = 0);

}  // namespace pantograph::token
