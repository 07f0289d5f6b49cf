// SPDX-License-Identifier: GPL-3.0-or-later
// Models that are exported, changed by hand and brought in again.
#pragma once

#include <QTemporaryDir>
#include <QTest>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "exchange/exporter.h"
#include "exchange/importer.h"
#include "exchange/safetensors_writer.h"
#include "sample_model.h"
#include "store/safetensors.h"

namespace pantograph::fixtures {

/// Dimensions and numbers, by name.
using Tensors = std::map<std::string, std::pair<std::vector<std::uint64_t>, std::vector<float>>>;

/// One whose every tensor holds other numbers.
inline model::ModelBundle odd_model(const std::string& tokenizer, const std::string& block = "gpt2") {
  model::ModelBundle out = sample_model(tokenizer, false, block);
  store::TensorMap weights = out.network.weights();
  Random random(3);
  for (auto& [name, tensor] : weights) {
    auto* values = reinterpret_cast<float*>(tensor.data.data());
    for (std::uint64_t i = 0; i < tensor.shape.count(); ++i)
      values[i] += 0.05F * (static_cast<float>(random.below(2001)) / 1000 - 1);
  }
  out.network = network::Network::load(out.network.config(), weights);
  return out;
}

/// Edits a JSON file.
inline void change(const std::filesystem::path& file, const std::function<void(nlohmann::json&)>& edit) {
  nlohmann::json content = nlohmann::json::parse(read_file(file));
  edit(content);
  write_atomically(file, content.dump());
}

/// The tensors of a Hugging Face folder, changed and written again.
inline void rewrite(const std::filesystem::path& folder, const std::function<void(Tensors&)>& edit) {
  const std::filesystem::path file = folder / "model.safetensors";
  Tensors tensors;
  const store::SafetensorsFile read(file);
  for (const auto& [name, entry] : read.entries()) tensors[name] = {entry.dims, read.read_floats(name, entry.dims)};
  edit(tensors);
  exchange::SafetensorsWriter writer;
  for (const auto& [name, tensor] : tensors)
    writer.add(name, tensor.first, tensor.second.data(), exchange::NumberType::f32);
  writer.write(file, {});
}

/// A place for files of which each has a new name.
class Imports {
 public:
  std::filesystem::path fresh(const std::string& name) {
    return std::filesystem::path(dir_.path().toStdString()) / (std::to_string(++count_) + name);
  }
  /// A Hugging Face folder of a model.
  std::filesystem::path folder(const model::ModelBundle& model) {
    const std::filesystem::path out = fresh("-hf");
    exchange::export_model(exchange::exporter("hf"), model, out, {});
    return out;
  }
  model::ModelBundle imported(const std::filesystem::path& from) {
    const std::filesystem::path out = fresh(".h5");
    exchange::import_model(from, out, "0.1", {});
    return model::read_model(out);
  }
  void refused(const std::filesystem::path& from, const char* words) {
    const std::filesystem::path out = fresh(".h5");
    try {
      exchange::import_model(from, out, "0.1", {});
      QFAIL(qPrintable(QString("imported, without: %1").arg(words)));
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::input);
      QVERIFY2(QString(e.what()).contains(words), e.what());
    }
    QVERIFY(!std::filesystem::exists(out));
  }

 private:
  QTemporaryDir dir_;
  int count_ = 0;
};

}  // namespace pantograph::fixtures
