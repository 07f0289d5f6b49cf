// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/import_parts.h"

#include <fmt/format.h>

#include <fstream>

#include "base/error.h"
#include "base/hash.h"
#include "exchange/tokenizer_import.h"
#include "token/tokenizer.h"

namespace pantograph::exchange {
namespace fs = std::filesystem;
namespace {

using token::Tokenizer;

constexpr std::size_t kAtOnce = std::size_t{1} << 22;  // bytes

}  // namespace

std::string content_of(const std::vector<fs::path>& files, const TaskContext& task) {
  Hasher hasher;
  std::vector<char> part(kAtOnce);
  double all = 0, done = 0;
  std::error_code code;
  for (const fs::path& file : files) all += static_cast<double>(fs::file_size(file, code));
  for (const fs::path& file : files) {
    hasher.add(file.filename().string() + '\n');
    std::ifstream in(file, std::ios::binary);
    while (in.read(part.data(), static_cast<std::streamsize>(part.size())), in.gcount() > 0) {
      hasher.add(part.data(), static_cast<std::size_t>(in.gcount()));
      task.poll();
      task.progress(done += static_cast<double>(in.gcount()), all, "bytes");
    }
    if (!in.eof()) throw Error(ErrorKind::input, {"the file cannot be read", file.string(), "", ""});
  }
  return hasher.result().hex();
}

ImportedModel assemble(const BlockSettings& settings, TensorTable tensors, Format format, std::string tokenizer,
                       const std::string& name, const std::vector<fs::path>& files, const TaskContext& task) {
  ImportedModel out;
  out.facts.name = name;
  out.facts.provenance.imported_architecture = settings.architecture;
  out.config = block_config(settings);
  out.weights = block_weights(settings, out.config, std::move(tensors), format, task);
  const int pieces = Tokenizer::from_bytes(tokenizer, settings.where, Tokenizer::Origin::given).vocabulary();
  out.tokenizer_model = with_vocabulary(std::move(tokenizer), pieces, out.config.small.vocabulary, settings.where);
  Tokenizer::from_bytes(out.tokenizer_model, settings.where, Tokenizer::Origin::given);
  out.facts.provenance.imported_content = content_of(files, task);
  return out;
}

}  // namespace pantograph::exchange
