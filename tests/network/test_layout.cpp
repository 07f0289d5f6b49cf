// SPDX-License-Identifier: GPL-3.0-or-later
// The layout against a plain list of names and shapes for a small, a projected and an adapted network; what networks
// hold, and what the estimates count, against the layout.
#include <QtTest>

#include <set>

#include "network/layout.h"
#include "network/lora.h"
#include "network/network.h"

using namespace pantograph;

namespace {

using Shape = std::vector<std::int64_t>;
struct Named {
  std::string name;
  Shape shape;
  network::ParameterKind kind;
  bool decays;
};

// Every size another number, so that none can stand for another one.
constexpr int kLayers = 2, kWidth = 6, kInner = 10, kContext = 7, kVocabulary = 13, kH = 4, kK = 5, kM = 3, kRank = 2;

network::NetworkConfig config_of(const QString& sort) {
  network::NetworkConfig config;
  config.small = {kLayers, kWidth, 3, kInner, kContext, kVocabulary};
  if (sort.startsWith("llama")) {
    config.small.block = network::Block::llama, config.small.activation = network::Activation::swiglu;
    config.small.key_value_heads = 1;
  }
  if (sort.endsWith("projected")) config.projected = true, config.h = kH, config.k = kK, config.m = kM;
  if (sort.endsWith("adapted")) config.lora = {kRank, 1.5};
  return config;
}

/// As docs/FORMATS.md has them, in the order of files.
std::vector<Named> expected(const QString& sort) {
  using enum network::ParameterKind;
  const bool projected = sort.endsWith("projected"), adapted = sort.endsWith("adapted");
  const bool llama = sort.startsWith("llama");
  std::vector<Named> all = {{"embedding", {kVocabulary, kWidth}, matrix, true}};
  if (!llama) all.push_back({"positions", {kContext, kWidth}, matrix, true});
  const auto linear = [&](const std::string& name, int out, int in, bool mlp) {
    if (mlp && projected) {
      all.push_back({name + ".t", {kH, out, in}, t, true});
      all.push_back({name + ".m", {kM, kH}, m, false});
    } else {
      all.push_back({name + ".weight", {out, in}, matrix, true});
    }
    if (adapted) {
      all.push_back({name + ".lora_a", {kRank, in}, adapter, true});
      all.push_back({name + ".lora_b", {out, kRank}, adapter, true});
    }
    if (!llama) all.push_back({name + ".bias", {out}, vector, false});
  };
  const auto norm = [&](const std::string& name) {
    all.push_back({name + ".weight", {kWidth}, vector, false});
    if (!llama) all.push_back({name + ".bias", {kWidth}, vector, false});
  };
  for (const std::string layer : {"layers.0.", "layers.1."}) {
    norm(layer + "attention.norm");
    linear(layer + "attention.qkv", llama ? kWidth + 2 * kWidth / 3 : 3 * kWidth, kWidth, false);
    linear(layer + "attention.output", kWidth, kWidth, false);
    norm(layer + "mlp.norm");
    if (llama) linear(layer + "mlp.gate", kInner, kWidth, true);
    linear(layer + "mlp.up", kInner, kWidth, true);
    linear(layer + "mlp.down", kWidth, kInner, true);
  }
  norm("norm");
  if (projected) all.push_back({"experts", {kK, kM}, e, false});
  return all;
}

std::uint64_t numbers(const Shape& shape) {
  std::uint64_t count = 1;
  for (const std::int64_t size : shape) count *= static_cast<std::uint64_t>(size);
  return count;
}

}  // namespace

class TestLayout : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void namesAndShapes_data() { sorts(); }
  void namesAndShapes() {
    QFETCH(QString, sort);
    const std::vector<Named> list = expected(sort);
    const std::vector<network::TensorSpec> found = network::layout(config_of(sort));
    QCOMPARE(found.size(), list.size());
    std::set<std::tuple<network::TensorRole, int, network::TensorPart>> places;
    for (std::size_t i = 0; i < list.size(); ++i) {
      QCOMPARE(found[i].name, list[i].name);
      QVERIFY2(found[i].shape == list[i].shape, list[i].name.c_str());
      QVERIFY2(found[i].kind == list[i].kind, list[i].name.c_str());
      QVERIFY2(found[i].decays == list[i].decays, list[i].name.c_str());
      QCOMPARE(found[i].layer, list[i].name.starts_with("layers.0.")   ? 0
                               : list[i].name.starts_with("layers.1.") ? 1
                                                                       : -1);
      QVERIFY2(places.emplace(found[i].role(), found[i].layer, found[i].part).second, list[i].name.c_str());
    }
  }

  void networksHoldTheLayout_data() { sorts(); }
  void networksHoldTheLayout() {
    QFETCH(QString, sort);
    const network::Network network = network::Network::create(config_of(sort), 3);
    const store::TensorMap weights = network.weights();
    const std::vector<Named> list = expected(sort);
    QCOMPARE(weights.size(), list.size());
    std::uint64_t all = 0;
    for (const Named& tensor : list) {
      const auto found = weights.find("weights/" + tensor.name);
      QVERIFY2(found != weights.end(), tensor.name.c_str());
      const auto& dims = found->second.shape.dims;
      QVERIFY2(Shape(dims.begin(), dims.end()) == tensor.shape, tensor.name.c_str());
      QCOMPARE(found->second.data.size(), 4 * numbers(tensor.shape));
      all += numbers(tensor.shape);
    }
    QCOMPARE(network.parameters(), all);
  }

  /// Adapters put beside a network, and a network with adapters from the start, hold the same tensors.
  void adaptersAreThoseOfTheLayout() {
    for (const QString block : {"", "llama "}) {
      const network::Network adapted =
          network::with_lora(network::Network::create(config_of(block + "small"), 3), kRank, 1.5, 7);
      QCOMPARE(adapted.weights().size(), expected(block + "adapted").size());
      QCOMPARE(network::merge(adapted).weights().size(), expected(block + "small").size());
    }
  }

  void counts_data() { sorts(); }
  void counts() {
    QFETCH(QString, sort);
    const network::NetworkConfig config = config_of(sort);
    std::uint64_t all = 0, matrices = 0, trained = 0;
    for (const Named& tensor : expected(sort)) {
      all += numbers(tensor.shape);
      if (tensor.shape.size() > 1) matrices += numbers(tensor.shape);
      if (!sort.endsWith("adapted") || tensor.kind == network::ParameterKind::adapter) trained += numbers(tensor.shape);
    }
    QCOMPARE(network::count_numbers(config, [](const network::TensorRow&, network::TensorPart) { return true; }), all);
    QCOMPARE(network::count_numbers(config,
                                    [](const network::TensorRow& row, network::TensorPart part) {
                                      return row.in.of != network::Extent::none || part != network::TensorPart::whole;
                                    }),
             matrices);
    QCOMPARE(
        network::count_numbers(config, [&](const network::TensorRow&,
                                           network::TensorPart part) { return network::is_trained(config, part); }),
        trained);
    QCOMPARE(
        network::count_numbers(config, [](const network::TensorRow& row, network::TensorPart) { return row.tied; }),
        std::uint64_t{kVocabulary * kWidth});
  }

  /// The description says what becomes of each: checked for those that differ.
  void whatBecomesOfThem() {
    for (const QString sort : {"projected", "llama projected"}) {
      const network::NetworkConfig config = config_of(sort);
      for (const network::TensorSpec& spec : network::layout(config)) {
        const auto is = [&](const char* part) { return spec.name.find(part) != std::string::npos; };
        const bool mlp = is(".mlp.gate.") || is(".mlp.up.") || is(".mlp.down.");
        QCOMPARE(spec.row->projected, mlp && !spec.name.ends_with(".bias"));
        QCOMPARE(spec.row->tied, spec.name == "embedding");
        QCOMPARE(spec.row->growth == network::Growth::shared, spec.name == "norm.weight" || spec.name == "norm.bias");
        const std::int64_t keys = sort == "projected" ? kWidth : kWidth / 3;
        if (is(".qkv.")) QVERIFY((network::stacks(*spec.row, config) == Shape{kWidth, keys, keys}));
        if (is(".output.")) QVERIFY((network::stacks(*spec.row, config) == Shape{kWidth}));
      }
    }
  }

 private:
  static void sorts() {
    QTest::addColumn<QString>("sort");
    for (const char* sort : {"small", "projected", "adapted", "llama small", "llama projected", "llama adapted"})
      QTest::newRow(sort) << sort;
  }
};

QTEST_GUILESS_MAIN(TestLayout)
#include "test_layout.moc"
