// SPDX-License-Identifier: GPL-3.0-or-later
// A model's file gives back what was written, files of former sorts find their tokenizer, others are refused by name.
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "model/model_file.h"
#include "store/checkpoint.h"
#include "token/model_writer.h"

using namespace pantograph;
namespace fs = std::filesystem;

namespace {

std::string tokenizer_model(const std::string& piece) {
  fixtures::WrittenModel model;
  model.add_marks();
  model.pieces.push_back({piece, -1, 1});
  return model.bytes();
}

network::NetworkConfig config(bool projected) {
  network::NetworkConfig out;
  out.small = {1, 16, 2, 32, 24, 261};
  out.projected = projected;
  if (projected) out.h = 3, out.k = 4, out.m = 2;
  return out;
}

bool same_weights(const network::Network& a, const network::Network& b) {
  const auto x = a.weights(), y = b.weights();
  return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](const auto& p, const auto& q) { return p.first == q.first && p.second.data == q.second.data; });
}

}  // namespace

class TestModelFile : public QObject {
  Q_OBJECT
 private:
  QTemporaryDir dir_;
  fs::path root_;

  void refused(const fs::path& file, const char* found) const {
    try {
      model::read_model(file);
      QFAIL("read");
    } catch (const Error& e) {
      QVERIFY2(QString::fromStdString(e.text().found).contains(found), e.what());
      QVERIFY2(QString::fromStdString(e.text().where).contains(QString::fromStdString(file.filename().string())),
               e.what());
    }
  }

 private Q_SLOTS:
  void initTestCase() { root_ = dir_.path().toStdString(); }

  void round_trip() {
    for (const bool projected : {false, true}) {
      const network::Network network = network::Network::create(config(projected), 3);
      model::ModelFacts facts;
      facts.name = "a name, “quoted”";
      facts.provenance.method = "slm-pn";
      facts.provenance.expert = 2;
      facts.provenance.seed = 18446744073709551615U;
      facts.provenance.validation_loss = 3.25;
      facts.provenance.program = "0.1";
      const std::string bytes = tokenizer_model("x");
      model::write_model(network, facts, bytes, root_ / "model.h5");
      const model::ModelBundle found = model::read_model(root_ / "model.h5");
      QCOMPARE(found.facts.name, facts.name);
      QVERIFY(found.facts.provenance == facts.provenance);
      QCOMPARE(found.tokenizer_model, bytes);
      QCOMPARE(found.tokenizer->vocabulary(), 261);
      QVERIFY(found.network.config() == network.config());
      QVERIFY(same_weights(found.network, network));
      // Equal models make equal files.
      model::write_model(network, facts, bytes, root_ / "again.h5");
      QCOMPARE(read_file(root_ / "again.h5"), read_file(root_ / "model.h5"));
    }
  }

  void unknown_is_left_out() {
    QCOMPARE(to_json(model::Provenance()).dump(), std::string("{}"));
    model::Provenance some;
    some.domain = "law";
    QCOMPARE(to_json(some).dump(), std::string("{\"domain\":\"law\"}"));
    QVERIFY(model::provenance_from_json(to_json(some)) == some);
    QVERIFY_THROWS_EXCEPTION(Error, model::provenance_from_json({{"seed", "seven"}}));
  }

  /// network.h5 as it was written before, and a checkpoint of a training run: the tokenizer is that of the artifacts.
  void without_a_tokenizer() {
    const network::Network network = network::Network::create(config(false), 4);
    const fs::path run = root_ / "p.artifacts/pretrain/slm/7/0123456789abcdef";
    fs::create_directories(run / "checkpoints");
    const auto write = [&](const fs::path& file, const nlohmann::json& meta) {
      store::write_checkpoint(file, {network.weights(), meta.dump()});
    };
    write(run / "network.h5", {{"kind", "network"}, {"config", to_json(network.config())}, {"note", "of before"}});
    write(run / "checkpoints/step-000000007.h5",
          {{"format", "pantograph-training"}, {"network", to_json(network.config())}});
    refused(run / "network.h5", "the file has no tokenizer");

    for (const auto& [name, piece] : {std::pair("aaaa", "x"), std::pair("bbbb", "y"), std::pair("cccc", "")}) {
      fs::create_directories(root_ / "p.artifacts/tokenizer" / name);
      const fs::path file = root_ / "p.artifacts/tokenizer" / name / token::kTokenizerFile;
      fixtures::WrittenModel other;  // of another vocabulary
      other.add_marks();
      write_atomically(file, *piece != 0 ? tokenizer_model(piece) : other.bytes());
      fs::last_write_time(file, fs::file_time_type::clock::now() + std::chrono::seconds(name[0]));
    }
    for (const char* name : {"network.h5", "checkpoints/step-000000007.h5"}) {
      const model::ModelBundle found = model::read_model(run / name);
      QVERIFY(same_weights(found.network, network));
      QCOMPARE(found.tokenizer_model, tokenizer_model("y"));  // the newest that fits
    }
    QCOMPARE(model::read_model(run / "network.h5").facts.name, std::string("of before"));
    QCOMPARE(model::read_model(run / "checkpoints/step-000000007.h5").facts.name, std::string("step-000000007"));
  }

  void refusals() {
    refused(root_ / "missing.h5", "no such file");
    refused(root_ / "p.artifacts", "no file");
    write_atomically(root_ / "text.h5", "Call me Ishmael.");
    refused(root_ / "text.h5", "not a model");
    const network::Network network = network::Network::create(config(false), 4);
    fixtures::WrittenModel small;
    small.add_marks();
    model::write_model(network, {}, small.bytes(), root_ / "other.h5");
    refused(root_ / "other.h5", "a tokenizer of 260 pieces");
    model::write_model(network, {}, "no model", root_ / "broken.h5");
    refused(root_ / "broken.h5", "no SentencePiece model");
    try {  // a file of the user's: nothing around it is to be deleted
      model::read_model(root_ / "broken.h5");
    } catch (const Error& e) {
      QCOMPARE(e.kind(), ErrorKind::input);
      QVERIFY2(!QString(e.what()).contains("Delete"), e.what());
    }
    store::write_checkpoint(root_ / "bare.h5", {network.weights(), "{}"});
    refused(root_ / "bare.h5", "no network configuration");
    store::write_checkpoint(root_ / "list.h5", {network.weights(), "[1]"});
    refused(root_ / "list.h5", "no meta data");
    model::write_model(network, {}, tokenizer_model("x"), root_ / "damaged.h5");
    std::string bytes = read_file(root_ / "damaged.h5");
    bytes[bytes.size() / 2] ^= 1;
    write_atomically(root_ / "damaged.h5", bytes);
    refused(root_ / "damaged.h5", "damaged");
  }
};

QTEST_GUILESS_MAIN(TestModelFile)
#include "test_model_file.moc"
