// SPDX-License-Identifier: GPL-3.0-or-later
// Hashed TF-IDF against its formulas written out, the truncated SVD against a dense one.
#include <torch/torch.h>

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "cluster/hdf5_state.h"
#include "cluster/parallel.h"
#include "cluster/tfidf.h"
#include "cluster/tfidf_svd.h"
#include "cluster/truncated_svd.h"
#include "cluster/words.h"

using namespace pantograph;

namespace {

std::vector<std::string> topic_texts(int count) {
  Random random(4);
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) {
    std::string text;
    for (int w = 0; w < 40; ++w) {
      const auto topic = random.uniform() < 0.3 ? 9 : i % 5;
      text.append("w").append(std::to_string(topic)).append("x").append(std::to_string(random.below(30))).append(" ");
    }
    texts.push_back(text);
  }
  return texts;
}

torch::Tensor dense(const cluster::SparseMatrix& a) {
  auto out = torch::zeros({std::int64_t(a.rows), std::int64_t(a.columns)}, torch::kFloat64);
  for (std::size_t row = 0; row < a.rows; ++row) {
    for (auto k = a.starts[row]; k < a.starts[row + 1]; ++k)
      out[std::int64_t(row)][std::int64_t(a.indices[k])] += double(a.values[k]);
  }
  return out;
}

torch::Tensor tensor(const cluster::FloatMatrix& m) {
  return torch::from_blob(const_cast<float*>(m.values.data()), {std::int64_t(m.rows), std::int64_t(m.columns)})
      .to(torch::kFloat64);
}

cluster::SparseMatrix weighted(const std::vector<std::string>& texts, std::uint32_t features) {
  auto matrix = cluster::term_frequencies(texts, features, 2);
  cluster::weight_rows(matrix, cluster::inverse_document_frequencies(matrix));
  return matrix;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  cluster::WordSplitter().for_each(text, [&](std::string_view word) { out.emplace_back(word); });
  return out;
}

}  // namespace

class TestEmbedder : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void words_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("empty") << "" << QStringList();
    QTest::newRow("case and digits") << "The CPU-2 runs, runs!" << QStringList{"the", "cpu", "2", "runs", "runs"};
    QTest::newRow("other letters") << "Größe naïve" << QStringList{"größe", "naïve"};
    QTest::newRow("wide punctuation") << "so—called “words”…\u00A0end\u3002x"
                                      << QStringList{"so", "called", "words", "end", "x"};
    QTest::newRow("cut character") << QString("ab\uFFFDcd") << QStringList{"ab", "cd"};
    QTest::newRow("overlong") << QString(100, 'z') << QStringList{QString(int(cluster::kLongestWord), 'z')};
  }
  void words() {
    QFETCH(QString, text);
    QFETCH(QStringList, expected);
    QStringList found;
    for (const auto& word : words_of(text.toStdString())) found << QString::fromStdString(word);
    QCOMPARE(found, expected);
  }

  void tfidfFollowsItsFormulas_data() {
    QTest::addColumn<int>("features");
    QTest::newRow("roomy") << 65536;
    QTest::newRow("crowded") << 50;
    QTest::newRow("one bucket") << 1;
  }
  void tfidfFollowsItsFormulas() {
    QFETCH(int, features);
    auto texts = topic_texts(30);
    texts.push_back("");
    const auto matrix = weighted(texts, std::uint32_t(features));
    // Written out: counts of words, ±(1 + ln count) into buckets, document frequencies of buckets, idf, length 1.
    std::vector<std::map<std::uint32_t, double>> rows;
    std::map<std::uint32_t, int> holding;
    for (const auto& text : texts) {
      std::map<std::string, int> counts;
      for (const auto& word : words_of(text)) ++counts[word];
      std::map<std::uint32_t, double> row;
      for (const auto& [word, count] : counts) {
        const auto at = cluster::hash_word(word, std::uint32_t(features));
        row[at.bucket] += double(at.sign) * (1 + std::log(double(count)));
      }
      for (const auto& [bucket, value] : row) ++holding[bucket];
      rows.push_back(row);
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
      double squares = 0;
      for (auto& [bucket, value] : rows[i]) {
        value *= std::log((1.0 + double(texts.size())) / (0.5 + holding[bucket]));
        squares += value * value;
      }
      QCOMPARE(matrix.starts[i + 1] - matrix.starts[i], std::uint64_t(rows[i].size()));
      std::uint64_t k = matrix.starts[i];
      for (const auto& [bucket, value] : rows[i]) {
        QCOMPARE(matrix.indices[k], bucket);
        QVERIFY(std::abs(double(matrix.values[k]) - value / std::sqrt(squares)) < 1e-5);
        ++k;
      }
    }
  }

  void signsAndBucketsSpread() {
    int negative = 0;
    std::map<std::uint32_t, int> buckets;
    for (int i = 0; i < 2000; ++i) {
      const auto at = cluster::hash_word(std::to_string(i).append("word"), 10);
      negative += at.sign < 0;
      ++buckets[at.bucket];
    }
    QVERIFY(negative > 900 && negative < 1100);
    QCOMPARE(buckets.size(), std::size_t(10));
    for (const auto& [bucket, count] : buckets) QVERIFY(count > 140 && count < 260);
  }

  void productsEqualDenseOnes() {
    const auto a = weighted(topic_texts(300), 500);
    const auto reference = dense(a);
    Random random(1);
    cluster::FloatMatrix b{500, 7, {}};
    for (int i = 0; i < 3500; ++i) b.values.push_back(float(random.normal()));
    QVERIFY(torch::allclose(tensor(cluster::multiply(a, b, 3)), reference.matmul(tensor(b)), 1e-4, 1e-5));
    QVERIFY(torch::equal(dense(cluster::transpose(a)), reference.t()));
    QVERIFY(cluster::multiply(a, b, 1).values == cluster::multiply(a, b, 4).values);
  }

  void svdEqualsTheDenseOne() {
    const auto a = weighted(topic_texts(200), 300);
    constexpr int kDimensions = 12;
    const auto svd = cluster::truncated_svd(a, kDimensions, 5);
    const auto [u, s, vh] = torch::linalg_svd(dense(a), false);
    QCOMPARE(svd.singular_values.size(), std::size_t(kDimensions));
    for (int i = 0; i < kDimensions; ++i) {
      const double exact = s[i].item<double>();
      QVERIFY2(std::abs(svd.singular_values[i] - exact) < 1e-3 * exact,
               qPrintable(QString("%1: %2, %3").arg(i).arg(svd.singular_values[i]).arg(exact)));
    }
    const auto v = tensor(svd.right);
    QVERIFY(torch::allclose(v.t().matmul(v), torch::eye(kDimensions, torch::kFloat64), 0, 1e-4));
    // The five topics stand apart from the noise, so this subspace is well defined: cosines of its angles to the exact
    // one.
    const auto cosines = std::get<1>(torch::linalg_svd(vh.narrow(0, 0, 5).matmul(v.narrow(1, 0, 5)), false));
    QVERIFY2(cosines.min().item<double>() > 0.999, qPrintable(QString::number(cosines.min().item<double>())));
  }

  void svdOfLowRankKeepsTheRank() {
    std::vector<std::string> texts(40, "alpha beta gamma");
    for (int i = 0; i < 20; ++i) texts[std::size_t(i)] = "delta epsilon";
    const auto svd = cluster::truncated_svd(weighted(texts, 1000), 10, 1);
    QCOMPARE(svd.singular_values.size(), std::size_t(2));
    for (const float value : svd.right.values) QVERIFY(std::isfinite(value));
  }

  void dimensionsAreBounded() {
    cluster::TfidfSvdEmbedder few(1000, 64);
    few.fit({"one text", "another one", "a third text here"}, 1, {});
    QVERIFY(few.dimensions() >= 2 && few.dimensions() <= 3);
    cluster::TfidfSvdEmbedder narrow(4, 64);
    narrow.fit(topic_texts(50), 1, {});
    QVERIFY(narrow.dimensions() <= 4);
    double sum = 0;
    for (const double part : few.variance()) sum += part;
    QVERIFY(std::abs(sum - 1) < 1e-5);
  }

  void embeddingsHaveLengthOneAndSeparateTopics() {
    const auto texts = topic_texts(200);
    cluster::TfidfSvdEmbedder embedder(4096, 16);
    embedder.fit(texts, 3, {});
    QCOMPARE(embedder.dimensions(), 16);
    auto more = texts;
    more.push_back("");
    more.push_back("?!");
    const auto points = embedder.embed(more, {});
    const auto t = tensor(points);
    QVERIFY(torch::allclose(t.narrow(0, 0, 200).norm(2, 1), torch::ones({200}, torch::kFloat64), 0, 1e-5));
    QCOMPARE(t.narrow(0, 200, 2).abs().sum().item<double>(), 0.0);
    const auto cosine = [&](int a, int b) { return t[a].dot(t[b]).item<double>(); };
    QVERIFY(cosine(0, 5) > cosine(0, 6) + 0.3);
  }

  void savedStateEmbedsTheSame() {
    QTemporaryDir dir;
    const std::filesystem::path path = dir.filePath("state.h5").toStdString();
    const auto texts = topic_texts(60);
    cluster::TfidfSvdEmbedder embedder(512, 8);
    embedder.fit(texts, 3, {});
    replace_atomically(path, [&](const auto& part) {
      auto file = store::Hdf5File::create(part);
      cluster::Hdf5StateWriter state(file, "embedder");
      embedder.save(state);
      file.close();
    });
    project::ClusteringSpec spec;
    spec.features = 99;
    auto again = cluster::EmbedderRegistry::instance().make(spec);
    again->load(cluster::Hdf5StateReader(store::Hdf5File::open(path), "embedder"));
    QCOMPARE(again->dimensions(), embedder.dimensions());
    QVERIFY(again->variance() == embedder.variance());
    QVERIFY(again->embed(texts, {}).values == embedder.embed(texts, {}).values);
    replace_atomically(path, [&](const auto& part) {
      auto file = store::Hdf5File::create(part);
      const std::vector<float> values(12, 1.0f);
      file.write("embedder/idf", {store::DataType::f32, {5}}, values.data());
      file.write("embedder/components", {store::DataType::f32, {4, 3}}, values.data());
      file.close();
    });
    QVERIFY_EXCEPTION_THROWN(again->load(cluster::Hdf5StateReader(store::Hdf5File::open(path), "embedder")), Error);
    QVERIFY(again->embed(texts, {}).values == embedder.embed(texts, {}).values);
  }

  void sameSeedSameBits() {
    const auto texts = topic_texts(150);
    cluster::TfidfSvdEmbedder a(2048, 8), b(2048, 8);
    a.fit(texts, 3, {});
    b.fit(texts, 3, {});
    QVERIFY(a.embed(texts, {}).values == b.embed(texts, {}).values);
  }

  void refusals() {
    QVERIFY_EXCEPTION_THROWN(cluster::TfidfSvdEmbedder(0, 4), Error);
    QVERIFY_EXCEPTION_THROWN(cluster::TfidfSvdEmbedder(4, 0), Error);
    cluster::TfidfSvdEmbedder embedder(100, 4);
    try {
      embedder.fit({"...", " \n"}, 1, {});
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::input);
    }
    project::ClusteringSpec spec;
    spec.embedder = "sentence-bert";
    try {
      cluster::EmbedderRegistry::instance().make(spec);
      QFAIL("accepted");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::project);
      QVERIFY2(QString(error.what()).contains("tfidf-svd"), error.what());
    }
  }

  void blocksPassOnExceptions() {
    QVERIFY_EXCEPTION_THROWN(cluster::parallel_blocks(1000, 10, 3,
                                                      [](std::size_t begin, std::size_t) {
                                                        if (begin == 500) throw std::runtime_error("x");
                                                      }),
                             std::runtime_error);
  }
};

QTEST_GUILESS_MAIN(TestEmbedder)
#include "test_embedder.moc"
