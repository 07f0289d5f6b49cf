// SPDX-License-Identifier: GPL-3.0-or-later
// Tokenizers of other programs as models that token::Tokenizer reads. Private to this room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "exchange/gguf_reader.h"
#include "exchange/json_settings.h"
#include "exchange/tokenizer_json_reader.h"
#include "token/model_file.h"

namespace pantograph::exchange {

inline constexpr std::size_t kLongestPiece =
    512;  ///< bytes; those that SentencePiece trains have 16 characters at most

/// The serialized model. Error(input) for pieces that are empty, there twice, or of a score that is not finite; for no
/// unknown piece or several; for bytes that are not all there. `begin`, `end`: ids, -1 where there is none.
std::string checked_model(token::ModelFile model, int begin, int end, const std::string& where);

/// Of a GGUF file's vocabulary. Error(input) for one that there is no tokenizer for here.
std::string tokenizer_of(const GgufFile& file);

/// The tokens around a document: by name, else by id; none where both are missing.
struct Mark {
  std::string name;
  std::optional<std::uint64_t> id;
};
struct Marks {
  Mark begin, end;
};
/// Its id; -1: none. Error(input) where there is no such piece.
int id_of(const Mark& mark, const std::vector<ListedPiece>& pieces, const JsonSettings& tokenizer);

/// Of a tokenizer.json. Error(input) naming what in it has no counterpart here.
std::string tokenizer_of(const JsonSettings& tokenizer, const Marks& marks);

// And of one kind of tokenizer: SentencePiece's, and byte-level ones.
std::string sentencepiece_of(const JsonSettings& tokenizer, const Marks& marks);
bool is_byte_level(const JsonSettings& tokenizer);
std::string byte_bpe_of(const JsonSettings& tokenizer, const Marks& marks);
std::string byte_bpe_of(const GgufFile& file, int begin, int end);

/// Files of a Hugging Face folder that a tokenizer is read from.
inline constexpr const char* kTokenizerFiles[] = {"tokenizer.model", "tokenizer.json", "tokenizer_config.json",
                                                  "vocab.json", "merges.txt"};
/// Of a Hugging Face folder, whose config.json is given: its tokenizer.model as it is, else its tokenizer.json,
/// else vocab.json and merges.txt, as GPT-2 was published.
std::string tokenizer_of_folder(const std::filesystem::path& folder, const JsonSettings& config);

/// With pieces that no text has, up to so many: other programs round the size of the embedding up.
std::string with_vocabulary(std::string model, int pieces, int vocabulary, const std::string& where);

}  // namespace pantograph::exchange
