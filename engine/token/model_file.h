// SPDX-License-Identifier: GPL-3.0-or-later
// What a SentencePiece model file says: its pieces and how text is normalised.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pantograph::token {

/// A space within pieces.
inline constexpr std::string_view kSpaceSymbol = "\xE2\x96\x81";

struct ModelPiece {
  enum Type { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };
  std::string text;
  float score = 0;
  int type = normal;
};

struct ModelFile {
  enum Kind { unigram = 1, bpe = 2 };
  std::vector<ModelPiece> pieces;
  int kind = unigram;
  bool byte_fallback = false, space_is_suffix = false;
  std::string unknown_surface = " \xE2\x81\x87 ";
  std::string begin = "<s>", end = "</s>";  ///< the pieces around a document, where there are such
  // Of text that is encoded, and of text that is decoded.
  bool dummy_prefix = true, removes_spaces = true, escapes_spaces = true;
  bool maps_characters = false, maps_back = false;

  /// Nothing is changed but that spaces become their symbol, and back.
  bool keeps_text() const { return !dummy_prefix && keeps_text_behind_prefix(); }
  /// And that a space may be put before a text, which is taken away again.
  bool keeps_text_behind_prefix() const {
    return !space_is_suffix && !removes_spaces && escapes_spaces && !maps_characters && !maps_back;
  }
};

/// Nothing where the bytes are no message of that layout (sentencepiece_model.proto, protocol buffers).
std::optional<ModelFile> parse_model(std::string_view bytes);
/// And back. Character maps are not kept.
std::string serialize_model(const ModelFile& model);
/// Behind the pieces of a serialized model.
void append_piece(std::string& model, const ModelPiece& piece);

}  // namespace pantograph::token
