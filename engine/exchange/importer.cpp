// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/importer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>

#include "base/error.h"
#include "exchange/formats.h"
#include "exchange/gguf_format.h"

namespace pantograph::exchange {
namespace fs = std::filesystem;
namespace {

bool is_folder(const fs::path& from) {
  std::error_code code;
  return fs::is_directory(from, code);
}

bool is_gguf(const fs::path& from) {
  const std::string magic = kGgufMagic;
  std::string found(magic.size(), '\0');
  std::ifstream in(from, std::ios::binary);
  return in.read(found.data(), static_cast<std::streamsize>(found.size())) && found == magic;
}

}  // namespace

const std::vector<Importer>& importers() {
  static const std::vector<Importer> all = {
      {"hf", "Hugging Face folder (transformers)", is_folder, read_hugging_face},
      {"gguf", "GGUF file (llama.cpp)", is_gguf, read_gguf},
  };
  return all;
}

const Importer& importer_for(const fs::path& from) {
  std::error_code code;
  std::vector<std::string> known;
  for (const Importer& one : importers()) {
    if (one.takes(from)) return one;
    known.push_back(one.title);
  }
  throw Error(ErrorKind::input, {fs::exists(from, code) ? "no model of a known format" : "no such file or folder",
                                 from.string(), fmt::format("{}", fmt::join(known, ", or ")), ""});
}

}  // namespace pantograph::exchange
