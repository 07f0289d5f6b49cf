// SPDX-License-Identifier: GPL-3.0-or-later
// Networks as values: configurations and presets, saved and loaded weights, what a damaged set of tensors says.
#include <QtTest>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "network/network.h"

using namespace pantograph;

namespace {

network::NetworkConfig tiny(bool projected) {
  network::NetworkConfig config;
  config.small = {2, 8, 2, 16, 6, 11};
  config.projected = projected;
  if (projected) config.h = 3, config.k = 4, config.m = 2;
  return config;
}

/// The error that `call` throws; fails the test when there is none.
template <typename Call>
Error error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::interrupted, {"nothing was thrown", "", "", ""});
}

bool same(const store::TensorMap& a, const store::TensorMap& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, tensor] : a) {
    const auto found = b.find(name);
    if (found == b.end() || found->second.shape.dims != tensor.shape.dims || found->second.data != tensor.data)
      return false;
  }
  return true;
}

}  // namespace

class TestNetworkFiles : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void seedDecidesTheWeights() {
    const network::Network network = network::Network::create(tiny(true), 7);
    QVERIFY(same(network.weights(), network::Network::create(tiny(true), 7).weights()));
    QVERIFY(!same(network.weights(), network::Network::create(tiny(true), 8).weights()));
    QVERIFY(same(network.weights(), network.clone().weights()));
  }

  void checkpointBringsBackTheWeights() {
    QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath("network.h5").toStdString();
    const network::Network network = network::Network::create(tiny(true), 7);
    store::write_checkpoint(file, {network.weights(), network::to_json(network.config()).dump()});
    const store::Checkpoint checkpoint = store::read_checkpoint(file);
    const network::NetworkConfig config = network::network_config_from_json(nlohmann::json::parse(checkpoint.meta));
    QCOMPARE(config, network.config());
    QVERIFY(same(network::Network::load(config, checkpoint.tensors).weights(), network.weights()));
  }

  void damagedTensors_data() {
    QTest::addColumn<QString>("damage");
    QTest::addColumn<QString>("name");
    for (const char* damage : {"missing", "shape", "type", "bytes"}) {
      QTest::newRow(qPrintable(QString("embedding %1").arg(damage))) << damage << "weights/embedding";
      QTest::newRow(qPrintable(QString("T %1").arg(damage))) << damage << "weights/layers.1.mlp.down.t";
    }
  }
  void damagedTensors() {
    QFETCH(QString, damage);
    QFETCH(QString, name);
    store::TensorMap tensors = network::Network::create(tiny(true), 7).weights();
    store::HostTensor& tensor = tensors.at(name.toStdString());
    if (damage == "missing") tensors.erase(name.toStdString());
    if (damage == "shape") tensor.shape.dims.back() += 1;
    if (damage == "type") tensor.shape.type = store::DataType::i32;
    if (damage == "bytes") tensor.data.pop_back();
    const Error error = error_of([&] { network::Network::load(tiny(true), tensors); });
    QCOMPARE(error.kind(), ErrorKind::run);
    QCOMPARE(QString::fromStdString(error.text().where), name);
    QVERIFY(!error.text().expected.empty() && !error.text().remedy.empty());
  }

  void anotherNetworksTensorsAreRefused() {
    const store::TensorMap small = network::Network::create(tiny(false), 7).weights();
    QCOMPARE(error_of([&] { network::Network::load(tiny(true), small); }).kind(), ErrorKind::run);
  }

  void badShapesAreRefused_data() {
    QTest::addColumn<QString>("json");
    const QString good = R"({"layers":2,"width":8,"heads":2,"inner":16,"context":6,"vocabulary":11%1})";
    QTest::newRow("array") << "[1]";
    QTest::newRow("missing field") << R"({"layers":2})";
    QTest::newRow("text for a number") << QString(good).replace("\"width\":8", "\"width\":\"8\"").arg("");
    QTest::newRow("fraction") << QString(good).replace("\"width\":8", "\"width\":8.5").arg("");
    QTest::newRow("zero") << QString(good).replace("\"layers\":2", "\"layers\":0").arg("");
    QTest::newRow("huge") << QString(good).replace("\"layers\":2", "\"layers\":99999999999999").arg("");
    QTest::newRow("width and heads") << QString(good).replace("\"heads\":2", "\"heads\":3").arg("");
    QTest::newRow("projected is no object") << good.arg(R"(,"projected":true)");
    QTest::newRow("m missing") << good.arg(R"(,"projected":{"h":3,"k":4})");
    QTest::newRow("h of zero") << good.arg(R"(,"projected":{"h":0,"k":4,"m":2})");
  }
  void badShapesAreRefused() {
    QFETCH(QString, json);
    const nlohmann::json value = nlohmann::json::parse(json.toStdString());
    QCOMPARE(error_of([&] { network::network_config_from_json(value); }).kind(), ErrorKind::run);
  }

  void configurationsSurviveJson() {
    for (const network::Preset& preset : network::presets())
      QCOMPARE(network::network_config_from_json(network::to_json(preset.config)), preset.config);
  }

  void specificationsBecomeConfigurations() {
    project::SmallNetworkSpec small;
    small.layers = 3, small.width = 12, small.heads = 3, small.context = 9;
    project::ProjectedNetworkSpec projected;
    projected.h = 5, projected.m = 2;
    const network::NetworkConfig config = network::projected_config(projected, small, 77, 6);
    QCOMPARE(config.small, (network::SmallConfig{3, 12, 3, 48, 9, 77}));
    QVERIFY(config.projected);
    QCOMPARE(config.h, 5);
    QCOMPARE(config.k, 6);
    QCOMPARE(config.m, 2);
    QCOMPARE(network::small_config(small, 77).small, config.small);
  }

  void wrongCreationIsRefused() {
    network::NetworkConfig config = tiny(false);
    config.small.heads = 3;
    QCOMPARE(error_of([&] { network::Network::create(config, 7); }).kind(), ErrorKind::project);
    for (const char* device : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:99"}) {
      const Error error = error_of([&] { network::Network::create(tiny(false), 7, {device}); });
      QCOMPARE(error.kind(), ErrorKind::usage);
      QVERIFY(error.text().found.find(device) != std::string::npos);
    }
    QCOMPARE(error_of([] { network::set_compute_threads(0); }).kind(), ErrorKind::usage);
  }
};

QTEST_GUILESS_MAIN(TestNetworkFiles)
#include "test_network_files.moc"
