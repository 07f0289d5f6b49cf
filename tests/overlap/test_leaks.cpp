// SPDX-License-Identifier: GPL-3.0-or-later
// Shares of 13-grams beside sets of strings, over random corpora with planted leaks.
#include <QTemporaryDir>
#include <QTest>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "overlap/overlap_json.h"
#include "overlap_support.h"

using namespace pantograph;
using namespace overlap_test;

namespace {

/// Shares of the test documents, by sets of strings.
std::vector<double> plain_shares(const std::vector<std::string>& test, const std::vector<std::string>& train) {
  std::set<Words> trained;
  for (const std::string& text : train) {
    for (const Words& gram : plain_grams(plain_words(text), 13)) trained.insert(gram);
  }
  std::vector<double> shares;
  for (const std::string& text : test) {
    const auto grams = plain_grams(plain_words(text), 13);
    double common = 0;
    for (const Words& gram : grams) common += static_cast<double>(trained.count(gram));
    shares.push_back(grams.empty() ? -1 : common / static_cast<double>(grams.size()));
  }
  return shares;
}

overlap::Leaks plain_leaks(const std::vector<double>& generic, const std::vector<double>& own) {
  overlap::Leaks leaks;
  leaks.documents = generic.size();
  for (std::size_t i = 0; i < generic.size(); ++i) {
    if (generic[i] < 0) {
      ++leaks.too_short;
      continue;
    }
    leaks.clean += generic[i] == 0 && own[i] == 0 ? 1 : 0;
    leaks.generic.mean += generic[i];
    leaks.own.mean += own[i];
    leaks.generic.above += generic[i] > 0.2 ? 1 : 0;
    leaks.own.above += own[i] > 0.2 ? 1 : 0;
    leaks.generic.any += generic[i] > 0 ? 1 : 0;
    leaks.own.any += own[i] > 0 ? 1 : 0;
  }
  const auto measured = static_cast<double>(leaks.documents - leaks.too_short);
  leaks.generic.mean /= measured;
  leaks.own.mean /= measured;
  return leaks;
}

}  // namespace

class TestLeaks : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    Random random(11);
    web_ = {"web", true, {}, {}, {}, "report"};
    books_ = {"books", true, {}, {}, {}, "keep"};
    law_ = {"law", false, {}, {}, {}, "report"};
    care_ = {"care", false, {}, {}, {}, "keep"};
    for (int i = 0; i < 60; ++i) {
      (i % 2 == 0 ? web_ : books_).train.push_back(random_text(random, 40 + random.below(200)));
      law_.train.push_back(random_text(random, 30 + random.below(100)));
      care_.train.push_back(random_text(random, 30 + random.below(100)));
    }
    web_.validation.push_back(random_text(random, 50));
    for (CorpusTexts* domain : {&law_, &care_}) {
      for (std::uint64_t i = 0; i < 60; ++i) {
        // Pieces of what is trained on, here or elsewhere, of several lengths, between words of their own.
        const CorpusTexts* sources[] = {&web_, &books_, &law_, &care_};
        const auto& source = sources[random.below(4)]->train;
        const Words from = plain_words(source[random.below(source.size())]);
        Words words = plain_words(random_text(random, 2 + random.below(60)));
        const std::size_t take = i % 3 == 0 ? 0 : std::min<std::size_t>(from.size(), random.below(50));
        words.insert(words.begin() + static_cast<std::ptrdiff_t>(words.size() / 2), from.begin(),
                     from.begin() + static_cast<std::ptrdiff_t>(take));
        std::string text;
        for (const std::string& word : words) text += (i % 2 == 0 ? word : upper(word)) + (i % 4 == 0 ? ", " : " ");
        domain->test.push_back(text);
      }
    }
    inputs_ = import_all(dir_.path().toStdString(), {web_, law_, books_, care_});
  }

  void sharesAreThoseOfSetsOfStrings() {
    const overlap::Overlap found = overlap::find_overlap(inputs_, 1, {});
    std::vector<std::string> generic = web_.train;
    generic.insert(generic.end(), books_.train.begin(), books_.train.end());
    for (const CorpusTexts* domain : {&law_, &care_}) {
      const auto in_generic = plain_shares(domain->test, generic), in_own = plain_shares(domain->test, domain->train);
      const overlap::Leaks plain = plain_leaks(in_generic, in_own);
      const overlap::Leaks& leaks = found.leaks.at(domain->name);
      QVERIFY(plain.generic.above > 3 && plain.own.above > 3 && plain.clean > 3 && plain.too_short > 1);
      QVERIFY(plain.generic.any > plain.generic.above);
      QCOMPARE(leaks.documents, plain.documents);
      QCOMPARE(leaks.too_short, plain.too_short);
      QCOMPARE(leaks.clean, plain.clean);
      for (const bool own : {false, true}) {
        const overlap::Leaks::Side &side = own ? leaks.own : leaks.generic, &expected = own ? plain.own : plain.generic;
        QVERIFY(std::abs(side.mean - expected.mean) < 1e-12);
        QCOMPARE(side.above, expected.above);
        QCOMPARE(side.any, expected.any);
      }
      std::vector<std::uint64_t> above;
      for (std::size_t i = 0; i < in_generic.size(); ++i) {
        if (std::max(in_generic[i], in_own[i]) > 0.2) above.push_back(i);
      }
      QCOMPARE(leaks.leaked, above);
      QCOMPARE(leaks.most.size(), std::size_t(5));
      for (const overlap::LeakedDocument& one : leaks.most) {
        QVERIFY(std::abs(one.generic - in_generic.at(one.place.number)) < 1e-12);
        QVERIFY(std::abs(one.own - in_own.at(one.place.number)) < 1e-12);
        QVERIFY(std::max(one.generic, one.own) > 0.2);
        QVERIFY(one.place.begins.starts_with(domain->test[one.place.number].substr(0, 20)));
      }
      QCOMPARE(std::max(leaks.most[0].generic, leaks.most[0].own),
               std::max(*std::max_element(in_generic.begin(), in_generic.end()),
                        *std::max_element(in_own.begin(), in_own.end())));
    }
    QVERIFY(!found.leaks.contains("web"));
  }

  void theSameOnAnyNumberOfThreads() {
    const std::string one = overlap::to_json(overlap::find_overlap(inputs_, 1, {})).dump();
    for (const int threads : {2, 3, 8})
      QCOMPARE(overlap::to_json(overlap::find_overlap(inputs_, threads, {})).dump(), one);
  }

  void theOrderOfTrainDocumentsDoesNotMatter() {
    QTemporaryDir dir;
    CorpusTexts web = web_;
    std::reverse(web.train.begin(), web.train.end());
    const auto inputs = import_all(dir.path().toStdString(), {law_, books_, web, care_});
    const auto before = overlap::find_overlap(inputs_, 1, {}), after = overlap::find_overlap(inputs, 1, {});
    for (const auto& [domain, leaks] : before.leaks)
      QCOMPARE(overlap::to_json(after.leaks.at(domain)).dump(), overlap::to_json(leaks).dump());
  }

  void jsonRoundTrips() {
    const nlohmann::json json = overlap::to_json(overlap::find_overlap(inputs_, 1, {}));
    QCOMPARE(overlap::to_json(overlap::overlap_from_json(json)).dump(), json.dump());
  }

  void sentences() {
    overlap::Leaks leaks;
    leaks.documents = 120;
    QVERIFY(overlap::leak_sentences("law", leaks).empty());
    leaks.generic.above = 3;
    QCOMPARE(
        overlap::leak_sentences("law", leaks).at(0),
        std::string("law: 3 of 120 test documents share more than 20 % of their 13-grams with the generic train set"));
    leaks.own.above = 1;
    QCOMPARE(overlap::leak_sentences("law", leaks).at(1),
             std::string("law: 1 of 120 test documents shares more than 20 % of its 13-grams with its own train set"));
  }

  void aDomainWithoutATestSet() {
    QTemporaryDir dir;
    CorpusTexts law = law_;
    law.test.clear();
    const auto found = overlap::find_overlap(import_all(dir.path().toStdString(), {web_, law}), 2, {});
    QCOMPARE(found.leaks.at("law").documents, std::uint64_t(0));
    QCOMPARE(found.leaks.at("law").generic.mean, 0.0);
    QVERIFY(!overlap::overlap_sentence(found).empty());
  }

  void obeysAStop() {
    Control control;
    control.stop();
    TaskContext task;
    task.control = &control;
    QVERIFY_EXCEPTION_THROWN(overlap::find_overlap(inputs_, 2, task), Interrupted);
  }

 private:
  static std::string upper(std::string word) {
    for (char& c : word) c = static_cast<char>(std::toupper(c));
    return word;
  }

  QTemporaryDir dir_;
  CorpusTexts web_, books_, law_, care_;
  std::vector<overlap::OverlapInput> inputs_;
};

QTEST_GUILESS_MAIN(TestLeaks)
#include "test_leaks.moc"
