// SPDX-License-Identifier: GPL-3.0-or-later
#include "exchange/import_parts.h"

#include <fmt/format.h>

#include <fstream>

#include "base/error.h"
#include "base/hash.h"
#include "exchange/tokenizer_import.h"

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

model::ModelBundle assemble(const BlockSettings& settings, TensorTable tensors, Naming naming, std::string tokenizer,
                            const std::string& name, const std::vector<fs::path>& files, const TaskContext& task) {
  model::ModelFacts facts;
  facts.name = name;
  facts.provenance.imported_architecture = settings.architecture;
  network::Network network = import_block(settings, std::move(tensors), naming, task);
  const int pieces = Tokenizer::from_bytes(tokenizer, settings.where, Tokenizer::Origin::given).vocabulary();
  tokenizer = with_vocabulary(std::move(tokenizer), pieces, network.config().small.vocabulary, settings.where);
  auto whole =
      std::make_shared<const Tokenizer>(Tokenizer::from_bytes(tokenizer, settings.where, Tokenizer::Origin::given));
  facts.provenance.imported_content = content_of(files, task);
  return {std::move(facts), std::move(network), std::move(whole), std::move(tokenizer)};
}

}  // namespace pantograph::exchange
