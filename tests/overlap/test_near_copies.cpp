// SPDX-License-Identifier: GPL-3.0-or-later
// Near-copies: the estimate beside the exact similarity of sets of strings, and which document counts as a copy.
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <nlohmann/json.hpp>

#include "overlap/near_copies.h"
#include "overlap/overlap_json.h"
#include "overlap/signature.h"
#include "overlap_support.h"

using namespace pantograph;
using namespace overlap_test;

namespace {

overlap::Signature signature_of(const std::string& text) {
  overlap::TextScratch scratch;
  overlap::find_words(text, scratch);
  overlap::Signature signature;
  if (!overlap::make_signature(scratch, signature)) qFatal("no word");
  return signature;
}

std::vector<std::uint64_t> numbers(std::initializer_list<std::uint64_t> list) {
  return list;
}

}  // namespace

class TestNearCopies : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  /// Pairs of a known similarity, in texts of many lengths: those of 0.95 are found, those of 0.5 are not.
  void foundByTheirSimilarity_data() {
    QTest::addColumn<int>("words");
    for (const int words : {60, 120, 400, 3000}) QTest::addRow("%d words", words) << words;
  }
  void foundByTheirSimilarity() {
    QFETCH(int, words);
    Random random(5);
    const auto size = static_cast<std::size_t>(words);
    const int pairs = words > 1000 ? 200 : 1000;
    const auto found = [&](double wanted) {
      int count = 0;
      double error = 0, error2 = 0;
      for (int i = 0; i < pairs; ++i) {
        // Two texts of n words that overlap in all but u of them have (n - 4 - u) / (n - 4 + u) shingles in common.
        const auto shift = std::lround(static_cast<double>(size - 4) * (1 - wanted) / (1 + wanted));
        const Words words_of_both = plain_words(random_text(random, size + static_cast<std::size_t>(shift)));
        std::string text, other;
        for (std::size_t w = 0; w < size; ++w) {
          text += words_of_both[w] + " ";
          other += words_of_both[w + static_cast<std::size_t>(shift)] + " ";
        }
        const double exact = plain_jaccard(text, other);
        if (std::abs(exact - wanted) > 0.02) qFatal("a pair of %f is no pair of %f", exact, wanted);
        overlap::SignatureIndex index;
        index.add(signature_of(text));
        std::vector<std::uint32_t> near;
        index.near(signature_of(other), near);
        count += near.empty() ? 0 : 1;
        const double by = overlap::similarity(signature_of(text), signature_of(other)) - exact;
        error += by;
        error2 += by * by;
      }
      // No bias, and the spread of 128 independent minima.
      const double spread = std::sqrt(wanted * (1 - wanted) / 128);
      if (std::abs(error / pairs) > 4 * spread / std::sqrt(pairs)) qFatal("biased by %f at %f", error / pairs, wanted);
      if (std::sqrt(error2 / pairs) > 1.15 * spread) qFatal("spread %f at %f", std::sqrt(error2 / pairs), wanted);
      return static_cast<double>(count) / pairs;
    };
    QVERIFY(found(0.95) >= 0.99);
    QVERIFY(found(0.9) >= 0.97);
    QVERIFY(found(0.5) <= 0.01);
    QCOMPARE(found(0.3), 0.0);
  }

  void shortTexts() {
    QCOMPARE(overlap::similarity(signature_of("Yes."), signature_of("yes!")), 1.0);
    QVERIFY(overlap::similarity(signature_of("Yes."), signature_of("No.")) < overlap::kNearCopy);
    QVERIFY(overlap::similarity(signature_of("one two three four"), signature_of("one two three five")) < 0.1);
    overlap::TextScratch scratch;
    overlap::find_words(" ... !", scratch);
    overlap::Signature signature;
    QVERIFY(!overlap::make_signature(scratch, signature));
  }

  /// Thousands of texts: the index finds what comparing each with each does.
  void theIndexFindsWhatAllPairsDo() {
    Random random(9);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 1500; ++i) {
      if (i % 3 == 0) texts.push_back(random_text(random, 100));
      if (i % 3 == 1) texts.push_back(changed_text(random, texts[i - 1], random.below(3)));
      if (i % 3 == 2) texts.push_back(changed_text(random, texts[i - 2], random.below(12)));
    }
    overlap::SignatureIndex index;
    std::vector<overlap::Signature> signatures;
    int alike = 0, missed = 0;
    for (const std::string& text : texts) {
      const overlap::Signature signature = signature_of(text);
      std::vector<std::uint32_t> near;
      index.near(signature, near);
      QVERIFY(std::is_sorted(near.begin(), near.end()));
      for (std::uint32_t i = 0; i < signatures.size(); ++i) {
        const bool wanted = overlap::similarity(signatures[i], signature) >= overlap::kNearCopy;
        const bool found = std::binary_search(near.begin(), near.end(), i);
        QVERIFY(wanted || !found);
        alike += wanted ? 1 : 0;
        missed += wanted && !found ? 1 : 0;
      }
      index.add(signature);
      signatures.push_back(signature);
    }
    QVERIFY(alike > 500);
    QVERIFY2(missed < alike / 50, std::to_string(missed).c_str());  // those just above 0.8 share no band at times
  }

  void initTestCase() {
    Random random(2);
    const auto fresh = [&] { return random_text(random, 120); };
    const auto near = [&](const std::string& text) { return changed_text(random, text, 1); };
    web_ = {"web", true, {}, {}, {}, "report"};
    books_ = {"books", true, {}, {}, {}, "report"};
    law_ = {"law", false, {}, {}, {}, "report"};
    care_ = {"care", false, {}, {}, {}, "report"};
    for (CorpusTexts* corpus : {&web_, &books_, &law_, &care_}) {
      for (int i = 0; i < 20; ++i) corpus->train.push_back(fresh());
      for (int i = 0; i < 6; ++i) corpus->validation.push_back(fresh());
      for (int i = 0; i < 8; ++i) corpus->test.push_back(fresh());
    }
    // What stands behind the twenty of each train set, and behind the eight of the test sets, is planted.
    web_.train.push_back(near(law_.test[0]));         // 20: of a domain's test document
    web_.train.push_back(near(web_.train[3]));        // 21: of an earlier one
    web_.train.push_back(near(care_.validation[0]));  // 22: of a domain's validation document
    web_.train.push_back(near(web_.validation[1]));   // 23: of its own
    web_.train.push_back(near(law_.train[4]));        // 24: of a domain's train document, which is no harm
    books_.train.push_back(near(web_.train[5]));      // 20: of an earlier corpus of the generic set
    books_.train.push_back(near(web_.test[2]));       // 21: of the generic set's test documents
    law_.train.push_back(near(law_.test[1]));         // 20: of its own test set
    law_.train.push_back(near(law_.train[6]));        // 21: of an earlier one
    law_.train.push_back(near(care_.test[3]));        // 22: of another domain's test document
    law_.train.push_back(near(web_.test[4]));         // 23: of a generic test document, which is no harm to it
    law_.train.push_back(near(care_.train[7]));       // 24: of another domain's train document, neither
    care_.test.push_back(near(law_.test[5]));         // 8: in two test sets
    care_.test.push_back(near(care_.test[6]));        // 9: twice in one
  }

  void whichIsACopyOfWhich() {
    const overlap::Overlap found = find({web_, law_, books_, care_});
    QCOMPARE(pair(found, "web"), numbers({3, 1}));
    QCOMPARE(pair(found, "books"), numbers({1, 1}));
    QCOMPARE(pair(found, "law"), numbers({2, 1}));
    QCOMPARE(pair(found, "care"), numbers({0, 0}));
    // in the generic train set, their own, another domain, themselves
    QCOMPARE(held(found.near_copies.at("law").test), numbers({1, 1, 1, 0}));
    QCOMPARE(held(found.near_copies.at("care").test), numbers({0, 0, 2, 1}));
    QCOMPARE(held(found.near_copies.at("care").validation), numbers({1, 0, 0, 0}));
    QCOMPARE(held(found.near_copies.at("web").validation), numbers({1, 1, 0, 0}));
    QVERIFY(found.dropped.empty());
    const auto& first = found.near_copies.at("web").first;
    QCOMPARE(first.size(), std::size_t(4));
    QCOMPARE(first[0].copy.number, std::uint64_t(20));
    QCOMPARE(first[0].of.corpus + "/" + corpus::to_string(first[0].of.split), std::string("law/test"));
    QCOMPARE(first[0].of.number, std::uint64_t(0));
    QVERIFY(first[0].of.begins.starts_with(law_.test[0].substr(0, 30)));
  }

  void whatIsDropped() {
    CorpusTexts web = web_, law = law_, books = books_;
    web.near_duplicates = law.near_duplicates = "drop";
    const overlap::Overlap found = find({web, law, books, care_});
    QCOMPARE(found.dropped.size(), std::size_t(2));
    QCOMPARE(found.dropped.at("web"), numbers({20, 21, 22, 23}));
    QCOMPARE(found.dropped.at("law"), numbers({20, 21, 22}));
    QCOMPARE(pair(found, "books"), numbers({1, 1}));  // counted all the same
    // Leaks are of what is left: but for the one that books would have, none in the generic set.
    QVERIFY(find({web_, law_, books_, care_}).leaks.at("law").generic.above == 1);
    QCOMPARE(found.leaks.at("law").generic.any, std::uint64_t(0));
    QCOMPARE(found.leaks.at("law").own.any, std::uint64_t(0));
  }

  void whatIsNotLookedFor() {
    CorpusTexts web = web_, care = care_;
    web.near_duplicates = care.near_duplicates = "keep";
    const overlap::Overlap found = find({web, law_, books_, care});
    QVERIFY(!found.near_copies.at("web").looked_for);
    QCOMPARE(pair(found, "web"), numbers({0, 0}));
    QCOMPARE(pair(found, "books"), numbers({0, 0}));
    QCOMPARE(pair(found, "law"), numbers({1, 1}));
    QCOMPARE(held(found.near_copies.at("law").test), numbers({0, 1, 0, 0}));
  }

  void theSameOnAnyNumberOfThreads() {
    CorpusTexts web = web_;
    web.near_duplicates = "drop";
    QTemporaryDir dir;
    const auto inputs = import_all(dir.path().toStdString(), {web, law_, books_, care_});
    const overlap::Overlap one = overlap::find_overlap(inputs, 1, {});
    for (const int threads : {2, 7}) {
      const overlap::Overlap found = overlap::find_overlap(inputs, threads, {});
      QCOMPARE(overlap::to_json(found).dump(), overlap::to_json(one).dump());
      QCOMPARE(found.dropped, one.dropped);
    }
  }

  /// A page that stands everywhere with another date: one of it is kept.
  void manyOfOneTemplate() {
    Random random(4);
    CorpusTexts web{"web", true, {}, {}, {}, "drop"};
    const std::string page = random_text(random, 200);
    for (int i = 0; i < 2000; ++i) web.train.push_back(page + " " + random_word(random));
    for (int i = 0; i < 300; ++i) web.test.push_back(page + " " + random_word(random) + " " + random_word(random));
    web.train.push_back(random_text(random, 200));
    const overlap::Overlap found = find({web});
    QCOMPARE(pair(found, "web"), numbers({2000, 0}));
    QCOMPARE(found.dropped.at("web").size(), std::size_t(2000));
    QCOMPARE(held(found.near_copies.at("web").test), numbers({300, 300, 0, 299}));
    web.test.clear();
    QCOMPARE(pair(find({web}), "web"), numbers({0, 1999}));
  }

 private:
  static overlap::Overlap find(const std::vector<CorpusTexts>& corpora) {
    const QTemporaryDir dir;
    return overlap::find_overlap(import_all(dir.path().toStdString(), corpora), 2, {});
  }
  static std::vector<std::uint64_t> pair(const overlap::Overlap& found, const std::string& corpus) {
    return {found.near_copies.at(corpus).of_held_out, found.near_copies.at(corpus).of_train};
  }
  static std::vector<std::uint64_t> held(const overlap::HeldOutCopies& copies) {
    return {copies.in_generic, copies.in_own, copies.in_others, copies.in_itself};
  }

  CorpusTexts web_, books_, law_, care_;
};

QTEST_GUILESS_MAIN(TestNearCopies)
#include "test_near_copies.moc"
