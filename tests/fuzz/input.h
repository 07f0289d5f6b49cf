// SPDX-License-Identifier: GPL-3.0-or-later
// What the fuzz targets share: a fuzzer's bytes as numbers and texts, a folder for the files that the program is given,
// and the promise that each of them holds: bad input ends in an Error and in nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

/// Read from the front; what is no longer there reads as zero.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : at_(data), left_(size) {}

  bool empty() const { return left_ == 0; }
  std::uint8_t byte();
  std::uint8_t below(std::uint8_t limit) { return static_cast<std::uint8_t>(byte() % limit); }
  std::uint32_t number();            ///< four bytes, the lowest first
  std::string text();                ///< to the next NUL, or to the end
  std::string bytes(std::size_t n);  ///< as many as there are
  std::string rest() { return bytes(left_); }

 private:
  const std::uint8_t* at_;
  std::size_t left_;
};

/// A folder of this process, in memory where the system has such a place; removed when the process ends well.
const std::filesystem::path& scratch();

/// Writes a file; whole and at once, so that nothing of an earlier input stays.
void put(const std::filesystem::path& file, const std::string& bytes);

/// Ends the process, so that the fuzzer keeps the input.
[[noreturn]] void broken_promise(const std::string& what);

/// Runs it. An Error must say what was found; any other exception, and any crash, is a finding.
template <typename Work>
void only_errors(Work&& work) {
  try {
    work();
  } catch (const pantograph::Error& error) {
    if (error.text().found.empty()) broken_promise("an error without words");
  }
}

}  // namespace fuzz
