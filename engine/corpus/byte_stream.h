// SPDX-License-Identifier: GPL-3.0-or-later
// A file's bytes, decompressed on the way (.gz, .zst, .xz, .bz2), in pieces of bounded size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "corpus/document.h"

namespace pantograph::corpus {

class ByteStream : public ByteSource {
 public:
  /// Error(input) when the file cannot be opened or is not compressed in the way that its name says.
  explicit ByteStream(const std::filesystem::path& path);
  ~ByteStream() override;
  ByteStream(ByteStream&&) noexcept;

  /// From here on what is read is UTF-8: from UTF-16 or UTF-32 where the first bytes say so, else from the encoding
  /// that `label` names (webtext/encoding.h; empty: UTF-8). Before the first read. Gives what it is decoded from;
  /// empty: nothing had to be. Error(project) for an unknown label.
  std::string decode(const std::string& label);
  std::string_view read() override;
  /// Next line without its end ("\n" or "\r\n"); false at the end. Error(input) past `longest` bytes.
  bool line(std::string& out, std::size_t longest = std::size_t{1} << 30);
  /// All that is left. Error(input) past `largest` bytes.
  std::string rest(std::size_t largest = std::size_t{1} << 30);

  std::uint64_t position() const override;
  const std::filesystem::path& path() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& path);  ///< a ByteStream, for ReadOptions

}  // namespace pantograph::corpus
