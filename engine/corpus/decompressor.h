// SPDX-License-Identifier: GPL-3.0-or-later
// Decompression of a stream, with the checks that its format has: sums, lengths, complete members. Private to this
// room.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace pantograph::corpus {

/// Between a piece of compressed input and a block of output.
struct Flow {
  std::string_view in;  ///< what is consumed is taken off
  char* out = nullptr;
  std::size_t room = 0;  ///< of `out`, less what was written
};

class Decompressor {
 public:
  virtual ~Decompressor() = default;
  virtual const char* name() const = 0;  ///< "gzip"
  /// Consumes input or writes output; at least one of both unless it needs more input. With `last` no input follows.
  /// What is wrong, in words; empty: nothing.
  virtual std::string step(Flow& flow, bool last) = 0;
  /// Whether the input may end here: behind a whole member.
  virtual bool between_members() const = 0;
};

/// By the first bytes of a file (six are enough); null when they are of no compressed format. Zeros behind the last
/// member are padding; a further member goes on with the same content.
std::unique_ptr<Decompressor> decompressor_for(std::string_view head);
/// By the ending of a file's name: "gzip", "zstd", "xz", "bzip2"; null for another.
const char* compression_by_name(std::string_view extension);

}  // namespace pantograph::corpus
