// SPDX-License-Identifier: GPL-3.0-or-later
// Ids back to text by a table of what each stands for. Private to this room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "token/model_file.h"

namespace pantograph::token {

class PieceTable {
 public:
  /// Nothing for a model whose text depends on more than the single pieces: one that strips spaces or maps characters.
  static std::optional<PieceTable> of(const ModelFile& file);

  /// Appends the text of ids, which are below the number of pieces; control pieces are nothing. Of bytes that make no
  /// character, each becomes U+FFFD.
  void decode(const std::int32_t* ids, std::size_t count, std::string& out) const;

 private:
  enum Kind : std::uint8_t { plain, control, byte };
  struct Place {
    std::uint32_t begin = 0, size : 24 = 0;
    Kind kind : 8 = plain;
  };
  static char* put_bytes(std::string_view bytes, char* to);

  std::string texts_;          // one behind the other, and room to read on
  std::vector<Place> places_;  // of each piece, in texts_
};

}  // namespace pantograph::token
