// SPDX-License-Identifier: GPL-3.0-or-later
// A tiny experiment with planted leaks: counted, said everywhere, and left out of training where the project says so.
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "base/random.h"
#include "corpus/distinct.h"
#include "engine_run.h"
#include "project/project_file.h"
#include "support/tiny_project.h"
#include "token/token_store.h"

using namespace pantograph;
namespace fs = std::filesystem;
using corpus::Split;
using Ids = std::vector<std::string>;

namespace {

fs::path folder_of(const job::ProjectView& view, const std::string& id) {
  for (const job::StepInfo& step : view.steps) {
    if (step.id == id) return step.folder;
  }
  return {};
}

std::vector<std::string> texts_of(const fs::path& folder, Split split) {
  const corpus::DocumentStore store(folder);
  return store.texts(split, 0, store.documents(split));
}

/// Documents of words that nothing else has: what two of them have in common was planted.
void write_random(const fs::path& file, std::uint64_t seed, int documents) {
  Random random(seed);
  std::ofstream out(file);
  for (int i = 0; i < documents; ++i) {
    std::string text;
    for (int word = 0; word < 80; ++word) {
      for (int letter = 0; letter < 5; ++letter) text += static_cast<char>('a' + random.below(26));
      text += word == 79 ? '.' : ' ';
    }
    out << nlohmann::json({{"text", text}}).dump() << '\n';
  }
}

/// The text with its last word replaced.
std::string near_copy(const std::string& text) {
  return text.substr(0, text.rfind(' ') + 1) + "elsewhere.";
}

}  // namespace

class TestOverlap : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    job::initialize_engine();
    const fs::path home = dir_.path().toStdString();
    file_ = tiny::make_project(home);
    write_random(home / "generic.jsonl", 1, 120);
    write_random(home / "cooking.jsonl", 2, 60);
    write_random(home / "law.jsonl", 3, 60);
    project::Project project = project::load_project(file_);
    for (auto& method : project.methods) method.generic.tokens = 8192;
    project.methods.resize(1);
    project.specialization.max_steps = 5;
    project::save_project(project, file_);
    project = load({});
    // Which documents are test documents is known once they were imported.
    const auto first = tiny::run(project, {{"import"}});
    test_ = texts_of(folder_of(*first.view, "import/law"), Split::test);
    validation_ = texts_of(folder_of(*first.view, "import/law"), Split::validation);
    train_ = texts_of(folder_of(*first.view, "import/generic"), Split::train);
    QVERIFY(test_.size() > 5 && validation_.size() > 2);
    planted_ = {near_copy(test_[0]), near_copy(test_[3]), near_copy(validation_[1]), near_copy(train_[7])};
    std::ofstream out(home / "generic.jsonl", std::ios::app);
    for (const std::string& text : planted_) out << nlohmann::json({{"text", text}}).dump() << '\n';
    out.close();
    // All of them are to be trained on: the seed decides, and a copy that it does not take proves nothing.
    const auto second = tiny::run(project, {{"import"}});
    const auto there = texts_of(folder_of(*second.view, "import/generic"), Split::train);
    for (const std::string& text : planted_) in_train_ += std::count(there.begin(), there.end(), text);
    QVERIFY(in_train_ >= 3);
  }

  void leaksAreCountedAndSaid() {
    const project::Project project = load({});
    tiny::Recorder recorder;
    const auto outcome = tiny::run(project, {}, &recorder);
    QCOMPARE(outcome.ended.kind, job::RunEnded::finished);
    QVERIFY(outcome.view->overlap.has_value());
    const overlap::Leaks& leaks = outcome.view->overlap->leaks.at("law");
    QCOMPARE(leaks.documents, std::uint64_t(test_.size()));
    QVERIFY(leaks.generic.above >= 1 && leaks.generic.above <= 2);
    QCOMPARE(leaks.generic.above + leaks.clean, leaks.documents);
    QCOMPARE(leaks.own.above, std::uint64_t(0));
    QCOMPARE(outcome.view->overlap->leaks.at("cooking").generic.above, std::uint64_t(0));
    const overlap::NearCopies& copies = outcome.view->overlap->near_copies.at("generic");
    QCOMPARE(static_cast<long>(copies.of_held_out + copies.of_train), in_train_);
    QCOMPARE(outcome.view->overlap->near_copies.at("law").test.in_generic, leaks.generic.above);

    const std::string sentence = overlap::leak_sentences("law", leaks).at(0);
    bool warned = false;
    for (const auto& warning : recorder.all<job::Warning>())
      warned = warned || (warning.id == "overlap" && warning.message == sentence + ".");
    QVERIFY(warned);
    const auto report = nlohmann::json::parse(read_file(project.artifacts() / "report/results.json"));
    QCOMPARE(report.at("leaks").at("law").at("generic").at("above").get<std::uint64_t>(), leaks.generic.above);
    // The results without those documents stand beside the others.
    QCOMPARE(leaks.leaked.size(), leaks.generic.above);
    for (const auto& record : report.at("records")) {
      const bool law = record.at("domain") == "law";
      QCOMPARE(record.at("leaked_documents").get<std::uint64_t>(), law ? leaks.generic.above : 0);
      const double all = record.at("perplexity_after"), without = record.at("perplexity_without_leaks");
      QVERIFY(law ? without > 0 && without != all : without == all);
    }
    for (const auto& record : outcome.view->results) {
      if (record.domain != "law") continue;
      double loss = 0, tokens = 0;
      for (std::size_t i = 0; i < record.test->documents.size(); ++i) {
        if (std::count(leaks.leaked.begin(), leaks.leaked.end(), record.test->documents[i]) > 0) continue;
        loss += record.test->losses[i], tokens += record.test->tokens[i];
      }
      QVERIFY(std::fabs(std::exp(loss / tokens) - record.perplexity_without_leaks) < 1e-9);
    }
    const std::string page = read_file(project.artifacts() / "report/report.html");
    QVERIFY(page.find("Test sets") != std::string::npos);
    QVERIFY(page.find(sentence) != std::string::npos);
    QVERIFY(page.find("Near-copies") != std::string::npos);
    QVERIFY(tiny::open_steps(project).empty());
  }

  /// Nothing that is trained depends on what was found, unless it is dropped.
  void lookingForThemMakesNothingElseStale() {
    const Ids overlap = {"overlap", "report"};
    QCOMPARE(tiny::open_steps(load({"corpus.generic.near_duplicates=keep"})), overlap);
    const auto outcome = tiny::run(load({"corpus.generic.near_duplicates=keep"}));
    QCOMPARE(outcome.finished, overlap);
    QVERIFY(!outcome.view->overlap->near_copies.at("generic").looked_for);
    QVERIFY(outcome.view->overlap->leaks.at("law").generic.above > 0);  // counted all the same
    QCOMPARE(tiny::run(load({})).finished, Ids{"report"});
  }

  void droppedOnesAreNotTrainedOn() {
    const project::Project project = load({"corpus.generic.near_duplicates=drop"});
    const auto outcome = tiny::run(project);
    QCOMPARE(outcome.ended.kind, job::RunEnded::finished);
    const Ids begin(outcome.finished.begin(), outcome.finished.begin() + 4);
    QCOMPARE(begin, (Ids{"overlap", "distinct/generic", "tokenizer", "tokenize/generic"}));
    const fs::path imported = folder_of(*outcome.view, "import/generic"),
                   left = folder_of(*outcome.view, "distinct/generic");
    const auto kept = texts_of(left, Split::train);
    for (const std::string& text : planted_) QCOMPARE(std::count(kept.begin(), kept.end(), text), 0L);
    auto all = texts_of(imported, Split::train);
    QCOMPARE(all.size(), kept.size() + static_cast<std::size_t>(in_train_));
    std::erase_if(all, [&](const std::string& text) {
      return std::find(planted_.begin(), planted_.end(), text) != planted_.end();
    });
    QCOMPARE(kept, all);  // in their order
    for (const Split split : {Split::validation, Split::test})
      QCOMPARE(texts_of(left, split), texts_of(imported, split));
    QCOMPARE(token::TokenStore(folder_of(*outcome.view, "tokenize/generic")).documents(Split::train),
             std::uint64_t(kept.size()));
    QCOMPARE(outcome.view->overlap->leaks.at("law").generic.above, std::uint64_t(0));
    // Counted as the others that were left out.
    const corpus::ImportSummary& summary = *outcome.view->corpora[0].imported;
    QCOMPARE(summary.documents[0], std::uint64_t(kept.size()));
    QCOMPARE(static_cast<long>(summary.dropped.at(corpus::kNearCopyReason).count), in_train_);
    QVERIFY(corpus::import_sentence(summary).find(std::to_string(in_train_) + " near-copy") != std::string::npos);
    QVERIFY(tiny::open_steps(project).empty());
    QCOMPARE(tiny::run(load({})).finished, Ids{"report"});  // and back
  }

  /// Other test documents, the same near-copies: the networks stay.
  void whatIsLeftDecidesWhatIsDoneAgain() {
    const fs::path source = fs::path(dir_.path().toStdString()) / "cooking.jsonl";
    const std::string before = read_file(source);
    const project::Project project = load({"corpus.generic.near_duplicates=drop"});
    tiny::run(project);
    write_atomically(source, before + nlohmann::json({{"text", planted_[3].substr(100)}}).dump() + "\n");
    const auto outcome = tiny::run(project);
    const std::set<std::string> done(outcome.finished.begin(), outcome.finished.end());
    QVERIFY(done.contains("import/cooking") && done.contains("overlap"));
    for (const char* step : {"distinct/generic", "tokenizer", "tokenize/generic", "pretrain/slm/7"})
      QVERIFY2(!done.contains(step), step);
    write_atomically(source, before);
  }

 private:
  project::Project load(const std::vector<std::string>& settings) const {
    return project::load_project(file_, settings);
  }

  QTemporaryDir dir_;
  fs::path file_;
  std::vector<std::string> test_, validation_, train_, planted_;
  long in_train_ = 0;
};

QTEST_GUILESS_MAIN(TestOverlap)
#include "test_overlap.moc"
