// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes in the encodings of the web to UTF-8, and which encoding bytes are in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pantograph::webtext {

/// The encoding that browsers take a label for (WHATWG Encoding Standard), by its name there: "latin1" is
/// "windows-1252", "gb2312" is "gb18030". Empty for a label that nobody knows.
std::string encoding_of_label(std::string_view label);
/// The same; Error(project) for an unknown label, which a project's `encoding` gave.
std::string known_encoding(const std::string& label);
/// Whether text in this encoding may consist of ASCII bytes alone and mean something else (ISO-2022-JP and the like).
bool is_stateful(const std::string& encoding);

/// Turns bytes into UTF-8, piece by piece. What is invalid becomes U+FFFD; a mark at the start of UTF-8, -16 or -32
/// goes.
class Decoder {
 public:
  explicit Decoder(const std::string& encoding);  ///< as encoding_of_label() names it; Error(run) for any other
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  /// Appends to `out`; `last`: nothing follows, so that a character which is cut off is invalid.
  void decode(std::string_view bytes, bool last, std::string& out);
  std::uint64_t invalid() const;        ///< how many places were not valid
  std::uint64_t first_invalid() const;  ///< byte of the first one, up to 3 late when it lay across two pieces

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct Decoded {
  std::string text;
  std::uint64_t invalid = 0;
  std::uint64_t first_invalid = 0;
};
Decoded decode(std::string_view bytes, const std::string& encoding);

/// What a file's start says about the file.
struct Detected {
  std::string encoding;  ///< "UTF-8" (also of nothing but ASCII), "UTF-16LE", … ; empty: binary, or 8 bits a character
  bool marked = false;   ///< by a byte order mark
  bool binary = false;   ///< not text in any encoding: NULs or control characters all over
};
/// `whole`: the bytes are all there is; otherwise they may end within a character.
Detected detect_encoding(std::string_view bytes, bool whole = true);

}  // namespace pantograph::webtext
