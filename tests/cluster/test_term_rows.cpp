// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of hashed words and their products, bit for bit as plain loops give them: clusters may not move with the speed
// at which they are found.
#include <QtTest>
#include <bit>
#include <cmath>

#include "base/hash.h"
#include "base/random.h"
#include "cluster/tfidf.h"
#include "cluster/tfidf_svd.h"

using namespace pantograph;

namespace {

struct Entry {
  std::uint32_t bucket;
  float value;
};

/// Bytes of a separator beyond ASCII, or 0.
std::size_t separator(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  if (byte(at) == 0xC2) return 2;
  if (byte(at) == 0xE2 && (byte(at + 1) == 0x80 || byte(at + 1) == 0x81)) return 3;
  if (byte(at) == 0xE3 && byte(at + 1) == 0x80) return 3;
  if (byte(at) == 0xEF && byte(at + 1) == 0xBF && byte(at + 2) == 0xBD) return 3;
  return 0;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  std::string word;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const std::size_t skip = separator(text, i);
    if (plain || (static_cast<unsigned char>(c) >= 0x80 && skip == 0)) {
      if (word.size() < 40) word += c;
      continue;
    }
    if (!word.empty()) out.push_back(std::exchange(word, {}));
    if (skip > 0) i += skip - 1;
  }
  if (!word.empty()) out.push_back(word);
  return out;
}

/// Words sorted by hash, counted, then sorted by bucket; those of one bucket added in the order of their hashes.
std::vector<Entry> plain_row(const std::string& text, std::uint32_t features) {
  constexpr std::uint64_t kSeed = 0x77f1df;
  std::vector<std::uint64_t> words;
  for (const std::string& word : words_of(text)) words.push_back(hash64(word, kSeed));
  std::sort(words.begin(), words.end());
  std::vector<Entry> row;
  for (std::size_t i = 0; i < words.size();) {
    std::size_t end = i;
    while (end < words.size() && words[end] == words[i]) ++end;
    const auto bucket = static_cast<std::uint32_t>((words[i] & 0x7FFFFFFFFFFFFFFFull) % features);
    row.push_back({bucket, (words[i] >> 63 ? -1.0f : 1.0f) * (1.0f + std::log(static_cast<float>(end - i)))});
    i = end;
  }
  std::stable_sort(row.begin(), row.end(), [](const Entry& a, const Entry& b) { return a.bucket < b.bucket; });
  std::vector<Entry> out;
  for (const Entry& entry : row) {
    if (!out.empty() && out.back().bucket == entry.bucket) {
      out.back().value += entry.value;
    } else {
      out.push_back(entry);
    }
  }
  return out;
}

bool same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

std::vector<std::string> texts_of_all_sorts(int count) {
  static const char* odd[] = {
      "—", "\u00A0", "naïve", "日本語",       "\xFF", "\xC2", "\xE2\x80",
      "A", "_",      "\0",    "\xEF\xBF\xBD", "9",    "Z",    "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"};
  Random random(3);
  std::vector<std::string> texts = {"", " ", "a", "a a a a a a a a a a"};
  for (int i = 0; i < count; ++i) {
    std::string text;
    const auto words = random.below(i % 50 == 0 ? 5000 : 300);
    for (std::uint64_t w = 0; w < words; ++w) {
      if (random.below(6) == 0) {
        text += odd[random.below(std::size(odd))];
      } else {
        const double u = random.uniform();
        text += "word" + std::to_string(static_cast<int>(u * u * u * 4000));
      }
      if (random.below(5) != 0) text += " .,\n\t"[random.below(5)];
    }
    texts.push_back(text);
  }
  for (int i = 0; i < 300; ++i) texts.back() += " often";  // more than the weights that are kept
  return texts;
}

}  // namespace

class TestTermRows : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void rows_data() {
    QTest::addColumn<int>("features");
    for (const int features : {1, 7, 50, 1000, 65536, 200000}) QTest::addRow("%d", features) << features;
  }
  void rows() {
    QFETCH(int, features);
    cluster::TermCounter counter(static_cast<std::uint32_t>(features));
    cluster::TermRow row;
    for (const std::string& text : texts_of_all_sorts(400)) {
      const auto expected = plain_row(text, static_cast<std::uint32_t>(features));
      counter.count(text, row);
      QCOMPARE(row.buckets.size(), expected.size());
      QCOMPARE(row.values.size(), expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        QCOMPARE(row.buckets[i], expected[i].bucket);
        QVERIFY(same(row.values[i], expected[i].value));
      }
    }
  }

  void embedding_data() {
    QTest::addColumn<int>("features");
    QTest::addColumn<int>("dimensions");
    QTest::newRow("roomy") << 65536 << 64;
    QTest::newRow("wider than what is summed up together") << 65536 << 90;
    QTest::newRow("crowded") << 60 << 13;
  }
  void embedding() {
    QFETCH(int, features);
    QFETCH(int, dimensions);
    const auto texts = texts_of_all_sorts(200);
    cluster::TfidfSvdEmbedder embedder(features, dimensions);
    embedder.fit(texts, 5, {});
    // idf and components as they are saved, the rest in plain loops.
    struct State : cluster::StateWriter {
      std::vector<float> idf, components;
      void write(const std::string& name, const store::DataShape& shape, const void* data) override {
        const auto* values = static_cast<const float*>(data);
        if (name == "idf") idf.assign(values, values + shape.count());
        if (name == "components") components.assign(values, values + shape.count());
      }
    } state;
    embedder.save(state);
    const auto found = embedder.embed(texts, {});
    const auto size = static_cast<std::size_t>(embedder.dimensions());
    QCOMPARE(found.columns, size);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      auto row = plain_row(texts[i], static_cast<std::uint32_t>(features));
      double squares = 0;
      for (Entry& entry : row) {
        entry.value *= state.idf[entry.bucket];
        squares += static_cast<double>(entry.value) * entry.value;
      }
      const auto scale = squares == 0 ? 1.0f : static_cast<float>(1.0 / std::sqrt(squares));
      std::vector<float> sum(size, 0.0f);
      for (Entry& entry : row) {
        if (squares != 0) entry.value *= scale;
        for (std::size_t j = 0; j < size; ++j) sum[j] += entry.value * state.components[entry.bucket * size + j];
      }
      squares = 0;
      for (const float value : sum) squares += static_cast<double>(value) * value;
      if (squares >= 1e-20) {
        for (float& value : sum) value *= static_cast<float>(1.0 / std::sqrt(squares));
      }
      for (std::size_t j = 0; j < size; ++j) QVERIFY(same(found.row(i)[j], sum[j]));
    }
  }
};

QTEST_GUILESS_MAIN(TestTermRows)
#include "test_term_rows.moc"
