// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/model_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "store/checkpoint.h"

namespace pantograph::model {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

constexpr const char* kTokenizerTensor = "tokenizer";
constexpr const char* kTokenizerFolder = "tokenizer";  // of a project's artifacts

[[noreturn]] void no_model(const std::string& found, const fs::path& file) {
  throw Error(ErrorKind::input, {found, file.string(), "a model of this program (small.h5, network.h5, step-N.h5)",
                                 "pantograph models PROJECT lists a project's models."});
}

constexpr std::string_view kBeginning = "PANTOGRAPH CHECKPOINT ";  // of every file that write_checkpoint() makes

std::string read_beginning(const fs::path& file, std::size_t bytes) {
  std::string out(bytes, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(out.data(), static_cast<std::streamsize>(bytes));
  out.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return out;
}

/// The newest tokenizer of that vocabulary among the artifacts that a file lies in.
std::optional<std::string> tokenizer_beside(const fs::path& file, int vocabulary) {
  std::error_code code;
  for (fs::path folder = fs::absolute(file).parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (!fs::is_directory(folder / kTokenizerFolder, code)) continue;
    std::vector<std::pair<fs::file_time_type, fs::path>> found;
    for (const auto& entry : fs::directory_iterator(folder / kTokenizerFolder, code)) {
      const fs::path model = entry.path() / token::kTokenizerFile;
      if (fs::is_regular_file(model, code)) found.emplace_back(fs::last_write_time(model, code), model);
    }
    std::sort(found.rbegin(), found.rend());
    for (const auto& [time, model] : found) {
      std::string bytes = read_file(model);
      if (token::Tokenizer::from_bytes(bytes, model).vocabulary() == vocabulary) return bytes;
    }
  }
  return std::nullopt;
}

}  // namespace

void write_model(const network::Network& network, const ModelFacts& facts, const std::string& tokenizer_model,
                 const fs::path& file) {
  store::Checkpoint out{network.weights(), json{{"kind", "model"},
                                                {"name", facts.name},
                                                {"config", network::to_json(network.config())},
                                                {"provenance", to_json(facts.provenance)}}
                                               .dump()};
  if (tokenizer_model.empty()) return store::write_checkpoint(file, out);
  store::HostTensor tokenizer{{store::DataType::u8, {tokenizer_model.size()}}, {}};
  tokenizer.data.resize(tokenizer_model.size());
  std::memcpy(tokenizer.data.data(), tokenizer_model.data(), tokenizer_model.size());
  out.tensors.emplace(kTokenizerTensor, std::move(tokenizer));
  store::write_checkpoint(file, out);
}

ModelBundle read_model(const fs::path& file, const network::Device& device) {
  std::error_code code;
  if (!fs::is_regular_file(file, code)) no_model(fs::exists(file, code) ? "no file" : "no such file", file);
  if (read_beginning(file, kBeginning.size()) != kBeginning) no_model("not a model", file);
  const store::Checkpoint checkpoint = store::read_checkpoint(file);
  const json meta = json::parse(checkpoint.meta, nullptr, false);
  if (!meta.is_object()) no_model("no meta data", file);
  const char* key = meta.contains("config") ? "config" : "network";
  if (!meta.contains(key)) no_model("no network configuration in its meta data", file);
  network::Network network =
      network::Network::load(network::network_config_from_json(meta[key]), checkpoint.tensors, device);
  const int vocabulary = network.config().small.vocabulary;

  ModelFacts facts;
  facts.name = file.stem().string();
  for (const char* title : {"name", "note"}) {  // note: of networks as they were written before
    if (meta.contains(title) && meta[title].is_string()) facts.name = meta[title];
  }
  if (meta.contains("provenance")) facts.provenance = provenance_from_json(meta["provenance"]);

  std::string bytes;
  if (const auto inside = checkpoint.tensors.find(kTokenizerTensor); inside != checkpoint.tensors.end()) {
    const auto& data = inside->second.data;
    bytes.assign(reinterpret_cast<const char*>(data.data()), data.size());
  } else if (auto beside = tokenizer_beside(file, vocabulary)) {
    bytes = std::move(*beside);
  } else {
    throw Error(ErrorKind::input,
                {"the file has no tokenizer, and there is none of its vocabulary beside it", file.string(),
                 fmt::format("a tokenizer of {} pieces in tokenizer/ of the artifacts", vocabulary),
                 "Bring the project that it belongs to up to date, or take the file from there."});
  }
  auto tokenizer = std::make_shared<const token::Tokenizer>(
      token::Tokenizer::from_bytes(bytes, file, token::Tokenizer::Origin::given));
  if (tokenizer->vocabulary() != vocabulary) {
    throw Error(ErrorKind::input, {fmt::format("a tokenizer of {} pieces", tokenizer->vocabulary()), file.string(),
                                   fmt::format("{}, the network's vocabulary", vocabulary), ""});
  }
  return {std::move(facts), std::move(network), std::move(tokenizer), std::move(bytes)};
}

}  // namespace pantograph::model
