// SPDX-License-Identifier: GPL-3.0-or-later
// From another program's file to a model file. What reads alone stands elsewhere: it needs no LibTorch.
#include "base/error.h"
#include "base/files.h"
#include "exchange/importer.h"
#include "network/network.h"

namespace pantograph::exchange {
namespace fs = std::filesystem;

ImportReport import_model(const fs::path& from, const fs::path& out, const std::string& program,
                          const TaskContext& task) {
  std::error_code code;
  if (fs::exists(fs::symlink_status(out, code))) {
    throw Error(ErrorKind::usage, {"there is something of that name already", out.string(), "a new name",
                                   "Choose another name, or move it away."});
  }
  const Importer& importer = importer_for(from);
  ImportedModel read = importer.read(from, task);
  read.facts.provenance.imported_format = importer.id;
  read.facts.provenance.program = program;
  const network::Network network = network::Network::load(read.config, read.weights);
  read.weights.clear();
  if (out.has_parent_path()) make_directories(out.parent_path());
  model::write_model(network, read.facts, read.tokenizer_model, out);
  return {read.facts, network.parameters(), read.config.small.vocabulary};
}

}  // namespace pantograph::exchange
